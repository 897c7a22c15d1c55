using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Changes;
using Paddock.Server.Results.Metrics;
using Paddock.Server.Results.Reports;
using Change = Paddock.Core.Verdicts.Change;

namespace Paddock.Server.Results.Verdicts;

/// <summary>
/// Rebuilds the states of series from their metrics: for new series, after an edit of their past, and after a change of
/// the state's format.
/// </summary>
internal static class RebuildStates
{
    internal const int ValuesMax = 600; // Per series: five times as many as a verdict looks back at.

    private readonly record struct Past(
        Id<VersionRow> VersionId,
        Id<Report> ReportId,
        Id<Series> SeriesId,
        bool IsInherited,
        double Value,
        ulong Environment
    );

    /// <summary>
    /// Computes the states of these series before the report at this place, in a fixed number of queries, however many
    /// series there are.
    /// </summary>
    /// <param name="at">The place of the report; the history is the one that its head sees.</param>
    public static async Task<Dictionary<long, SeriesState>> RunAsync(
        Sql sql,
        RunPlace at,
        IReadOnlyList<JudgedSeries> series
    )
    {
        var states = at.Inherits ? await ForkAsync(sql, at, series) : [];
        var missing = series.Where(s => !states.ContainsKey(s.Id)).ToList();
        if (missing.Count == 0)
            return states;
        var byKey = missing.ToDictionary(s => s.Key);
        var (histories, sources) = await HistoriesAsync(sql, at, byKey);
        var decided = await ChangeTable.OfSeriesAsync(sql, [.. sources.Keys]);
        var reruns = await RerunTable.OfSeriesAsync(sql, [.. sources.Keys]);
        var pairs = await ConfirmationTable.PairsOfSeriesAsync(sql, [.. sources.Keys]);
        var parts = await MeanParts.OfSeriesAsync(sql, [.. sources.Keys]);
        var marks = decided.ToLookup(change => sources[change.SeriesId]);
        foreach (var one in missing)
            states[one.Id] = histories.TryGetValue(one.Id, out var history)
                ? Replay(history, [.. marks[one.Id]], reruns, pairs, parts, one)
                : new();
        return states;
    }

    // A new head copies the states of its start point's head that include no values after the start version.
    private static async Task<Dictionary<long, SeriesState>> ForkAsync(
        Sql sql,
        RunPlace at,
        IReadOnlyList<JudgedSeries> series
    )
    {
        await sql.FlushAsync();
        var forks = new Dictionary<long, SeriesState>();
        var byKey = series.ToDictionary(s => s.Key);
        await sql.ReadAsync(
            $"""
            SELECT source.benchmark_id, source.measure_id, heads.start_version_id, series_states.state FROM heads
            {SeriesJoin.With(
                sql.Engine,
                new("heads.start_head_id"),
                at.TestbedId,
                at.SpecId,
                byKey.Keys,
                new("source")
            )}
            JOIN series_states ON series_states.series_id = source.id
            WHERE heads.id = {at.HeadId}
              AND NOT EXISTS (SELECT 1 FROM series own JOIN metrics ON metrics.series_id = own.id WHERE own.head_id = heads.id
                AND own.testbed_id = source.testbed_id AND own.spec_id = source.spec_id
                AND own.measure_id = source.measure_id AND own.benchmark_id = source.benchmark_id)
            """,
            row =>
            {
                if (!byKey.TryGetValue(new(row.Id<Benchmark>(), row.Id<Measure>()), out var wanted))
                    return true;
                var start = row.Long();
                if (SeriesState.Read(row.Bytes()) is { LastAt: { } last } state && last <= start)
                    forks[wanted.Id] = state.Fork();
                return true;
            }
        );
        return forks;
    }

    private static async Task<(
        Dictionary<Id<Series>, List<Past>> Histories,
        Dictionary<Id<Series>, Id<Series>> Sources
    )> HistoriesAsync(Sql sql, RunPlace at, Dictionary<SeriesKey, JudgedSeries> wanted)
    {
        var histories = new Dictionary<Id<Series>, List<Past>>();
        // Maps each series that is read to the series whose state it builds.
        var sources = wanted.Values.ToDictionary(one => one.Id, one => one.Id);
        await sql.ReadAsync(
            $"""
            SELECT series.benchmark_id, series.measure_id, series.id, metrics.version_id, metrics.report_id, metrics.value,
                COALESCE((SELECT environment_id FROM reports WHERE reports.id = metrics.report_id), 0),
                (SELECT environments.machine_id FROM reports JOIN environments ON environments.id = reports.environment_id WHERE reports.id = metrics.report_id)
            FROM head_histories h
            {SeriesJoin.With(
                sql.Engine,
                new("h.source_head_id"),
                at.TestbedId,
                at.SpecId,
                wanted.Keys,
                new("series")
            )}
            JOIN metrics ON metrics.series_id = series.id AND metrics.version_id <= h.version_max AND metrics.version_id >= COALESCE(
                (SELECT old.version_id FROM metrics old
                    WHERE old.series_id = series.id AND old.version_id BETWEEN h.version_min AND h.version_max
                    ORDER BY old.series_id DESC, old.version_id DESC LIMIT 1 OFFSET {ValuesMax - 1}), h.version_min)
            WHERE h.head_id = {at.HeadId}
            ORDER BY metrics.series_id, metrics.version_id, metrics.start_time, metrics.report_id, metrics.iteration
            """,
            row =>
            {
                if (!wanted.TryGetValue(new(row.Id<Benchmark>(), row.Id<Measure>()), out var one))
                    return true;
                var source = row.Id<Series>();
                sources[source] = one.Id;
                if (!histories.TryGetValue(one.Id, out var history))
                    histories.Add(one.Id, history = []);
                history.Add(
                    new(
                        row.Id<VersionRow>(),
                        row.Id<Report>(),
                        source,
                        source != one.Id,
                        row.Double(),
                        new EnvironmentKind(row.Id<RunEnvironment>(), row.LongOrNull()).Key
                    )
                );
                return true;
            }
        );
        return (histories, sources);
    }

    /// <summary>
    /// Appends the past values report by report, and repeats people's decisions on changes at the points where they
    /// were made.
    /// </summary>
    private static SeriesState Replay(
        List<Past> history,
        List<SeriesChange> decided,
        Dictionary<(Id<Series> SeriesId, Id<Report> ReportId), SeriesReruns> reruns,
        Dictionary<(Id<Series> SeriesId, Id<Report> ReportId), SeriesPairs> pairs,
        Dictionary<(Id<Series> SeriesId, Id<Report> ReportId), double> parts,
        JudgedSeries one
    )
    {
        // In the order of the reports: by version, and within a version by report.
        var reports = history
            .GroupBy(past => (past.VersionId, past.ReportId))
            .OrderBy(of => of.Key.VersionId)
            .ThenBy(of => of.Key.ReportId)
            .ToList();
        if (reports.Count > ValuesMax)
            reports.RemoveRange(0, reports.Count - ValuesMax);
        var (state, isInherited) = (new SeriesState(), reports[0].First().IsInherited);
        var (unproven, undecided) = (
            Queue(decided, change => change.Change.ProvenAt),
            Queue(decided.Where(change => change.DecidedAt is not null), change => change.DecidedAt!.Value)
        );
        foreach (var of in reports)
        {
            if (isInherited && !of.First().IsInherited)
                (state, isInherited) = (state.Fork(), false);
            Decide(state, undecided, of.Key.VersionId, one.Rules);
            if (!parts.TryGetValue((of.First().SeriesId, of.Key.ReportId), out var value))
                value = JudgedSeries.Median([.. of.Select(past => past.Value)]);
            state.Append(new(of.Key.VersionId, value, of.First().Environment), one.Rules);
            if (reruns.TryGetValue((of.First().SeriesId, of.Key.ReportId), out var rerun))
                state.Confirm(rerun.Fresh, one.Rules, rerun.Level);
            if (pairs.TryGetValue((of.First().SeriesId, of.Key.ReportId), out var pair))
                Answer(state, pair, one.Rules);
            Prove(state, unproven, one.Rules);
        }
        Decide(state, undecided, long.MaxValue, one.Rules);
        return isInherited ? state.Fork() : state;
    }

    // Pairs answer a suspicion. If the state has none now, the stored change already holds what the pairs proved.
    private static void Answer(SeriesState state, SeriesPairs pairs, Rules rules)
    {
        var asked = rules with { PairsCanRun = !pairs.IsApart };
        if (state.Look(asked).Suspicion is null)
            return;
        if (pairs.IsApart)
            state.Apart(pairs.Base, pairs.Head, asked);
        else
            state.Pairs(pairs.Base, pairs.Head, asked);
    }

    private static Queue<SeriesChange> Queue(IEnumerable<SeriesChange> changes, Func<SeriesChange, long> at) =>
        new(changes.OrderBy(at));

    // Restores changes that do not follow from the values: those proven by pairs, or found under other rules.
    private static void Prove(SeriesState state, Queue<SeriesChange> unproven, Rules rules)
    {
        while (unproven.TryPeek(out var next) && next.Change.ProvenAt <= state.LastAt)
        {
            var holds = next.State is ChangeState.Open || next.DecidedAt is not null;
            if (holds && Find(state.Look(rules).Open, next.Change) is null)
                state.Restore(next.Change);
            unproven.Dequeue();
        }
    }

    // Repeats the decisions that people made before the next version.
    private static void Decide(SeriesState state, Queue<SeriesChange> undecided, long before, Rules rules)
    {
        while (undecided.TryPeek(out var next) && next.DecidedAt < before)
        {
            undecided.Dequeue();
            if (Find(state.Look(rules).Open, next.Change) is not { } known)
                continue;
            if (next.State == ChangeState.Accepted)
                state.Accept(known.Number, rules);
            else
                state.Dismiss(known.Number, rules);
        }
    }

    public static Change? Find(IReadOnlyList<Change> open, Change wanted) =>
        open.FirstOrDefault(change => change.Side == wanted.Side && change.Since == wanted.Since)
        ?? open.FirstOrDefault(change => change.Side == wanted.Side && change.Number == wanted.Number);
}
