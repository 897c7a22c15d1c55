using Paddock.Core.Analysis;

namespace Paddock.Core.Verdicts;

/// <summary>The possible verdicts on one metric.</summary>
public enum VerdictState
{
    /// <summary>No change is visible; <see cref="Verdict.SeesSoon"/> is the smallest that would have been.</summary>
    Steady,

    /// <summary>Unusual, but not proven; <see cref="Verdict.Suspicion"/> says what would prove it.</summary>
    Suspected,

    /// <summary>
    /// Proven to be worse. The only state that may fail a job; it lasts until the values return or a person decides.
    /// </summary>
    Slower,

    /// <summary>Proven to be better, in the latest reports.</summary>
    Faster,

    /// <summary>Too little history.</summary>
    Young,

    /// <summary>The spread hides even a change of 25 %.</summary>
    Noisy,

    /// <summary>The environment changed, and too little history exists in the new one.</summary>
    NotComparable,
}

/// <summary>The direction in which values moved.</summary>
public enum Side
{
    Up,
    Down,
}

/// <summary>The kind of evidence that proved a change.</summary>
public enum Proof
{
    /// <summary>Interleaved runs of base and head: the only proof that tells the code from the machine.</summary>
    Pairs,

    /// <summary>Reproduced by reruns in place, and again in further reports.</summary>
    Repeats,

    /// <summary>A rank test of the latest values, where pairs cannot run.</summary>
    Waiting,

    /// <summary>Equal values at a new level, in a series that never had a spread.</summary>
    Equal,
}

public enum EventKind
{
    Suspected,
    Reproduced,

    /// <summary>Pairs or reruns did not show the suspicion.</summary>
    Refuted,

    /// <summary>Reruns reproduced the suspicion, but a further report was as before.</summary>
    NotRepeated,
    Proven,
    Returned,
    Accepted,
    Dismissed,
    Reopened,

    /// <summary>The first value on another kind of machine; a return to a known kind raises no event.</summary>
    EnvironmentChanged,

    /// <summary>Good news that enough reports have told.</summary>
    Settled,

    /// <summary>Further series were proven to have moved at the same commit.</summary>
    Joined,

    /// <summary>Later values show that the change began at another commit.</summary>
    Moved,

    /// <summary>Later values show that some of its series belong to another change.</summary>
    Split,

    /// <summary>Later values show that series of another change belong to it.</summary>
    Merged,
}

/// <summary>A proven change of one series.</summary>
/// <param name="Number">Counted from 1 within the series; series and number together identify the change.</param>
/// <param name="Since">The caller's key of the first value of the new level, as precisely as it can be located.</param>
/// <param name="ProvenAt">The key of the value at which it was proven.</param>
/// <param name="Before">The median before the change, in the measure's units.</param>
/// <param name="Effect">
/// Relative to <paramref name="Before"/>, with a 95 % interval; infinite where Before is 0.
/// </param>
/// <param name="P">P of the test that proved it.</param>
/// <param name="Inherited">True when the change is older than this head: the head's start point already had it.</param>
public sealed record Change(
    int Number,
    Side Side,
    bool IsWorse,
    long Since,
    long ProvenAt,
    double Before,
    double After,
    Shift Effect,
    Proof Proof,
    double P,
    bool Inherited = false
);

/// <summary>Where a change began, estimated again with the values that came after its proof.</summary>
/// <param name="Number">The change's number within the series.</param>
/// <param name="Since">The key of the first value of the new level, as precisely as it can be located now.</param>
/// <param name="First">The first key at which the change may also have begun.</param>
/// <param name="Last">The last key at which the change may also have begun.</param>
public sealed record ChangePlace(int Number, long Since, long First, long Last)
{
    public bool MayBe(long at) => at >= First && at <= Last;
}

/// <summary>An unusual value or values, not proven to be a change.</summary>
/// <param name="Since">The key of the first unusual value.</param>
/// <param name="Base">The key of the value whose version the pairs need as their base.</param>
/// <param name="Head">The key of the value whose version the pairs need as their head.</param>
/// <param name="IsReproduced">True when reruns in place showed it again: "reproduced here, now".</param>
/// <param name="RerunsWanted">How many reruns in place would reproduce it; 0 where they were done.</param>
/// <param name="ReportsWanted">
/// In how many further reports it must repeat to be proven; 0 where only pairs or more values can prove it.
/// </param>
/// <param name="PairsWanted">How many pairs would prove it.</param>
public sealed record Suspicion(
    Side Side,
    bool IsWorse,
    long Since,
    long Base,
    long Head,
    Shift Effect,
    bool IsReproduced,
    int RerunsWanted,
    int ReportsWanted,
    int PairsWanted
);

/// <summary>One effect of a call on the series, to be recorded where people see it.</summary>
/// <param name="Between">
/// For a proven change: the first and the last key at which the new level may also have begun.
/// </param>
public sealed record ChangeEvent(
    EventKind Kind,
    Change? Change = null,
    Suspicion? Suspicion = null,
    (long First, long Last)? Between = null
);

/// <summary>The verdict on the newest value of a series, with all data for its sentence.</summary>
public sealed record Verdict
{
    public required VerdictState State { get; init; }

    /// <summary>The newest value, and the median of the values it is compared with; NaN where there is none.</summary>
    public required double Value { get; init; }

    /// <inheritdoc cref="Value"/>
    public required double Median { get; init; }

    /// <summary>
    /// The change that <see cref="VerdictState.Slower"/> or <see cref="VerdictState.Faster"/> is about: the oldest open
    /// regression, or else the newest improvement.
    /// </summary>
    public Change? Change { get; init; }

    /// <summary>All open changes, including those on other kinds of machine.</summary>
    public IReadOnlyList<Change> Open { get; init; } = [];

    /// <summary>
    /// Where the newest change began, estimated again with each of the first values after its proof; null later.
    /// </summary>
    public ChangePlace? Place { get; init; }

    /// <summary>The current suspicion, possibly beside an open change.</summary>
    public Suspicion? Suspicion { get; init; }

    /// <summary>The events of this call; empty where nothing changed.</summary>
    public IReadOnlyList<ChangeEvent> Events { get; init; } = [];

    /// <summary>P of the strongest test of this call; null where nothing was tested.</summary>
    public double? P { get; init; }

    /// <summary>The robust standard deviation relative to the median; NaN without values.</summary>
    public required double Spread { get; init; }

    /// <summary>
    /// The smallest relative change that would be proven within 3 runs; null where no change would be.
    /// </summary>
    public double? SeesSoon { get; init; }

    /// <summary>Like <see cref="SeesSoon"/>, within 12 runs.</summary>
    public double? SeesLater { get; init; }

    /// <summary>
    /// In a young series: how many more runs until a change of 5 % can be seen, or until it is no longer young.
    /// </summary>
    public int? RunsMissing { get; init; }

    /// <summary>True when neighboring values resemble one another: reruns of the head then prove nothing.</summary>
    public bool IsCorrelated { get; init; }

    /// <summary>
    /// The two levels between which values alternate: two kinds of machine, or two layouts of the code.
    /// </summary>
    public (double Low, double High)? TwoLevels { get; init; }

    /// <summary>How many kinds of machine the series was measured on.</summary>
    public int Kinds { get; init; } = 1;

    /// <summary>The environment of the previous value, where it differs from this value's.</summary>
    public ulong? EnvironmentBefore { get; init; }

    /// <summary>How many pairs prove a relative change, at the current spread.</summary>
    public int PairsFor(double effect) => Power.PairsFor(effect, double.IsNaN(Spread) ? 0 : Spread, Levels.Pairs);
}
