using Paddock.Server.Access.Organizations;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Installation;

/// <summary>The data of the page of an organization's usage.</summary>
public sealed record UsageView(OrganizationPaths Paths, string Organization, Core.Wire.Usage Usage);

/// <summary>The browser page of an organization's recent usage.</summary>
internal sealed class UsagePages(UsageEndpoints endpoints)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = new UsagePages(ActivatorUtilities.CreateInstance<UsageEndpoints>(routes.ServiceProvider));
        routes.Page(OrganizationPaths.All + "/{organization}/usage", OnOrganization.Hidden, pages.ViewAsync);
        // The path under which other consoles sell plans; here it shows the usage.
        routes.Page(OrganizationPaths.All + "/{organization}/billing", OnOrganization.Hidden, pages.ViewAsync);
    }

    private async Task<Answer> ViewAsync(Call call, OrganizationGrant granted)
    {
        var organization = granted.Organization;
        var usage = await endpoints.ReadAsync(call, organization);
        return Pages.Show<UsagePage>(new UsageView(new(organization.Slug), organization.Name, usage));
    }
}
