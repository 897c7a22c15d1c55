namespace Paddock.Core.Analysis;

/// <summary>Distributes the remaining budget of false alarms over the tests to come.</summary>
/// <remarks>
/// After Lan and DeMets, Discrete sequential boundaries for clinical trials, Biometrika 70 (1983), 659-663, spent
/// evenly. A rank test attains less than its level; only the unattained part returns to the budget. The attained part
/// is spent, with or without an alarm: returning it after a test without an alarm would spend it again and again.
/// </remarks>
/// <param name="Left">The expected number of false alarms that may still be spent.</param>
/// <param name="TestsLeft">The expected number of tests to come.</param>
public readonly record struct AlphaSpending(double Left, double TestsLeft)
{
    /// <summary>
    /// The level of the next test. 0 when the budget is spent; with more tests than expected, each may use all that is
    /// left.
    /// </summary>
    public double Next => Math.Clamp(Left / Math.Max(TestsLeft, 1), 0, 1);

    /// <param name="attained">
    /// The probability of an alarm that the test had without a change: at most <see cref="Next"/>.
    /// </param>
    public AlphaSpending After(double attained) => new(Math.Max(0, Left - attained), Math.Max(0, TestsLeft - 1));
}
