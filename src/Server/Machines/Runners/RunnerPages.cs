using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Ground.Signals;
using Paddock.Server.Machines.Dispatch;
using Paddock.Server.Machines.Jobs;

namespace Paddock.Server.Machines.Runners;

/// <summary>The administrators' pages of runners, with the event streams that keep them up to date.</summary>
internal sealed class RunnerPages(Db db, Dispatcher dispatch, JobWatch watch, TimeProvider time)
{
    // A runner that connects or goes silent causes no job event, so the state is read again this often.
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly Raw LastFirst = new("jobs.created DESC, jobs.id DESC");

    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<RunnerPages>(routes.ServiceProvider);
        routes.Page(AdminPaths.Runners, By.Admin, pages.ListAsync);
        routes.Page(AdminPaths.Runners + "/events", By.Admin, pages.FollowListAsync);
        routes.Page(AdminPaths.Runners + "/{runner}", By.Admin, pages.ViewAsync);
        routes.Page(AdminPaths.Runners + "/{runner}/events", By.Admin, pages.FollowAsync);
    }

    private async Task<Answer> ListAsync(Call call, UserCaller admin)
    {
        var (rows, total) = await db.ReadAsync(sql => LinesAsync(sql, call), call.Aborted);
        var archived = call.QueryFlag("archived");
        var part = ListPart.Of(
            call,
            AdminPaths.Runners,
            total,
            KeyValuePair.Create("archived", archived ? "true" : null)
        );
        return Pages.ShowLive<RunnersPage>(
            new RunnersView(
                rows,
                part,
                archived,
                $"{AdminPaths.Runners}/events{call.Http.Request.QueryString}",
                time.GetUtcNow()
            )
        );
    }

    private async Task<Answer> FollowListAsync(Call call, UserCaller admin)
    {
        call.QueryFlag("archived");
        return PageState.Stream(call, watch.Open(_ => true), LookAgainAfter, call.AdmitAgainAsync, async () =>
        {
            var (rows, total) = await db.ReadAsync(sql => LinesAsync(sql, call), call.Aborted);
            return (RunnersView.StateOf(rows, total), false);
        });
    }

    private async Task<(IReadOnlyList<RunnerLine> Lines, long Total)> LinesAsync(Sql sql, Call call)
    {
        var (views, total) = await RunnerTable.ListAsync(
            sql,
            new NamedFilter(Name: null, Search: null, call.QueryFlag("archived")),
            byCreation: false,
            ListPart.PageOf(call),
            call.Aborted
        );
        if (views.Count == 0)
            return ([], total);
        long[] ids = [.. views.Select(view => view.Runner.Id)];
        var specs = (
            await sql.ListAsync(
                $"SELECT runner_specs.runner_id, specs.name FROM runner_specs JOIN specs ON specs.id = "
                    + $"runner_specs.spec_id WHERE runner_specs.runner_id IN {ids} ORDER BY runner_specs.id",
                row => (Runner: row.Long(), Name: row.Text()),
                call.Aborted
            )
        ).ToLookup(found => found.Runner, found => found.Name);
        var jobs = (
            await sql.ListAsync(
                $"""
                SELECT runner_slots.runner_id, jobs.uuid, projects.slug, projects.name FROM runner_slots JOIN jobs ON jobs.id = runner_slots.job_id JOIN projects ON projects.id = jobs.project_id
                WHERE runner_slots.runner_id IN {ids} ORDER BY runner_slots.runner_id, runner_slots.slot
                """,
                row => (Runner: row.Long(), Job: new HeldJob(row.Uuid(), row.Text(), row.Text())),
                call.Aborted
            )
        ).ToLookup(found => found.Runner, found => found.Job);
        var seen = dispatch.SeenSince;
        return (
            views.ConvertAll(view => new RunnerLine(
                view.ToWire(seen),
                [.. specs[view.Runner.Id]],
                [.. jobs[view.Runner.Id]]
            )),
            total
        );
    }

    private async Task<Answer> ViewAsync(Call call, UserCaller admin)
    {
        var id = call.Path<ResourceId>("runner");
        var now = time.GetUtcNow();
        return Pages.ShowLive<RunnerPage>(
            await db.ReadAsync(
                async sql =>
                {
                    var row = await RunnerTable.GetAsync(sql, id, call.Aborted);
                    var runner = (await RunnerTable.ViewAsync(sql, row, call.Aborted)).ToWire(dispatch.SeenSince);
                    var specs = await RunnerTable.SpecsAsync(sql, row.Id, call.Aborted);
                    var (jobs, total) = await JobLine.ListAsync(
                        sql,
                        SqlText.Of($"jobs.runner_id = {row.Id}"),
                        LastFirst,
                        ListPart.PageOf(call),
                        call.Aborted
                    );
                    var address = AdminPaths.Runner(row.Slug);
                    return new RunnerPageView(
                        runner,
                        specs.ConvertAll(spec => spec.ToWire()),
                        jobs,
                        ListPart.Of(call, address, total),
                        await BusyAsync(sql, row.Id, now, call.Aborted),
                        $"{address}/events{call.Http.Request.QueryString}",
                        now
                    );
                },
                call.Aborted
            )
        );
    }

    private async Task<Answer> FollowAsync(Call call, UserCaller admin)
    {
        var id = call.Path<ResourceId>("runner");
        var row = await db.ReadAsync(sql => RunnerTable.GetAsync(sql, id, call.Aborted), call.Aborted);
        return PageState.Stream(
            call,
            watch.Open(job => job.RunnerId == row.Id),
            LookAgainAfter,
            call.AdmitAgainAsync,
            () =>
                db.ReadAsync<(string, bool)?>(
                    async sql =>
                    {
                        if (await RunnerTable.FindAsync(sql, row.Id, call.Aborted) is not { } now)
                            return null;
                        var runner = (await RunnerTable.ViewAsync(sql, now, call.Aborted)).ToWire(dispatch.SeenSince);
                        var (jobs, total) = await JobLine.ListAsync(
                            sql,
                            SqlText.Of($"jobs.runner_id = {row.Id}"),
                            LastFirst,
                            ListPart.PageOf(call),
                            call.Aborted
                        );
                        return (RunnerPageView.StateOf(runner, jobs, total), false);
                    },
                    call.Aborted
                )
        );
    }

    /// <summary>Sums the time that a runner has run benchmarks in the last day.</summary>
    private static async Task<TimeSpan> BusyAsync(
        Sql sql,
        Id<Runner> runnerId,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var since = now - Day;
        var spans = await sql.ListAsync(
            $"""
            SELECT jobs.started, jobs.completed FROM jobs
            WHERE jobs.runner_id = {runnerId} AND jobs.started IS NOT NULL AND (jobs.completed > {since} OR jobs.completed IS NULL AND {JobTable.IsHeld})
            """,
            row => (Started: row.Time(), Completed: row.TimeOrNull()),
            ct
        );
        return spans.Aggregate(TimeSpan.Zero, (sum, span) =>
            sum + ((span.Completed ?? now) - (span.Started > since ? span.Started : since))
        );
    }
}
