namespace Paddock.Core.Analysis;

/// <summary>
/// Selects which of many tests to believe, so that on average at most a given share of the believed ones is wrong.
/// </summary>
/// <remarks>
/// Benjamini and Hochberg, Controlling the false discovery rate, Journal of the Royal Statistical Society B 57 (1995),
/// 289-300. It holds for independent tests and for positively dependent ones, such as the benchmarks of one run.
/// </remarks>
public static class BenjaminiHochberg
{
    /// <summary>The P at and below which tests are believed; 0 where no test is, or where there are no tests.</summary>
    /// <param name="p">The known P values, in any order; NaN for a test that showed nothing.</param>
    /// <param name="tests">The number of all tests; each without a P here counts as P = 1.</param>
    public static double Threshold(ReadOnlySpan<double> p, int tests, double rate)
    {
        double[] sorted = [.. p];
        Array.Sort(sorted, (a, b) => (double.IsNaN(a) ? 1 : a).CompareTo(double.IsNaN(b) ? 1 : b));
        for (var rank = sorted.Length; rank > 0; rank--)
            if (sorted[rank - 1] <= rate * rank / Math.Max(tests, sorted.Length))
                return sorted[rank - 1];
        return 0;
    }
}
