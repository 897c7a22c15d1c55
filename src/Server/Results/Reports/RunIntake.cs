using System.Diagnostics;
using System.Globalization;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Meters;
using Paddock.Server.Ground.RateLimits;
using HarnessResults = Paddock.Core.Adapters.Results;

namespace Paddock.Server.Results.Reports;

/// <summary>The steps that every way of sending results takes before and after they are recorded.</summary>
internal static class RunIntake
{
    // Each model may create a measure, a threshold and a model, all in the transaction of the run.
    private const int ModelsMax = 1000;

    /// <summary>Parses results. If patterns have to be matched, waits for a share of the processor first.</summary>
    /// <exception cref="Refusal">An output cannot be read, or has more metrics than the caller may send.</exception>
    public static async Task<ReadRun> ReadAsync(
        Shares shares,
        LimitOptions limits,
        ReportSettings? settings,
        Func<ReadRun> read,
        CancellationToken ct
    )
    {
        var caller = Requester.CurrentKey;
        using var place = await shares.PatternAsync(settings, caller, ct);
        var run = read();
        if (caller.Kind == CallerKind.Address)
            RefuseTooManyMetrics(run, limits.AnonymousMetricsPerRun, "PADDOCK_ANONYMOUS_METRICS_PER_RUN_MAX");
        RefuseTooManyMetrics(run, limits.MetricsPerRun, "PADDOCK_METRICS_PER_RUN_MAX");
        return run;
    }

    /// <summary>
    /// Limits the metrics of a run. The results of a job are one transaction, for which every other writer of an
    /// embedded database waits; the results of any run are held in memory.
    /// </summary>
    /// <exception cref="Refusal">The run has more metrics than the setting allows.</exception>
    public static void RefuseTooManyMetrics(ReadRun run, int max, string setting)
    {
        var count = Metrics(run.Results);
        if (count > max)
            throw Refusal.BadInput(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"results: this run has {count} metrics, and {setting} allows {max}. Send fewer benchmarks at "
                ) + "once, or fold the iterations (settings.fold)."
            );
    }

    public static long Metrics(IReadOnlyList<HarnessResults> results)
    {
        long count = 0;
        foreach (var result in results)
        foreach (var benchmark in result.Benchmarks)
            count += benchmark.Metrics.Count;
        return count;
    }

    /// <summary>
    /// The key of the queue in which runs wait for their branch, by the branch as the run names it. A branch named once
    /// by name and once by UUID has two queues; their runs then wait for each other at the branch's lock.
    /// </summary>
    public static string TurnOf(string project, NameId<BranchName> branch) => $"{project}/{branch.Value}";

    /// <summary>Counts a recorded report.</summary>
    public static void Count(StoredReport report, long began)
    {
        Meters.Reports.Add(1);
        Meters.Metrics.Add(report.Metrics?.Count ?? 0);
        Meters.IngestTime.Record(Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    /// <exception cref="Refusal">A model cannot judge anything, or there are too many models.</exception>
    public static void RefuseBadModels(ReportThresholds? thresholds)
    {
        if (thresholds?.Models is { Count: > ModelsMax and var count })
            throw Refusal.BadInput(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"thresholds.models: {count} models; allowed: {ModelsMax} at most"
                )
            );
        foreach (var (measure, model) in thresholds?.Models ?? [])
            if (model.Problem(inRun: true) is { } problem)
                throw Refusal.BadInput($"thresholds.models.{measure}: {problem}");
    }
}
