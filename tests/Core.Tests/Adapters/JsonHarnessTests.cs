using System.Text;
using Paddock.Core.Adapters;

namespace Paddock.Core.Tests.Adapters;

/// <summary>The rules of harnesses that write a JSON document.</summary>
public class JsonHarnessTests
{
    private static string DotNet(string benchmarks, Average? average = null, string host = "{}") =>
        Seen.In(
            Adapter.CSharpDotNet,
            $$"""{"Title":"t","HostEnvironmentInfo":{{host}},"Benchmarks":[{{benchmarks}}]}""",
            average
        );

    private const string Statistics = """
        "Statistics":{"Mean":10,"StandardDeviation":1,"Median":9,"InterquartileRange":2,"N":3}
        """;

    private const string Memory = """
        "Memory":{"Gen0Collections":1,"Gen1Collections":2,"Gen2Collections":3,"TotalOperations":4,"BytesAllocatedPerOperation":5}
        """;

    [Theory]
    [InlineData(null, "n.m: latency 10 [9, 11]")]
    [InlineData(Average.Mean, "n.m: latency 10 [9, 11]")]
    [InlineData(Average.Median, "n.m: latency 9 [7, 11]")]
    public void BenchmarkDotNet_yields_the_requested_average(Average? average, string seen) =>
        Assert.Equal(seen, DotNet($$"""{"Namespace":"n","Method":"m",{{Statistics}}}""", average));

    [Theory]
    [InlineData(
        $$"""{"Method":"m",{{Statistics}},{{Memory}}}""",
        "m: latency 10 [9, 11] allocated 5 gen0-collects 1 gen1-collects 2 gen2-collects 3 total-operations 4"
    )]
    [InlineData($$"""{"Namespace":null,"Method":"m",{{Statistics}},"Memory":null}""", "m: latency 10 [9, 11]")]
    [InlineData(
        $$"""{"Method":"m","Parameters":"a=1&b=x y",{{Statistics}}},{"Method":"m","Parameters":"a=2&b=x y",{{Statistics}}},{"Method":"n","Parameters":"a=2",{{Statistics}}}""",
        "m [a=1]: latency 10 [9, 11]; m [a=2]: latency 10 [9, 11]; n: latency 10 [9, 11]"
    )]
    [InlineData(
        $$"""{"Method":"m","Type":"A","DisplayInfo":"A.m: Job-XY(Runtime=.NET 9.0) [a=1]",{{Statistics}}},{"Method":"m","Type":"A","DisplayInfo":"A.m: Short(Runtime=.NET 9.0) [a=1]",{{Statistics}}}""",
        "m [Job=Runtime=.NET 9.0]: latency 10 [9, 11]; m [Job=Short]: latency 10 [9, 11]"
    )]
    [InlineData(
        $$"""{"Method":"m",{{Statistics}}},{"Method":"m","Statistics":{"Mean":20,"StandardDeviation":1,"Median":9,"InterquartileRange":2} }""",
        "m: latency 15 [9, 21]"
    )]
    [InlineData(
        $$"""{"Method":"m",{{Statistics}},"Memory":{"Gen0Collections":1,"Gen1Collections":2,"Gen2Collections":3,"TotalOperations":4,"BytesAllocatedPerOperation":null} }""",
        "m: latency 10 [9, 11] gen0-collects 1 gen1-collects 2 gen2-collects 3 total-operations 4"
    )]
    [InlineData($$"""{"Namespace":"","Method":"m",{{Statistics}}}""", Seen.Nothing)]
    [InlineData("""{"Method":"m","Statistics":null}""", Seen.Nothing)]
    [InlineData($$"""{"Method":"m",{{Statistics}}},{"Method":"n","Statistics":null}""", Seen.Nothing)]
    [InlineData(
        $$"""{"Method":"m",{{Statistics}},"Memory":{"Gen0Collections":1} }""",
        "m: latency 10 [9, 11] gen0-collects 1"
    )]
    [InlineData("", Seen.Nothing)]
    public void BenchmarkDotNet_names_have_parameters_only_if_ambiguous_and_one_failure_voids_the_document(
        string benchmarks,
        string seen
    ) => Assert.Equal(seen, DotNet(benchmarks));

    [Theory]
    [InlineData("18446744073709551615", true)]
    [InlineData("18446744073709551616", false)]
    [InlineData("1.5", false)]
    [InlineData("-1", false)]
    [InlineData("\"1\"", false)]
    public void BenchmarkDotNet_counts_are_unsigned_64_bit_integers(string count, bool read) =>
        Assert.Equal(
            read,
            DotNet($$"""{"Method":"m",{{Statistics}},{{Memory.Replace(":5}", $":{count}}}")}}}""")
                .Contains("allocated", StringComparison.Ordinal)
        );

    [Theory]
    [InlineData("{}", true)]
    [InlineData("[]", true)]
    [InlineData("[1]", false)]
    [InlineData("null", false)]
    [InlineData("\"x\"", false)]
    public void An_unused_object_must_be_an_object_or_an_empty_array(string host, bool read) =>
        Assert.Equal(read, DotNet($$"""{"Method":"m",{{Statistics}}}""", host: host) != Seen.Nothing);

    [Theory]
    [InlineData("7.9e28", true)]
    [InlineData("8e28", false)]
    [InlineData("-8e28", false)]
    [InlineData("1e999", false)]
    [InlineData("\"1\"", false)]
    [InlineData("NaN", false)]
    [InlineData("1e3", true)]
    [InlineData("-0.5", true)]
    public void A_mean_must_be_a_number_in_the_range_of_decimal(string mean, bool read) =>
        Assert.Equal(
            read,
            DotNet($$"""{"Method":"m",{{Statistics.Replace("\"Mean\":10", $"\"Mean\":{mean}")}}}""") != Seen.Nothing
        );

    [Theory]
    [InlineData(
        """{"context":{"caches":[{}]},"benchmarks":[{"name":"a/8","real_time":1.5,"time_unit":"us","cpu_time":9}]}""",
        "a/8: latency 1500"
    )]
    [InlineData(
        """{"benchmarks":[{"name":"a","real_time":1,"time_unit":"\u00b5s"}],"context":{"caches":[]}}""",
        "a: latency 1000"
    )]
    [InlineData(
        """{"context":{"caches":[]},"benchmarks":[{"name":"a","real_time":1,"time_unit":"s"},{"name":"a","real_time":2,"time_unit":"s"}]}""",
        "a: latency 1500000000 [1000000000, 2000000000]"
    )]
    [InlineData(
        """{"context":{"caches":[]},"benchmarks":[{"name":"a","real_time":1,"time_unit":"s"},{"name":"a_BigO","cpu_coefficient":2,"time_unit":"s"}]}""",
        "a: latency 1000000000"
    )]
    [InlineData(
        """{"context":{"caches":[]},"benchmarks":[{"name":"a","real_time":1,"time_unit":"s"},{"name":"b","cpu_coefficient":2,"time_unit":"s"}]}""",
        "a: latency 1000000000"
    )]
    [InlineData(
        """{"context":{"caches":[]},"benchmarks":[{"name":"a","real_time":1,"time_unit":"s"},{"name":"a_RMS","aggregate_name":"RMS","rms":2},{"name":"a_cv","aggregate_unit":"percentage","real_time":0.01,"time_unit":"s"}]}""",
        "a: latency 1000000000"
    )]
    [InlineData(
        """{"context":{"caches":[]},"benchmarks":[{"name":"a","error_occurred":true,"error_message":"x","real_time":0,"time_unit":"s"},{"name":"b","skipped":true,"skip_message":"x"}]}""",
        Seen.Nothing
    )]
    [InlineData("""{"context":{},"benchmarks":[{"name":"a","real_time":1,"time_unit":"s"}]}""", Seen.Nothing)]
    [InlineData(
        """{"context":{"caches":[1]},"benchmarks":[{"name":"a","real_time":1,"time_unit":"s"}]}""",
        Seen.Nothing
    )]
    [InlineData(
        """{"context":{"caches":[]},"benchmarks":[{"name":"a","real_time":1,"time_unit":"min"}]}""",
        Seen.Nothing
    )]
    [InlineData("""{"context":{"caches":[]},"benchmarks":[{"name":"","real_time":1,"time_unit":"s"}]}""", Seen.Nothing)]
    [InlineData("""{"context":{"caches":[]},"benchmarks":[]}""", Seen.Nothing)]
    [InlineData(
        """{"context":{"caches":[]},"benchmarks":[{"name":"a","\u0072eal_time":1,"time_unit":"s"}]}""",
        "a: latency 1000000000"
    )]
    public void A_Google_benchmark_needs_a_real_time_and_its_document_needs_caches(string output, string seen) =>
        Assert.Equal(seen, Seen.In(Adapter.CppGoogle, output));

    private static string Jmh(string unit, string confidence = "[1,3]", string more = "\"secondaryMetrics\":{}") =>
        Seen.In(
            Adapter.JavaJmh,
            $$"""[{"benchmark":"a.b","mode":"x","primaryMetric":{"score":2,"scoreError":0.5,"scoreConfidence":{{confidence}},"scoreUnit":"{{unit}}"},{{more}}}]"""
        );

    [Theory]
    [InlineData("ns/op", "a.b: latency 2 [1, 3]")]
    [InlineData("µs/op", "a.b: latency 2000 [1000, 3000]")]
    [InlineData("s/op", "a.b: latency 2000000000 [1000000000, 3000000000]")]
    [InlineData("ops/s", "a.b: throughput 2 [1, 3]")]
    [InlineData("ops/ms", "a.b: throughput 2000 [1000, 3000]")]
    [InlineData("ops/ns", "a.b: throughput 2000000000 [1000000000, 3000000000]")]
    [InlineData("ops/min", "a.b: throughput 0.0333333333333 [0.0166666666667, 0.05]")]
    [InlineData("min/op", "a.b: latency 120000000000 [60000000000, 180000000000]")]
    [InlineData("hr/op", "a.b: latency 7.2E+12 [3.6E+12, 1.08E+13]")]
    [InlineData("ops/day", "a.b: throughput 2.31481481481E-05 [1.15740740741E-05, 3.47222222222E-05]")]
    [InlineData("B/op", Seen.Nothing)]
    [InlineData("ns/ops", Seen.Nothing)]
    [InlineData("kops/s", Seen.Nothing)]
    [InlineData("/op", Seen.Nothing)]
    [InlineData("", Seen.Nothing)]
    public void The_unit_of_a_JMH_score_determines_the_measure(string unit, string seen) =>
        Assert.Equal(seen, Jmh(unit));

    [Theory]
    [InlineData("[1]")]
    [InlineData("[1,2,3]")]
    [InlineData("[\"x\",\"y\"]")]
    [InlineData("null")]
    public void A_JMH_confidence_interval_that_is_not_two_numbers_is_ignored(string confidence) =>
        Assert.Equal("a.b: latency 2000000000", Jmh("s/op", confidence));

    [Fact]
    public void JMH_secondary_metrics_must_be_an_object() =>
        Assert.Equal(Seen.Nothing, Jmh("s/op", more: "\"secondaryMetrics\":null"));

    [Fact]
    public void A_JMH_confidence_interval_of_NaN_is_ignored() =>
        Assert.Equal("a.b: latency 2000000000", Jmh("s/op", "[\"NaN\",\"NaN\"]"));

    private static string JmhRun(string mode, string unit, double score, string parameters = "") =>
        $$"""{"benchmark":"a","mode":"{{mode}}","params":{ {{parameters}} },"primaryMetric":{"score":{{score}},"scoreConfidence":[1,9],"scoreUnit":"{{unit}}"},"secondaryMetrics":{} }""";

    [Fact]
    public void JMH_yields_throughput_and_the_best_latency_when_several_modes_ran()
    {
        var (thrpt, sample, average, single) = (
            JmhRun("thrpt", "ops/s", 2),
            JmhRun("sample", "ns/op", 3),
            JmhRun("avgt", "ns/op", 4),
            JmhRun("ss", "ns/op", 5)
        );
        Assert.Equal(
            "a: throughput 2 [1, 9] latency 4 [1, 9]",
            Seen.In(Adapter.JavaJmh, $"[{thrpt},{sample},{average},{single}]")
        );
        Assert.Equal("a: latency 3 [1, 9]", Seen.In(Adapter.JavaJmh, $"[{single},{sample}]"));
    }

    [Fact]
    public void JMH_benchmarks_are_distinguished_by_the_parameters_that_differ()
    {
        string[] runs =
        [
            JmhRun("avgt", "ns/op", 2, "\"size\":\"10\",\"text\":\"a b\""),
            JmhRun("avgt", "ns/op", 3, "\"size\":\"20\",\"text\":\"a b\""),
        ];
        Assert.Equal(
            "a [size=10]: latency 2 [1, 9]; a [size=20]: latency 3 [1, 9]",
            Seen.In(Adapter.JavaJmh, $"[{string.Join(',', runs)}]")
        );
        Assert.Equal("a: latency 2 [1, 9]", Seen.In(Adapter.JavaJmh, $"[{runs[0]}]"));
        Assert.Equal(
            "a: latency 2.5 [1, 9]",
            Seen.In(Adapter.JavaJmh, $"[{runs[0]},{runs[0].Replace("\"score\":2", "\"score\":3")}]")
        );
    }

    private static string Vitest(string group, Average? average = null, string name = "n", string rme = "10") =>
        Seen.In(
            Adapter.JsVitest,
            $$"""{"files":[{"filepath":"/f","groups":[{"fullName":"{{group}}","benchmarks":[{"name":"{{name}}","hz":100,"mean":2,"median":1,"sd":0.5,"rme":{{rme}},"samples":[]}]}]}]}""",
            average
        );

    [Theory]
    [InlineData("f > g", null, "f > g > n: latency 2000000 [1500000, 2500000] throughput 100 [90, 110]")]
    [InlineData("", Average.Mean, "n: latency 2000000 [1500000, 2500000] throughput 100 [90, 110]")]
    [InlineData("g", Average.Median, "g > n: latency 1000000 throughput 100 [90, 110]")]
    public void Vitest_yields_latency_and_throughput(string group, Average? average, string seen) =>
        Assert.Equal(seen, Vitest(group, average));

    [Fact]
    public void A_Vitest_name_over_the_limit_drops_its_group() =>
        Assert.StartsWith("n: ", Vitest(new string('g', 1021)), StringComparison.Ordinal);

    [Fact]
    public void A_Vitest_name_at_the_limit_keeps_its_group() =>
        Assert.StartsWith("gggg", Vitest(new string('g', 1020)), StringComparison.Ordinal);

    [Fact]
    public void A_Vitest_task_without_a_margin_has_a_throughput_without_bounds() =>
        Assert.Equal("g > n: latency 2000000 [1500000, 2500000] throughput 100", Vitest("g", rme: "null"));

    private static string VitestFile(string path) =>
        $$$"""{"name":"{{{path}}}","assertionResults":[{"ancestorTitles":["s"],"fullName":"s t","title":"t","benchmarks":[{"tasks":[{"name":"n","latency":{"mean":2,"sd":0,"p50":1},"throughput":{"mean":5,"rme":0}}]}]}]}""";

    [Theory]
    // Relative to the folder in which Vitest ran, as Vitest 3 and 4 named files.
    [InlineData("/home/ada/app", "test/a.js", "/home/ada/app/test/a.js")]
    [InlineData("/home/ada/app/", "test/a.js", "/home/ada/app/test/a.js")]
    [InlineData("/home/ada/app", "test/a.js;b.js", "/home/ada/app/test/a.js", "/home/ada/app/b.js")]
    [InlineData(@"C:\Users\ada\app", "test/a.js", "C:/Users/ada/app/test/a.js")]
    [InlineData("/", "home/a.js", "/home/a.js")]
    [InlineData("/home/ada/ap", "a.js", "/home/ada/app/test/a.js")] // An unrelated folder.
    // Some benchmarks are outside the folder.
    [InlineData("/home/ada/app", "app/a.js;other/b.js", "/home/ada/app/a.js", "/home/ada/other/b.js")]
    [InlineData(null, "a.js", "/home/ada/app/test/a.js")]
    [InlineData(null, "test/a.js;b.js", "/home/ada/app/test/a.js", "/home/ada/app/b.js")]
    [InlineData("", "home/a.js", "/home/a.js")]
    public void Vitest_5_file_names_are_relative_to_its_folder_or_else_to_their_common_folder(
        string? folder,
        string names,
        params string[] files
    )
    {
        var read = Harness.Read(
            Adapter.JsVitest,
            Encoding.UTF8.GetBytes($$"""{"testResults":[{{string.Join(',', files.Select(VitestFile))}}]}"""),
            new ReadOptions(Folder: folder)
        );
        Assert.Equal(
            names.Split(';').Select(name => $"{name} > s > t > n"),
            read.Results!.Benchmarks.Select(b => b.Name.Value)
        );
    }

    private static string Pytest(string commit, Average? average = null) =>
        Seen.In(
            Adapter.PythonPytest,
            $$"""{"machine_info":{},"commit_info":{{commit}},"benchmarks":[{"name":"n","fullname":"t.py::n","stats":{"mean":2,"stddev":0.5,"median":1,"iqr":0.25,"data":[1,2]} }]}""",
            average
        );

    [Theory]
    [InlineData(null, "t.py::n: latency 2000000000 [1500000000, 2500000000]")]
    [InlineData(Average.Median, "t.py::n: latency 1000000000 [750000000, 1250000000]")]
    public void Pytest_yields_the_requested_average(Average? average, string seen) =>
        Assert.Equal(seen, Pytest("{}", average));

    [Fact]
    public void A_pytest_document_needs_commit_info() => Assert.Equal(Seen.Nothing, Pytest("null"));

    private static string Hyperfine(string more, Average? average = null) =>
        Seen.In(
            Adapter.ShellHyperfine,
            $$"""{"results":[{"command":"sleep 1","mean":2,"median":1,"user":0,"system":0,"min":0.5,"max":4,{{more}}}]}""",
            average
        );

    [Theory]
    [InlineData("\"stddev\":0.5,\"exit_codes\":[0,1]", null, "sleep 1: latency 2000000000 [1500000000, 2500000000]")]
    [InlineData("\"stddev\":null,\"exit_codes\":[null]", Average.Mean, "sleep 1: latency 2000000000")]
    [InlineData(
        "\"exit_codes\":[],\"times\":[1,2.5],\"parameters\":{\"a\":\"b\"}",
        null,
        "sleep 1: latency 2000000000"
    )]
    [InlineData(
        "\"stddev\":0.5,\"exit_codes\":[0]",
        Average.Median,
        "sleep 1: latency 1000000000 [500000000, 4000000000]"
    )]
    [InlineData("\"stddev\":0.5", null, Seen.Nothing)]
    [InlineData("\"exit_codes\":[0.5]", null, "sleep 1: latency 2000000000")]
    [InlineData("\"exit_codes\":[0],\"times\":[\"x\"]", null, "sleep 1: latency 2000000000")]
    [InlineData("\"exit_codes\":[0],\"parameters\":[1]", null, "sleep 1: latency 2000000000")]
    public void Hyperfine_yields_wall_clock_time_with_the_bounds_of_the_requested_average(
        string more,
        Average? average,
        string seen
    ) => Assert.Equal(seen, Hyperfine(more, average));

    [Fact]
    public void A_time_that_overflows_voids_the_document() =>
        Assert.Equal(Seen.Nothing, Hyperfine("\"exit_codes\":[0],\"mean\":1e300"));

    [Theory]
    [InlineData(" \r\n\t{0}\n ", true)]
    [InlineData("{0} x", false)]
    [InlineData("{0}{0}", true)]
    [InlineData("[{0}]", false)]
    [InlineData("x {0}", false)]
    [InlineData("// comment\n{0}", true)] // Some tools print text before their JSON.
    [InlineData("Benchmark 1: {\n{\n not it\n{0}\ndone", true)]
    [InlineData("// comment\nx {0}", false)]
    [InlineData("\uFEFF{0}", true)]
    public void A_document_is_read_only_if_no_other_text_shares_its_lines(string around, bool read) =>
        Assert.Equal(
            read,
            Seen.In(
                Adapter.CppGoogle,
                around.Replace(
                    "{0}",
                    """{"context":{"caches":[]},"benchmarks":[{"name":"a","real_time":1,"time_unit":"s"}]}"""
                )
            ) != Seen.Nothing
        );

    [Theory]
    [InlineData(120, true)]
    [InlineData(127, false)]
    public void An_unused_value_may_be_nested_deeply_but_not_without_limit(int depth, bool read) =>
        Assert.Equal(
            read,
            Seen.In(
                Adapter.CppGoogle,
                $$"""{"x":{{new string('[', depth)}}{{new string(']', depth)}},"context":{"caches":[]},"benchmarks":[{"name":"a","real_time":1,"time_unit":"s"}]}"""
            ) != Seen.Nothing
        );

    [Fact]
    public void A_name_with_a_lone_surrogate_voids_the_document() =>
        Assert.Equal(
            Seen.Nothing,
            Seen.In(
                Adapter.CppGoogle,
                """{"context":{"caches":[]},"benchmarks":[{"name":"\ud800","real_time":1,"time_unit":"s"}]}"""
            )
        );
}
