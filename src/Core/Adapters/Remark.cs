using System.Globalization;
using Paddock.Core.Wire;

namespace Paddock.Core.Adapters;

/// <summary>A summary of reading one output: the adapter, the number of results, and what was left out.</summary>
/// <param name="LeftOut">The first entries that were left out, by name.</param>
/// <param name="LeftOutTotal">The number of all entries that were left out.</param>
public sealed record Remark(
    Adapter Adapter,
    int Benchmarks,
    int Measures,
    IReadOnlyList<LeftOut> LeftOut,
    int LeftOutTotal
)
{
    private const int NamedMax = 3;

    public static Remark Of(Adapter by, Results results) =>
        new(
            by,
            results.Benchmarks.Count,
            results.Benchmarks.SelectMany(b => b.Metrics).Select(m => m.Measure).Distinct().Count(),
            results.LeftOut,
            results.LeftOutCount
        );

    /// <summary>"go_bench read 5 benchmarks, 1 measure; left out: BenchmarkX (it failed)."</summary>
    public override string ToString() => $"{What()}.";

    /// <summary>The remarks on several outputs as one sentence. Equal remarks are combined.</summary>
    public static string Sentence(IReadOnlyList<Remark> remarks)
    {
        var told = remarks
            .GroupBy(remark => remark.What())
            .Select(same => same.Count() == 1 ? same.Key : $"{same.Count()} times {same.Key}");
        return $"{string.Join("; ", told)}.";
    }

    private string What()
    {
        var read = $"{Words<Adapter>.Of(Adapter)} read {Count(Benchmarks, "benchmark")}, {Count(Measures, "measure")}";
        return LeftOutTotal == 0 ? read : $"{read}; {LeftOutOf(LeftOut, LeftOutTotal)}";
    }

    /// <summary>"left out: BenchmarkX (it failed) and 2 more"; only the first few are named.</summary>
    internal static string LeftOutOf(IReadOnlyList<LeftOut> leftOut, int total)
    {
        var named = string.Join(", ", leftOut.Take(NamedMax).Select(one => $"{one.What} ({one.Why})"));
        var others = total - Math.Min(NamedMax, leftOut.Count);
        return $"left out: {named}"
            + $"{(others > 0 ? string.Create(CultureInfo.InvariantCulture, $" and {others} more") : "")}";
    }

    private static string Count(int count, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");
}
