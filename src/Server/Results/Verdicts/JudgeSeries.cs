using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Changes;
using Paddock.Server.Results.Reports;

namespace Paddock.Server.Results.Verdicts;

/// <summary>
/// Computes the verdict on each series of a report, in the transaction that records the report: one query reads all
/// states, and one statement writes them. The branch is locked, so its reports are judged one after the other.
/// </summary>
internal static class JudgeSeries
{
    /// <param name="metrics">The metrics of the report, with their series. They are not in the database yet.</param>
    /// <param name="pairsFrom">The oldest version that a confirming job can run as the base; null if there is
    /// none.</param>
    /// <returns>The suspicions; null if nothing was judged.</returns>
    public static async Task<IReadOnlyList<Suspicion>?> RunAsync(
        Sql sql,
        ProjectRow project,
        RunPlace at,
        Id<Report> reportId,
        IReadOnlyList<ReportMetric> metrics,
        DateTimeOffset now,
        Id<VersionRow>? pairsFrom = null
    )
    {
        if (await JudgeAsync(sql, project, at, reportId, metrics, now, pairsFrom) is not { } judged)
            return null;
        await ReportVerdicts.WriteAsync(sql, reportId, judged.Told);
        return judged.Suspected;
    }

    /// <summary>The same without storing the verdicts, for one of several slices of a report.</summary>
    /// <param name="seriesCount">The number of series in the report, if these metrics are only some of them.</param>
    public static async Task<(List<StoredVerdict> Told, IReadOnlyList<Suspicion> Suspected)?> JudgeAsync(
        Sql sql,
        ProjectRow project,
        RunPlace at,
        Id<Report> reportId,
        IReadOnlyList<ReportMetric> metrics,
        DateTimeOffset now,
        Id<VersionRow>? pairsFrom = null,
        int? seriesCount = null
    )
    {
        if (metrics.Count == 0)
            return null;
        var series = JudgedSeries.Of(metrics);
        var (states, open, settings) = await LoadAsync(
            sql,
            project,
            at,
            series,
            seriesCount ?? series.Count,
            now,
            pairsFrom
        );

        var parts = series.FindAll(one => one.Metrics.Any(metric => metric.MeanOfThose is not null));
        if (parts.Count > 0)
            await MeanParts.InsertAsync(sql, reportId, parts);

        // The report of an older commit is not the next value of its series: their states are rebuilt later, with this
        // report at its place in the history.
        var late = series.Where(one => states[one.Id].LastAt > at.VersionId).ToList();
        if (late.Count > 0)
        {
            await SeriesStates.ForgetAsync(sql, [.. late.Select(one => one.Id)]);
            series = [.. series.Except(late)];
            if (series.Count == 0)
                return null;
        }

        var verdicts = ReportJudge.Append(
            [.. series.Select(one => states[one.Id])],
            [.. series.Select(one => new Observation(at.VersionId, one.Value, at.Environment.Key))],
            [.. series.Select(one => one.Rules)],
            seriesCount
        );
        for (var i = 0; i < series.Count; i++)
            series[i].Verdict = verdicts[i];
        await SeriesStates.WriteAsync(sql, [.. series.Select(one => (one.Id, states[one.Id]))]);
        await RecordChanges.RunAsync(sql, project, at, reportId, series, open, now);
        if (open.Count > 0 || series.Exists(one => one.Verdict!.Events.Count > 0))
            sql.OfTurn<KnownRules>()?.ForgetChanges();

        var told = series.ConvertAll(one =>
            StoredVerdict.Of(
                one.Id,
                one.Verdict!,
                one.IsAlerting(settings.BesideThresholds),
                settings.ReproducedFails,
                at.Environment.Id
            )
        );
        await ReportVerdicts.ShowAsync(sql, told, metrics, CancellationToken.None);
        return (told, Suspected(series, settings));
    }

    /// <summary>The suspicions about series whose verdicts may alert.</summary>
    public static IReadOnlyList<Suspicion> Suspected(IReadOnlyList<JudgedSeries> series, JudgingRules settings) =>
        [
            .. series
                .Where(one => one.IsAlerting(settings.BesideThresholds))
                .Select(one => one.Verdict?.Suspicion)
                .OfType<Suspicion>(),
        ];

    /// <summary>
    /// Loads the states of series, their open changes and the project's settings, and applies the settings to the
    /// series.
    /// </summary>
    /// <param name="count">The number of series in the report.</param>
    /// <param name="pairsFrom">The oldest version that a confirming job can run as the base; null if there is
    /// none.</param>
    public static async Task<(
        Dictionary<long, SeriesState> States,
        List<SeriesChange> Open,
        JudgingRules Settings
    )> LoadAsync(
        Sql sql,
        ProjectRow project,
        RunPlace at,
        List<JudgedSeries> series,
        int count,
        DateTimeOffset now,
        Id<VersionRow>? pairsFrom = null
    )
    {
        Id<Series>[] ids = [.. series.Select(one => one.Id)];
        Id<Measure>[] measures = [.. series.Select(one => one.Key.MeasureId).DistinctBy(measure => measure.Value)];
        var ofTurn = sql.OfTurn<KnownRules>();
        var (states, open) = (SeriesStates.Known(sql, ids), new List<SeriesChange>());
        var queries = new List<(SqlText Text, Action<Row> Read)>();
        Id<Series>[] unread = states.Count == ids.Length ? [] : [.. ids.Where(id => !states.ContainsKey(id))];
        if (unread.Length > 0)
            queries.Add(SeriesStates.Query(unread, states));
        Id<Series>[] unlisted = ofTurn is null ? ids : [.. ids.Where(id => ofTurn.Series.Add(id))];
        if (unlisted.Length > 0)
            queries.Add(ChangeTable.OpenOfSeries(unlisted, ofTurn?.Open ?? open));
        var settings = ofTurn?.Find(project.Id, measures) ?? new();
        if (ofTurn?.Find(project.Id, measures) is null)
            queries.AddRange(JudgingRules.Queries(project.Id, measures, settings));
        if (queries.Count > 0)
            await sql.ReadAllAsync(queries);
        ofTurn?.Know(project.Id, measures, settings);
        if (ofTurn is { Open.Count: > 0 })
        {
            var ofReport = ids.Select(id => id.Value).ToHashSet();
            open = ofTurn.Open.FindAll(change => ofReport.Contains(change.SeriesId));
        }
        await settings.CountAsync(sql, project, now);
        var rules = new Dictionary<long, Rules>(measures.Length);
        foreach (var one in series)
        {
            if (!rules.TryGetValue(one.Key.MeasureId, out var rule))
                rules.Add(
                    one.Key.MeasureId,
                    rule = settings.Of(one.Metrics[0].Measure, count) with { PairsCanRun = pairsFrom is not null }
                );
            one.Rules = rule;
        }
        var missing = series.Where(one => !states.ContainsKey(one.Id)).ToList();
        if (missing.Count > 0)
            foreach (var (id, state) in await RebuildStates.RunAsync(sql, at, missing))
                states.Add(id, state);
        // If no job can confirm a suspicion any more, later values must be able to prove it.
        if (pairsFrom is { } oldest)
            foreach (var one in series)
                if (states[one.Id].Look(one.Rules).Suspicion is { } known && known.Base < oldest)
                    one.Rules = one.Rules with { PairsCanRun = false };
        return (states, open, settings);
    }

    /// <summary>
    /// A cache of rules and open changes for the units of one transaction, which holds their branch's lock.
    /// </summary>
    private sealed class KnownRules
    {
        private readonly Dictionary<Id<Project>, (JudgingRules Settings, HashSet<Id<Measure>> Measures)> settings = [];

        /// <summary>The series whose open changes are cached.</summary>
        public HashSet<long> Series { get; } = [];

        public List<SeriesChange> Open { get; } = [];

        public JudgingRules? Find(Id<Project> projectId, Id<Measure>[] measures) =>
            settings.TryGetValue(projectId, out var known) && known.Measures.IsSupersetOf(measures)
                ? known.Settings
                : null;

        public void Know(Id<Project> projectId, Id<Measure>[] measures, JudgingRules rules)
        {
            if (Find(projectId, measures) is null)
                settings[projectId] = (rules, [.. measures]);
        }

        public void ForgetChanges()
        {
            Series.Clear();
            Open.Clear();
        }
    }
}
