using Paddock.Core.Wire;
using Paddock.Server.Access.Keys;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Catalog.Projects;

/// <summary>The keys of projects, which only users manage.</summary>
internal sealed class ProjectKeyEndpoints(Db db, ListLimits limits, TimeProvider time)
{
    private readonly KeyTable table = KeyTable.OfProjects;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var keys = ActivatorUtilities.CreateInstance<ProjectKeyEndpoints>(routes.ServiceProvider);
        routes
            .Get("/v0/projects/{project}/keys", KeyList.Of, OnProject.UserMay(Permission.Manage), keys.ListAsync)
            .GivesList<ProjectKey>();
        routes
            .Post("/v0/projects/{project}/keys", OnProject.NewCredential, keys.CreateAsync)
            .Takes<NewKey>()
            .Gives<NewProjectKey>(201);
        routes
            .Get(
                "/v0/projects/{project}/keys/{key}",
                Input.Uuid("key"),
                OnProject.UserMay(Permission.Manage),
                keys.ViewAsync
            )
            .Gives<ProjectKey>();
        routes
            .Patch(
                "/v0/projects/{project}/keys/{key}",
                Input.Uuid("key"),
                OnProject.UserMay(Permission.Manage),
                keys.UpdateAsync
            )
            .Takes<KeyPatch>()
            .Gives<ProjectKey>();
        routes
            .Delete(
                "/v0/projects/{project}/keys/{key}",
                Input.Uuid("key"),
                OnProject.UserMay(Permission.Manage),
                keys.DeleteAsync
            )
            .GivesNothing();
    }

    private async Task<Answer> ListAsync(Call call, ProjectByUser granted, KeyList asked)
    {
        var project = granted.Project;
        var (page, filter) = asked;
        var (rows, total) = await db.ReadAsync(
            sql => table.ListAsync(sql, project.Id, filter, page, call.Aborted),
            call.Aborted
        );
        return Answer.List(
            rows.ConvertAll(row => row.ToProjectKey(project.Uuid)),
            total,
            Wire.Default.IReadOnlyListProjectKey
        );
    }

    private async Task<Answer> CreateAsync(Call call, ProjectByUser granted) =>
        Answer.Created(await MakeAsync(call, granted), Wire.Default.NewProjectKey);

    /// <summary>Creates the key that the request describes; its text is shown only once.</summary>
    public async Task<NewProjectKey> MakeAsync(Call call, ProjectByUser granted)
    {
        var (project, caller) = granted;
        var body = await call.BodyAsync(Wire.Default.NewKey);
        var (key, text) = await db.WriteAsync(sql =>
            table.InsertAsync(sql, project.Id, caller.User.Id, body, limits, time.GetUtcNow())
        );
        return new(key.Uuid, project.Uuid, key.Name, text, key.Creation, key.Expiration);
    }

    private async Task<Answer> ViewAsync(Call call, ProjectByUser granted, Guid key)
    {
        var project = granted.Project;
        var row = await db.ReadAsync(sql => table.GetAsync(sql, project.Id, key, call.Aborted), call.Aborted);
        return Answer.Ok(row.ToProjectKey(project.Uuid), Wire.Default.ProjectKey);
    }

    private async Task<Answer> UpdateAsync(Call call, ProjectByUser granted, Guid key)
    {
        var project = granted.Project;
        var patch = await call.BodyAsync(Wire.Default.KeyPatch);
        var row = await db.WriteAsync(sql => table.RenameAsync(sql, project.Id, key, patch));
        return Answer.Ok(row.ToProjectKey(project.Uuid), Wire.Default.ProjectKey);
    }

    public async Task<Answer> DeleteAsync(Call call, ProjectByUser granted, Guid key)
    {
        var project = granted.Project;
        await db.WriteAsync(sql => table.RevokeAsync(sql, project.Id, key, time.GetUtcNow()));
        return Answer.Deleted;
    }
}
