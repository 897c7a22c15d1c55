namespace Paddock.Core.Analysis;

/// <summary>False alarms that may still be spent, over the tests that are still to come.</summary>
/// <remarks>
/// After Lan and DeMets, Discrete sequential boundaries for clinical trials, Biometrika 70 (1983), 659-663, spent
/// evenly. A test of ranks attains less than its level; only what it did not attain returns. What was attained is
/// spent, whether there was an alarm or not: to get it back where nothing happened would spend it again and again.
/// </remarks>
/// <param name="Left">False alarms to expect at most from here on.</param>
/// <param name="TestsLeft">Tests that are expected from here on.</param>
public readonly record struct AlphaSpending(double Left, double TestsLeft)
{
    /// <summary>
    /// The level of the next test. 0 where nothing is left; with more tests than expected, each may have all that is
    /// left.
    /// </summary>
    public double Next => Math.Clamp(Left / Math.Max(TestsLeft, 1), 0, 1);

    /// <param name="attained">
    /// The chance of an alarm that the test had without a change: at most <see cref="Next"/>.
    /// </param>
    public AlphaSpending After(double attained) => new(Math.Max(0, Left - attained), Math.Max(0, TestsLeft - 1));
}
