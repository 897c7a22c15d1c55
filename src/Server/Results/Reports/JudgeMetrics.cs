using System.Runtime.InteropServices;
using Paddock.Core.Analysis;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Results.Metrics;
using Paddock.Server.Results.Perf;
using Paddock.Server.Results.Thresholds;

namespace Paddock.Server.Results.Reports;

/// <summary>Judges each new metric by the history of its series.</summary>
internal static class JudgeMetrics
{
    private const uint RememberedMax = 1024;
    private const int CaughtUpMax = 64; // Reports.
    private const int CaughtUpValuesMax = 20_000;

    /// <param name="at">The place of the run. Head, testbed and spec select the history; version and time give the
    /// run's position in it.</param>
    /// <returns>The number of the head's change that adds these metrics, which their report must store.</returns>
    public static async Task<long> RunAsync(
        Sql sql,
        RunPlace at,
        IReadOnlyList<ReportMetric> metrics,
        IReadOnlyList<(ThresholdRow Threshold, ModelRow Model)> thresholds,
        DateTimeOffset now
    )
    {
        var (recent, ofTurn) = (sql.Shared<RecentHistories>(), sql.OfTurn<RecentHistories.OfTurn>());
        var (stamp, packed) = await HeadTable.ChangeAsync(sql, at.HeadId);
        if (at.VersionId <= packed)
            await ReadPoints.UnpackFromAsync(sql, at.HeadId, at.TestbedId, at.VersionId);
        var byMeasure = thresholds.ToDictionary(t => t.Threshold.MeasureId.Value);
        var judged = metrics.Where(m => byMeasure.ContainsKey(m.Measure.Id)).ToList();

        // Models of one report rarely differ in how far back they look, so all histories are as long as the longest
        // that a model needs.
        var models = judged
            .Select(m => m.Measure.Id.Value)
            .Distinct()
            .Select(measure => byMeasure[measure].Model.Model.ForJudging())
            .ToList();
        var newest = Newest(models) is { } count and <= RememberedMax && !at.Inherits ? count : (uint?)null;
        // Metrics that are recorded but not cached would be missing from the cached histories, so the whole group is
        // dropped.
        if (judged.Count < metrics.Count || newest is null)
        {
            recent.Forget(at);
            ofTurn?.Forget(at);
        }
        if (judged.Count == 0)
            return stamp.Changes;

        var keys = judged.Select(m => new SeriesKey(m.Benchmark.Id, m.Measure.Id)).ToHashSet();
        var histories = newest is { } remembered
            ? await RecentAsync(sql, recent, at, keys, remembered, stamp)
            : new(
                at.SpecId,
                Newest: 0,
                await MetricTable.HistoriesAsync(
                    sql,
                    at.HeadId,
                    at.TestbedId,
                    at.SpecId,
                    keys,
                    Since(models, now),
                    Newest(models)
                )
            );

        var sample = new List<double>();
        foreach (var metric in judged.OrderBy(m => m.Iteration))
        {
            metric.JudgedBy = byMeasure[metric.Measure.Id];
            var model = metric.JudgedBy.Value.Model.Model.ForJudging();
            var history = histories.Series[new(metric.Benchmark.Id, metric.Measure.Id)];
            Sample(history, model, now, sample);
            metric.Boundary = Judge.Limits(model, CollectionsMarshal.AsSpan(sample));
            if (metric.Boundary is { LowerLimit: null, UpperLimit: null })
                metric.NoLimits = Judge.WhyNone(model, CollectionsMarshal.AsSpan(sample));
            else
                metric.IsByOneValue = sample.Count == 1 && model.JudgesByOneValue;
            // The next iteration is judged with this one in its history.
            Remember(history, new(at.VersionId, at.StartTime.ToUnixTimeSeconds(), metric.Metric.Value));
        }
        if (histories.Newest > 0)
        {
            ofTurn?.Know(at, histories);
            sql.Afterwards(() =>
            {
                if (ofTurn is null || ofTurn.Holds(at, histories))
                    recent.Keep(at, histories with { Stamp = stamp });
            });
        }
        return stamp.Changes;
    }

    // Returns the cached histories, and loads the missing ones from the database.
    private static async Task<RecentHistories.Group> RecentAsync(
        Sql sql,
        RecentHistories recent,
        RunPlace at,
        HashSet<SeriesKey> keys,
        uint newest,
        HistoryStamp stamp
    )
    {
        var group = sql.OfTurn<RecentHistories.OfTurn>()?.Find(at, newest)
            ?? await CatchUpAsync(sql, recent.Take(at, newest), at, stamp)
            ?? new(at.SpecId, newest, []);
        var missing = keys.Where(key => !group.Series.ContainsKey(key)).ToList();
        if (missing.Count == 0)
            return group;
        foreach (
            var (key, history) in await MetricTable.HistoriesAsync(
                sql,
                at.HeadId,
                at.TestbedId,
                at.SpecId,
                missing,
                since: null,
                group.Newest
            )
        )
            group.Series.Add(key, history);
        return group;
    }

    // Adds the values that other servers have recorded since the group was cached. Null if reading everything again is
    // faster or safer.
    private static async Task<RecentHistories.Group?> CatchUpAsync(
        Sql sql,
        RecentHistories.Group? group,
        RunPlace at,
        HistoryStamp stamp
    )
    {
        if (group?.Stamp.MissedBefore(stamp) is not { } missed)
            return null;
        if (missed == 0)
            return group;
        if (missed > CaughtUpMax)
            return null;
        var reports = await ReportTable.OfChangesAsync(sql, at.HeadId, group.Stamp.Changes, stamp.Changes, CaughtUpMax);
        // Each change brought a report. Reports of older servers and of imports do not store the number of their
        // change.
        if (reports.Count > CaughtUpMax || reports.DistinctBy(report => report.Change).Count() < missed)
            return null;
        Id<Report>[] here = [.. reports.Where(report => report.TestbedId == at.TestbedId).Select(report => report.Id)];
        if (here.Length * (long)group.Series.Count > CaughtUpValuesMax)
            return null;
        if (here.Length > 0)
            foreach (
                var (key, value) in await MetricTable.OfReportsAsync(
                    sql,
                    here,
                    at.HeadId,
                    at.TestbedId,
                    at.SpecId,
                    group.Series.Keys
                )
            )
                Remember(group.Series[key], value);
        return group;
    }

    private static DateTimeOffset? Since(List<Model> models, DateTimeOffset now) =>
        models.TrueForAll(m => m.Window is not null)
            ? now - TimeSpan.FromSeconds(models.Max(m => m.Window!.Value))
            : null;

    private static uint? Newest(List<Model> models) =>
        models.TrueForAll(m => Newest(m) is not null) ? models.Max(Newest) : null;

    // Static limits only need to know if there is a past value.
    private static uint? Newest(Model model) => model.Test == ModelTest.Static ? 1 : model.MaxSampleSize;

    /// <summary>Selects the part of a history that a model looks at, newest first.</summary>
    private static void Sample(List<PastValue> history, Model model, DateTimeOffset now, List<double> sample)
    {
        sample.Clear();
        var since = model.Window is { } window ? now.ToUnixTimeSeconds() - window : long.MinValue;
        foreach (var past in history)
        {
            if (sample.Count == model.MaxSampleSize)
                return;
            if (past.StartTime >= since)
                sample.Add(past.Value);
        }
    }

    // Inserts a value by version and time, so that a late report comes after newer values.
    private static void Remember(List<PastValue> history, PastValue value)
    {
        var at = 0;
        while (
            at < history.Count
            && (
                history[at].VersionId > value.VersionId
                || history[at].VersionId == value.VersionId && history[at].StartTime > value.StartTime
            )
        )
            at++;
        history.Insert(at, value);
    }
}
