using Paddock.Core.Wire;
using Paddock.Server.Access.Organizations;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Access.Audit;

/// <summary>
/// The endpoints of the audit log. Administrators of the server see all entries; leaders of an organization see those
/// about the organization and its projects.
/// </summary>
internal sealed class AuditEndpoints(Db db)
{
    private sealed record Asked(string? Search, Page Page);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var audit = ActivatorUtilities.CreateInstance<AuditEndpoints>(routes.ServiceProvider);
        routes
            .Get("/v0/server/audit", Read, By.Admin, (call, _, asked) => audit.ListAsync(call, null, asked))
            .KnowsItsQuery()
            .GivesList<AuditEntry>();
        routes
            .Get("/v0/organizations/{organization}/audit", Read, OnOrganization.Hidden, (call, granted, asked) =>
                audit.ListAsync(call, granted.Organization.Id, asked)
            )
            .KnowsItsQuery()
            .GivesList<AuditEntry>();
    }

    private async Task<Answer> ListAsync(Call call, Id<Organization>? organizationId, Asked asked)
    {
        var (rows, total) = await db.ReadAsync(
            sql => AuditTable.ListAsync(sql, organizationId, asked.Search, asked.Page, call.Aborted),
            call.Aborted
        );
        return Answer.List(rows, total, Wire.Default.IReadOnlyListAuditEntry);
    }

    private static Asked Read(Call call)
    {
        Page.Sort(call, "created");
        return new(call.Query("search"), Page.Of(call));
    }
}
