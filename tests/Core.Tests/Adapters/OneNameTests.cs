using System.Text;
using Paddock.Core.Adapters;

namespace Paddock.Core.Tests.Adapters;

/// <summary>
/// Benchmarks that share a name and differ in their parameters, and benchmarks that were repeated.
/// </summary>
public class OneNameTests
{
    private static string Google(params string[] rows) =>
        $$"""{"context":{"caches":[]},"benchmarks":[{{string.Join(',', rows)}}]}""";

    private static string Row(string name, double time, string more = "") =>
        $$"""{"name":"{{name}}","run_name":"{{name}}","real_time":{{time}},"time_unit":"ns"{{more}}}""";

    private static string At(int instance, int repetition) =>
        $",\"family_index\":0,\"per_family_instance_index\":{instance},\"repetition_index\":{repetition}";

    [Fact]
    public void Google_benchmarks_with_the_same_name_are_distinguished_by_label()
    {
        Assert.Equal(
            "a [label=fast]: latency 1; a [label=slow]: latency 3; b: latency 5",
            Seen.In(
                Adapter.CppGoogle,
                Google(
                    Row("a", 1, ",\"label\":\"fast\""),
                    Row("a", 3, ",\"label\":\"slow\""),
                    Row("b", 5, ",\"label\":\"slow\"")
                )
            )
        );
        Assert.Equal(
            "a: latency 1; a [label=slow]: latency 3",
            Seen.In(Adapter.CppGoogle, Google(Row("a", 1), Row("a", 3, ",\"label\":\"slow\"")))
        );
        Assert.Equal(
            "a: latency 2 [1, 3]",
            Seen.In(Adapter.CppGoogle, Google(Row("a", 1, ",\"label\":\"same\""), Row("a", 3, ",\"label\":\"same\"")))
        );
    }

    [Fact]
    public void A_single_label_is_not_part_of_the_name_of_a_Google_benchmark()
    {
        var results = Harness.Read(
            Adapter.CppGoogle,
            Encoding.UTF8.GetBytes(Google(Row("a", 1, ",\"label\":\"17 MB\""))),
            average: null
        )!;
        Assert.Equal(("a", "a"), (results.Benchmarks[0].Name.Value, results.Benchmarks[0].FullName));
    }

    [Fact]
    public void Repetitions_of_a_Google_benchmark_are_one_benchmark_whatever_their_labels()
    {
        var once = Google(
            Row("a", 1, At(0, 0) + ",\"label\":\"17 hits\""),
            Row("a", 3, At(0, 1) + ",\"label\":\"19 hits\"")
        );
        Assert.Equal("a: latency 2 [1, 3]", Seen.In(Adapter.CppGoogle, once));

        var twice = Google(
            Row("a", 1, At(0, 0) + ",\"label\":\"x\""),
            Row("a", 3, At(0, 1) + ",\"label\":\"z\""),
            Row("a", 7, At(1, 0) + ",\"label\":\"y\"")
        );
        Assert.Equal("a [label=x]: latency 2 [1, 3]; a [label=y]: latency 7", Seen.In(Adapter.CppGoogle, twice));
    }

    [Fact]
    public void Google_medians_with_the_same_name_are_distinguished_by_label()
    {
        static string Median(double time, string label) =>
            $$"""{"name":"a_median","run_name":"a","aggregate_name":"median","real_time":{{time}},"time_unit":"ns","label":"{{label}}"}""";
        var output = Google(Row("a", 1, ",\"label\":\"x\""), Median(2, "x"), Median(3, "y"));

        Assert.Equal(
            "a [label=x]: latency 2; a [label=y]: latency 3",
            Seen.In(Adapter.CppGoogle, output, Average.Median)
        );
        Assert.Equal(
            "a: latency 1; a_median [label=x]: latency 2; a_median [label=y]: latency 3",
            Seen.In(Adapter.CppGoogle, output)
        );
    }

    [Fact]
    public void Swift_benchmarks_are_distinguished_by_their_parameters()
    {
        static string Jmh(string name, double rate, string more = "") =>
            $$"""{"benchmark":"{{name}}"{{more}},"primaryMetric":{"score":{{rate}},"scoreUnit":"# / s"},"secondaryMetrics":{"Time (wall clock)":{"score":1,"scoreUnit":"ns"} } }""";

        Assert.Equal(
            "T.sort (size: 10): throughput 1 latency 1; T.sort (size: 20): throughput 2 latency 1",
            Seen.In(Adapter.SwiftPackageBenchmark, $"[{Jmh("T.sort (size: 10)", 1)},{Jmh("T.sort (size: 20)", 2)}]")
        );
        Assert.Equal(
            "T.sort [size=10]: throughput 1 latency 1; T.sort [size=20]: throughput 2 latency 1",
            Seen.In(
                Adapter.SwiftPackageBenchmark,
                "["
                    + Jmh("T.sort", 1, ",\"params\":{\"size\":\"10\"}")
                    + ","
                    + Jmh("T.sort", 2, ",\"params\":{\"size\":20}")
                    + "]"
            )
        );
        Assert.Equal(
            "T.sort: throughput 1 latency 1",
            Seen.In(Adapter.SwiftPackageBenchmark, "[" + Jmh("T.sort", 1, ",\"params\":{}") + "]")
        );
        Assert.Equal(
            "T - sort (size: 10): latency 3000000; T - sort (size: 20): latency 5000000",
            Seen.In(
                Adapter.SwiftPackageBenchmark,
                """[{"name":"T - sort (size: 10) - Time_(wall_clock)_p90","unit":"ms","value":3},{"name":"T - sort (size: 20) - Time_(wall_clock)_p90","unit":"ms","value":5}]"""
            )
        );
    }

    [Fact]
    public void Go_events_with_spaces_in_their_JSON_are_read() =>
        Assert.Equal(
            "BenchmarkA-8: latency 7",
            Seen.In(
                Adapter.GoBench,
                """
                {"Action": "output", "Package": "p", "Test": "BenchmarkA", "Output": "printed BenchmarkA-8 \t"}
                {"Action": "output", "Package": "p", "Test": "BenchmarkA", "Output": "100\t 7 ns/op\n"}
                """
            )
        );

    private static string Jmh(double score, string more) =>
        $$"""{"benchmark":"a"{{more}},"primaryMetric":{"score":{{score}},"scoreUnit":"ns/op"},"secondaryMetrics":{} }""";

    [Theory]
    [InlineData(
        ",\"jvm\":\"/java\",\"jdkVersion\":\"17\"",
        ",\"jvm\":\"/java\",\"jdkVersion\":\"21\"",
        "a [jdkVersion=17]: latency 1; a [jdkVersion=21]: latency 2"
    )]
    [InlineData(
        ",\"jvm\":\"/17\",\"jdkVersion\":\"17\"",
        ",\"jvm\":\"/21\",\"jdkVersion\":\"21\"",
        "a [jvm=/17]: latency 1; a [jvm=/21]: latency 2"
    )]
    [InlineData(
        ",\"jvmArgs\":[\"-Xmx1g\",\"-ea\"]",
        ",\"jvmArgs\":[\"-Xmx2g\"]",
        "a [jvmArgs=-Xmx1g -ea]: latency 1; a [jvmArgs=-Xmx2g]: latency 2"
    )]
    [InlineData(",\"jvmArgs\":[]", ",\"jvmArgs\":[\"-Xmx2g\"]", "a: latency 1; a [jvmArgs=-Xmx2g]: latency 2")]
    [InlineData(
        ",\"vmName\":\"HotSpot\"",
        ",\"vmName\":\"OpenJ9\"",
        "a [vmName=HotSpot]: latency 1; a [vmName=OpenJ9]: latency 2"
    )]
    [InlineData(
        ",\"params\":{\"n\":\"1\"},\"jdkVersion\":\"17\"",
        ",\"params\":{\"n\":\"2\"},\"jdkVersion\":\"21\"",
        "a [n=1]: latency 1; a [n=2]: latency 2"
    )]
    [InlineData(
        ",\"jvm\":\"/j\",\"jdkVersion\":\"17\"",
        ",\"jvm\":\"/j\",\"jdkVersion\":\"17\"",
        "a: latency 1.5 [1, 2]"
    )]
    public void JMH_runs_with_different_JVMs_or_parameters_are_different_benchmarks(
        string one,
        string other,
        string seen
    ) => Assert.Equal(seen, Seen.In(Adapter.JavaJmh, $"[{Jmh(1, one)},{Jmh(2, other)}]"));

    [Fact]
    public void JMH_tables_of_different_JVMs_or_options_are_different_benchmarks()
    {
        static string Table(string version, string options, int score) =>
            $"""
                # JMH version: 1.37
                # VM version: JDK {version}, OpenJDK 64-Bit Server VM, {version}+1
                # VM invoker: /opt/java/bin/java
                # VM options: {options}
                # Benchmark: A.b

                # Run progress: 0.00% complete, ETA 00:00:10
                Iteration   1: {score} ns/op

                Benchmark  Mode  Cnt   Score   Error  Units
                A.b        avgt    5  {score, 6}          ns/op

                """;

        Assert.Equal(
            "A.b [jdkVersion=17.0.1]: latency 100; A.b [jdkVersion=21.0.1]: latency 200",
            Seen.In(Adapter.JavaJmh, Table("17.0.1", "<none>", 100) + Table("21.0.1", "<none>", 200))
        );
        Assert.Equal(
            "A.b: latency 100; A.b [jvmArgs=-Xint]: latency 200",
            Seen.In(Adapter.JavaJmh, Table("21.0.1", "<none>", 100) + Table("21.0.1", "-Xint", 200))
        );
        Assert.Equal("A.b: latency 100", Seen.In(Adapter.JavaJmh, Table("21.0.1", "<none>", 100)));
    }

    [Fact]
    public void A_JMH_table_row_with_an_invalid_score_is_named_as_left_out()
    {
        var results = Harness.Read(
            Adapter.JavaJmh,
            """
            Benchmark  Mode  Cnt        Score   Error  Units
            A.b       thrpt    5  1 234 567.8 ±   1.5  ops/s
            A.c       thrpt    5          2.5 ±   0.1  ops/s
            """u8,
            average: null
        )!;

        Assert.Equal(
            ("A.c: throughput 2.5 [2.4, 2.6]", "A.b: its score is 1 234 567.8 ±   1.5 ops/s"),
            (Seen.Show(results), string.Join("; ", results.LeftOut.Select(one => $"{one.What}: {one.Why}")))
        );
    }

    [Theory]
    [InlineData(null, "s.t: latency 200000000 [100000000, 600000000]; s.u: latency 1000000000", "")]
    [InlineData(
        Average.Median,
        "s.t: latency 200000000 [100000000, 600000000]",
        "s.u: it ran once, which has no median"
    )]
    [InlineData(Average.Mean, "s.t: latency 300000000 [100000000, 600000000]", "s.u: it ran once, which has no mean")]
    public void A_repeated_JUnit_test_has_the_requested_average(Average? average, string seen, string leftOut)
    {
        var results = Harness.Read(
            Adapter.JunitXml,
            """
            <testsuite name="x"><testcase classname="s" name="t" time="0.1"/><testcase classname="s" name="t" time="0.6"/>
            <testcase classname="s" name="u" time="1"/><testcase classname="s" name="t" time="0.2"/></testsuite>
            """u8,
            average
        )!;

        Assert.Equal(
            (seen, leftOut),
            (Seen.Show(results), string.Join("; ", results.LeftOut.Select(one => $"{one.What}: {one.Why}")))
        );
    }

    [Fact]
    public void JUnit_tests_that_ran_once_have_no_average() =>
        Assert.Equal(
            Seen.Nothing,
            Seen.In(
                Adapter.JunitXml,
                "<testcase name=\"t\" time=\"1\"/><testcase name=\"u\" time=\"1\"/>",
                Average.Mean
            )
        );
}
