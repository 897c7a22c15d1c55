using System.Text.Json;
using Paddock.Core.Jobs;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Machines.Dispatch;
using Paddock.Server.Machines.Jobs;
using Paddock.Server.Results.Perf;

namespace Paddock.Server.Machines.Fleet;

/// <summary>Reads the overview of the whole fleet, for the administrators' page and the command line.</summary>
internal sealed class FleetBoard(Dispatcher dispatch, JobQueue queue, TimeProvider time)
{
    private const int WaitingMax = 100;
    private const int NoisePointsMax = 24;
    private static readonly TimeSpan NoiseFor = TimeSpan.FromDays(7);

    private sealed record Work(Id<Runner> RunnerId, FleetWork Shown);

    public async Task<Core.Wire.Fleet> ReadAsync(Sql sql, CancellationToken ct)
    {
        var runners = await FleetTable.ListAsync(sql, FleetTable.InUse, dispatch.SeenSince, ct);
        var owners = (
            await sql.ListAsync(
                $"SELECT runners.id, organizations.slug FROM runners JOIN organizations ON organizations.id = "
                    + $"runners.organization_id WHERE {FleetTable.InUse}",
                row => (Id: row.Long(), Slug: row.Text()),
                ct
            )
        ).ToDictionary(owner => owner.Id, owner => owner.Slug);
        var work = (await WorkAsync(sql, ct)).ToLookup(one => one.RunnerId, one => one.Shown);
        var noise = (await NoiseAsync(sql, ct)).ToLookup(one => one.RunnerId, one => one.Point);
        var waiting = await WaitingAsync(sql, ct);
        var total = await sql.NumberAsync($"SELECT count(*) FROM jobs WHERE {JobTable.IsWaiting}", ct);
        return new(
            [
                .. runners.Select(runner => new FleetMachine(
                    runner,
                    owners.GetValueOrDefault(runner.Id),
                    [.. work[new(runner.Id)]],
                    [.. noise[new(runner.Id)]]
                )),
            ],
            waiting,
            total
        );
    }

    /// <summary>A text that changes whenever the overview changes, heartbeat times aside.</summary>
    public async Task<string> StateAsync(Sql sql, CancellationToken ct)
    {
        var runners = await FleetTable.StateAsync(sql, FleetTable.InUse, dispatch.SeenSince, ct);
        var waiting = await sql.FirstAsync(
            $"SELECT count(*), CAST(COALESCE(sum(jobs.id), 0) AS BIGINT) FROM jobs WHERE {JobTable.IsWaiting}",
            row => FormattableString.Invariant($"{row.Long()}-{row.Long():x}"),
            ct
        );
        var held = await sql.FirstAsync(
            $"SELECT count(*), CAST(COALESCE(sum(jobs.id), 0) AS BIGINT) FROM jobs WHERE jobs.status = 'running' AND "
                + $"{JobTable.IsHeld}",
            row => FormattableString.Invariant($"{row.Long()}-{row.Long():x}"),
            ct
        );
        return $"{runners}-{waiting}-{held}";
    }

    private static Task<List<Work>> WorkAsync(Sql sql, CancellationToken ct) =>
        sql.ListAsync(
            $"""
            SELECT runner_slots.runner_id, runner_slots.slot, jobs.key, jobs.uuid, jobs.status, projects.slug, specs.slug, COALESCE(jobs.started, jobs.claimed)
            FROM runner_slots JOIN jobs ON jobs.id = runner_slots.job_id JOIN projects ON projects.id = jobs.project_id LEFT JOIN specs ON specs.id = jobs.spec_id
            ORDER BY runner_slots.runner_id, runner_slots.slot
            """,
            row => new Work(
                row.Id<Runner>(),
                new(
                    row.Int(),
                    row.Text(),
                    row.Uuid(),
                    PodTable.Status(row.Word<JobStatus>(), isLost: false),
                    row.Text(),
                    row.TextOrNull() ?? "",
                    row.TimeOrNull()
                )
            ),
            ct
        );

    private async Task<List<(Id<Runner> RunnerId, NoisePoint Point)>> NoiseAsync(Sql sql, CancellationToken ct)
    {
        var rows = await sql.ListAsync(
            $"""
            SELECT found.runner_id, found.completed, found.environment FROM (
                SELECT jobs.runner_id, jobs.completed, jobs.environment, row_number() OVER (PARTITION BY jobs.runner_id ORDER BY jobs.created DESC, jobs.id DESC) AS place
                FROM jobs WHERE jobs.created >= {time.GetUtcNow()
                - NoiseFor} AND jobs.runner_id IS NOT NULL AND jobs.completed IS NOT NULL AND jobs.environment IS NOT NULL) found
            WHERE found.place <= {NoisePointsMax} ORDER BY found.runner_id, found.completed, found.place DESC
            """,
            row => (RunnerId: row.Id<Runner>(), Time: row.Time(), Environment: row.Text()),
            ct
        );
        var points = new List<(Id<Runner>, NoisePoint)>();
        foreach (var row in rows)
            if (JsonSerializer.Deserialize(row.Environment, Wire.Default.RunEnvironment)?.NoiseScore is { } score)
                points.Add((row.RunnerId, new(row.Time, score)));
        return points;
    }

    private async Task<List<WaitingJob>> WaitingAsync(Sql sql, CancellationToken ct)
    {
        var jobs = await sql.ListAsync(
            $"SELECT {JobRow.Columns}, jobs.key, projects.slug FROM {JobRow.From} WHERE {JobTable.IsWaiting} ORDER "
                + $"BY jobs.spec_id, jobs.priority DESC, jobs.id LIMIT {WaitingMax}",
            row => (Row: JobRow.Read(row), Pod: row.Text(), Project: row.Text()),
            ct
        );
        var places = await queue.PlacesAsync(sql, [.. jobs.Select(job => job.Row.Uuid)], ct);
        return
        [
            .. jobs.Where(job => places.ContainsKey(job.Row.Uuid))
                .Select(job => new WaitingJob(
                    job.Pod,
                    job.Row.Uuid,
                    job.Project,
                    job.Row.Spec.Slug,
                    job.Row.Created,
                    places[job.Row.Uuid].Position,
                    places[job.Row.Uuid].Reason
                ))
                .OrderBy(job => job.Spec, StringComparer.Ordinal)
                .ThenBy(job => job.Position),
        ];
    }
}
