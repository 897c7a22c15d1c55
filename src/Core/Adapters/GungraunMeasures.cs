using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>The Valgrind tools whose figures Gungraun prints.</summary>
internal enum GungraunTool
{
    Callgrind,
    Cachegrind,
    Dhat,
    Memcheck,
    Helgrind,
    Drd,
}

/// <summary>The names that Gungraun gives each measure, in its text and in its JSON.</summary>
internal static class GungraunMeasures
{
    private const GungraunTool Callgrind = GungraunTool.Callgrind;
    private const GungraunTool Cachegrind = GungraunTool.Cachegrind;

    private static readonly Dictionary<GungraunTool, ByteKeys<NameId<ResourceName>>> Labels = Table(row => row.Label);
    private static readonly Dictionary<GungraunTool, ByteKeys<NameId<ResourceName>>> Keys = Table(row => row.Key);

    /// <summary>The measure for a label of the text form; false if it is not recorded.</summary>
    public static bool TryLabel(GungraunTool tool, ReadOnlySpan<byte> label, out NameId<ResourceName> measure) =>
        Labels[tool].TryGet(label, out measure);

    /// <summary>The measure for a key of the JSON form; false if it is not recorded.</summary>
    public static bool TryKey(GungraunTool tool, ReadOnlySpan<byte> key, out NameId<ResourceName> measure) =>
        Keys[tool].TryGet(key, out measure);

    /// <summary>
    /// Adds the figures of one benchmark. If both Callgrind and Cachegrind ran, their figures have the same names but
    /// different meanings: Callgrind's keep the established names.
    /// </summary>
    public static void AddTo(
        Results results,
        BenchmarkResults benchmark,
        List<(GungraunTool Tool, NameId<ResourceName> Measure, double Value)> figures
    )
    {
        var both = figures.Exists(f => f.Tool == Callgrind) && figures.Exists(f => f.Tool == Cachegrind);
        benchmark.Reserve(figures.Count);
        foreach (var (tool, measure, value) in figures)
            results.Sample(
                benchmark,
                both && tool == Cachegrind ? BuiltInMeasure.Find($"cachegrind-{measure.Value}")!.Id : measure,
                new(value)
            );
    }

    // Label or Key is null if the measure does not occur in that form.
    private sealed record Row(string Slug, string? Label, string? Key, params GungraunTool[] Tools);

    private static Dictionary<GungraunTool, ByteKeys<NameId<ResourceName>>> Table(Func<Row, string?> text) =>
        Enum.GetValues<GungraunTool>()
            .ToDictionary(
                tool => tool,
                tool => new ByteKeys<NameId<ResourceName>>(
                    from row in Rows()
                    where row.Tools.Contains(tool) && text(row) is not null
                    select (text(row)!, BuiltInMeasure.Find(row.Slug)!.Id)
                )
            );

    private static IEnumerable<Row> Rows() =>
        [
            .. Renamed(
                [Callgrind, Cachegrind],
                ("instructions", "Ir"),
                ("l1-hits", "L1hits"),
                ("ll-hits", "LLhits"),
                ("ram-hits", "RamHits"),
                ("total-read-write", "TotalRW"),
                ("estimated-cycles", "EstimatedCycles"),
                ("i1-miss-rate", "I1MissRate"),
                ("lli-miss-rate", "LLiMissRate"),
                ("d1-miss-rate", "D1MissRate"),
                ("lld-miss-rate", "LLdMissRate"),
                ("ll-miss-rate", "LLMissRate"),
                ("l1-hit-rate", "L1HitRate"),
                ("ll-hit-rate", "LLHitRate"),
                ("ram-hit-rate", "RamHitRate")
            ),
            new("l2-hits", "L2 Hits", null, Callgrind, Cachegrind),
            .. Named([Callgrind, Cachegrind], "dr", "dw", "i1mr", "d1mr", "ilmr", "dlmr", "d1mw", "dlmw"),
            .. Named(
                [Callgrind],
                "global-bus-events",
                "sys-count",
                "sys-time",
                "sys-cpu-time",
                "bc",
                "bcm",
                "bi",
                "bim",
                "ildmr",
                "dldmr",
                "dldmw",
                "accost1",
                "accost2",
                "sploss1",
                "sploss2"
            ),
            .. Named([Cachegrind], "bc", "bcm", "bi", "bim").Select(row => row with { Label = null }),
            .. Renamed(
                [GungraunTool.Dhat],
                ("total-bytes", "TotalBytes"),
                ("at-t-gmax-bytes", "AtTGmaxBytes"),
                ("at-t-end-bytes", "AtTEndBytes"),
                ("reads-bytes", "ReadsBytes"),
                ("writes-bytes", "WritesBytes"),
                ("maximum-bytes", "MaximumBytes"),
                ("total-blocks", "TotalBlocks"),
                ("at-t-gmax-blocks", "AtTGmaxBlocks"),
                ("at-t-end-blocks", "AtTEndBlocks"),
                ("maximum-blocks", "MaximumBlocks"),
                ("total-units", "TotalUnits"),
                ("total-events", "TotalEvents"),
                ("total-lifetimes", "TotalLifetimes")
            ),
            .. Errors("memcheck", GungraunTool.Memcheck),
            .. Errors("helgrind", GungraunTool.Helgrind),
            .. Errors("drd", GungraunTool.Drd),
        ];

    private static IEnumerable<Row> Renamed(GungraunTool[] tools, params (string Slug, string Key)[] measures) =>
        measures.Select(measure => new Row(measure.Slug, Label(measure.Slug), measure.Key, tools));

    private static IEnumerable<Row> Named(GungraunTool[] tools, params string[] slugs) =>
        slugs.Select(slug => new Row(slug, Label(slug), Label(slug), tools));

    private static string Label(string slug) => BuiltInMeasure.Find(slug)!.Name;

    private static IEnumerable<Row> Errors(string prefix, GungraunTool tool) =>
        [
            new($"{prefix}-errors", "Errors", "Errors", tool),
            new($"{prefix}-contexts", "Contexts", "Contexts", tool),
            new($"{prefix}-suppressed-errors", "Suppressed Errors", "SuppressedErrors", tool),
            new($"{prefix}-suppressed-contexts", "Suppressed Contexts", "SuppressedContexts", tool),
        ];
}
