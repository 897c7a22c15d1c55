using System.Text;
using Paddock.Core.Adapters;

namespace Paddock.Core.Tests.Adapters;

public class FoldingTests
{
    private static string Folded(Fold fold, params string[] metrics) =>
        Seen.Show(
            Folding.Fold(
                [
                    .. metrics.Select(m =>
                        Harness.Read(
                            Adapter.Json,
                            Encoding.UTF8.GetBytes(m.Length == 0 ? "{}" : $$"""{ "a": { "m": { {{m}} } } }"""),
                            average: null
                        )!
                    ),
                ],
                fold
            )
        );

    [Theory]
    [InlineData(Fold.Min, "a: m 1 [9, none]")]
    [InlineData(Fold.Max, "a: m 3 [2, 4]")]
    public void Min_and_max_keep_the_bounds_of_the_chosen_value(Fold fold, string seen) =>
        Assert.Equal(
            seen,
            Folded(
                fold,
                "\"value\":2,\"lower_value\":0,\"upper_value\":7",
                "\"value\":1,\"lower_value\":9",
                "\"value\":3,\"lower_value\":2,\"upper_value\":4"
            )
        );

    [Theory]
    [InlineData(Fold.Min, "a: m 1")]
    [InlineData(Fold.Max, "a: m 1 [2, 5]")]
    public void Min_and_max_break_ties_by_the_upper_and_then_the_lower_bound(Fold fold, string seen) =>
        Assert.Equal(
            seen,
            Folded(
                fold,
                "\"value\":1,\"upper_value\":5",
                "\"value\":1",
                "\"value\":1,\"lower_value\":2,\"upper_value\":5",
                "\"value\":1,\"lower_value\":9"
            )
        );

    [Theory]
    // The value replaces a missing bound.
    [InlineData("a: m 2 [1.5, 3]", "\"value\":1,\"lower_value\":0", "\"value\":3,\"upper_value\":5")]
    [InlineData("a: m 2", "\"value\":1", "\"value\":3")]
    [InlineData("a: m 1", "\"value\":4", "", "", "")] // 4 divided by four results, three of which lack the benchmark.
    public void The_mean_divides_by_the_number_of_all_results(string seen, params string[] metrics) =>
        Assert.Equal(seen, Folded(Fold.Mean, metrics));

    [Theory]
    [InlineData("a: m 2 [0, 9]", "\"value\":5", "\"value\":2,\"lower_value\":0,\"upper_value\":9", "\"value\":1")]
    [InlineData("a: m 3.5 [2, none]", "\"value\":5", "\"value\":2,\"lower_value\":-1", "", "")]
    [InlineData("a: m 5", "", "\"value\":5", "")]
    public void The_median_ignores_missing_metrics(string seen, params string[] metrics) =>
        Assert.Equal(seen, Folded(Fold.Median, metrics));

    [Theory]
    [InlineData(Fold.Mean), InlineData(Fold.Median)]
    public void The_average_of_huge_values_does_not_overflow(Fold fold) =>
        Assert.Equal(
            "a: m 1.5E+308 [1.5E+308, none]",
            Folded(fold, "\"value\":1.6e308,\"lower_value\":1.5e308", "\"value\":1.4e308,\"lower_value\":1.5e308")
        );

    [Theory]
    [InlineData(Fold.Min), InlineData(Fold.Max), InlineData(Fold.Mean), InlineData(Fold.Median)]
    public void Folding_no_results_or_empty_results_gives_an_empty_result(Fold fold)
    {
        Assert.Equal("", Folded(fold));
        Assert.Equal("", Folded(fold, "", ""));
    }

    [Theory]
    [InlineData(Fold.Min), InlineData(Fold.Max), InlineData(Fold.Mean), InlineData(Fold.Median)]
    public void A_benchmark_or_measure_that_only_some_results_have_is_kept(Fold fold)
    {
        Results[] results =
        [
            .. new[]
            {
                """{"a":{"m":{"value":2}},"b":{}}""",
                """{"c":{"m":{"value":2}},"a":{"n":{"value":2}}}""",
            }.Select(text => Harness.Read(Adapter.Json, Encoding.UTF8.GetBytes(text), average: null)!),
        ];
        var value = fold == Fold.Mean ? 1 : 2;
        Assert.Equal($"a: m {value} n {value}; b:; c: m {value}", Seen.Show(Folding.Fold(results, fold)));
    }
}
