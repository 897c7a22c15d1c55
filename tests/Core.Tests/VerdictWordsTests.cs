using Paddock.Core.Verdicts;
using Paddock.Core.Wire;

namespace Paddock.Core.Tests;

public sealed class VerdictWordsTests
{
    private static readonly ToldVerdict Steady = Told("print", new(VerdictState.Steady, "", Sees: 0.04));
    private static readonly ToldVerdict Suspected = Told(
        "count",
        new(VerdictState.Suspected, "", Before: 15e6, After: 60e6, Effect: 3)
    );
    private static readonly ToldVerdict Slower = Told(
        "parse",
        new(VerdictState.Slower, "", Before: 29.4e6, After: 97.8e6, Effect: 2.32)
    );

    [Fact]
    public void Where_all_is_steady_the_answer_says_what_would_have_been_seen() =>
        Assert.Equal(
            "Nothing is slower. A change of 4 % or more would have been seen.",
            VerdictWords.Sum([Steady])!.Sentence
        );

    [Fact]
    public void What_is_suspected_comes_first_and_nothing_is_called_steady_beside_it() =>
        Assert.Equal(
            "1 result is suspected, not proven: count +300 % (60.00 ms, was 15.00). Nothing is proven slower.",
            VerdictWords.Sum([Steady, Suspected])!.Sentence
        );

    [Fact]
    public void What_is_proven_comes_before_what_is_suspected() =>
        Assert.Equal(
            "1 benchmark is slower: parse +232 % (97.80 ms, was 29.40). 1 result is suspected, not proven: count "
                + "+300 % (60.00 ms, was 15.00).",
            VerdictWords.Sum([Steady, Suspected, Slower])!.Sentence
        );

    [Fact]
    public void Without_results_there_is_no_answer() => Assert.Null(VerdictWords.Sum([]));

    private static ToldVerdict Told(string benchmark, ResultVerdict verdict) =>
        new(benchmark, "Latency", "nanoseconds (ns)", verdict);
}
