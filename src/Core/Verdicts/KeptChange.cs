using Paddock.Core.Analysis;

namespace Paddock.Core.Verdicts;

/// <summary>
/// A change as a lane stores it, with the data for detecting its return and for undoing a person's decision.
/// </summary>
internal sealed record KeptChange(Change Told)
{
    /// <summary>Ordinals of the first value of the new level, and of the first value of the reference.</summary>
    public long From { get; init; }

    /// <inheritdoc cref="From"/>
    public long OldFrom { get; init; }

    /// <summary>Ordinal of the first value between the change before and this one.</summary>
    public long Start { get; init; }

    /// <summary>In the lane's scale, not in the measure's units.</summary>
    public ReturnCusum Cusum { get; init; }

    /// <summary>The standard error of the old level.</summary>
    public double OldError { get; init; }

    /// <summary>Reports since the proof; good news is only told for a while.</summary>
    public int Age { get; init; }
}

/// <summary>A suspicion as a lane stores it.</summary>
/// <param name="From">Ordinal of the first unusual value.</param>
/// <param name="Last">Ordinal of the last value that showed it.</param>
/// <param name="Repeats">In how many further reports it was seen after it was reproduced.</param>
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
/// Tells whether reruns reflect the code or the machine's state, by the variance that the reruns of one set share.
/// </summary>
/// <remarks>
/// The intraclass correlation of a one-way layout (Fisher, Statistical Methods for Research Workers, 1925, chapter 7),
/// around the reference's median. Real changes count as shared, which errs on the side of caution.
/// </remarks>
internal readonly record struct SharedVariance(int Sets, double Within, double Between)
{
    public SharedVariance With(double within, double between) => new(Sets + 1, Within + within, Between + between);

    /// <summary>Null below <see cref="Levels.SharedSets"/> sets.</summary>
    public double? Share => Sets < Levels.SharedSets || Within + Between <= 0 ? null : Common / (Common + Within);

    // The variance of the set means beyond what the values' own variance explains.
    private double Common => Math.Max(0, Between - Within / Levels.EqualReruns);
}
