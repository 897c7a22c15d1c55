using Paddock.Core.Wire;
using Paddock.Server.Access.Organizations;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Access.Audit;

/// <summary>The content of a page of the audit log.</summary>
/// <param name="Paths">The paths of the organization; null for the log of the whole server.</param>
/// <param name="Organization">The organization's name.</param>
/// <param name="KeptDays">After how many days entries are deleted.</param>
public sealed record AuditView(
    OrganizationPaths? Paths,
    string? Organization,
    IReadOnlyList<AuditEntry> Entries,
    ListPart Part,
    int KeptDays
);

/// <summary>The pages of the audit log.</summary>
internal sealed class AuditPages(Db db, AccessOptions options)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<AuditPages>(routes.ServiceProvider);
        routes.Page(AdminPaths.Audit, By.Admin, (call, _) => pages.ViewAsync(call, AdminPaths.Audit, null));
        routes.Page(OrganizationPaths.All + "/{organization}/audit", OnOrganization.Hidden, (call, granted) =>
            pages.ViewAsync(call, new OrganizationPaths(granted.Organization.Slug).Audit, granted.Organization)
        );
    }

    private async Task<Answer> ViewAsync(Call call, string path, OrganizationRow? organization)
    {
        var search = ListPart.SearchOf(call);
        var (rows, total) = await db.ReadAsync(
            sql => AuditTable.ListAsync(sql, organization?.Id, search, ListPart.PageOf(call), call.Aborted),
            call.Aborted
        );
        return Pages.Show<AuditPage>(
            new AuditView(
                organization is null ? null : new(organization.Slug),
                organization?.Name,
                rows,
                ListPart.Of(call, path, total, KeyValuePair.Create("search", search)),
                (int)options.AuditKept.TotalDays
            )
        );
    }
}
