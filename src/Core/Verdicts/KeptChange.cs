using Paddock.Core.Analysis;

namespace Paddock.Core.Verdicts;

/// <summary>
/// A change as a lane keeps it: with what is needed to see values return, and to undo a person's decision.
/// </summary>
internal sealed record KeptChange(Change Told)
{
    /// <summary>Ordinal of the first value of the new level, and of the reference that it was compared with.</summary>
    public long From { get; init; }

    /// <inheritdoc cref="From"/>
    public long OldFrom { get; init; }

    /// <summary>Ordinal of the first value between the change before and this one.</summary>
    public long Start { get; init; }

    /// <summary>In the lane's own scale.</summary>
    public ReturnCusum Cusum { get; init; }

    /// <summary>The standard error of the old level.</summary>
    public double OldError { get; init; }

    /// <summary>Reports since it was proven; good news is told for a while only.</summary>
    public int Age { get; init; }
}

/// <summary>A suspicion as a lane keeps it.</summary>
/// <param name="From">Ordinal of the first unusual value.</param>
/// <param name="Last">Ordinal of the last value that showed it.</param>
/// <param name="Repeats">In how many further reports it was seen, once reproduced.</param>
internal sealed record Pending(
    HitKind Kind,
    Side Side,
    long From,
    long Last,
    double P,
    Shift Effect,
    bool Reproduced = false,
    int Repeats = 0
);

/// <summary>
/// Whether reruns tell of the code or of the machine's state: what several sets of them had in common.
/// </summary>
/// <remarks>
/// The intraclass correlation of one-way layout (Fisher, Statistical Methods for Research Workers, 1925, chapter 7),
/// around the reference's median. Real changes count as common, which errs on the careful side.
/// </remarks>
internal readonly record struct SharedVariance(int Sets, double Within, double Between)
{
    public SharedVariance With(double within, double between) => new(Sets + 1, Within + within, Between + between);

    /// <summary>Null below <see cref="Levels.SharedSets"/> sets.</summary>
    public double? Share => Sets < Levels.SharedSets || Within + Between <= 0 ? null : Common / (Common + Within);

    // What the means of a set vary beyond what its values do.
    private double Common => Math.Max(0, Between - Within / Levels.EqualReruns);
}
