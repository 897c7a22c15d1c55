using System.Diagnostics.Metrics;

namespace Paddock.Server.Ground.Meters;

/// <summary>
/// The metrics that the server records as events happen, with the framework's own instruments. Values that are in the
/// database are instead read when they are requested.
/// </summary>
internal static class Meters
{
    public const string Name = "Paddock";

    private static readonly double[] LongSeconds = [1, 5, 15, 60, 300, 900, 3600, 14400, 86400];
    private static readonly double[] ShortSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
    private static readonly Meter Own = new(Name);

    /// <summary>The time from a job's request until a runner claimed it.</summary>
    public static Histogram<double> JobWait { get; } =
        Own.CreateHistogram(
            "paddock.job.wait",
            "s",
            "How long jobs waited until a runner claimed them.",
            tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = LongSeconds }
        );

    public static Counter<long> JobEnds { get; } =
        Own.CreateCounter<long>("paddock.job.ends", "{job}", "Jobs that have ended, by outcome.");

    public static Counter<long> Reports { get; } =
        Own.CreateCounter<long>("paddock.ingest.reports", "{report}", "Reports that were recorded.");

    public static Counter<long> Metrics { get; } =
        Own.CreateCounter<long>("paddock.ingest.metrics", "{metric}", "Metrics that were recorded.");

    public static Histogram<double> IngestTime { get; } =
        Own.CreateHistogram(
            "paddock.ingest.duration",
            "s",
            "How long it took to record a report, until it was on disk.",
            tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = ShortSeconds }
        );
}
