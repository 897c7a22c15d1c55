using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Access.Organizations;

/// <summary>
/// The endpoints of an organization's e-mail domains, which the server's administrators assign. A user who verifies an
/// address of a domain becomes a member.
/// </summary>
internal sealed class SsoEndpoints(Db db, AccessOptions options, ListLimits limits, TimeProvider time)
{
    private const string All = "/v0/organizations/{organization}/sso";
    private const string One = All + "/{sso}";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var sso = ActivatorUtilities.CreateInstance<SsoEndpoints>(routes.ServiceProvider);
        routes.Get(All, ReadPage, OnOrganization.Hidden, sso.ListAsync).GivesList<Sso>();
        routes.Post(All, OnOrganization.Admin, sso.CreateAsync).Takes<NewSso>().Gives<Sso>(202);
        routes.Get(One, Input.Uuid("sso"), OnOrganization.Hidden, sso.ViewAsync).Gives<Sso>();
        routes.Delete(One, Input.Uuid("sso"), OnOrganization.Admin, sso.DeleteAsync).GivesNothing();
    }

    private async Task<Answer> ListAsync(Call call, OrganizationGrant granted, Page page)
    {
        var (rows, total) = await db.ReadAsync(
            sql => SsoTable.ListAsync(sql, granted.Organization.Id, page, call.Aborted),
            call.Aborted
        );
        return Answer.List(rows, total, Wire.Default.IReadOnlyListSso);
    }

    private async Task<Answer> ViewAsync(Call call, OrganizationGrant granted, Guid sso) =>
        Answer.Ok(
            await db.ReadAsync(sql => SsoTable.GetAsync(sql, granted.Organization.Id, sso, call.Aborted), call.Aborted),
            Wire.Default.Sso
        );

    private async Task<Answer> CreateAsync(Call call, OrganizationGrant granted)
    {
        if (!options.DomainsJoin)
            throw new Refusal(
                Because.NeedsPlan,
                "The operator has turned off joining by e-mail domain (PADDOCK_SSO_DOMAINS); invite members instead."
            );
        var domain = (await call.BodyAsync(Wire.Default.NewSso)).Domain.ToLowerInvariant();
        if (!domain.Contains('.', StringComparison.Ordinal) || !Email.TryParse("a@" + domain, out _))
            throw Refusal.BadInput(
                $"domain: {Text.Quote(domain)} is not the domain of an e-mail address; allowed: one like example.com"
            );
        var made = await db.WriteAsync(sql =>
            SsoTable.InsertAsync(sql, granted.Organization.Id, domain, limits, time.GetUtcNow())
        );
        return Answer.Accepted(made, Wire.Default.Sso);
    }

    private async Task<Answer> DeleteAsync(Call call, OrganizationGrant granted, Guid sso) =>
        await db.WriteAsync(sql => SsoTable.DeleteAsync(sql, granted.Organization.Id, sso))
            ? Answer.Deleted
            : throw Refusal.NotFound("domain", sso);

    private static Page ReadPage(Call call)
    {
        Page.Sort(call, "domain");
        return Page.Of(call);
    }
}
