using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Organizations;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Catalog.Projects;

internal sealed class ProjectEndpoints(Db db, DeleteProject delete, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var projects = ActivatorUtilities.CreateInstance<ProjectEndpoints>(routes.ServiceProvider);
        routes.Get("/v0/projects", OrganizationList.Of, By.Anyone, projects.ListAsync).GivesList<Project>();
        routes.Get("/v0/projects/{project}", OnProject.View, ViewAsync).Gives<Project>();
        routes
            .Patch("/v0/projects/{project}", OnProject.UserMay(Permission.Edit), projects.UpdateAsync)
            .Takes<ProjectPatch>()
            .Gives<Project>();
        routes
            .Delete(
                "/v0/projects/{project}",
                Input.Removal("project"),
                By.HardOr(OnProject.UserMay(Permission.Delete)),
                projects.DeleteAsync
            )
            .GivesNothing();
        routes
            .Get("/v0/projects/{project}/allowed/{permission}", ReadQuestion, By.User, projects.AllowedAsync)
            .Gives<Allowed>();
    }

    private async Task<Answer> ListAsync(Call call, Caller caller, OrganizationList asked)
    {
        var (page, name, search) = asked;
        var (rows, total) = await db.ReadAsync(
            sql => ProjectTable.ListAsync(sql, ProjectAccess.Visible(caller), name, search, page, call.Aborted),
            call.Aborted
        );
        return Answer.List(rows.ConvertAll(row => row.ToWire()), total, Wire.Default.IReadOnlyListProject);
    }

    private static Task<Answer> ViewAsync(Call call, ProjectRow project) =>
        Task.FromResult(Answer.Ok(project.ToWire(), Wire.Default.Project));

    public async Task<Answer> UpdateAsync(Call call, ProjectByUser granted)
    {
        var project = granted.Project;
        var patch = await call.BodyAsync(Wire.Default.ProjectPatch);
        var changed = await db.WriteAsync(sql =>
            ProjectTable.UpdateAsync(sql, ResourceId.Of(project.Uuid), patch, time.GetUtcNow())
        );
        return Answer.Ok(changed.ToWire(), Wire.Default.Project);
    }

    public async Task<Answer> DeleteAsync(Call call, ProjectByUser? granted, Removal removal)
    {
        if (granted is null)
            await delete.EraseAsync(removal.Id);
        else
            await delete.RunAsync(granted.Project.Id);
        return Answer.Deleted;
    }

    private static (ResourceId Id, Permission Permission) ReadQuestion(Call call) =>
        (call.Path<ResourceId>("project"), call.PathWord<Permission>("permission"));

    private async Task<Answer> AllowedAsync(Call call, UserCaller caller, (ResourceId Id, Permission Permission) asked)
    {
        var (id, permission) = asked;
        var allowed = await db.ReadAsync(
            async sql =>
                await ProjectTable.FindAsync(sql, id, call.Aborted) is { } project
                && await ProjectAccess.MayAsync(sql, project, caller.User, permission, call.Aborted),
            call.Aborted
        );
        return Answer.Ok(new Allowed(allowed), Wire.Default.Allowed);
    }
}
