using System.Numerics;
using System.Runtime.InteropServices;

namespace Paddock.Core.Analysis;

/// <summary>The exact rank test: do fresh values lie above older ones?</summary>
/// <remarks>
/// Mann and Whitney, On a test of whether one of two random variables is stochastically larger than the other, Annals
/// of Mathematical Statistics 18 (1947), 50-60, with their recurrence for the counts. One-sided; for "below", swap the
/// sides of the comparison. It assumes nothing about the distribution, only that the order of the values is random. An
/// empty side gives P = 1.
/// </remarks>
public static class RankSum
{
    public const int OldMax = 120,
        FreshMax = 20;

    // P(U >= u), for u from half of the largest U upwards; the other half follows by symmetry.
    private static readonly Lazy<double[][][]> Tails = new(Tabulate);

    /// <summary>
    /// P(U >= <paramref name="above"/>) without ties. U is the number of (fresh, old) pairs whose fresh value is above
    /// the old one.
    /// </summary>
    /// <remarks>
    /// With ties, count only the pairs that are strictly above: P is then an upper bound, so the test loses power but
    /// stays valid. <see cref="ExactP"/> is exact with ties too, but slow.
    /// </remarks>
    public static double UpperTail(int old, int fresh, int above)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(old, OldMax);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fresh, FreshMax);
        if (above <= 0 || old <= 0 || fresh <= 0)
            return 1;
        var most = old * fresh;
        if (above > most)
            return 0;
        var (tail, half) = (Tails.Value[old][fresh], most / 2);
        return above >= half ? tail[above - half] : 1 - tail[most - above + 1 - half];
    }

    /// <summary>The smallest P that this many values can have: 1 / C(old + fresh, fresh).</summary>
    public static double LeastP(int old, int fresh) => UpperTail(old, fresh, old * fresh);

    /// <summary>The smallest U whose P is at most <paramref name="level"/>; null where no U is that rare.</summary>
    public static int? Critical(int old, int fresh, double level)
    {
        if (!(LeastP(old, fresh) <= level))
            return null;
        var (low, high) = (0, old * fresh);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (UpperTail(old, fresh, middle) <= level)
                high = middle;
            else
                low = middle + 1;
        }
        return high;
    }

    /// <summary>The number of pairs whose fresh value is strictly above the old one. NaN is above nothing.</summary>
    public static int Above(ReadOnlySpan<float> fresh, ReadOnlySpan<float> old)
    {
        var sum = 0;
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(old);
        foreach (var value in fresh)
        {
            var (broadcast, counts) = (new Vector<float>(value), Vector<int>.Zero);
            foreach (var vector in vectors)
                counts -= Vector.GreaterThan(broadcast, vector);
            sum += Vector.Sum(counts);
            foreach (var single in old[(vectors.Length * Vector<float>.Count)..])
                sum += value > single ? 1 : 0;
        }
        return sum;
    }

    /// <summary>The number of pairs whose fresh value is strictly below the old one.</summary>
    public static int Below(ReadOnlySpan<float> fresh, ReadOnlySpan<float> old)
    {
        var sum = 0;
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(old);
        foreach (var value in fresh)
        {
            var (broadcast, counts) = (new Vector<float>(value), Vector<int>.Zero);
            foreach (var vector in vectors)
                counts -= Vector.LessThan(broadcast, vector);
            sum += Vector.Sum(counts);
            foreach (var single in old[(vectors.Length * Vector<float>.Count)..])
                sum += value < single ? 1 : 0;
        }
        return sum;
    }

    /// <summary>The exact one-sided P of "fresh is above old", given the ties: a tie counts as half a pair.</summary>
    /// <remarks>
    /// The permutation distribution given the pattern of ties (Lehmann, Nonparametrics, 1975, chapter 1.4), computed
    /// over the groups of equal values. If all values are equal, P is 1. A NaN among the values gives 1.
    /// </remarks>
    public static double ExactP(ReadOnlySpan<double> old, ReadOnlySpan<double> fresh)
    {
        if (old.IsEmpty || fresh.IsEmpty)
            return 1;
        var all = new (double Value, bool Fresh)[old.Length + fresh.Length];
        for (var i = 0; i < all.Length; i++)
            all[i] = i < old.Length ? (old[i], false) : (fresh[i - old.Length], true);
        if (all.Any(v => double.IsNaN(v.Value)))
            return 1;
        Array.Sort(all, (a, b) => a.Value.CompareTo(b.Value));

        // ways[j][u]: relative probability that j fresh values so far have a doubled U of u, up to a common factor.
        var (most, observed, before) = (2 * old.Length * fresh.Length, 0, 0);
        double[][] ways = [.. Enumerable.Range(0, fresh.Length + 1).Select(_ => new double[most + 1])];
        ways[0][0] = 1;
        for (var from = 0; from < all.Length; )
        {
            var to = from;
            while (to < all.Length && all[to].Value == all[from].Value)
                to++;
            var group = all[from..to];
            var (here, oldHere) = (group.Count(v => v.Fresh), group.Count(v => !v.Fresh));
            observed += here * (2 * before + oldHere);
            before += oldHere;
            ways = WithGroup(ways, from, to - from, old.Length);
            from = to;
        }
        var counts = ways[^1];
        return Math.Min(1, counts.Skip(observed).Sum() / counts.Sum());
    }

    private static double[][] WithGroup(double[][] ways, int seen, int size, int oldCount)
    {
        double[][] next = [.. ways.Select(w => new double[w.Length])];
        for (var j = 0; j < ways.Length && j <= seen; j++)
        {
            var below = seen - j;
            if (below > oldCount)
                continue;
            for (
                var (k, choices) = (0, 1.0);
                k <= size && j + k < ways.Length;
                choices = choices * (size - k) / (k + 1), k++
            )
            {
                if (below + size - k > oldCount)
                    continue;
                var step = k * (2 * below + size - k);
                for (var u = 0; u + step < next[j + k].Length; u++)
                    next[j + k][u + step] += ways[j][u] * choices;
            }
        }
        return next;
    }

    // f(n, m, u) = f(n - 1, m, u - m) + f(n, m - 1, u): the largest of all values is fresh, above n old ones, or it is
    // old.
    private static double[][][] Tabulate()
    {
        var tails = new double[OldMax + 1][][];
        double[][] shorter = [.. Enumerable.Range(0, FreshMax + 1).Select(_ => (double[])[1])];
        for (var n = 1; n <= OldMax; n++)
        {
            var counts = new double[FreshMax + 1][];
            counts[0] = [1];
            tails[n] = new double[FreshMax + 1][];
            for (var m = 1; m <= FreshMax; m++)
            {
                // Probabilities instead of counts, so that no number grows without bound.
                double chanceOld = (double)n / (n + m),
                    chanceFresh = (double)m / (n + m);
                var chances = counts[m] = new double[n * m + 1];
                for (var u = 0; u < shorter[m].Length; u++)
                    chances[u] += chanceOld * shorter[m][u];
                for (var u = 0; u < counts[m - 1].Length; u++)
                    chances[u + n] += chanceFresh * counts[m - 1][u];
                var (half, sum) = (n * m / 2, 0.0);
                var tail = tails[n][m] = new double[n * m + 1 - half];
                for (var u = n * m; u >= half; u--)
                    tail[u - half] = sum += chances[u];
            }
            shorter = counts;
        }
        return tails;
    }
}
