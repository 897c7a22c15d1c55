using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Results.Changes;

internal sealed class ChangeEndpoints(Db db, ProjectAccess access, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var changes = ActivatorUtilities.CreateInstance<ChangeEndpoints>(routes.ServiceProvider);
        routes.Get("/v0/projects/{project}/changes", changes.ListAsync).GivesList<Change>();
        routes.Get("/v0/projects/{project}/changes/{change}", changes.ViewAsync).Gives<Change>();
        routes.Patch("/v0/projects/{project}/changes/{change}", changes.UpdateAsync).Takes<ChangePatch>().Gives<Change>();
    }

    private async Task<Answer> ListAsync(Call call)
    {
        var page = Page.Of(call);
        var filter = new ChangeFilter(
            call.QueryNameId<BranchName>("branch"), call.QueryNameId<ResourceName>("testbed"), call.QueryNameId<BenchmarkName>("benchmark"),
            call.QueryNameId<ResourceName>("measure"), call.QueryWord<ChangeState>("state"), call.QueryWord<ChangeVerdict>("verdict"),
            Page.Sort(call, "modified", "created") == "created");
        var project = await access.ViewAsync(call);
        var (changes, total) = await db.ReadAsync(sql => ReadChanges.ListAsync(sql, project, filter, page, call.Aborted), call.Aborted);
        return Answer.List(changes, total, Wire.Default.IReadOnlyListChange);
    }

    private async Task<Answer> ViewAsync(Call call)
    {
        var uuid = call.PathUuid("change");
        var project = await access.ViewAsync(call);
        return Answer.Ok(await db.ReadAsync(sql => ReadChanges.ViewAsync(sql, project, uuid, call.Aborted), call.Aborted), Wire.Default.Change);
    }

    private async Task<Answer> UpdateAsync(Call call)
    {
        var uuid = call.PathUuid("change");
        var (project, caller) = await access.CallerAsync(call, Permission.Edit);
        var patch = await call.BodyAsync(Wire.Default.ChangePatch);
        DecideChange.Check(patch);
        var (user, now) = ((caller as UserCaller)?.User.Id, time.GetUtcNow());
        return Answer.Ok(await db.WriteAsync(async sql =>
        {
            await DecideChange.RunAsync(sql, project, uuid, patch, user, now);
            return await ReadChanges.ViewAsync(sql, project, uuid);
        }), Wire.Default.Change);
    }
}
