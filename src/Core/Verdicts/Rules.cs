using Paddock.Core.Analysis;

namespace Paddock.Core.Verdicts;

/// <summary>The settings by which a series is judged, from its project, its measure and its report.</summary>
public sealed record Rules
{
    private const double WaitingMost = 6e-5;

    /// <summary>The measure's direction. Unknown: every change is bad news.</summary>
    public Direction Direction { get; init; }

    /// <summary>The smallest relative change that is reported.</summary>
    public double EffectMin { get; init; } = 0.01;

    /// <summary>
    /// How many series are judged in this report: the more, the stricter the level of each series' suspicion.
    /// </summary>
    public int Series { get; init; } = 1;

    /// <summary>
    /// True when a confirming job can run base and head; proof by waiting then only raises a suspicion.
    /// </summary>
    public bool PairsCanRun { get; init; }

    /// <summary>The probability of a false alarm by waiting that one series may spend at one commit.</summary>
    public double WaitingLevel { get; init; } = WaitingMost;

    /// <summary>
    /// The level of one test, from the false alarms that a project accepts in four weeks and the number of
    /// series-commits expected in them.
    /// </summary>
    public static double LevelFor(double alarms, double seriesCommits) =>
        Math.Min(WaitingMost, new AlphaSpending(alarms, seriesCommits).Next);

    // Limits the false alarms of a whole report: with more series, each level is lower.
    internal double WaitingOfSeries => Math.Min(WaitingLevel, Levels.WaitingOfReport / Math.Max(Series, 1));

    internal bool IsWorse(Side side) =>
        Direction switch
        {
            Direction.LowerIsBetter => side == Side.Up,
            Direction.HigherIsBetter => side == Side.Down,
            Direction.Unknown => true,
        };
}

/// <summary>One value of a series.</summary>
/// <param name="At">The caller's key of the commit or report, growing; it comes back as Since, Base and Head.</param>
/// <param name="Environment">
/// The environment as a <see cref="KindKey"/> of everything that affects time; 0 where the environment is unknown,
/// which counts as the same as before.
/// </param>
public readonly record struct Observation(long At, double Value, ulong Environment = 0);
