using Paddock.Core.Analysis;

namespace Paddock.Core.Verdicts;

/// <summary>What is said about one metric.</summary>
public enum VerdictState
{
    /// <summary>No change is visible; <see cref="Verdict.SeesSoon"/> says which one would have been.</summary>
    Steady,

    /// <summary>Unusual, not yet proven; <see cref="Verdict.Suspicion"/> says what would prove it.</summary>
    Suspected,

    /// <summary>
    /// Proven to be worse. The only state that may fail a job; it lasts until values return or a person decides.
    /// </summary>
    Slower,

    /// <summary>Proven to be better, in the latest reports.</summary>
    Faster,

    /// <summary>Too little history.</summary>
    Young,

    /// <summary>The spread hides even a change of 25 %.</summary>
    Noisy,

    /// <summary>The environment changed, and there is no history in this one.</summary>
    NotComparable,
}

/// <summary>Which way values moved.</summary>
public enum Side
{
    Up,
    Down,
}

/// <summary>What proved a change.</summary>
public enum Proof
{
    /// <summary>Base and head, interleaved: the one that tells code from machine.</summary>
    Pairs,

    /// <summary>Reproduced by reruns in place, and again in further reports.</summary>
    Repeats,

    /// <summary>Ranks of the latest values, where no pairs can run.</summary>
    Waiting,

    /// <summary>Equal values where there never was a spread.</summary>
    Equal,
}

public enum EventKind
{
    Suspected,
    Reproduced,

    /// <summary>Pairs or reruns did not show it.</summary>
    Refuted,

    /// <summary>Reproduced once, but a further report was as before.</summary>
    NotRepeated,
    Proven,
    Returned,
    Accepted,
    Dismissed,
    Reopened,

    /// <summary>The first value on another kind of machine; going back to a known one is none.</summary>
    EnvironmentChanged,

    /// <summary>Good news that has been told in enough reports.</summary>
    Settled,

    /// <summary>Further series were proven to have moved at the same commit.</summary>
    Joined,

    /// <summary>Later values show that it began at another commit.</summary>
    Moved,

    /// <summary>Series of it belong to another change, as later values show.</summary>
    Split,

    /// <summary>Series of another change belong to it, as later values show.</summary>
    Merged,
}

/// <summary>A proven change of one series.</summary>
/// <param name="Number">Counted within the series, from 1; with the series it names the change.</param>
/// <param name="Since">The caller's key of the first value of the new level, as well as it can be located.</param>
/// <param name="ProvenAt">The key of the value at which it was proven.</param>
/// <param name="Before">The median before, in the measure's units.</param>
/// <param name="Effect">Relative to <paramref name="Before"/>, with a 95 % interval; infinite where that is 0.</param>
/// <param name="P">Of the test that proved it.</param>
/// <param name="Inherited">It was there when this head began: its start point has it, not this branch.</param>
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

/// <summary>Where a change began, looked at again with the values that came after its proof.</summary>
/// <param name="Number">Of the change, within the series.</param>
/// <param name="Since">The key of the first value of the new level, as well as it can be located now.</param>
/// <param name="First">The first key at which it may as well have begun.</param>
/// <param name="Last">The last such key.</param>
public sealed record ChangePlace(int Number, long Since, long First, long Last)
{
    public bool MayBe(long at) => at >= First && at <= Last;
}

/// <summary>Something unusual that is not proven.</summary>
/// <param name="Since">The key of the first unusual value.</param>
/// <param name="Base">The key of the value to run pairs against.</param>
/// <param name="Head">The key of the value whose pairs are wanted.</param>
/// <param name="IsReproduced">Reruns in place showed it again: "reproduced here, now".</param>
/// <param name="RerunsWanted">How many reruns in place would show it again; 0 where they were done.</param>
/// <param name="ReportsWanted">
/// In how many further reports it must repeat to be proven; 0 where only pairs or more values can.
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

/// <summary>What one call changed, to be written down where people see it.</summary>
/// <param name="Between">Of what is proven: the keys between which the new level may as well have begun.</param>
public sealed record ChangeEvent(
    EventKind Kind,
    Change? Change = null,
    Suspicion? Suspicion = null,
    (long First, long Last)? Between = null
);

/// <summary>What is said about the newest value of a series, with all that its sentence needs.</summary>
public sealed record Verdict
{
    public required VerdictState State { get; init; }

    /// <summary>The newest value, and the median of what it is compared with; NaN where there is none.</summary>
    public required double Value { get; init; }

    /// <inheritdoc cref="Value"/>
    public required double Median { get; init; }

    /// <summary>
    /// What <see cref="VerdictState.Slower"/> or <see cref="VerdictState.Faster"/> speaks of: the oldest open
    /// regression first.
    /// </summary>
    public Change? Change { get; init; }

    /// <summary>Every change that is not ended, those of other kinds of machine too.</summary>
    public IReadOnlyList<Change> Open { get; init; } = [];

    /// <summary>
    /// Where the newest change began, looked at again with each of the first values after its proof; null later.
    /// </summary>
    public ChangePlace? Place { get; init; }

    /// <summary>Also beside an open change.</summary>
    public Suspicion? Suspicion { get; init; }

    /// <summary>What this call changed; empty where nothing did.</summary>
    public IReadOnlyList<ChangeEvent> Events { get; init; } = [];

    /// <summary>Of the strongest test of this call; null where nothing was tested.</summary>
    public double? P { get; init; }

    /// <summary>The robust standard deviation relative to the median; NaN without values.</summary>
    public required double Spread { get; init; }

    /// <summary>The smallest relative change that would be proven within 3 runs; null where none would.</summary>
    public double? SeesSoon { get; init; }

    /// <summary>The same within 12 runs.</summary>
    public double? SeesLater { get; init; }

    /// <summary>
    /// In a young series: how many more runs until a change of 5 % can be seen, or until it is no longer young.
    /// </summary>
    public int? RunsMissing { get; init; }

    /// <summary>Neighbouring values resemble one another: reruns of the head prove nothing here.</summary>
    public bool IsCorrelated { get; init; }

    /// <summary>
    /// The two levels between which values alternate: two kinds of machine, or two layouts of the code.
    /// </summary>
    public (double Low, double High)? TwoLevels { get; init; }

    /// <summary>How many kinds of machine the series was measured on.</summary>
    public int Kinds { get; init; } = 1;

    /// <summary>The environment of the value before, where this one's differs from it.</summary>
    public ulong? EnvironmentBefore { get; init; }

    /// <summary>How many pairs prove a relative change, at this spread.</summary>
    public int PairsFor(double effect) => Power.PairsFor(effect, double.IsNaN(Spread) ? 0 : Spread, Levels.Pairs);
}
