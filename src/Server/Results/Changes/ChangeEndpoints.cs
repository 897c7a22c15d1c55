using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Results.Changes;

internal sealed class ChangeEndpoints(Db db, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var changes = ActivatorUtilities.CreateInstance<ChangeEndpoints>(routes.ServiceProvider);
        routes
            .Get("/v0/projects/{project}/changes", ReadList, OnProject.View, changes.ListAsync)
            .KnowsItsQuery()
            .GivesList<Change>();
        routes
            .Get("/v0/projects/{project}/changes/{change}", Input.Uuid("change"), OnProject.View, changes.ViewAsync)
            .Gives<Change>();
        routes
            .Patch(
                "/v0/projects/{project}/changes/{change}",
                Input.Uuid("change"),
                OnProject.May(Permission.Edit),
                changes.UpdateAsync
            )
            .Takes<ChangePatch>()
            .Gives<Change>();
    }

    private static (Page Page, ChangeFilter Filter) ReadList(Call call) =>
        (
            Page.Of(call),
            new(
                call.QueryNameId<BranchName>("branch"),
                call.QueryNameId<ResourceName>("testbed"),
                call.QueryNameId<BenchmarkName>("benchmark"),
                call.QueryNameId<ResourceName>("measure"),
                call.QueryWord<ChangeState>("state"),
                call.QueryWord<ChangeVerdict>("verdict"),
                Page.Sort(call, "modified", "created") == "created"
            )
        );

    private async Task<Answer> ListAsync(Call call, ProjectRow project, (Page Page, ChangeFilter Filter) asked)
    {
        var (page, filter) = asked;
        var (changes, total) = await db.ReadAsync(
            sql => ReadChanges.ListAsync(sql, project, filter, page, call.Aborted),
            call.Aborted
        );
        return Answer.List(changes, total, Wire.Default.IReadOnlyListChange);
    }

    private async Task<Answer> ViewAsync(Call call, ProjectRow project, Guid uuid)
    {
        return Answer.Ok(
            await db.ReadAsync(sql => ReadChanges.ViewAsync(sql, project, uuid, call.Aborted), call.Aborted),
            Wire.Default.Change
        );
    }

    private async Task<Answer> UpdateAsync(Call call, ProjectGrant granted, Guid uuid)
    {
        var (project, caller) = granted;
        var patch = await call.BodyAsync(Wire.Default.ChangePatch);
        DecideChange.Check(patch);
        var (user, now) = ((caller as UserCaller)?.User.Id, time.GetUtcNow());
        return Answer.Ok(
            await db.WriteAsync(async sql =>
            {
                await DecideChange.RunAsync(sql, project, uuid, patch, user, now);
                return await ReadChanges.ViewAsync(sql, project, uuid);
            }),
            Wire.Default.Change
        );
    }
}
