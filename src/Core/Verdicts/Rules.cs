using Paddock.Core.Analysis;

namespace Paddock.Core.Verdicts;

/// <summary>What the report and the settings say about how a series is judged.</summary>
public sealed record Rules
{
    private const double WaitingMost = 6e-5;

    /// <summary>Unknown: every change is bad news.</summary>
    public Direction Direction { get; init; }

    /// <summary>The relative change below which nothing is said.</summary>
    public double EffectMin { get; init; } = 0.01;

    /// <summary>How many series are judged in this report: the more, the rarer each may suspect.</summary>
    public int Series { get; init; } = 1;

    /// <summary>A confirming job can run base and head; then waiting only suspects.</summary>
    public bool PairsCanRun { get; init; }

    /// <summary>The chance of a false alarm by waiting that one series may take at one commit.</summary>
    public double WaitingLevel { get; init; } = WaitingMost;

    /// <summary>
    /// The level of one test, from the false alarms that a project accepts in four weeks and the series-commits it
    /// expects in them.
    /// </summary>
    public static double LevelFor(double alarms, double seriesCommits) =>
        Math.Min(WaitingMost, new AlphaSpending(alarms, seriesCommits).Next);

    // Of many series in one report hardly one may be wrong.
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
/// A <see cref="KindKey"/> of what affects time in the fingerprint; 0 where nobody told, which is taken for the same as
/// before.
/// </param>
public readonly record struct Observation(long At, double Value, ulong Environment = 0);
