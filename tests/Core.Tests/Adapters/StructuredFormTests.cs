using System.Text;
using Paddock.Core.Adapters;

namespace Paddock.Core.Tests.Adapters;

/// <summary>
/// Variants of documents that occur in practice: other averages, localized numbers, parameters, units and messages.
/// </summary>
public class StructuredFormTests
{
    private static Results Read(Adapter adapter, string output, ReadOptions? options = null) =>
        Harness.Read(adapter, Encoding.UTF8.GetBytes(output), options ?? ReadOptions.Usual).Results!;

    private static string LeftOut(Results results) =>
        string.Join("; ", results.LeftOut.Select(one => $"{one.What} ({one.Why})"));

    [Theory]
    [InlineData(
        Adapter.K6Summary,
        """{"metrics":{"http_req_duration":{"avg":4.21},"http_reqs":{"rate":5},"iterations":{"rate":5}}}""",
        "http_reqs: throughput 5; iterations: throughput 5",
        "http_req_duration (its med is missing)"
    )]
    [InlineData(
        Adapter.JsMitata,
        """{"layout":[{"name":null}],"benchmarks":[{"group":0,"runs":[{"name":"a","stats":{"avg":2}},{"name":"b","stats":{"avg":2,"p50":3}}]}]}""",
        "b: latency 3",
        "a (its p50 is missing)"
    )]
    [InlineData(
        Adapter.Oha,
        """{"summary":{"average":1,"requestsPerSec":5}}""",
        "oha: throughput 5",
        "the latency (its p50 is missing)"
    )]
    [InlineData(
        Adapter.CSharpDotNet,
        """{"HostEnvironmentInfo":{},"Benchmarks":[{"Method":"a","Statistics":{"Mean":1}},{"Method":"b","Statistics":{"Median":2}}]}""",
        "b: latency 2",
        "a (its Median is missing)"
    )]
    [InlineData(
        Adapter.PythonPytest,
        """{"machine_info":{},"commit_info":{},"benchmarks":[{"fullname":"a","stats":{"mean":1}},{"fullname":"b","stats":{"median":1,"iqr":0}}]}""",
        "b: latency 1000000000 [1000000000, 1000000000]",
        "a (its median is missing)"
    )]
    [InlineData(
        Adapter.ShellHyperfine,
        """{"results":[{"command":"a","mean":1,"exit_codes":[0]},{"command":"b","median":1,"exit_codes":[0]}]}""",
        "b: latency 1000000000",
        "a (its median is missing)"
    )]
    [InlineData(
        Adapter.JsTinybench,
        """[{"Task name":"a","Latency avg (ns)":"1 ± 1%","Throughput avg (ops/s)":"5 ± 1%"},{"Task name":"b","Latency med (ns)":"2"}]""",
        "b: latency 2",
        "a (its median latency is missing)"
    )]
    [InlineData(
        Adapter.RustCriterion,
        """{"reason":"benchmark-complete","id":"a","typical":{"estimate":1,"unit":"ns"}}{"reason":"benchmark-complete","id":"b","median":{"estimate":2,"unit":"us"}}""",
        "b: latency 2000",
        "a (its median is missing)"
    )]
    public void A_benchmark_without_the_requested_average_is_left_out(
        Adapter adapter,
        string output,
        string seen,
        string leftOut
    )
    {
        var results = Read(adapter, output, new(Average.Median));
        Assert.Equal((seen, leftOut), (Seen.Show(results), LeftOut(results)));
    }

    [Theory]
    [InlineData(Average.Median, "JSON.parse: latency 150 [140, 160] throughput 6666667 [6250000, 7083334]")]
    [InlineData(null, "JSON.parse: latency 173.9 [168.56127, 179.23873] throughput 6260270 [6255261.784, 6265278.216]")]
    public void The_tinybench_table_has_a_mean_and_a_median_of_latency_and_throughput(Average? average, string seen) =>
        Assert.Equal(
            seen,
            Seen.In(
                Adapter.JsTinybench,
                """[{"Task name":"JSON.parse","Latency avg (ns)":"173.90 ± 3.07%","Latency med (ns)":"150.00 ± 10.00","Throughput avg (ops/s)":"6260270 ± 0.08%","Throughput med (ops/s)":"6666667 ± 416667","Samples":172515}]""",
                average
            )
        );

    [Theory]
    [InlineData(
        """[{"name":"a","latency":{"mean":2,"sd":0,"p50":1},"throughput":{"mean":100,"rme":10,"p50":90}}]""",
        "a: latency 1000000 throughput 90"
    )]
    [InlineData(
        """[{"name":"a","latency":{"mean":2,"sd":0,"p50":1},"throughput":{"mean":100,"rme":10}}]""",
        "a: latency 1000000 throughput 100 [90, 110]"
    )]
    [InlineData("""[{"Task Name":"a","ops/sec":"1,234","Average Time (ns)":810.5,"Margin":"±1.2%"}]""", Seen.Nothing)]
    public void Tinybench_tasks_yield_the_median_where_tinybench_prints_one(string output, string seen) =>
        Assert.Equal(seen, Seen.In(Adapter.JsTinybench, output, Average.Median));

    [Fact]
    public void The_older_tinybench_table_is_read() =>
        Assert.Equal(
            "a: latency 810.5 throughput 1234",
            Seen.In(
                Adapter.JsTinybench,
                """[{"Task Name":"a","ops/sec":"1,234","Average Time (ns)":810.5,"Margin":"±1.2%"}]"""
            )
        );

    [Fact]
    public void Google_Benchmark_yields_a_median_when_it_ran_repetitions()
    {
        const string Output =
            """{"context":{"caches":[]},"benchmarks":[{"name":"a","run_name":"a","real_time":1,"time_unit":"ns"},{"name":"a","run_name":"a","real_time":4,"time_unit":"ns"},{"name":"a_mean","run_name":"a","aggregate_name":"mean","real_time":2,"time_unit":"ns"},{"name":"a_median","run_name":"a","aggregate_name":"median","real_time":3,"time_unit":"ns"}]}""";
        Assert.Equal("a: latency 3", Seen.In(Adapter.CppGoogle, Output, Average.Median));
    }

    [Theory]
    [InlineData(null, "norm: latency 4207.489 [4201.4, 4213.7]")]
    [InlineData(Average.Mean, "norm: latency 4214.1 [4206.8, 4222.3]")]
    [InlineData(Average.Median, "norm: latency 4205.2 [4198.5, 4209.9]")]
    public void Cargo_criterion_messages_yield_benchmarks_named_by_id(Average? average, string seen)
    {
        const string Output = """
            {"reason":"benchmark-complete","id":"norm","unit":"ns","throughput":[{"per_iteration":1024,"unit":"bytes"}],"typical":{"estimate":4207.489,"lower_bound":4201.4,"upper_bound":4213.7,"unit":"ns"},"mean":{"estimate":4214.1,"lower_bound":4206.8,"upper_bound":4222.3,"unit":"ns"},"median":{"estimate":4205.2,"lower_bound":4198.5,"upper_bound":4209.9,"unit":"ns"},"change":{"mean":{"estimate":-0.014,"unit":"%"}}}
            {"reason":"group-complete","group_name":"norm","benchmarks":["norm"]}
            """;
        foreach (var adapter in (Adapter[])[Adapter.RustCriterion, Adapter.Magic])
            Assert.Equal(seen, Seen.In(adapter, Output, average));
        Assert.Equal(
            1024 / 4.207489e-6,
            Read(Adapter.Magic, Output, new(Measures: Measures.All)).Benchmarks[0].Metrics[1].Metric.Value,
            tolerance: 1
        );
    }

    [Theory]
    [InlineData("\"unit\":\"ns\",\"value\":5,\"range\":0.5", "a: latency 5 [4.5, 5.5]")]
    [InlineData("\"unit\":\"ms\",\"value\":5,\"range\":\"± 0.5\"", "a: latency 5000000 [4500000, 5500000]")]
    [InlineData("\"unit\":\"ns/iter\",\"value\":5,\"range\":\"+/- 10%\"", "a: latency 5 [4.5, 5.5]")]
    [InlineData("\"unit\":\"seconds\",\"value\":5", "a: latency 5000000000")]
    [InlineData("\"unit\":\"ops/sec\",\"value\":5,\"extra\":\"x\"", "a: throughput 5")]
    [InlineData("\"unit\":\"req/s\",\"value\":5,\"range\":\"\"", "a: throughput 5")]
    [InlineData("\"unit\":\"MiB/s\",\"value\":5", "a: B/s 5242880")]
    [InlineData("\"unit\":\"KB\",\"value\":5", "a: B 5000")]
    [InlineData("\"unit\":\"Percent\",\"value\":5", "a: Percent 5")]
    [InlineData("\"unit\":\"ns\",\"value\":\"x\"", Seen.Nothing)]
    [InlineData("\"value\":5", Seen.Nothing)]
    public void The_list_format_of_github_action_benchmark_is_read(string more, string seen)
    {
        foreach (var adapter in (Adapter[])[Adapter.Json, Adapter.Magic])
            Assert.Equal(seen, Seen.In(adapter, $$"""[{"name":"a",{{more}}}]"""));
    }

    [Theory]
    [InlineData("0,160", 160e6)] // A thousands group does not begin with a zero, so the comma is a decimal separator.
    [InlineData("0,03", 30e6)]
    [InlineData("12,5", 12.5e9)]
    [InlineData("1,234.5", 1234.5e9)]
    [InlineData("1.234,5", 1234.5e9)]
    [InlineData("1,234", 1234e9)]
    [InlineData("1,234,567", 1234567e9)]
    [InlineData("1e-3", 1e6)]
    [InlineData("80.803us", 80803)]
    [InlineData("80,803us", 80803, "0,5")]
    [InlineData("1.2ms", 1.2e6)]
    [InlineData("500ns", 500)]
    [InlineData("1.5s", 1.5e9)]
    [InlineData("1m 30.5s", 90.5e9)]
    [InlineData("1h 2m 3s", 3723e9)]
    [InlineData("0.5", 0.5e9)]
    [InlineData("1,234", 1.234e9, "0,19")] // The suite's time shows that the comma is a decimal separator.
    public void JUnit_times_are_read_with_localized_separators_and_units(
        string time,
        double nanoseconds,
        string suite = "1"
    ) =>
        Assert.Equal(
            nanoseconds,
            Read(Adapter.JunitXml, $"<testsuite time=\"{suite}\"><testcase name=\"a\" time=\"{time}\"/></testsuite>")
                .Benchmarks[0]
                .Metrics[0]
                .Metric.Value,
            tolerance: 1e-3
        );

    [Theory]
    [InlineData("1,23,4")]
    [InlineData("1.2.3")]
    [InlineData("12,34,567")]
    [InlineData("5 parsecs")]
    [InlineData("NaN")]
    [InlineData("-1")]
    public void An_invalid_JUnit_time_is_named_as_left_out(string time)
    {
        var results = Read(
            Adapter.JunitXml,
            $"<testcase name=\"b\" time=\"1\"/><testcase name=\"a\" time=\"{time}\"/>"
        );
        Assert.Equal(("b: latency 1000000000", $"a (its time is {time})"), (Seen.Show(results), LeftOut(results)));
    }

    [Theory]
    [InlineData(
        Adapter.ShellHyperfine,
        """{"results":[{"command":"s","mean":1,"exit_codes":[0],"parameters":{"t":"1","u":"x"}},{"command":"s","mean":2,"exit_codes":[0],"parameters":{"t":"2","u":"x"}}]}""",
        "s [t=1]: latency 1000000000; s [t=2]: latency 2000000000",
        "s [t=1, u=x]; s [t=2, u=x]"
    )]
    [InlineData(
        Adapter.ShellHyperfine,
        """{"results":[{"command":"s","summary":{"time_wall_clock":{"mean":1,"unit":"second"}},"parameters":{"t":{"value":"1"}}},{"command":"s","summary":{"time_wall_clock":{"mean":2,"unit":"second"}},"parameters":{"t":{"value":"2"}}}]}""",
        "s [t=1]: latency 1000000000; s [t=2]: latency 2000000000",
        "s [t=1]; s [t=2]"
    )]
    [InlineData(
        Adapter.ShellHyperfine,
        """{"results":[{"command":"a","mean":1,"exit_codes":[0]},{"command":"b","mean":2,"exit_codes":[0]}]}""",
        "a: latency 1000000000; b: latency 2000000000",
        "a; b"
    )]
    [InlineData(
        Adapter.JavaJmh,
        """[{"benchmark":"a","jvm":"/17/java","primaryMetric":{"score":1,"scoreUnit":"ns/op"},"secondaryMetrics":{}},{"benchmark":"a","jvm":"/21/java","primaryMetric":{"score":2,"scoreUnit":"ns/op"},"secondaryMetrics":{}}]""",
        "a [jvm=/17/java]: latency 1; a [jvm=/21/java]: latency 2",
        "a [jvm=/17/java]; a [jvm=/21/java]"
    )]
    [InlineData(
        Adapter.JavaJmh,
        """[{"benchmark":"a","jvm":"/17/java","threads":4,"primaryMetric":{"score":1,"scoreUnit":"ns/op"},"secondaryMetrics":{}}]""",
        "a: latency 1",
        "a"
    )]
    [InlineData(
        Adapter.PythonPytest,
        """{"machine_info":{},"commit_info":{},"benchmarks":[{"fullname":"a","params":{"n":1},"stats":{"mean":1}},{"fullname":"a","params":{"n":2},"stats":{"mean":2}}]}""",
        "a [n=1]: latency 1000000000; a [n=2]: latency 2000000000",
        "a [n=1]; a [n=2]"
    )]
    [InlineData(
        Adapter.PythonPytest,
        """{"machine_info":{},"commit_info":{},"benchmarks":[{"fullname":"a[1]","params":{"n":1},"stats":{"mean":1}}]}""",
        "a[1]: latency 1000000000",
        "a[1]"
    )]
    [InlineData(
        Adapter.JsMitata,
        """{"layout":[{}],"benchmarks":[{"group":0,"runs":[{"name":"a","args":{"n":1},"stats":{"avg":2}},{"name":"a","args":{"n":8},"stats":{"avg":3}}]}]}""",
        "a [n=1]: latency 2; a [n=8]: latency 3",
        "a [n=1]; a [n=8]"
    )]
    [InlineData(
        Adapter.JsVitest,
        """{"files":[{"groups":[{"fullName":"g","benchmarks":[{"name":"x","hz":1,"mean":1,"median":1},{"name":"x","hz":2,"mean":2,"median":1}]}]}]}""",
        "g > x: latency 1000000 throughput 1; g > x [case=2]: latency 2000000 throughput 2",
        "g > x; g > x [case=2]"
    )]
    [InlineData(
        Adapter.CppGoogle,
        """{"context":{"caches":[]},"benchmarks":[{"name":"a/8","real_time":1,"time_unit":"ns"},{"name":"a/64","real_time":2,"time_unit":"ns"}]}""",
        "a/8: latency 1; a/64: latency 2",
        "a/8; a/64"
    )]
    [InlineData(
        Adapter.JunitXml,
        """<testsuites><testsuite name="s" hostname="chromium"><testcase name="a" time="1"/></testsuite><testsuite name="s" hostname="firefox"><testcase name="a" time="2"/></testsuite></testsuites>""",
        "a [hostname=chromium]: latency 1000000000; a [hostname=firefox]: latency 2000000000",
        "a [hostname=chromium]; a [hostname=firefox]"
    )]
    [InlineData(
        Adapter.CSharpDotNet,
        """{"HostEnvironmentInfo":{},"Benchmarks":[{"Type":"A","Method":"a","Statistics":{"Mean":1}},{"Type":"B","Method":"a","Statistics":{"Mean":2}}]}""",
        "a [Type=A]: latency 1; a [Type=B]: latency 2",
        "a [Type=A]; a [Type=B]"
    )]
    public void Benchmarks_with_the_same_name_are_distinguished_by_parameters(
        Adapter adapter,
        string output,
        string seen,
        string full
    )
    {
        var results = Read(adapter, output);
        Assert.Equal((seen, full), (Seen.Show(results), string.Join("; ", results.Benchmarks.Select(b => b.FullName))));
        // The same document again holds the same benchmarks, measured twice.
        Assert.Equal(
            results.Benchmarks.Select(b => b.FullName),
            ResultSets.Merged([results, Read(adapter, output)]).Benchmarks.Select(b => b.FullName)
        );
        Assert.True(ResultSets.RepeatEachOther([results, Read(adapter, output)]));
    }

    [Theory]
    [
        InlineData("ms", "nanoseconds (ns)", 5e6),
        InlineData("s", "nanoseconds (ns)", 5e9),
        InlineData("MB/sec", "bytes / second (B/s)", 5e6)
    ]
    [
        InlineData("KB/sec", "bytes / second (B/s)", 5e3),
        InlineData("B/op", "B/op", 5),
        InlineData("counts", "counts", 5),
        InlineData("KiB", "bytes (B)", 5120)
    ]
    public void JMH_secondary_metrics_are_converted_to_a_fixed_unit(string unit, string units, double value)
    {
        var results = Read(
            Adapter.JavaJmh,
            $$"""[{"benchmark":"a","primaryMetric":{"score":1,"scoreUnit":"ns/op"},"secondaryMetrics":{"gc":{"score":5,"scoreUnit":"{{unit}}"} } }]""",
            new(Measures: Measures.All)
        );
        var (measure, metric) = results.Benchmarks[0].Metrics[1];
        Assert.Equal((units, value), (results.UnitsOf(measure), metric.Value));
    }

    private static string Events(params (string? Test, string Output)[] pieces) =>
        string.Concat(
            pieces.Select(piece =>
                $$"""{"Action":"output","Package":"p",{{(piece.Test is null ? "" : $"\"Test\":\"{piece.Test}\",")}}"Output":{{System.Text.Json.JsonSerializer.Serialize(piece.Output)}}}"""
                + "\n"
            )
        );

    public static TheoryData<string, string> GoEvents() =>
        new()
        {
            {
                Events(
                    ("BenchmarkA", "BenchmarkA-2 \t"),
                    ("BenchmarkA", "hello\n"),
                    ("BenchmarkA", "     100\t  523 ns/op\n")
                ),
                "BenchmarkA-2: latency 523"
            },
            {
                Events(
                    ("BenchmarkA", "BenchmarkA-2 \t"),
                    ("BenchmarkA", "x"),
                    ("BenchmarkA", "     100\t  523 ns/op\n")
                ),
                "BenchmarkA-2: latency 523"
            },
            {
                Events(("BenchmarkA", "left"), ("BenchmarkA", "BenchmarkA-2 \t     100\t  523 ns/op\n")),
                "BenchmarkA-2: latency 523"
            },
            {
                Events(
                    ("BenchmarkA", "=== RUN   BenchmarkA\n"),
                    ("BenchmarkA", "BenchmarkA\n"),
                    ("BenchmarkA", "no end "),
                    ("BenchmarkA", "BenchmarkA-2 \t"),
                    ("BenchmarkA", "100\t 5 ns/op\n")
                ),
                "BenchmarkA-2: latency 5"
            },
            {
                Events(
                    ("BenchmarkA/x=1", "BenchmarkA/x=1-2 \t"),
                    ("BenchmarkB", "BenchmarkB-2 \t"),
                    ("BenchmarkB", "noise"),
                    ("BenchmarkB", " 100\t 7 ns/op\n"),
                    ("BenchmarkA/x=1", " 100\t 5 ns/op\t 8 B/op\n")
                ),
                "BenchmarkB-2: latency 7; BenchmarkA/x=1-2: latency 5"
            },
            {
                Events(
                    ("BenchmarkA", "BenchmarkA-2 \t 100\t 5 ns/op\n"),
                    ("BenchmarkA", "BenchmarkA-2 \t 100\t 7 ns/op\n")
                ),
                "BenchmarkA-2: latency 6 [5, 7]"
            },
            { Events(("BenchmarkA", "100\t 5 ns/op\n")), "BenchmarkA: latency 5" },
            { Events((null, "BenchmarkA-2 \t"), (null, "100\t 5 ns/op\n")), "BenchmarkA-2: latency 5" },
        };

    [Theory, MemberData(nameof(GoEvents))]
    public void Values_in_Go_events_belong_to_the_benchmark_that_the_event_names(string events, string seen) =>
        Assert.Equal(seen, Seen.In(Adapter.GoBench, events));
}
