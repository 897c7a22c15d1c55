using System.Diagnostics;
using System.Globalization;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Users;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Results.Changes;
using Paddock.Server.Results.Reports;

namespace Paddock.Server.Outside.Import;

/// <summary>
/// Records runs of the past as reports. Their series get verdicts as new runs do, but nothing in them counts as new: no
/// threshold judges them, and a change that they prove is accepted at once. The first new run is therefore judged
/// against the latest level.
/// </summary>
internal sealed class RecordHistory(CreationLimits creations, BaseOptions server)
{
    private const string Note = "Found in the imported history.";

    /// <summary>The newest version and start time of a head; an imported version must not be older.</summary>
    private readonly record struct Newest(long VersionId, DateTimeOffset Start);

    /// <param name="runs">Sorted, the oldest first.</param>
    /// <exception cref="Refusal">A run is older than runs that its head already has.</exception>
    public async Task<HistoryRecorded> RunAsync(
        Sql sql,
        ProjectRow project,
        UserRow? user,
        IReadOnlyList<(Run Run, RunNames Names)> runs,
        DateTimeOffset now
    )
    {
        var known = await KnownAsync(sql, project, runs);
        var (newest, reports, metrics, repeated) = (new Dictionary<long, Newest>(), new List<long>(), 0u, 0u);
        for (var i = 0; i < runs.Count; i++)
        {
            var (run, names) = runs[i];
            if (!known.Add(run.IdempotencyKey!.Value))
            {
                repeated++;
                continue;
            }
            var began = Stopwatch.GetTimestamp();
            var stored = await ReceiveRun.RecordAsync(sql, project, user, run, names, now, server.Verdicts);
            await DemandOrderAsync(sql, stored, newest, i);
            reports.Add(stored.Report.Id);
            metrics += (uint)stored.Metrics!.Count;
            sql.Afterwards(() => RunIntake.Count(stored, began));
        }
        await creations.CheckAsync(sql, project, now, (int)metrics);
        var accepted = await AcceptChangesAsync(sql, project, user, reports, now);
        return new((uint)reports.Count, repeated, metrics, accepted);
    }

    private static async Task<HashSet<Guid>> KnownAsync(
        Sql sql,
        ProjectRow project,
        IReadOnlyList<(Run Run, RunNames Names)> runs
    )
    {
        Guid[] keys = [.. runs.Select(of => of.Run.IdempotencyKey!.Value)];
        return
        [
            .. await sql.ListAsync(
                $"SELECT idempotency_key FROM reports WHERE project_id = {project.Id} AND idempotency_key IN {keys}",
                row => row.Uuid()
            ),
        ];
    }

    // The versions of a head are in the order of their reports, and plots and verdicts rely on that order.
    private static async Task DemandOrderAsync(Sql sql, StoredReport stored, Dictionary<long, Newest> newest, int index)
    {
        var (head, report) = (stored.Head.Id, stored.Report);
        if (!newest.TryGetValue(head, out var before))
            before = await sql.FirstAsync(
                $"""
                SELECT COALESCE(max(version_id), 0), COALESCE(max(start_time), 0) FROM reports WHERE head_id = {head} AND id <> {report.Id}
                """,
                row => new Newest(row.Long(), row.Time())
            );
        if (report.VersionId > before.VersionId && report.StartTime < before.Start)
            throw Refusal.Conflict(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"runs[{index}]: this run is from {report.StartTime:u}, but the branch "
                        + $"{Text.Quote(stored.Branch.Name)} has a run from {before.Start:u} already, "
                )
                    + "and a new commit is placed after it; allowed: a commit that the branch has, a newer run, or "
                    + "another branch"
            );
        newest[head] = new(
            Math.Max(before.VersionId, report.VersionId),
            report.StartTime > before.Start ? report.StartTime : before.Start
        );
    }

    private static async Task<uint> AcceptChangesAsync(
        Sql sql,
        ProjectRow project,
        UserRow? user,
        List<long> reports,
        DateTimeOffset now
    )
    {
        var found = await sql.ListAsync(
            $"SELECT uuid FROM changes WHERE project_id = {project.Id} AND state = {ChangeState.Open} AND report_id "
                + $"IN {reports}",
            row => row.Uuid()
        );
        foreach (var change in found)
            await DecideChange.RunAsync(sql, project, change, new(ChangePatchState.Accepted, Note), user?.Id, now);
        return (uint)found.Count;
    }
}
