using System.Text;
using Paddock.Core.Adapters;

namespace Paddock.Core.Tests.Adapters;

/// <summary>Rules for all adapters: averages, aliases, and magic.</summary>
public class HarnessTests
{
    private const string Ruby = "       user     system      total        real\na 1 2 3 ( 4)\n";
    private const string Iai =
        "a\n Instructions: 1\n L1 Accesses: 2\n L2 Accesses: 3\n RAM Accesses: 4\n Estimated Cycles: 5";
    private const string Gungraun = "a::b::c\n  Dr: 2|N/A (*)\n";
    private const string Rule = "-------------------------------------------------------------------------------\n";
    private const string Catch2 = Rule + "t\n" + Rule + "\n\na 1 1 1 ns\n 1 ns 1 ns 1 ns\n 1 ns 1 ns 1 ns\n\n\n";
    private const string Google =
        """{"context":{"caches":[]},"benchmarks":[{"name":"a","real_time":1,"time_unit":"s"}]}""";
    private const string Jmh =
        """[{"benchmark":"a","primaryMetric":{"score":2,"scoreConfidence":[1,3],"scoreUnit":"s/op"},"secondaryMetrics":{}}]""";
    private const string DotNet =
        """{"HostEnvironmentInfo":{},"Benchmarks":[{"Method":"a","Statistics":{"Mean":1,"StandardDeviation":1,"Median":1,"InterquartileRange":1}}]}""";
    private const string Vitest =
        """{"files":[{"groups":[{"fullName":"g","benchmarks":[{"name":"a","hz":1,"mean":1,"median":1,"sd":1,"rme":1}]}]}]}""";
    private const string Pytest =
        """{"machine_info":{},"commit_info":{},"benchmarks":[{"fullname":"a","stats":{"mean":1,"stddev":1,"median":1,"iqr":1}}]}""";
    private const string Hyperfine =
        """{"results":[{"command":"a","mean":1,"median":1,"user":1,"system":1,"min":1,"max":1,"exit_codes":[0]}]}""";
    private const string Asv = "[ 50.00%] ··· a 1±1ns";
    private const string BenchmarkJs = "a x 1 ops/sec ±1% (1 runs sampled)";
    private const string Libtest = "test a ... bench: 1 ns/iter (+/- 1)";
    private const string Criterion = "a time: [1 ns 2 ns 3 ns]";
    private const string MetricFormat = """{"a":{"latency":{"value":1}}}""";

    [Theory]
    [InlineData(Adapter.CppCatch2, Catch2, true, false)]
    [InlineData(Adapter.CppGoogle, Google, true, false)]
    [InlineData(Adapter.DartBenchmarkHarness, "a(RunTime): 1 us.", true, false)]
    [InlineData(Adapter.GoBench, "a 1 1 ns/op", true, false)]
    [InlineData(Adapter.JavaJmh, Jmh, true, false)]
    [InlineData(Adapter.RustCriterion, Criterion, true, false)]
    [InlineData(Adapter.JsBenchmark, BenchmarkJs, false, true)]
    [InlineData(Adapter.PythonAsv, Asv, false, true)]
    [InlineData(Adapter.RustBench, Libtest, false, true)]
    [InlineData(Adapter.JsTime, "a: 1ms - timer ended", false, false)]
    [InlineData(Adapter.RubyBenchmark, Ruby, false, false)]
    [InlineData(Adapter.RustIai, Iai, false, false)]
    [InlineData(Adapter.RustGungraun, Gungraun, false, false)]
    [InlineData(Adapter.RustGungraunStdout, Gungraun, false, false)]
    [InlineData(Adapter.CSharpDotNet, DotNet, true, true)]
    [InlineData(Adapter.JsVitest, Vitest, true, true)]
    [InlineData(Adapter.PythonPytest, Pytest, true, true)]
    [InlineData(Adapter.ShellHyperfine, Hyperfine, true, true)]
    [InlineData(Adapter.Json, MetricFormat, true, true)]
    public void An_average_that_a_harness_does_not_print_yields_nothing(
        Adapter adapter,
        string output,
        bool mean,
        bool median
    )
    {
        Assert.NotEqual(Seen.Nothing, Seen.In(adapter, output));
        Assert.Equal(mean, Seen.In(adapter, output, Average.Mean) != Seen.Nothing);
        Assert.Equal(median, Seen.In(adapter, output, Average.Median) != Seen.Nothing);
    }

    [Theory]
    [InlineData(MetricFormat, Adapter.Json)]
    [InlineData("{}", Adapter.Json)]
    [InlineData(DotNet, Adapter.CSharpDotNet)]
    [InlineData(Catch2, Adapter.CppCatch2)]
    [InlineData(Google, Adapter.CppGoogle)]
    [InlineData("a(RunTime): 1 us.", Adapter.DartBenchmarkHarness)]
    [InlineData("a 1 1 ns/op", Adapter.GoBench)]
    [InlineData(Jmh, Adapter.JavaJmh)]
    [InlineData(BenchmarkJs, Adapter.JsBenchmark)]
    [InlineData("a: 1ms - timer ended", Adapter.JsTime)]
    [InlineData(Vitest, Adapter.JsVitest)]
    [InlineData(Asv, Adapter.PythonAsv)]
    [InlineData(Pytest, Adapter.PythonPytest)]
    [InlineData(Ruby, Adapter.RubyBenchmark)]
    [InlineData(Libtest, Adapter.RustBench)]
    [InlineData(Criterion, Adapter.RustCriterion)]
    [InlineData(Iai, Adapter.RustIai)]
    [InlineData(Gungraun, Adapter.RustGungraun)]
    [InlineData(Hyperfine, Adapter.ShellHyperfine)]
    [InlineData("nothing to see", Adapter.Magic)]
    [InlineData("", Adapter.Magic)]
    [InlineData("[]", Adapter.Magic)]
    // In mixed output, the first adapter in order that finds anything reads its part, and nothing else is read.
    [InlineData(Criterion + "\na 1 1 ns/op", Adapter.GoBench)]
    [InlineData(Gungraun + Iai, Adapter.RustIai)]
    [InlineData("""{"x: 1 2 ns/op 3 ":5}""", Adapter.GoBench)] // Valid JSON that is also a line of Go's output.
    public void Magic_reports_the_adapter_that_read_the_output(string output, Adapter adapter)
    {
        Harness.Read(Adapter.Magic, Encoding.UTF8.GetBytes(output), average: null, out var read);
        Assert.Equal(adapter, read);
    }

    [Theory]
    [InlineData(Criterion, Average.Median)]
    [InlineData(Libtest, Average.Mean)]
    [InlineData(Iai, Average.Mean)]
    public void Magic_yields_nothing_when_the_matching_adapter_does_not_support_the_average(
        string output,
        Average average
    ) => Assert.Equal(Seen.Nothing, Seen.In(Adapter.Magic, output, average));

    [Theory]
    [
        InlineData(Adapter.Rust),
        InlineData(Adapter.Cpp),
        InlineData(Adapter.Go),
        InlineData(Adapter.Java),
        InlineData(Adapter.CSharp)
    ]
    [
        InlineData(Adapter.Js),
        InlineData(Adapter.Python),
        InlineData(Adapter.Ruby),
        InlineData(Adapter.Shell),
        InlineData(Adapter.Dart)
    ]
    public void A_language_name_selects_the_magic_adapter(Adapter adapter)
    {
        Assert.Equal(Adapter.Magic, Harness.Canonical(adapter));
        Assert.NotNull(Harness.Read(adapter, Encoding.UTF8.GetBytes(Jmh), average: null, out var read));
        Assert.Equal(Adapter.JavaJmh, read);
    }

    [Fact]
    public void An_adapter_that_is_not_a_language_is_used_as_itself() =>
        Assert.All(Enum.GetValues<Adapter>().Where(adapter => Harness.Canonical(adapter) != Adapter.Magic), adapter =>
        {
            Assert.Null(Harness.Read(adapter, "chatter"u8, average: null, out var read));
            Assert.Equal(adapter, read);
        });

    [Fact]
    public void Every_metric_of_a_harness_has_a_built_in_measure_or_a_unit() =>
        Assert.All(
            Samples
                .Inputs.Select(input =>
                    (Results: Harness.Read(Adapter.Magic, input, average: null, out var read), Read: read)
                )
                .Where(o => o.Read is not Adapter.Json and not Adapter.Magic),
            o =>
                Assert.All(o.Results!.Benchmarks.SelectMany(b => b.Metrics), m =>
                    Assert.NotNull(BuiltInMeasure.Find(m.Measure.Value)?.Units ?? o.Results.UnitsOf(m.Measure))
                )
        );
}
