using Microsoft.Extensions.Primitives;
using Paddock.Core.Jobs;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Machines.Jobs;
using Paddock.Server.Machines.Runners;

namespace Paddock.Server.Machines.Fleet;

/// <summary>The content of the fleet page.</summary>
/// <param name="Proof">The CSRF token for the forms; null when the caller has not signed in with the browser.</param>
/// <param name="Problem">Why a submitted form failed.</param>
public sealed record FleetPageView(
    Core.Wire.Fleet Fleet,
    string State,
    string? Proof,
    DateTimeOffset Made,
    string? Problem = null
)
{
    public IEnumerable<IGrouping<FleetStatus, FleetMachine>> ByStatus =>
        Fleet.Machines.GroupBy(machine => machine.Runner.Status).OrderBy(group => group.Key);
}

/// <summary>
/// The fleet page: what every machine is doing and why each job waits, with forms to drain, resume and cancel.
/// </summary>
internal sealed class FleetPages(Db db, BrowserSession browser, FleetBoard board, BoardStream stream, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<FleetPages>(routes.ServiceProvider);
        routes.Page(AdminPaths.Fleet, By.Admin, pages.ViewAsync);
        routes.Page(AdminPaths.Fleet + "/events", By.Admin, pages.FollowAsync);
        routes.Form(AdminPaths.Fleet + "/drain", By.Admin, pages.DrainAsync);
        routes.Form(AdminPaths.Fleet + "/resume", By.Admin, pages.ResumeAsync);
        routes.Form(AdminPaths.Fleet + "/cancel", By.Admin, pages.CancelAsync);
    }

    private async Task<Answer> ViewAsync(Call call, UserCaller admin)
    {
        var (fleet, state) = await db.ReadAsync(
            async sql => (await board.ReadAsync(sql, call.Aborted), await board.StateAsync(sql, call.Aborted)),
            call.Aborted
        );
        return Pages.ShowLive<FleetPage>(
            new FleetPageView(fleet, PageState.Of(state), browser.Proof(call), time.GetUtcNow())
        );
    }

    private Task<Answer> FollowAsync(Call call, UserCaller admin) => Task.FromResult(stream.Open(call));

    private Task<Answer> DrainAsync(Call call, UserCaller admin, IFormCollection form) =>
        PatchAsync(call, form, new(form["reason"].ToString().Trim()));

    private Task<Answer> ResumeAsync(Call call, UserCaller admin, IFormCollection form) => PatchAsync(call, form, null);

    private async Task<Answer> PatchAsync(Call call, IFormCollection form, Maintenance? maintenance)
    {
        browser.Check(call, form["proof"]);
        var patch = new RunnerPatch { Maintenance = new(maintenance) };
        RunnerEndpoints.Check(patch);
        await db.WriteAsync(sql => RunnerTable.UpdateAsync(sql, Id(form["runner"], "runner"), patch, time.GetUtcNow()));
        return Pages.After(AdminPaths.Fleet);
    }

    private async Task<Answer> CancelAsync(Call call, UserCaller admin, IFormCollection form)
    {
        browser.Check(call, form["proof"]);
        var uuid = UuidText.TryParse(form["job"], out var given)
            ? given
            : throw Refusal.BadInput($"job: {Text.Quote(form["job"])} is not a UUID");
        await db.WriteAsync(async sql =>
        {
            var job = await JobTable.LockAsync(sql, uuid) ?? throw Refusal.NotFound(JobTable.Noun, uuid);
            if (
                await JobTable.MoveAsync(sql, job, JobTrigger.Cancel, "An operator canceled it.", time.GetUtcNow())
                is null
            )
                throw Refusal.Conflict($"The job has ended already; its status is {Words<JobStatus>.Of(job.Status)}.");
        });
        return Pages.After(AdminPaths.Fleet);
    }

    private static ResourceId Id(StringValues text, string field) =>
        ResourceId.TryParse(text, out var id)
            ? id
            : throw Refusal.BadInput($"{field}: {Text.Refusal<ResourceId>(text)}");
}
