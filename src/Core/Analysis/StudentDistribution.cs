namespace Paddock.Core.Analysis;

internal static class StudentDistribution
{
    private const int ExpandFrom = 10_000;
    private const int StepsMax = 30;

    // A series grows by one value per run, so the same few (probability, degrees) recur. A slot holds one reference to
    // an immutable object, so a race is harmless: both threads compute the same number.
    private static readonly Known?[] Memo = new Known?[4096];

    /// <summary>
    /// The quantile of Student's t distribution at <paramref name="probability"/>; NaN outside (0, 1) and below one
    /// degree of freedom.
    /// </summary>
    /// <remarks>Caches its results in a table of fixed size. Relative accuracy better than 1e-11.</remarks>
    public static double Quantile(double probability, int degrees)
    {
        ref var slot = ref Memo[(uint)HashCode.Combine(probability, degrees) % Memo.Length];
        if (slot is { } known && known.Degrees == degrees && known.Probability == probability)
            return known.Quantile;
        var quantile = Compute(probability, degrees);
        slot = new(probability, degrees, quantile);
        return quantile;
    }

    /// <summary>
    /// The probability of a value at least as far from 0 as <paramref name="t"/>; 1 at 0, NaN below one degree of
    /// freedom.
    /// </summary>
    /// <remarks>
    /// The incomplete beta function by its continued fraction (DLMF 8.17.22), using whichever tail is small.
    /// </remarks>
    public static double TwoSided(double t, int degrees)
    {
        if (double.IsNaN(t) || degrees < 1)
            return double.NaN;
        if (double.IsInfinity(t))
            return 0;
        double v = degrees;
        var (y, decay) = (t * t / (v + t * t), Math.Exp(-v / 2 * Log1P(t * t / v)));
        if (double.IsInfinity(t * t))
            return 0;
        var scale = GammaRatio(degrees) / Math.Sqrt(Math.PI) * decay * Math.Sqrt(y);
        return t * t > 3
            ? 2 * scale / v * BetaFraction(v / (v + t * t), v / 2, 0.5)
            : 1 - 2 * scale * BetaFraction(y, 0.5, v / 2);
    }

    private sealed record Known(double Probability, int Degrees, double Quantile);

    private static double Compute(double probability, int degrees)
    {
        if (!(probability is > 0 and < 1) || degrees < 1)
            return double.NaN;
        var tail = Math.Min(probability, 1 - probability);
        return Math.CopySign(UpperQuantile(tail, degrees), probability - 0.5);
    }

    /// <summary>
    /// The t that is exceeded with probability <paramref name="tail"/>, where tail is at most a half.
    /// </summary>
    private static double UpperQuantile(double tail, int degrees)
    {
        var center = 1 - 2 * tail; // P(|T| < t); exact, as tail is.
        return (tail, degrees) switch
        {
            (0.5, _) => 0,
            (_, 1) => tail > 0.25 ? Math.Tan(Math.PI * center / 2) : 1 / Math.Tan(Math.PI * tail),
            (_, 2) => center / Math.Sqrt(2 * tail * (1 - tail)),
            (_, >= ExpandFrom) => Expand(-NormalDistribution.Quantile(tail), degrees),
            _ => Solve(tail, center, degrees),
        };
    }

    /// <summary>
    /// The normal quantile, corrected for many degrees of freedom: Abramowitz and Stegun (1964), 26.7.5.
    /// </summary>
    private static double Expand(double z, double v)
    {
        var s = z * z;
        var g1 = (s + 1) * z / 4;
        var g2 = ((5 * s + 16) * s + 3) * z / 96;
        var g3 = (((3 * s + 19) * s + 17) * s - 15) * z / 384;
        var g4 = ((((79 * s + 776) * s + 1482) * s - 1920) * s - 945) * z / 92160;
        return z + (g1 + (g2 + (g3 + g4 / v) / v) / v) / v;
    }

    // Halley's method on the distribution function, from a start that is right to a few digits.
    private static double Solve(double tail, double center, int degrees)
    {
        double v = degrees;
        var scale = GammaRatio(degrees) / Math.Sqrt(Math.PI);
        var t = Hill(tail, v);
        for (var i = 0; i < StepsMax; i++)
        {
            var (y, decay) = (t * t / (v + t * t), Math.Exp(-v / 2 * Log1P(t * t / v)));
            // Uses whichever tail is small, so that neither is the rounded difference to the other.
            var excess =
                t * t > 3
                    ? scale * decay * Math.Sqrt(y) / v * BetaFraction(v / (v + t * t), v / 2, 0.5) - tail
                    : (center - 2 * scale * decay * Math.Sqrt(y) * BetaFraction(y, 0.5, v / 2)) / 2;
            var density = scale / Math.Sqrt(v) * decay * Math.Sqrt(v / (v + t * t));
            var step = excess / density;
            step *= 1 + step * t * (v + 1) / (2 * (t * t + v));
            t += step;
            if (Math.Abs(step) <= 1e-14 * t)
                break;
        }
        return t;
    }

    /// <summary>The ratio Γ((v+1)/2) / Γ(v/2), by r(v+2) = r(v) (v+1)/v.</summary>
    private static double GammaRatio(int v)
    {
        var (ratio, from) = int.IsOddInteger(v) ? (1 / Math.Sqrt(Math.PI), 1) : (Math.Sqrt(Math.PI) / 2, 2);
        for (double i = from; i < v; i += 2)
            ratio *= (i + 1) / i;
        return ratio;
    }

    /// <summary>The continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method.</summary>
    private static double BetaFraction(double x, double a, double b)
    {
        const int TermsMax = 1000;
        const double Tiny = 1e-300;
        var (c, d, fraction) = (1.0, 0.0, 1.0);
        for (var k = 1; k <= TermsMax; k++)
        {
            var m = k / 2;
            var term =
                (k & 1) == 0
                    ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
                    : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
            d = 1 + term * d;
            d = 1 / (d == 0 ? Tiny : d);
            c = 1 + term / c;
            if (c == 0)
                c = Tiny;
            fraction *= c * d;
            if (Math.Abs(c * d - 1) < 1e-15)
                break;
        }
        return 1 / fraction;
    }

    /// <summary>
    /// Algorithm 396, Student's t-quantiles: G. W. Hill, Communications of the ACM 13 (1970), 619-620. For v >= 3.
    /// </summary>
    private static double Hill(double tail, double v)
    {
        var a = 1 / (v - 0.5);
        var b = 48 / (a * a);
        var c = ((20700 * a / b - 98) * a - 16) * a + 96.36;
        var d = ((94.5 / (b + c) - 3) / b + 1) * Math.Sqrt(a * Math.PI / 2) * v;
        var y = Math.Pow(2 * d * tail, 2 / v);
        if (y <= 0.05 + a)
        {
            y =
                ((1 / (((v + 6) / (v * y) - 0.089 * d - 0.822) * (v + 2) * 3) + 0.5 / (v + 4)) * y - 1)
                    * (v + 1)
                    / (v + 2)
                + 1 / y;
            return Math.Sqrt(v * y);
        }
        var x = NormalDistribution.Quantile(tail);
        y = x * x;
        if (v < 5)
            c += 0.3 * (v - 4.5) * (x + 0.6);
        c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c;
        y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x;
        return Math.Sqrt(v * (Math.Exp(a * y * y) - 1));
    }

    // Kahan's form of log(1 + x). Math.Log(1 + x) is the logarithm of a rounded sum.
    private static double Log1P(double x)
    {
        var sum = 1 + x;
        return sum == 1 ? x : Math.Log(sum) * x / (sum - 1);
    }
}
