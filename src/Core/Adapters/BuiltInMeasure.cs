using System.Collections.Frozen;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>
/// A measure that is known in advance, so that it is created with a proper name and units when it is first reported.
/// </summary>
/// <param name="Units">The units as shown beside a number: "nanoseconds (ns)".</param>
public sealed record BuiltInMeasure(Slug Slug, string Name, string Units)
{
    /// <summary>The units of all other measures until better ones are given.</summary>
    public const string GenericUnits = "Measure (units)";

    public static IReadOnlyList<BuiltInMeasure> All { get; } =
    [.. Rows().Select(row => new BuiltInMeasure(Text.Parse<Slug>(row.Slug), row.Name, row.Units))];

    private static readonly FrozenDictionary<string, BuiltInMeasure> ByText = All.SelectMany(
            measure => (string[])[measure.Slug.Value, measure.Name],
            KeyValuePair.Create
        )
        .ToFrozenDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);

    public static BuiltInMeasure Latency { get; } = ByText["latency"];
    public static BuiltInMeasure Throughput { get; } = ByText["throughput"];

    /// <summary>The id by which adapters refer to this measure in results.</summary>
    public NameId<ResourceName> Id { get; } = NameId<ResourceName>.OfSlug(Slug);

    /// <summary>The measure with exactly this slug or name (case-sensitive); null if there is none.</summary>
    public static BuiltInMeasure? Find(string slugOrName) => ByText.GetValueOrDefault(slugOrName);

    private static IEnumerable<(string Slug, string Name, string Units)> Rows() =>
        [
            ("latency", "Latency", "nanoseconds (ns)"),
            ("throughput", "Throughput", "operations / second (ops/s)"),
            ("build-time", "Build Time", "seconds (s)"),
            ("file-size", "File Size", "bytes (B)"),
            .. Counted(
                "collects",
                ("gen0-collects", "Gen0 Collects"),
                ("gen1-collects", "Gen1 Collects"),
                ("gen2-collects", "Gen2 Collects")
            ),
            ("allocated", "Allocated", "bytes (B)"),
            ("total-operations", "Total Operations", "operations"),
            .. Counted(
                "percentage (%)",
                ("compute-jitter", "Compute Jitter"),
                ("cache-jitter", "Cache Jitter"),
                ("io-jitter", "I/O Jitter"),
                ("cpu-steal", "CPU Steal")
            ),
            ("noise-score", "Noise Score", "decibels (dB)"),
            .. Counters(),
            .. Cachegrind(),
            .. Heap(),
            .. Errors("Memcheck"),
            .. Errors("Helgrind"),
            .. Errors("DRD"),
        ];

    // The counters of Iai, Callgrind and Cachegrind.
    private static IEnumerable<(string Slug, string Name, string Units)> Counters() =>
        [
            ("instructions", "Instructions", "instructions"),
            ("estimated-cycles", "Estimated Cycles", "cycles"),
            .. Counted(
                "accesses",
                ("l1-accesses", "L1 Accesses"),
                ("l2-accesses", "L2 Accesses"),
                ("ram-accesses", "RAM Accesses")
            ),
            .. Counted(
                "hits",
                ("l1-hits", "L1 Hits"),
                ("l2-hits", "L2 Hits"),
                ("ll-hits", "LL Hits"),
                ("ram-hits", "RAM Hits")
            ),
            ("total-read-write", "Total read+write", "reads/writes"),
            ("global-bus-events", "Ge", "events"),
            ("dr", "Dr", "reads"),
            ("dw", "Dw", "writes"),
            .. Counted(
                "misses (reads)",
                ("i1mr", "I1mr"),
                ("d1mr", "D1mr"),
                ("ilmr", "ILmr"),
                ("dlmr", "DLmr"),
                ("ildmr", "ILdmr"),
                ("dldmr", "DLdmr")
            ),
            .. Counted("misses (writes)", ("d1mw", "D1mw"), ("dlmw", "DLmw"), ("dldmw", "DLdmw")),
            .. Counted(
                "misses (%)",
                ("i1-miss-rate", "I1 Miss Rate"),
                ("lli-miss-rate", "LLi Miss Rate"),
                ("d1-miss-rate", "D1 Miss Rate"),
                ("lld-miss-rate", "LLd Miss Rate"),
                ("ll-miss-rate", "LL Miss Rate")
            ),
            .. Counted(
                "hits (%)",
                ("l1-hit-rate", "L1 Hit Rate"),
                ("ll-hit-rate", "LL Hit Rate"),
                ("ram-hit-rate", "RAM Hit Rate")
            ),
            ("sys-count", "SysCount", "syscalls"),
            ("sys-time", "SysTime", "msec/usec/nsec"),
            ("sys-cpu-time", "SysCpuTime", "nsec"),
            .. Counted("branches", ("bc", "Bc"), ("bcm", "Bcm"), ("bi", "Bi"), ("bim", "Bim")),
            .. Counted("temporal locality count", ("accost1", "AcCost1"), ("accost2", "AcCost2")),
            .. Counted("spatial loss count", ("sploss1", "SpLoss1"), ("sploss2", "SpLoss2")),
        ];

    // Cachegrind's counters when Callgrind ran as well; the plain names are then Callgrind's.
    private static IEnumerable<(string Slug, string Name, string Units)> Cachegrind() =>
        from row in Counters()
        where
            row.Slug
                is not (
                    "l1-accesses"
                    or "l2-accesses"
                    or "ram-accesses"
                    or "global-bus-events"
                    or "ildmr"
                    or "dldmr"
                    or "dldmw"
                )
            && !row.Slug.StartsWith("sys-", StringComparison.Ordinal)
            && !row.Slug.StartsWith("accost", StringComparison.Ordinal)
            && !row.Slug.StartsWith("sploss", StringComparison.Ordinal)
        select ($"cachegrind-{row.Slug}", $"Cachegrind {row.Name}", row.Units);

    // The counters of DHAT.
    private static IEnumerable<(string Slug, string Name, string Units)> Heap() =>
        [
            .. Counted(
                "bytes (B)",
                ("total-bytes", "Total bytes"),
                ("at-t-gmax-bytes", "At t-gmax bytes"),
                ("at-t-end-bytes", "At t-end bytes"),
                ("reads-bytes", "Reads bytes"),
                ("writes-bytes", "Writes bytes"),
                ("maximum-bytes", "Maximum bytes")
            ),
            .. Counted(
                "blocks",
                ("total-blocks", "Total blocks"),
                ("at-t-gmax-blocks", "At t-gmax blocks"),
                ("at-t-end-blocks", "At t-end blocks"),
                ("maximum-blocks", "Maximum blocks")
            ),
            ("total-units", "Total units", "units"),
            ("total-events", "Total events", "events"),
            ("total-lifetimes", "Total lifetimes", "lifetimes"),
        ];

    private static IEnumerable<(string Slug, string Name, string Units)> Errors(string tool)
    {
        foreach (var kind in (string[])["Errors", "Contexts", "Suppressed Errors", "Suppressed Contexts"])
        {
            var name = $"{tool} {kind}";
            yield return (name.ToLowerInvariant().Replace(' ', '-'), name, kind.ToLowerInvariant());
        }
    }

    private static IEnumerable<(string Slug, string Name, string Units)> Counted(
        string units,
        params (string Slug, string Name)[] measures
    ) => measures.Select(measure => (measure.Slug, measure.Name, units));
}
