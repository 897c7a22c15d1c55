using System.Text;
using Paddock.Core.Adapters;

namespace Paddock.Core.Tests.Adapters;

/// <summary>The explanation when nothing could be read from an output.</summary>
public class UnreadTests
{
    private static string Said(Adapter adapter, string output, Average? average = null)
    {
        var bytes = Encoding.UTF8.GetBytes(output.Replace('|', '\n'));
        Assert.Null(Harness.Read(adapter, bytes, new ReadOptions(average)).Results);
        return Unread.Of(adapter, bytes, new ReadOptions(average)).ToString();
    }

    private const string Google =
        """{"context":{"caches":[]},"benchmarks":[{"name":"a","iterations":9,"real_time":1,"time_unit":"fortnights"}]}""";
    private const string Pytest =
        """{"machine_info":{},"commit_info":{},"benchmarks":[{"fullname":"a","stats":{"mean":1,"stddev":1,"median":1,"iqr":1}}]}""";

    [Theory]
    [InlineData(Adapter.GoBench, Pytest, "this looks like python_pytest; expected: BenchmarkNAME-8")]
    [InlineData(Adapter.JavaJmh, "a time: [1 ns 2 ns 3 ns]", "this looks like rust_criterion; expected: one JSON list")]
    [InlineData(
        Adapter.JunitXml,
        "test a ... bench: 1 ns/iter (+/- 1)",
        "this looks like rust_bench; expected: <testcase"
    )]
    [InlineData(Adapter.PythonPytest, "BenchmarkA-2 1 2 ns/op", "this looks like go_bench")]
    [InlineData(Adapter.Json, Pytest, "this looks like python_pytest")]
    public void The_output_of_another_harness_is_recognized(Adapter adapter, string output, string said) =>
        Assert.StartsWith(said, Said(adapter, output), StringComparison.Ordinal);

    [Fact]
    public void An_invalid_value_in_a_large_document_is_located_by_benchmark_and_measure()
    {
        var routes = string.Join(
            ", ",
            Enumerable
                .Range(0, 41)
                .Select(i =>
                    $$"""
                        "/route_{{i}}: Pro": {"rps": {"value": 100}, "p50_latency": {"value": {{(
                            i == 27 ? "\"MISSING\"" : "1.5"
                        )}} } }
                        """
                )
        );
        foreach (var adapter in (Adapter[])[Adapter.Json, Adapter.Magic])
            Assert.StartsWith(
                "the benchmark \"/route_27: Pro\", measure \"p50_latency\": its value is \"MISSING\"; expected: ",
                Said(adapter, $"{{{routes}}}"),
                StringComparison.Ordinal
            );
    }

    [Theory]
    [InlineData("""{"a":{"m":{"lower_value":1}}}""", "the benchmark \"a\", measure \"m\": its value is missing")]
    [InlineData("""{"a":{"m":{"value":NaN}}}""", "the benchmark \"a\", measure \"m\": its value is NaN")]
    [InlineData(
        """{"a":{"m":{"value":1,"value":1}}}""",
        "the benchmark \"a\", measure \"m\": its value is there twice"
    )]
    [InlineData(
        """{"a":{"m":{"value":1,"upper_value":"x"}}}""",
        "the benchmark \"a\", measure \"m\": its upper_value is \"x\""
    )]
    [InlineData("""{"a":{"m":{"value":1}}} x""", "text follows on its last line")]
    public void The_explanation_for_the_metric_format_names_the_error(string output, string said) =>
        Assert.StartsWith(said, Said(Adapter.Json, output), StringComparison.Ordinal);

    [Fact]
    public void Magic_explains_only_the_adapters_that_almost_matched()
    {
        var said = Said(Adapter.Magic, Google);
        Assert.StartsWith(
            "left out: a (its time_unit is \"fortnights\"); expected: one JSON document: context with caches",
            said,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("k6", said, StringComparison.Ordinal);
        Assert.DoesNotContain("swift", said, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void The_adapter_that_came_closest_is_explained_first()
    {
        var said = Said(Adapter.Magic, $"BenchmarkA-2 x 12 ns/op\n{Google}");
        Assert.Contains("left out: a (its time_unit", said, StringComparison.Ordinal);
        Assert.Contains("; or go_bench: ", said, StringComparison.Ordinal);
        Assert.True(
            said.IndexOf("left out: a", StringComparison.Ordinal) < said.IndexOf("go_bench", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void A_truncated_document_is_explained_as_incomplete_without_quoting_a_line_as_a_result()
    {
        var said = Said(
            Adapter.CppGoogle,
            """{"context":{"caches":[]},|"benchmarks":[|{"name":"a","real_time":1,"time_unit":"s"|},"""
        );
        Assert.DoesNotContain("looks like a result", said, StringComparison.Ordinal);
        Assert.StartsWith("it is incomplete, or not JSON", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothing to see")]
    [InlineData("{\"level\":\"info\"}|{\"level\":\"warn\"},|")]
    public void Magic_names_no_adapter_when_none_almost_matched(string output) =>
        Assert.StartsWith(
            "no line looks like a result; expected: the output of a harness that docs/adapters lists",
            Said(Adapter.Magic, output),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData(Adapter.Magic, "")]
    [InlineData(Adapter.GoBench, " ||  ")]
    public void A_blank_output_is_explained_as_empty(Adapter adapter, string output) =>
        Assert.StartsWith("it is empty; expected: ", Said(adapter, output), StringComparison.Ordinal);

    [Fact]
    public void The_explanation_quotes_a_result_row_instead_of_the_table_heading() =>
        Assert.Contains(
            "line 3 looks like a result: \"BM_A/8 ",
            Said(
                Adapter.Magic,
                "Benchmark             Time             CPU   Iterations|---------------------------------|BM_A/8    "
                    + "         10.2 ns         10.1 ns   68000000"
            ),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData(
        Adapter.K6Summary,
        """{"metrics":{"http_req_duration":{"avg":2},"iterations":{"count":1}}}""",
        "this harness prints no median"
    )]
    [InlineData(
        Adapter.JavaJmh,
        """[{"benchmark":"a","primaryMetric":{"score":2,"scoreConfidence":[1,3],"scoreUnit":"s/op"},"secondaryMetrics":{}}]""",
        "this harness prints no median"
    )]
    [InlineData(Adapter.Json, """[{"name":"a","unit":"ns","value":1}]""", "this harness prints no median")]
    public void The_explanation_says_that_the_harness_does_not_print_the_requested_average(
        Adapter adapter,
        string output,
        string said
    ) => Assert.StartsWith(said, Said(adapter, output, Average.Median), StringComparison.Ordinal);
}
