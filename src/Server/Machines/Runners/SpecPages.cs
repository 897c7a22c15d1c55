using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Catalog.Specs;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Ground.Signals;
using Paddock.Server.Machines.Dispatch;
using Paddock.Server.Machines.Jobs;

namespace Paddock.Server.Machines.Runners;

/// <summary>A row in the list of specs, with its counts of runners and jobs.</summary>
/// <param name="Ready">How many of its runners are alive and take jobs.</param>
public sealed record SpecLine(Spec Spec, long Runners, long Ready, long Waiting, long Running);

/// <summary>The content of the page of all specs.</summary>
public sealed record SpecsView(
    IReadOnlyList<SpecLine> Specs,
    ListPart Part,
    bool Archived,
    string Events,
    DateTimeOffset Made
)
{
    public string State => StateOf(Specs, Part.Total);

    public static string StateOf(IReadOnlyList<SpecLine> specs, long total) => PageState.Of([total, .. specs]);
}

/// <summary>The administrators' page of specs, with the event stream that keeps it up to date.</summary>
internal sealed class SpecPages(Db db, Dispatcher dispatch, JobWatch watch, TimeProvider time)
{
    // A runner that connects or goes silent causes no job event, so the state is read again this often.
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(5);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<SpecPages>(routes.ServiceProvider);
        routes.Page(AdminPaths.Specs, By.Admin, pages.ListAsync);
        routes.Page(AdminPaths.Specs + "/events", By.Admin, pages.FollowAsync);
    }

    private async Task<Answer> ListAsync(Call call, UserCaller admin)
    {
        var (lines, total) = await LinesAsync(call);
        var archived = call.QueryFlag("archived");
        var part = ListPart.Of(
            call,
            AdminPaths.Specs,
            total,
            KeyValuePair.Create("archived", archived ? "true" : null)
        );
        return Pages.ShowLive<SpecsPage>(
            new SpecsView(
                lines,
                part,
                archived,
                $"{AdminPaths.Specs}/events{call.Http.Request.QueryString}",
                time.GetUtcNow()
            )
        );
    }

    private async Task<Answer> FollowAsync(Call call, UserCaller admin)
    {
        call.QueryFlag("archived");
        return PageState.Stream(call, watch.Open(_ => true), LookAgainAfter, call.AdmitAgainAsync, async () =>
        {
            var (lines, total) = await LinesAsync(call);
            return (SpecsView.StateOf(lines, total), false);
        });
    }

    private Task<(IReadOnlyList<SpecLine> Lines, long Total)> LinesAsync(Call call) =>
        db.ReadAsync<(IReadOnlyList<SpecLine>, long)>(
            async sql =>
            {
                var (specs, total) = await SpecTable.ListAsync(
                    sql,
                    new NamedFilter(Name: null, Search: null, call.QueryFlag("archived")),
                    byCreation: false,
                    ListPart.PageOf(call),
                    call.Aborted
                );
                if (specs.Count == 0)
                    return ([], total);
                long[] ids = [.. specs.Select(spec => spec.Id)];
                // A runner that serves several specs is counted for each of them. It is ready under the same rule as in
                // its own state: it must be alive.
                var runners = (
                    await sql.ListAsync(
                        $"""
                        SELECT runner_specs.spec_id, count(*), sum(CASE WHEN {RunnerRow.TakesJobsNow} AND {RunnerLiveness.IsAlive(
                            dispatch.SeenSince
                        )} THEN 1 ELSE 0 END)
                        FROM runner_specs JOIN runners ON runners.id = runner_specs.runner_id
                        WHERE runner_specs.spec_id IN {ids} AND runners.archived IS NULL GROUP BY runner_specs.spec_id
                        """,
                        row => (Spec: row.Long(), Count: row.Long(), Ready: row.Long()),
                        call.Aborted
                    )
                ).ToDictionary(found => found.Spec);
                var waiting = await CountAsync(sql, ids, JobTable.IsWaiting, call.Aborted);
                var running = await CountAsync(sql, ids, JobTable.IsHeld, call.Aborted);
                return (
                    specs.ConvertAll(spec => new SpecLine(
                        spec.ToWire(),
                        runners.GetValueOrDefault(spec.Id).Count,
                        runners.GetValueOrDefault(spec.Id).Ready,
                        waiting.GetValueOrDefault(spec.Id),
                        running.GetValueOrDefault(spec.Id)
                    )),
                    total
                );
            },
            call.Aborted
        );

    private static async Task<Dictionary<long, long>> CountAsync(
        Sql sql,
        long[] ids,
        Raw condition,
        CancellationToken ct
    ) =>
        (
            await sql.ListAsync(
                $"SELECT jobs.spec_id, count(*) FROM jobs WHERE jobs.spec_id IN {ids} AND {condition} GROUP BY "
                    + $"jobs.spec_id",
                row => (Spec: row.Long(), Count: row.Long()),
                ct
            )
        ).ToDictionary(found => found.Spec, found => found.Count);
}
