namespace Paddock.Core.Analysis;

/// <summary>
/// Detects that values have come back from a new level to the old one, by a sum of log-likelihood steps that never
/// falls below 0 (CUSUM).
/// </summary>
/// <remarks>
/// Page, Continuous inspection schemes, Biometrika 41 (1954), 100-115, with normal log-likelihoods of the two levels,
/// scaled by (1 - r) / (1 + r) for correlated values. A step counts for at most a third of the limit, so one or two
/// values alone are never a return. Equal levels never return. Without a spread, each value nearer to the old level
/// counts as a whole step.
/// </remarks>
/// <param name="Old">The level before the change.</param>
/// <param name="New">The level after it.</param>
/// <param name="Deviation">The standard deviation of single values around either level.</param>
/// <param name="Correlation">The lag-1 autocorrelation; 0 where none is visible.</param>
/// <param name="Sum">The sum so far; at <see cref="Limit"/> the values count as returned.</param>
/// <param name="Since">How many values ago the sum was last 0: the values that support the return.</param>
public readonly record struct ReturnCusum(
    double Old,
    double New,
    double Deviation,
    double Correlation,
    double Sum = 0,
    int Since = 0
)
{
    public const double Limit = 9.2,
        StepMax = Limit / 3;

    public bool IsReached => Sum >= Limit - 1e-9;

    public ReturnCusum With(double value)
    {
        var distance = New - Old;
        if (distance == 0 || !double.IsFinite(value))
            return this;
        var nearer = (Old + New) / 2 - value;
        var step =
            Deviation > 0
                ? distance * nearer / (Deviation * Deviation) * (1 - Correlation) / (1 + Correlation)
                : Math.CopySign(double.PositiveInfinity, distance * nearer);
        var sum = Math.Min(Limit, Sum + Math.Clamp(step, -StepMax, StepMax));
        return sum > 0 ? this with { Sum = sum, Since = Since + 1 } : this with { Sum = 0, Since = 0 };
    }
}
