using Paddock.Core.Wire;
using Paddock.Server.Access.Keys;
using Paddock.Server.Access.RateLimits;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Catalog.Projects;

/// <summary>Projects' keys, which only users manage.</summary>
internal sealed class ProjectKeyEndpoints(Db db, ProjectAccess access, RateLimiters limits, TimeProvider time)
{
    private readonly KeyTable table = KeyTable.OfProjects;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var keys = ActivatorUtilities.CreateInstance<ProjectKeyEndpoints>(routes.ServiceProvider);
        routes.Get("/v0/projects/{project}/keys", keys.ListAsync).GivesList<ProjectKey>();
        routes.Post("/v0/projects/{project}/keys", keys.CreateAsync).Takes<NewKey>().Gives<NewProjectKey>(201);
        routes.Get("/v0/projects/{project}/keys/{key}", keys.ViewAsync).Gives<ProjectKey>();
        routes.Patch("/v0/projects/{project}/keys/{key}", keys.UpdateAsync).Takes<KeyPatch>().Gives<ProjectKey>();
        routes.Delete("/v0/projects/{project}/keys/{key}", keys.DeleteAsync).GivesNothing();
    }

    private async Task<Answer> ListAsync(Call call)
    {
        var (page, filter) = (Page.Of(call), KeyFilter.Of(call));
        Page.Sort(call, "name");
        var (project, _) = await access.UserAsync(call, Permission.Manage);
        var (rows, total) = await db.ReadAsync(sql => table.ListAsync(sql, project.Id, filter, page, call.Aborted), call.Aborted);
        return Answer.List(rows.ConvertAll(row => row.ToProjectKey(project.Uuid)), total, Wire.Default.IReadOnlyListProjectKey);
    }

    private async Task<Answer> CreateAsync(Call call)
    {
        var (project, caller) = await access.UserAsync(call, Permission.Manage);
        limits.Credential(caller.User);
        var body = await call.BodyAsync(Wire.Default.NewKey);
        var (key, text) = await db.WriteAsync(sql => table.InsertAsync(sql, project.Id, caller.User.Id, body, time.GetUtcNow()));
        return Answer.Created(new NewProjectKey(key.Uuid, project.Uuid, key.Name, text, key.Creation, key.Expiration), Wire.Default.NewProjectKey);
    }

    private async Task<Answer> ViewAsync(Call call)
    {
        var key = call.PathUuid("key");
        var (project, _) = await access.UserAsync(call, Permission.Manage);
        var row = await db.ReadAsync(sql => table.GetAsync(sql, project.Id, key, call.Aborted), call.Aborted);
        return Answer.Ok(row.ToProjectKey(project.Uuid), Wire.Default.ProjectKey);
    }

    private async Task<Answer> UpdateAsync(Call call)
    {
        var key = call.PathUuid("key");
        var (project, _) = await access.UserAsync(call, Permission.Manage);
        var patch = await call.BodyAsync(Wire.Default.KeyPatch);
        var row = await db.WriteAsync(sql => table.RenameAsync(sql, project.Id, key, patch));
        return Answer.Ok(row.ToProjectKey(project.Uuid), Wire.Default.ProjectKey);
    }

    private async Task<Answer> DeleteAsync(Call call)
    {
        var key = call.PathUuid("key");
        var (project, _) = await access.UserAsync(call, Permission.Manage);
        await db.WriteAsync(sql => table.RevokeAsync(sql, project.Id, key, time.GetUtcNow()));
        return Answer.Deleted;
    }
}
