using Paddock.Core.Verdicts;

namespace Paddock.Core.Wire;

/// <summary>The result of <c>paddock compare</c>. Not in v0.</summary>
/// <param name="Pairs">How many pairs of base and head ran.</param>
/// <param name="Seed">The seed for the order within each pair.</param>
public sealed record ComparisonReport(
    ReportChanges? Changes,
    int Pairs,
    int Seed,
    IReadOnlyList<ComparedSeries> Results
);

/// <summary>
/// One benchmark and measure of a comparison, with both values of each pair; null where a run had no value.
/// </summary>
/// <param name="P">P of the exact sign-flip test.</param>
public sealed record ComparedSeries(
    string Benchmark,
    string Measure,
    string Units,
    ResultVerdict Verdict,
    double P,
    IReadOnlyList<double?> Base,
    IReadOnlyList<double?> Head
);
