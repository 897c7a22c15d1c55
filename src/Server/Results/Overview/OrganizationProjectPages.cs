using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Organizations;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Results.Overview;

/// <summary>The data of the page that lists an organization's projects.</summary>
public sealed record OrganizationProjectsView(
    OrganizationPaths Paths,
    string Organization,
    IReadOnlyList<ProjectLine> Projects,
    ListPart Part,
    FormState Form,
    DateTimeOffset Now
);

/// <summary>The page that lists an organization's projects, with the form that creates one.</summary>
internal sealed class OrganizationProjectPages(Db db, OrganizationProjectEndpoints endpoints, TimeProvider time)
{
    private const string Path = OrganizationPaths.All + "/{organization}/projects";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<OrganizationProjectPages>(
            routes.ServiceProvider,
            ActivatorUtilities.CreateInstance<OrganizationProjectEndpoints>(routes.ServiceProvider)
        );
        routes.Page(Path, OnOrganization.Hidden, (call, granted) => pages.ListAsync(call, granted, FormState.Empty));
        routes.Page(Path + "/add", OnOrganization.Hidden, (call, granted) =>
            pages.ListAsync(call, granted, FormState.Empty)
        );
        routes.Form(Path, OnOrganization.Hidden, pages.CreateAsync, pages.ListAsync);
    }

    private async Task<Answer> ListAsync(Call call, OrganizationGrant granted, FormState form)
    {
        var organization = granted.Organization;
        var (paths, search) = (new OrganizationPaths(organization.Slug), ListPart.SearchOf(call));
        return await db.ReadAsync(
            async sql =>
            {
                var (rows, total) = await ProjectTable.ListAsync(
                    sql,
                    SqlText.Of($"projects.organization_id = {organization.Id}"),
                    name: null,
                    search,
                    ListPart.PageOf(call),
                    call.Aborted
                );
                var part = ListPart.Of(call, paths.Projects, total, KeyValuePair.Create("search", search));
                var view = new OrganizationProjectsView(
                    paths,
                    organization.Name,
                    await StartPages.LinesAsync(sql, rows, call.Aborted),
                    part,
                    form,
                    time.GetUtcNow()
                );
                return Pages.Show<OrganizationProjectsPage>(view, form.IsRefused ? 400 : 200);
            },
            call.Aborted
        );
    }

    private async Task<Answer> CreateAsync(Call call, OrganizationGrant granted, FormFields fields)
    {
        var (name, slug, url) = (
            fields.Required<ResourceName>("name"),
            fields.Optional<Slug>("slug"),
            fields.Optional<WebAddress>("url")
        );
        var visibility = fields.Word<Visibility>("visibility");
        fields.Check();
        await endpoints.CreateAsync(call.With(new NewProject(name, slug, url, visibility)), granted);
        return Pages.After(call.Http.Request.Path);
    }
}
