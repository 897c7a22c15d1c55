using Paddock.Core.Analysis;
using Paddock.Server.Database;
using Paddock.Server.Metrics;
using Paddock.Server.Thresholds;

namespace Paddock.Server.Reports;

/// <summary>Holds each new metric against the history of its series.</summary>
internal static class JudgeMetrics
{
    /// <param name="at">The run that the metrics belong to: its head, testbed and spec say which history counts, its version and time where it stands in that.</param>
    public static async Task RunAsync(Sql sql, RunPlace at, IReadOnlyList<ReportMetric> metrics, IReadOnlyList<(ThresholdRow Threshold, ModelRow Model)> thresholds, DateTimeOffset now)
    {
        if (thresholds.Count == 0) return;
        var byMeasure = thresholds.ToDictionary(t => t.Threshold.MeasureId);
        var judged = metrics.Where(m => byMeasure.ContainsKey(m.Measure.Id)).ToList();
        if (judged.Count == 0) return;
        var keys = judged.Select(m => new SeriesKey(m.Benchmark.Id, m.Measure.Id)).Distinct().ToList();
        // Models of one report rarely differ in how far back they look, so one query serves the widest of them.
        var models = judged.Select(m => m.Measure.Id).Distinct().Select(measure => byMeasure[measure].Model.Model).ToList();
        var histories = await MetricTable.HistoriesAsync(sql, at.HeadId, at.TestbedId, at.SpecId, keys, Since(models, now), Newest(models));
        var window = new List<double>();
        foreach (var metric in judged.OrderBy(m => m.Iteration))
        {
            metric.JudgedBy = byMeasure[metric.Measure.Id];
            var model = metric.JudgedBy.Value.Model.Model;
            var history = histories[new(metric.Benchmark.Id, metric.Measure.Id)];
            Sample(history, model, now, window);
            metric.Boundary = Judge.Limits(model, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(window));
            Remember(history, new(at.VersionId, at.StartTime.ToUnixTimeSeconds(), metric.Metric.Value)); // The next iteration sees this one.
        }
    }

    private static DateTimeOffset? Since(List<Model> models, DateTimeOffset now) =>
        models.TrueForAll(m => m.Window is not null) ? now - TimeSpan.FromSeconds(models.Max(m => m.Window!.Value)) : null;

    private static uint? Newest(List<Model> models) => models.TrueForAll(m => Newest(m) is not null) ? models.Max(Newest) : null;

    // Static limits only ask whether there is a past.
    private static uint? Newest(Model model) => model.Test == ModelTest.Static ? 1 : model.MaxSampleSize;

    /// <summary>The part of a history that a model looks at, newest first.</summary>
    private static void Sample(List<PastValue> history, Model model, DateTimeOffset now, List<double> sample)
    {
        sample.Clear();
        var since = model.Window is { } window ? now.ToUnixTimeSeconds() - window : long.MinValue;
        foreach (var past in history)
        {
            if (sample.Count == model.MaxSampleSize) return;
            if (past.StartTime >= since) sample.Add(past.Value);
        }
    }

    // A late report joins the place of its version, behind what is newer.
    private static void Remember(List<PastValue> history, PastValue value)
    {
        var at = 0;
        while (at < history.Count && (history[at].VersionId > value.VersionId || history[at].VersionId == value.VersionId && history[at].StartTime > value.StartTime)) at++;
        history.Insert(at, value);
    }
}
