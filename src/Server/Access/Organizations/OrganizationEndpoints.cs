using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Access.Organizations;

/// <summary>The query of a list of organizations.</summary>
internal sealed record OrganizationList(Page Page, ResourceName? Name, string? Search)
{
    public static OrganizationList Of(Call call)
    {
        Page.Sort(call, "name");
        return new(Page.Of(call), call.Query<ResourceName>("name"), call.Query("search"));
    }
}

internal sealed class OrganizationEndpoints(Db db, DeleteOrganization delete, ListLimits limits, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var organizations = ActivatorUtilities.CreateInstance<OrganizationEndpoints>(routes.ServiceProvider);
        routes
            .Get("/v0/organizations", OrganizationList.Of, By.User, organizations.ListAsync)
            .GivesList<Organization>();
        routes
            .Post("/v0/organizations", OnOrganization.New, organizations.CreateAsync)
            .Takes<NewOrganization>()
            .Gives<Organization>(201);
        routes
            .Get("/v0/organizations/{organization}", OnOrganization.Hidden, organizations.ViewAsync)
            .Gives<Organization>();
        routes
            .Patch("/v0/organizations/{organization}", OnOrganization.Hidden, organizations.UpdateAsync)
            .Takes<OrganizationPatch>()
            .Gives<Organization>();
        routes
            .Delete(
                "/v0/organizations/{organization}",
                Input.Removal("organization"),
                By.HardOr(OnOrganization.Hidden),
                organizations.DeleteAsync
            )
            .GivesNothing();
        routes
            .Post("/v0/organizations/{organization}/claim", Input.Id("organization"), By.User, organizations.ClaimAsync)
            .Gives<Organization>(201);
        routes
            .Get(
                "/v0/organizations/{organization}/allowed/{permission}",
                call => call.PathWord<Permission>("permission"),
                OnOrganization.Question,
                AllowedAsync
            )
            .Gives<Allowed>();
    }

    private async Task<Answer> ListAsync(Call call, UserCaller caller, OrganizationList asked)
    {
        var (page, name, search) = asked;
        var (rows, total) = await db.ReadAsync(
            sql => OrganizationTable.ListAsync(sql, caller.User, name, search, page, call.Aborted),
            call.Aborted
        );
        return Answer.List(rows.ConvertAll(row => row.ToWire()), total, Wire.Default.IReadOnlyListOrganization);
    }

    public async Task<Answer> CreateAsync(Call call, UserCaller caller)
    {
        var body = await call.BodyAsync(Wire.Default.NewOrganization);
        var now = time.GetUtcNow();
        var made = await db.WriteAsync(async sql =>
        {
            await limits.MakeRoomAsync(sql, MemberTable.OrganizationLimit, caller.User.Id, now);
            var row = await OrganizationTable.InsertAsync(
                sql,
                Guid.CreateVersion7(now),
                body.Name.Value,
                body.Slug ?? Slug.FromName(body.Name.Value),
                now
            );
            await MemberTable.InsertAsync(sql, row.Id, caller.User.Id, OrganizationRole.Leader, now);
            return row with { Claimed = now };
        });
        return Answer.Created(made.ToWire(), Wire.Default.Organization);
    }

    private Task<Answer> ViewAsync(Call call, OrganizationGrant granted) =>
        Task.FromResult(Answer.Ok(granted.Organization.ToWire(), Wire.Default.Organization));

    public async Task<Answer> UpdateAsync(Call call, OrganizationGrant granted)
    {
        var organization = granted.Organization;
        var patch = await call.BodyAsync(Wire.Default.OrganizationPatch);
        if (patch.License.Value is not null)
            throw Refusal.BadInput("license: this server needs and stores no license; allowed: null");
        var changed = await db.WriteAsync(sql =>
            OrganizationTable.UpdateAsync(sql, ResourceId.Of(organization.Uuid), patch, time.GetUtcNow())
        );
        return Answer.Ok(changed.ToWire(), Wire.Default.Organization);
    }

    public async Task<Answer> DeleteAsync(Call call, OrganizationGrant? granted, Removal removal)
    {
        if (granted is null)
            await delete.EraseAsync(removal.Id);
        else
            await delete.RunAsync(granted.Organization.Id);
        return Answer.Deleted;
    }

    private async Task<Answer> ClaimAsync(Call call, UserCaller caller, ResourceId id)
    {
        var claimed = await db.WriteAsync(sql => OrganizationTable.ClaimAsync(sql, id, caller.User, time.GetUtcNow()));
        return Answer.Created(claimed.ToWire(), Wire.Default.Organization);
    }

    // All permissions go together: a caller has all of them or none.
    private static Task<Answer> AllowedAsync(Call call, Allowed allowed, Permission permission) =>
        Task.FromResult(Answer.Ok(allowed, Wire.Default.Allowed));
}
