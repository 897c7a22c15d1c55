namespace Paddock.Core.Analysis;

/// <summary>Which weak points get new statistics while points are merged.</summary>
public enum Merging
{
    /// <summary>After a removal, both neighbors get new statistics, as the method intends.</summary>
    Corrected,

    /// <summary>After a removal, the two points to the right get new statistics, as in Apache Otava 0.8.0.</summary>
    AsOtava,
}

/// <param name="Window">The number of values that are analyzed together, at least 2.</param>
/// <param name="PMax">The significance level of a change point.</param>
/// <param name="MagnitudeMin">The least relative distance of the two means; a point at or below it is dropped.</param>
public sealed record EDivisiveSettings(
    int Window = 50,
    double PMax = 0.001,
    double MagnitudeMin = 0,
    Merging Merging = Merging.Corrected
)
{
    /// <summary>The significance level of a weak point: laxer, since a change may lie near a window's edge.</summary>
    internal double WeakPMax =>
        PMax < 0.05 ? PMax * 10
        : PMax < 0.5 ? PMax * 2
        : PMax;
}

/// <param name="Index">The first value of the new level.</param>
/// <param name="P">Two-sided P of the pooled t-test between the neighboring segments.</param>
/// <param name="DeviationBefore">The population standard deviation: the variance is divided by n, not n - 1.</param>
public readonly record struct ChangePoint(
    int Index,
    double P,
    double MeanBefore,
    double MeanAfter,
    double DeviationBefore,
    double DeviationAfter
)
{
    /// <summary>The larger of the relative changes in both directions; a ratio by 0 counts as no change.</summary>
    public double Magnitude => Math.Max(Relative(MeanAfter, MeanBefore), Relative(MeanBefore, MeanAfter));

    private static double Relative(double to, double from) => from == 0 ? 0 : Math.Abs(to / from - 1);
}

/// <summary>
/// Locates the changes of a series' level, as a plot draws them: windowed E-divisive means with a t-test. Values are
/// appended one by one.
/// </summary>
/// <remarks>
/// Matteson and James, A nonparametric approach for multiple change point analysis of multivariate data, JASA 109
/// (2014), 334-345; windows, t-test and weak points as in Fleming et al., Hunter, ICPE 2023. At every length, the
/// result equals that of a full analysis. It serves for locating changes, not for alarms: points come and go as the
/// series grows, and values are assumed independent. Fewer than three values have no point. Equal values have no point;
/// any other value after them is a point, with P = 0. A NaN or infinite value counts as missing and repeats its
/// predecessor; missing values at the start take the first value.
/// </remarks>
public sealed class EDivisive(EDivisiveSettings settings)
{
    private readonly Dictionary<int, GrowingSplit> splits = [];
    private readonly List<int> closed = [];
    private double[] values = new double[64];
    private int count,
        missing,
        start;

    public EDivisive()
        : this(new EDivisiveSettings()) { }

    /// <summary>The number of values, including missing ones.</summary>
    public int Count => count + missing;

    public static IReadOnlyList<ChangePoint> Analyze(ReadOnlySpan<double> values, EDivisiveSettings settings)
    {
        var series = new EDivisive(settings);
        foreach (var value in values)
            series.Append(value);
        return series.Points();
    }

    public void Append(double value)
    {
        if (double.IsFinite(value))
        {
            for (; missing > 0; missing--)
                Add(value);
            Add(value);
        }
        else if (count > 0)
            Add(values[count - 1]);
        else
            missing++;
    }

    /// <summary>The change points of the values appended so far.</summary>
    /// <remarks>
    /// Searches only the windows that reach the end, O(window) each. Merging reads the segments again.
    /// </remarks>
    public IReadOnlyList<ChangePoint> Points() => Merge(WeakPoints());

    /// <summary>The points of the windows before merging.</summary>
    internal List<int> WeakPoints()
    {
        List<int> weak = [.. closed];
        for (var s = start; s < count; )
        {
            var end = Math.Min(s + settings.Window, count);
            var found = SearchWindow(s, end);
            var next = Math.Max(found.Count > 0 ? found[^1] : 0, s + settings.Window / 2);
            weak.AddRange(found.Where(i => !weak.Contains(i)));
            if (s == start && s + settings.Window <= count)
                Close(found, next);
            s = next;
        }
        weak.Sort();
        return weak;
    }

    // A full window never changes again.
    private void Close(List<int> found, int next)
    {
        closed.AddRange(found.Where(i => !closed.Contains(i)));
        start = next;
        foreach (var from in splits.Keys.Where(k => k < next).ToArray())
            splits.Remove(from);
    }

    private void Add(double value)
    {
        if (count == values.Length)
            Array.Resize(ref values, 2 * count);
        values[count++] = value;
    }

    // Tries the best split of all intervals first. The first split that is not significant ends the window.
    private List<int> SearchWindow(int from, int to)
    {
        List<int> points = [];
        while (true)
        {
            var (best, at, left, right) = (double.NegativeInfinity, -1, 0, 0);
            for (var k = 0; k <= points.Count; k++)
            {
                var (s, e) = (k == 0 ? from : points[k - 1], k == points.Count ? to : points[k]);
                if (e - s < 2)
                    continue;
                if (!splits.TryGetValue(s, out var split))
                    splits[s] = split = new(s, settings.Window);
                var (q, t) = split.Best(values, e);
                if (at < 0 || q > best)
                    (best, at, left, right) = (q, t, s, e);
            }
            if (at < 0 || !(Statistics(left, at, right).P <= settings.WeakPMax))
                return points;
            points.Insert(points.FindIndex(p => p > at) is var i and >= 0 ? i : points.Count, at);
        }
    }

    private List<ChangePoint> Merge(List<int> weak)
    {
        ChangePoint Refreshed(int k) =>
            Statistics(k == 0 ? 0 : weak[k - 1], weak[k], k + 1 < weak.Count ? weak[k + 1] : count);
        List<ChangePoint> points = [.. Enumerable.Range(0, weak.Count).Select(Refreshed)];
        while (points.Count > 0)
        {
            var w = 0;
            // P is undefined for equal means without spread: never significant.
            for (var k = 1; k < points.Count; k++)
                if (Rank(points[k].P) > Rank(points[w].P))
                    w = k;
            if (Rank(points[w].P) < settings.PMax)
            {
                for (var k = w = 0; k < points.Count; k++)
                    if (points[k].Magnitude < points[w].Magnitude)
                        w = k;
                if (points[w].Magnitude > settings.MagnitudeMin)
                    break;
            }
            weak.RemoveAt(w);
            points.RemoveAt(w);
            var first = settings.Merging == Merging.AsOtava ? w : w - 1;
            for (var k = first; k <= first + 1; k++)
                if (k >= 0 && k < points.Count)
                    points[k] = Refreshed(k);
        }
        return points;
    }

    private static double Rank(double p) => double.IsNaN(p) ? 1 : p;

    // Population variances with the weights of sample variances: P is a little too small, as in Apache Otava.
    private ChangePoint Statistics(int from, int at, int to)
    {
        var left = values.AsSpan(from..at);
        var right = values.AsSpan(at..to);
        var (meanLeft, varianceLeft) = Moments(left);
        var (meanRight, varianceRight) = Moments(right);
        double n = left.Length,
            m = right.Length;
        var difference = meanLeft - meanRight;
        var spread = Math.Sqrt(((n - 1) * varianceLeft + (m - 1) * varianceRight) / (n + m - 2) * (1 / n + 1 / m));
        var p =
            n + m <= 2 ? 1
            : spread == 0
                ? difference == 0 ? double.NaN
                    : 0
            : StudentDistribution.TwoSided(difference / spread, left.Length + right.Length - 2);
        return new(at, p, meanLeft, meanRight, Math.Sqrt(varianceLeft), Math.Sqrt(varianceRight));
    }

    // Computed around the first value, so that equal values have exactly their own mean and no variance.
    private static (double Mean, double Variance) Moments(ReadOnlySpan<double> segment)
    {
        var (origin, sum, squares) = (segment[0], 0.0, 0.0);
        foreach (var value in segment)
            sum += value - origin;
        var mean = sum / segment.Length;
        foreach (var value in segment)
            squares += (value - origin - mean) * (value - origin - mean);
        return (origin + mean, squares / segment.Length);
    }
}
