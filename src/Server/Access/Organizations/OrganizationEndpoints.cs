using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.RateLimits;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Access.Organizations;

internal sealed class OrganizationEndpoints(
    Db db, Callers callers, OrganizationAccess access, DeleteOrganization delete, RateLimiters limits, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var organizations = ActivatorUtilities.CreateInstance<OrganizationEndpoints>(routes.ServiceProvider);
        routes.Get("/v0/organizations", organizations.ListAsync).GivesList<Organization>();
        routes.Post("/v0/organizations", organizations.CreateAsync).Takes<NewOrganization>().Gives<Organization>(201);
        routes.Get("/v0/organizations/{organization}", organizations.ViewAsync).Gives<Organization>();
        routes.Patch("/v0/organizations/{organization}", organizations.UpdateAsync).Takes<OrganizationPatch>().Gives<Organization>();
        routes.Delete("/v0/organizations/{organization}", organizations.DeleteAsync).GivesNothing();
        routes.Post("/v0/organizations/{organization}/claim", organizations.ClaimAsync).Gives<Organization>(201);
        routes.Get("/v0/organizations/{organization}/allowed/{permission}", organizations.AllowedAsync).Gives<Allowed>();
        routes.Get("/v0/organizations/{organization}/sso", organizations.ListSsoAsync).GivesList<Sso>();
        routes.Post("/v0/organizations/{organization}/sso", organizations.CreateSsoAsync).OnlyRefuses();
    }

    private async Task<Answer> ListAsync(Call call)
    {
        var (page, name, search) = (Page.Of(call), call.Query<ResourceName>("name"), call.Query("search"));
        Page.Sort(call, "name");
        var caller = await callers.UserAsync(call);
        var (rows, total) = await db.ReadAsync(sql => OrganizationTable.ListAsync(sql, caller.User, name, search, page, call.Aborted), call.Aborted);
        return Answer.List(rows.ConvertAll(row => row.ToWire()), total, Wire.Default.IReadOnlyListOrganization);
    }

    private async Task<Answer> CreateAsync(Call call)
    {
        var caller = await callers.UserAsync(call);
        limits.Organization(caller.User);
        var body = await call.BodyAsync(Wire.Default.NewOrganization);
        var now = time.GetUtcNow();
        var made = await db.WriteAsync(async sql =>
        {
            var row = await OrganizationTable.InsertAsync(sql, Guid.CreateVersion7(now), body.Name.Value, body.Slug ?? Slug.FromName(body.Name.Value), now);
            await MemberTable.InsertAsync(sql, row.Id, caller.User.Id, OrganizationRole.Leader, now);
            return row with { Claimed = now };
        });
        return Answer.Created(made.ToWire(), Wire.Default.Organization);
    }

    private async Task<Answer> ViewAsync(Call call) => Answer.Ok((await access.HiddenAsync(call)).Organization.ToWire(), Wire.Default.Organization);

    private async Task<Answer> UpdateAsync(Call call)
    {
        var (organization, _) = await access.HiddenAsync(call);
        var patch = await call.BodyAsync(Wire.Default.OrganizationPatch);
        if (patch.License.Value is not null) throw Refusal.BadInput("license: this server needs no licence and keeps none; allowed: null");
        var changed = await db.WriteAsync(sql => OrganizationTable.UpdateAsync(sql, ResourceId.Of(organization.Uuid), patch, time.GetUtcNow()));
        return Answer.Ok(changed.ToWire(), Wire.Default.Organization);
    }

    private async Task<Answer> DeleteAsync(Call call)
    {
        if (call.QueryFlag("hard"))
        {
            var id = call.Path<ResourceId>("organization");
            await callers.AdminAsync(call);
            await delete.EraseAsync(id);
        }
        else
        {
            var (organization, _) = await access.HiddenAsync(call);
            await delete.RunAsync(organization.Id);
        }
        return Answer.Deleted;
    }

    private async Task<Answer> ClaimAsync(Call call)
    {
        var id = call.Path<ResourceId>("organization");
        var caller = await callers.UserAsync(call);
        var claimed = await db.WriteAsync(sql => OrganizationTable.ClaimAsync(sql, id, caller.User, time.GetUtcNow()));
        return Answer.Created(claimed.ToWire(), Wire.Default.Organization);
    }

    private async Task<Answer> AllowedAsync(Call call)
    {
        call.PathWord<Permission>("permission"); // Whoever may do one thing here may do all of them.
        return Answer.Ok(new Allowed(await access.MayAsync(call)), Wire.Default.Allowed);
    }

    // There is no single sign-on yet, so an organization has no domains; the route is for clients that ask.
    private async Task<Answer> ListSsoAsync(Call call)
    {
        Page.Of(call);
        Page.Sort(call, "domain");
        await access.HiddenAsync(call);
        return Answer.List([], total: 0, Wire.Default.IReadOnlyListSso);
    }

    private async Task<Answer> CreateSsoAsync(Call call)
    {
        await callers.AdminAsync(call);
        await access.HiddenAsync(call);
        throw new Refusal(Because.NeedsPlan, "This version of the server has no single sign-on by e-mail domain; invite members instead.");
    }
}
