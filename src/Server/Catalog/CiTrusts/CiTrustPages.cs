using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Catalog.CiTrusts;

/// <summary>The data of the page of a project's trust rules.</summary>
public sealed record CiTrustsView(ProjectPaths Paths, string Project, IReadOnlyList<CiTrust> Rules, FormState Form);

/// <summary>The browser pages of a project's trust rules. Their forms call the API's own endpoints.</summary>
internal sealed class CiTrustPages(Db db, CiTrustEndpoints trusts)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var provider = routes.ServiceProvider;
        var pages = ActivatorUtilities.CreateInstance<CiTrustPages>(
            provider,
            ActivatorUtilities.CreateInstance<CiTrustEndpoints>(provider)
        );
        var manages = OnProject.UserMay(Permission.Manage);
        foreach (var root in (string[])[ProjectPaths.PublicRoot, ProjectPaths.ConsoleRoot])
        {
            var path = root + "{project}/ci";
            routes.Page(path, manages, (call, granted) => pages.ShowAsync(call, granted, FormState.Empty));
            routes.Form(path, manages, pages.MakeAsync, pages.ShowAsync);
            routes.Act(path + "/{trust}/delete", manages, pages.DeleteAsync);
        }
    }

    private async Task<Answer> ShowAsync(Call call, ProjectByUser granted, FormState form)
    {
        var project = granted.Project;
        var rules = await db.ReadAsync(sql => CiTrustTable.ListAsync(sql, project.Id, call.Aborted), call.Aborted);
        var view = new CiTrustsView(
            ProjectPaths.Of(call, project.Slug),
            project.Name,
            rules.ConvertAll(row => row.Wire),
            form
        );
        return Pages.Show<CiTrustsPage>(view, form.IsRefused ? 400 : 200);
    }

    private async Task<Answer> MakeAsync(Call call, ProjectByUser granted, FormFields fields)
    {
        string? Filled(string name) => fields.Text(name) is { Length: > 0 } text ? text : null;
        var service = fields.Word<CiService>("service");
        if (Filled("repository") is null)
            fields.Wrong("repository", "Fill this in; allowed: the path of a repository, like acme/rocket.");
        fields.Check();
        await trusts.MakeAsync(
            call.With(
                new NewCiTrust(
                    service,
                    fields.Text("repository"),
                    Filled("issuer"),
                    Filled("ref"),
                    Filled("environment"),
                    fields.IsTicked("pull_request_target")
                )
            ),
            granted
        );
        return Pages.After(ProjectPaths.Of(call, granted.Project.Slug).Ci);
    }

    private async Task<Answer> DeleteAsync(Call call, ProjectByUser granted, FormFields fields)
    {
        await trusts.DeleteAsync(call, granted, call.PathUuid("trust"));
        return Pages.After(ProjectPaths.Of(call, granted.Project.Slug).Ci);
    }
}
