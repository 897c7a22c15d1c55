using Paddock.Core;
using Paddock.Core.Adapters;
using Paddock.Core.Analysis;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Results.Reports;

/// <summary>Sums up a report's thresholds and verdicts in one line and in one sentence, the worst first.</summary>
internal static class ReportHeadline
{
    /// <param name="told">The summary of the verdicts; null if there are none.</param>
    /// <param name="job">The status of the job that fills the report; null if there is none.</param>
    public static (Tone Tone, string Headline) Of(
        IReadOnlyList<ReportMetric> metrics,
        ReportChanges? told = null,
        JobStatus? job = null
    )
    {
        if (metrics.Count == 0)
            return JobWords.WithoutResults(job) is not { } why ? (Tone.Neutral, "No benchmarks")
                : job == JobStatus.Failed ? (Tone.Bad, $"No results: {why}")
                : (Tone.Neutral, job == JobStatus.Canceled ? $"No results: {why}" : $"No results yet: {why}");
        var verdicts = metrics.ToLookup(ResultRow.VerdictOf);
        var active = verdicts[Verdict.Alert].ToList();
        if (active.Count > 0)
        {
            var tone = active.TrueForAll(m => Directions.IsImprovement(m.Measure.Units, m.Alert!.Limit))
                ? Tone.Good
                : Tone.Bad;
            var direction = active.Select(DirectionOf).Distinct().ToList();
            return (
                tone,
                $"{active.Count} of {Count(metrics.Count, "metric")} "
                    + $"{(direction.Count == 1 ? direction[0] : "outside")} "
                    + $"{(active.Count == 1 ? "its limit" : "their limits")}"
            );
        }
        if (told is not null && ByHistory(metrics, told) is { } found)
            return found;
        if (metrics.All(m => m.JudgedBy is null))
            return (
                Tone.Neutral,
                metrics.Count == 1 ? "No threshold judged this metric" : "No threshold judged these metrics"
            );
        if (verdicts[Verdict.PastAlert].Any())
            return (Tone.Good, "No active alerts");
        if (verdicts[Verdict.Inside].Any() || verdicts[Verdict.Wide].Any() || verdicts[Verdict.Ignored].Any())
            return (Tone.Good, "No alerts");
        return (Tone.Neutral, $"No alerts: {WhyNot(metrics)}");
    }

    // The verdicts make the headline if they say more than the thresholds.
    private static (Tone, string)? ByHistory(IReadOnlyList<ReportMetric> metrics, ReportChanges told)
    {
        var proven = (uint)
            metrics
                .Where(m => m.Verdict is { State: VerdictState.Slower, Fails: true })
                .DistinctBy(m => (m.Benchmark.Id, m.Measure.Id))
                .Count();
        if (proven > 0)
            return (Tone.Bad, $"{Count((int)proven, "result")} {Is(proven)} slower");
        if (told.Failing > 0) // Reproduced by reruns; the project wants that to fail.
            return (Tone.Bad, $"{Count((int)told.Failing, "result")} slower, reproduced here, not proven");
        if (told.Suspected > 0)
        {
            var words = metrics
                .Where(m => m.Verdict is { State: VerdictState.Suspected })
                .Select(m => VerdictWords.Suspicion(m.Verdict!))
                .Distinct()
                .ToList();
            return (
                Tone.Neutral,
                $"{Count((int)told.Suspected, "result")} {Is(told.Suspected)} "
                    + $"{(words is [var one] ? one : "suspected")}, not proven"
            );
        }
        if (told.Slower > 0)
            return (
                Tone.Neutral,
                metrics.Any(m => m.Verdict is { State: VerdictState.Slower, IsInherited: false })
                    ? $"{Count((int)told.Slower, "result")} {Is(told.Slower)} slower, without an alert"
                    : "Nothing is slower than where this branch began"
            );
        if (told.Faster > 0)
            return (Tone.Good, $"{Count((int)told.Faster, "result")} {Is(told.Faster)} faster");
        if (metrics.Any(m => m.JudgedBy is not null))
            return null;
        var states = metrics.Select(m => m.Verdict?.State).OfType<VerdictState>().Distinct().ToList();
        return states.Contains(VerdictState.Steady) ? (Tone.Good, "Nothing is slower")
            : states is [VerdictState.Young] ? (Tone.Neutral, "Too little history to judge")
            : (Tone.Neutral, "Nothing could be judged");
    }

    private static string Is(uint count) => count == 1 ? "is" : "are";

    /// <summary>The reason why none of these metrics could have raised an alert.</summary>
    private static string WhyNot(IReadOnlyList<ReportMetric> metrics)
    {
        var reasons = metrics.Where(m => m.JudgedBy is not null).Select(ResultRow.WhyOf).Distinct().ToList();
        return reasons is not [{ } one] ? "none of these results could have raised one"
            : one == Weakness.Words(NoLimits.TooLittleHistory) ? "too little history to judge"
            : one;
    }

    /// <summary>More time, or less throughput, is slower; for other measures the words are above and below.</summary>
    private static string DirectionOf(ReportMetric metric)
    {
        var isUpper = metric.Alert!.Limit == BoundaryLimit.Upper;
        var units = metric.Measure.Units;
        if (units is "nanoseconds (ns)" or "seconds (s)")
            return isUpper ? "slower than" : "faster than";
        if (Directions.Of(units) == Direction.HigherIsBetter && units != "hits (%)")
            return isUpper ? "faster than" : "slower than";
        return isUpper ? "above" : "below";
    }

    /// <summary>The number of metrics and their outcomes, in words.</summary>
    public static string SummaryOf(List<ReportMetric> metrics, Adapter adapter, JobStatus? job = null)
    {
        if (metrics.Count == 0 && JobWords.WithoutResults(job) is not null)
            return "The job's page shows the reason and the output.";
        if (metrics.Count == 0)
            return $"The adapter {Words<Adapter>.Of(adapter)} found no result in the output.";
        var verdicts = metrics.CountBy(ResultRow.VerdictOf).ToDictionary();
        (Verdict Verdict, string Words)[] parts =
        [
            (Verdict.Alert, "with an active alert"),
            (Verdict.PastAlert, "with an alert that was dismissed or silenced"),
            (Verdict.Ignored, "outside but ignored"),
            (Verdict.Inside, "inside the limits"),
            (Verdict.Wide, "inside wide limits"),
            (Verdict.Blind, "inside limits that no value can leave"),
            (Verdict.NoLimit, NoLimitWords(metrics)),
        ];
        var told = parts
            .Where(p => verdicts.ContainsKey(p.Verdict))
            .Select(p => $"{verdicts[p.Verdict]} {p.Words}")
            .Concat(WithoutThreshold(metrics));
        var benchmarks = metrics.Select(m => m.Benchmark.Id).Distinct().Count();
        return $"{Count(metrics.Count, "metric")} of {Count(benchmarks, "benchmark")}: {string.Join(", ", told)}.";
    }

    private static IEnumerable<string> WithoutThreshold(List<ReportMetric> metrics)
    {
        var all = metrics.FindAll(m => ResultRow.VerdictOf(m) == Verdict.NoThreshold);
        var judged = all.Count(m => m.Verdict is not null);
        if (judged > 0)
            yield return $"{judged} judged by {(judged == 1 ? "its" : "their")} history";
        if (all.Count > judged)
            yield return $"{all.Count - judged} without a threshold";
    }

    private static string NoLimitWords(List<ReportMetric> metrics)
    {
        var reasons = metrics
            .Where(m => ResultRow.VerdictOf(m) == Verdict.NoLimit)
            .Select(ResultRow.WhyOf)
            .Distinct()
            .ToList();
        return reasons is [{ } one] ? $"with {one}" : "without a limit";
    }

    private static string Count(int count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";
}
