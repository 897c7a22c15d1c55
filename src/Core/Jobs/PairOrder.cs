using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Paddock.Core.Wire;

namespace Paddock.Core.Jobs;

/// <summary>The version that a run of a confirming job measures.</summary>
[JsonConverter(typeof(WordConverter<PairSide>))]
public enum PairSide
{
    Base,
    Head,
}

/// <summary>
/// The order in which a confirming job runs base and head: pair after pair, in random order within each pair, so that
/// neither the machine nor its warmth favors one of them.
/// </summary>
public sealed class PairOrder
{
    public const int PairsMax = 40;
    private const char BaseLetter = 'b',
        HeadLetter = 'h';

    private PairOrder(IReadOnlyList<PairSide> runs) => Runs = runs;

    /// <summary>The side of each run; runs 2 i and 2 i + 1 are pair i.</summary>
    public IReadOnlyList<PairSide> Runs { get; }

    public int Pairs => Runs.Count / 2;

    public static PairOrder Draw(int pairs, Random random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pairs, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pairs, PairsMax);
        var runs = new List<PairSide>(2 * pairs);
        for (var pair = 0; pair < pairs; pair++)
            runs.AddRange(random.Next(2) == 0 ? [PairSide.Base, PairSide.Head] : [PairSide.Head, PairSide.Base]);
        return new(runs);
    }

    /// <summary>Reads "bhhb": a letter for each run, and both letters in each pair.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out PairOrder? order)
    {
        order = null;
        if (text is not { Length: > 0 and <= 2 * PairsMax } || text.Length % 2 != 0)
            return false;
        var runs = new PairSide[text.Length];
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is not (BaseLetter or HeadLetter))
                return false;
            runs[i] = text[i] == BaseLetter ? PairSide.Base : PairSide.Head;
            if (i % 2 == 1 && runs[i] == runs[i - 1])
                return false;
        }
        order = new(runs);
        return true;
    }

    /// <summary>
    /// Splits the results, one per run, into those of base and of head. The i-th result of either side belongs to pair
    /// i.
    /// </summary>
    public (T[] Base, T[] Head) Split<T>(IReadOnlyList<T> ofRuns)
    {
        if (ofRuns.Count != Runs.Count)
            throw new ArgumentException($"There are {ofRuns.Count} results of {Runs.Count} runs.", nameof(ofRuns));
        var (ofBase, ofHead) = (new T[Pairs], new T[Pairs]);
        for (var i = 0; i < Runs.Count; i++)
            (Runs[i] == PairSide.Base ? ofBase : ofHead)[i / 2] = ofRuns[i];
        return (ofBase, ofHead);
    }

    public override string ToString() =>
        string.Concat(Runs.Select(side => side == PairSide.Base ? BaseLetter : HeadLetter));
}
