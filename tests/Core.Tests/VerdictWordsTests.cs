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
    public void A_steady_summary_names_the_smallest_change_that_would_have_been_seen() =>
        Assert.Equal(
            "Nothing is slower. A change of 4 % or more would have been seen.",
            VerdictWords.Sum([Steady])!.Sentence
        );

    [Fact]
    public void A_suspicion_is_named_first_and_no_result_is_called_steady_beside_it() =>
        Assert.Equal(
            "1 result is suspected, not proven: count +300 % (60.00 ms, was 15.00). Nothing is proven slower.",
            VerdictWords.Sum([Steady, Suspected])!.Sentence
        );

    [Fact]
    public void A_suspicion_and_a_reproduction_state_their_direction()
    {
        ToldVerdict With(string name, double effect, ChangeVerdict direction, bool isReproduced) =>
            Told(
                name,
                new(VerdictState.Suspected, "", Before: 60e6, After: 60e6 * (1 + effect), Effect: effect)
                {
                    Direction = direction,
                    Reruns = isReproduced ? new(RerunState.Reproduced, 5, Reports: 3) : null,
                }
            );
        var (faster, slower) = (
            With("a", -0.5, ChangeVerdict.Faster, isReproduced: true),
            With("b", 0.5, ChangeVerdict.Slower, isReproduced: true)
        );

        Assert.Equal(
            "1 result is slower, reproduced here, now, but not proven: b +50 % (90.00 ms, was 60.00). "
                + "1 result is faster, reproduced here, now, but not proven: a -50 % (30.00 ms, was 60.00). "
                + "1 result is suspected to be faster, not proven: c -25 % (45.00 ms, was 60.00). "
                + "Nothing is proven slower.",
            VerdictWords.Sum([With("c", -0.25, ChangeVerdict.Faster, isReproduced: false), faster, slower])!.Sentence
        );
        Assert.Equal(
            "faster, reproduced here, now by 5 reruns: -50 % (30.00 ms, was 60.00); proven once 3 further reports "
                + "repeat it",
            VerdictWords.Of(faster.Verdict, "nanoseconds (ns)")
        );
    }

    [Fact]
    public void A_number_and_its_unit_are_joined_by_a_no_break_space_and_other_words_are_not() =>
        Assert.Equal(
            "2 benchmarks are slower: parse +232\u00a0% (97.80\u00a0ms, was 29.40), "
                + "hits +8\u00a0% (1.20\u00a0hits/s x 1e3, was 1.11). 12 more runs, 3 maybe, 4 metrics.",
            VerdictWords.Joined(
                "2 benchmarks are slower: parse +232 % (97.80 ms, was 29.40), "
                    + "hits +8 % (1.20 hits/s x 1e3, was 1.11). 12 more runs, 3 maybe, 4 metrics."
            )
        );

    [Fact]
    public void Proven_results_come_before_suspected_results() =>
        Assert.Equal(
            "1 benchmark is slower: parse +232 % (97.80 ms, was 29.40). 1 result is suspected, not proven: count "
                + "+300 % (60.00 ms, was 15.00).",
            VerdictWords.Sum([Steady, Suspected, Slower])!.Sentence
        );

    [Fact]
    public void A_summary_of_no_results_is_null() => Assert.Null(VerdictWords.Sum([]));

    private static ToldVerdict Told(string benchmark, ResultVerdict verdict) =>
        new(benchmark, "Latency", "nanoseconds (ns)", verdict);
}
