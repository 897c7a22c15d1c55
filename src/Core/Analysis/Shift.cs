namespace Paddock.Core.Analysis;

/// <summary>The difference between fresh and old values, with the confidence interval of the exact rank test.</summary>
/// <remarks>
/// Hodges and Lehmann, Estimates of location based on rank tests, Annals of Mathematical Statistics 34 (1963), 598-611;
/// the interval after Moses (Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, 2014, 4.2 and 3.2). Too
/// few values for the wanted confidence: the interval spans all differences, and covers less. An empty side gives NaN.
/// </remarks>
/// <param name="Estimate">In the units of the values.</param>
public readonly record struct Shift(double Estimate, double Low, double High)
{
    public static readonly Shift None = new(double.NaN, double.NaN, double.NaN);

    /// <summary>
    /// The median of all differences between a fresh value and an old one. Reads only the last 120 old and the last 20
    /// fresh values.
    /// </summary>
    public static Shift Between(ReadOnlySpan<double> old, ReadOnlySpan<double> fresh, double confidence = 0.95)
    {
        if (old.Length > RankSum.OldMax)
            old = old[^RankSum.OldMax..];
        if (fresh.Length > RankSum.FreshMax)
            fresh = fresh[^RankSum.FreshMax..];
        if (old.IsEmpty || fresh.IsEmpty)
            return None;
        var differences = new double[old.Length * fresh.Length];
        for (var (i, k) = (0, 0); i < fresh.Length; i++)
            foreach (var value in old)
                differences[k++] = fresh[i] - value;
        Array.Sort(differences);
        var critical = RankSum.Critical(old.Length, fresh.Length, (1 - confidence) / 2) ?? differences.Length;
        return Within(differences, differences.Length - critical);
    }

    /// <summary>
    /// The median of the means of every two pair differences, including each with itself (Walsh averages).
    /// </summary>
    public static Shift OfPairs(ReadOnlySpan<double> differences, double confidence = 0.95)
    {
        if (differences.IsEmpty)
            return None;
        var n = differences.Length;
        var means = new double[n * (n + 1) / 2];
        for (var (i, k) = (0, 0); i < n; i++)
        for (var j = i; j < n; j++)
            means[k++] = (differences[i] + differences[j]) / 2;
        Array.Sort(means);
        return Within(means, SignedRankRoom(n, (1 - confidence) / 2));
    }

    /// <summary>This shift as a fraction of a level; infinite where the level is 0.</summary>
    public Shift Relative(double level)
    {
        var size = Math.Abs(level);
        return new(Over(Estimate, size), Over(Low, size), Over(High, size));
    }

    private static double Over(double shift, double size) => shift == 0 ? 0 : shift / size;

    private static Shift Within(ReadOnlySpan<double> sorted, int outside)
    {
        var middle = sorted.Length / 2;
        var median =
            sorted.Length % 2 == 1 ? sorted[middle] : sorted[middle - 1] + (sorted[middle] - sorted[middle - 1]) / 2;
        outside = Math.Clamp(outside, 0, (sorted.Length - 1) / 2);
        return new(median, sorted[outside], sorted[^(outside + 1)]);
    }

    // How many of the sorted means lie outside the interval on each side: one less than the largest c with P(rank sum <
    // c) <= level.
    private static int SignedRankRoom(int n, double level)
    {
        var chances = new double[n * (n + 1) / 2 + 1];
        chances[0] = 1;
        for (var (rank, top) = (1, 0); rank <= n; top += rank++)
        for (var sum = top + rank; sum >= 0; sum--)
            chances[sum] = (chances[sum] + (sum >= rank ? chances[sum - rank] : 0)) / 2;
        var (room, tail) = (0, 0.0);
        while (room < chances.Length && (tail += chances[room]) <= level)
            room++;
        return Math.Max(0, room - 1);
    }
}
