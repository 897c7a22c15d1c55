using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Catalog.Projects;

internal sealed class ProjectEndpoints(Db db, Callers callers, ProjectAccess access, DeleteProject delete, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var projects = ActivatorUtilities.CreateInstance<ProjectEndpoints>(routes.ServiceProvider);
        routes.Get("/v0/projects", projects.ListAsync).GivesList<Project>();
        routes.Get("/v0/projects/{project}", projects.ViewAsync).Gives<Project>();
        routes.Patch("/v0/projects/{project}", projects.UpdateAsync).Takes<ProjectPatch>().Gives<Project>();
        routes.Delete("/v0/projects/{project}", projects.DeleteAsync).GivesNothing();
        routes.Get("/v0/projects/{project}/allowed/{permission}", projects.AllowedAsync).Gives<Allowed>();
    }

    private async Task<Answer> ListAsync(Call call)
    {
        var (page, name, search) = (Page.Of(call), call.Query<ResourceName>("name"), call.Query("search"));
        Page.Sort(call, "name");
        var caller = await callers.AnyAsync(call);
        var (rows, total) = await db.ReadAsync(sql => ProjectTable.ListAsync(sql, ProjectAccess.Visible(caller), name, search, page, call.Aborted), call.Aborted);
        return Answer.List(rows.ConvertAll(row => row.ToWire()), total, Wire.Default.IReadOnlyListProject);
    }

    private async Task<Answer> ViewAsync(Call call) => Answer.Ok((await access.ViewAsync(call)).ToWire(), Wire.Default.Project);

    private async Task<Answer> UpdateAsync(Call call)
    {
        var (project, _) = await access.UserAsync(call, Permission.Edit);
        var patch = await call.BodyAsync(Wire.Default.ProjectPatch);
        var changed = await db.WriteAsync(sql => ProjectTable.UpdateAsync(sql, ResourceId.Of(project.Uuid), patch, time.GetUtcNow()));
        return Answer.Ok(changed.ToWire(), Wire.Default.Project);
    }

    private async Task<Answer> DeleteAsync(Call call)
    {
        if (call.QueryFlag("hard"))
        {
            var id = call.Path<ResourceId>("project");
            await callers.AdminAsync(call);
            await delete.EraseAsync(id);
        }
        else
        {
            var (project, _) = await access.UserAsync(call, Permission.Delete);
            await delete.RunAsync(project.Id);
        }
        return Answer.Deleted;
    }

    private async Task<Answer> AllowedAsync(Call call)
    {
        var (id, permission) = (call.Path<ResourceId>("project"), call.PathWord<Permission>("permission"));
        var caller = await callers.UserAsync(call);
        var allowed = await db.ReadAsync(
            async sql => await ProjectTable.FindAsync(sql, id, call.Aborted) is { } project && await ProjectAccess.MayAsync(sql, project, caller.User, permission, call.Aborted),
            call.Aborted);
        return Answer.Ok(new Allowed(allowed), Wire.Default.Allowed);
    }
}
