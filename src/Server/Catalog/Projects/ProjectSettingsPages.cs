using Paddock.Core.Adapters;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Keys;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Catalog.Projects;

/// <summary>The data of a project's settings page.</summary>
/// <param name="Goes">Lists what is deleted along with the project.</param>
public sealed record ProjectSettingsView(
    ProjectPaths Paths,
    Project Project,
    string Organization,
    OrganizationPaths OrganizationPaths,
    string Goes,
    bool IsSaved,
    FormState Form
);

/// <summary>The data of the page of a project's keys.</summary>
public sealed record ProjectKeysView(ProjectPaths Paths, string Project, KeyListView Keys);

/// <summary>The browser pages of a project's settings and keys. Their forms call the API's own endpoints.</summary>
internal sealed class ProjectSettingsPages(
    Db db,
    ProjectEndpoints projects,
    ProjectKeyEndpoints keys,
    TimeProvider time
)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var provider = routes.ServiceProvider;
        var pages = ActivatorUtilities.CreateInstance<ProjectSettingsPages>(
            provider,
            ActivatorUtilities.CreateInstance<ProjectEndpoints>(provider),
            ActivatorUtilities.CreateInstance<ProjectKeyEndpoints>(provider)
        );
        foreach (var root in (string[])[ProjectPaths.PublicRoot, ProjectPaths.ConsoleRoot])
        {
            var project = root + "{project}";
            var (edits, manages) = (OnProject.UserMay(Permission.Edit), OnProject.UserMay(Permission.Manage));
            routes.Page(project + "/settings", edits, (call, granted) =>
                pages.SettingsAsync(call, granted, FormState.Empty)
            );
            routes.Form(project + "/settings", edits, pages.UpdateAsync, pages.SettingsAsync);
            routes.Form(
                project + "/delete",
                OnProject.UserMay(Permission.Delete),
                pages.DeleteAsync,
                pages.SettingsAsync
            );
            routes.Page(project + "/keys", manages, (call, granted) =>
                pages.KeysAsync(call, granted, KeyListView.Standard)
            );
            routes.Page(project + "/keys/add", manages, (call, granted) =>
                pages.KeysAsync(call, granted, KeyListView.Standard)
            );
            routes.Form(project + "/keys", OnProject.NewCredential, pages.MakeKeyAsync, pages.KeysAsync);
            routes.Act(project + "/keys/{key}/rename", manages, pages.RenameKeyAsync);
            routes.Act(project + "/keys/{key}/revoke", manages, pages.RevokeKeyAsync);
        }
    }

    private async Task<Answer> SettingsAsync(Call call, ProjectByUser granted, FormState form)
    {
        var project = granted.Project;
        return await db.ReadAsync(
            async sql =>
            {
                var organization = await sql.FirstAsync(
                    $"SELECT name, slug FROM organizations WHERE id = {project.OrganizationId}",
                    row => (Name: row.Text(), Slug: row.Text()),
                    call.Aborted
                );
                var view = new ProjectSettingsView(
                    ProjectPaths.Of(call, project.Slug),
                    project.ToWire(),
                    organization.Name,
                    new(organization.Slug),
                    await GoesAsync(sql, project, call.Aborted),
                    call.Query("saved") is not null,
                    form
                );
                return Pages.Show<ProjectSettingsPage>(view, form.IsRefused ? 400 : 200);
            },
            call.Aborted
        );
    }

    private static async Task<string> GoesAsync(Sql sql, ProjectRow project, CancellationToken ct)
    {
        var parts = new List<string>();
        foreach (
            var (table, noun) in ((string, string)[])
                [
                    ("reports", "report"),
                    ("benchmarks", "benchmark"),
                    ("thresholds", "threshold"),
                    ("plots", "pinned plot"),
                    ("jobs", "job"),
                    ("project_keys", "key"),
                ]
        )
        {
            var count = await sql.NumberAsync(
                $"SELECT count(*) FROM {new Raw(table)} WHERE project_id = {project.Id}",
                ct
            );
            if (count > 0)
                parts.Add($"{count} {noun}{(count == 1 ? "" : "s")}");
        }
        return parts.Count == 0 ? "The project is empty." : $"This also deletes {string.Join(", ", parts)}.";
    }

    private async Task<Answer> UpdateAsync(Call call, ProjectByUser granted, FormFields fields)
    {
        var (name, slug, url) = (
            fields.Required<ResourceName>("name"),
            fields.Required<Slug>("slug"),
            fields.Optional<WebAddress>("url")
        );
        var (visibility, measures) = (
            fields.Word<Visibility>("visibility"),
            fields.Word<Core.Adapters.Measures>("measures")
        );
        LinePattern? pattern = null;
        if (fields.Text("pattern") is { Length: > 0 } text && !LinePattern.TryParse(text, out pattern))
            fields.Wrong("pattern", Text.Refusal<LinePattern>(text) + ".");
        fields.Check();
        await projects.UpdateAsync(
            call.With(
                new ProjectPatch
                {
                    Name = new(name),
                    Slug = new(slug),
                    Url = new(url),
                    Visibility = new(visibility),
                    Measures = new(measures),
                    Pattern = new(pattern),
                }
            ),
            granted
        );
        return Pages.After($"{ProjectPaths.Of(call, slug.Value).Settings}?saved=1");
    }

    private async Task<Answer> DeleteAsync(Call call, ProjectByUser granted, FormFields fields)
    {
        fields.Confirm(granted.Project.Slug);
        await projects.DeleteAsync(call, granted, new(ResourceId.Of(granted.Project.Uuid), IsHard: false));
        return Pages.After("/console");
    }

    private Task<Answer> KeysAsync(Call call, ProjectByUser granted, FormState form) =>
        ShowKeysAsync(call, granted, form, made: null, text: null);

    private async Task<Answer> MakeKeyAsync(Call call, ProjectByUser granted, FormFields fields)
    {
        var made = await keys.MakeAsync(call.With(KeyForm.Read(fields)), granted);
        return await ShowKeysAsync(call, granted, KeyListView.Standard, made.Name, made.Key);
    }

    private async Task<Answer> RenameKeyAsync(Call call, ProjectByUser granted, FormFields fields)
    {
        var patch = KeyForm.NewName(fields);
        await db.WriteAsync(sql =>
            KeyTable.OfProjects.RenameAsync(sql, granted.Project.Id, call.PathUuid("key"), patch)
        );
        return Pages.After(ProjectPaths.Of(call, granted.Project.Slug).Keys);
    }

    private async Task<Answer> RevokeKeyAsync(Call call, ProjectByUser granted, FormFields fields)
    {
        await keys.DeleteAsync(call, granted, call.PathUuid("key"));
        return Pages.After(ProjectPaths.Of(call, granted.Project.Slug).Keys);
    }

    private async Task<Answer> ShowKeysAsync(
        Call call,
        ProjectByUser granted,
        FormState form,
        string? made,
        string? text
    )
    {
        var project = granted.Project;
        var (paths, revoked, now) = (ProjectPaths.Of(call, project.Slug), call.QueryFlag("revoked"), time.GetUtcNow());
        var (rows, total) = await db.ReadAsync(
            sql =>
                KeyTable.OfProjects.ListAsync(
                    sql,
                    project.Id,
                    new(Name: null, Search: null, revoked, Only: null),
                    ListPart.PageOf(call),
                    call.Aborted
                ),
            call.Aborted
        );
        var part = ListPart.Of(call, paths.Keys, total, KeyValuePair.Create("revoked", revoked ? "true" : null));
        var list = new KeyListView(paths.Keys, KeyListView.LinesOf(rows, now), part, revoked, made, text, form, now);
        return Pages.Show<ProjectKeysPage>(new ProjectKeysView(paths, project.Name, list), form.IsRefused ? 400 : 200);
    }
}
