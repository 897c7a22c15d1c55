using System.Text;
using Paddock.Core.Adapters;

namespace Paddock.Core.Tests.Adapters;

/// <summary>
/// Rules for every text adapter: a benchmark may print its own output between its name and its values; terminals add
/// spaces, and log collectors remove them; an invalid line that looks like a result is named as left out.
/// </summary>
public class TextFormTests
{
    private const char Printed = '¦'; // Marks where other output may be printed.

    private const string Catch2 = """
        -------------------------------------------------------------------------------
        Sorting
        -------------------------------------------------------------------------------
        sort.cpp:10
        ...............................................................................

        benchmark name                       samples       iterations    estimated
                                             mean          low mean      high mean
                                             std dev       low std dev   high std dev
        -------------------------------------------------------------------------------
        prints                               ¦           10         99371       2.5 ms 
        ¦                                       5 us         4 us         6 us 
                                                1 us         0 us         2 us 

        quiet                                           10         99148       2.5 ms 
                                                7 us         6 us         8 us 
                                                1 us         0 us         2 us 

        ===============================================================================
        test cases: 1 | 1 passed

        """;

    private const string Catch2Bare = """
        -------------------------------------------------------------------------------
        Sorting
        -------------------------------------------------------------------------------
        sort.cpp:10
        ...............................................................................

        benchmark name                            samples    iterations          mean
        -------------------------------------------------------------------------------
        prints                              ¦            10          8807    2.82345 us 
        quiet                                           10            75    308.273 ns 

        """;

    private static readonly (Adapter Adapter, string Output, string Seen)[] Forms =
    [
        (
            Adapter.GoBench,
            "pkg: p\nBenchmarkA-8 \t¦      20\t 523.2 ns/op\t 3 B/op\n¦BenchmarkB/x=1-8 \t¦ 10\t 5 ns/op\nPASS\n",
            "BenchmarkA-8: latency 523.2; BenchmarkB/x=1-8: latency 5"
        ),
        (
            Adapter.RubyBenchmark,
            "              user     system      total        real\nclean   ¦  0.000197   0.000072   0.000269 (  "
                + "0.000264)\nlast    ¦  1.000000   0.000000   1.000000 (  1.000000)\n",
            "clean: latency 264000; last: latency 1000000000"
        ),
        (
            Adapter.RubyBenchmark,
            "Calculating -------------------------------------\n                fast¦     18.0M (± 2.0%) i/s -     "
                + "90.440M in   5.000s\na name that is longer than that\n                    ¦      1.5k (±10.0%) "
                + "i/s -      9.440k in   5.000s\n\nComparison:\n",
            "fast: throughput 18000000 [17640000, 18360000]; a name that is longer than that: throughput 1500 [1350, "
                + "1650]"
        ),
        (
            Adapter.RustBench,
            "running 2 tests\ntest a::b ... ¦bench:       1,234 ns/iter (+/- 56)\ntest c ... ¦bench:  7 ns/iter (+/- "
                + "0) = 415 MB/s\n\ntest result: ok.\n",
            "a::b: latency 1234 [1178, 1290]; c: latency 7 [7, 7]"
        ),
        (
            Adapter.RustCriterion,
            "Benchmarking a: Warming up for 3.0000 s\n¦Benchmarking a: Analyzing\n¦a                       time:   "
                + "[1.0000 ns 2.0000 ns 3.0000 ns]\n¦\nBenchmarking a name that is too long for it/1: Warming up for "
                + "3.0000 s\n¦a name that is too long for it/1\n¦                        time:   [4.0000 us "
                + "5.0000 us 6.0000 us]\n",
            "a: latency 2 [1, 3]; a name that is too long for it/1: latency 5000 [4000, 6000]"
        ),
        (
            Adapter.RustIai,
            "running 0 tests\n\nshort_one\n¦  Instructions:  1 (+1.5%)\n¦  L1 Accesses:   2\n¦  L2 Accesses:   3\n  "
                + "RAM Accesses:  4\n  Estimated Cycles:  5\n\nlong_one\n¦  Instructions:  6\n  L1 Accesses:   7\n  "
                + "L2 Accesses:   8\n  RAM Accesses:  9\n  Estimated Cycles:  10\n",
            "short_one: instructions 1 l1-accesses 2 l2-accesses 3 ram-accesses 4 estimated-cycles 5; long_one: "
                + "instructions 6 l1-accesses 7 l2-accesses 8 ram-accesses 9 estimated-cycles 10"
        ),
        (
            Adapter.RustGungraun,
            "a::b::c\n¦  Instructions: 1|N/A (*)\n¦  L1 Hits: 3|4 (No change)\na::b::d x:5\n  = DHAT =\n¦  Total "
                + "bytes: 1|2 (-50%) [-2x]\n",
            "a::b::c: instructions 1 l1-hits 3; a::b::d x:5: total-bytes 1"
        ),
        (
            Adapter.CppCatch2,
            Catch2,
            "Sorting: prints: latency 5000 [4000, 6000]; Sorting: quiet: latency 7000 [6000, 8000]"
        ),
        (Adapter.CppCatch2, Catch2Bare, "Sorting: prints: latency 2823.45; Sorting: quiet: latency 308.273"),
        (
            Adapter.RustDivan,
            "Timer precision: 36 ns\nex         fastest       │ slowest       │ median        │ mean          │ "
                + "samples │ iters\n├─ a       ¦1.5 ns        │ 4 ns          │ 2 ns          │ 3 ns          │ 100  "
                + "   │ 100\n╰─ g                     │               │               │               │         "
                + "│\n   ├─ x    ¦1 µs          │ 4 µs          │ 2 µs          │ 3 µs          │ 100     │ "
                + "100\n   ╰─ y    ¦5 µs          │ 8 µs          │ 6 µs          │ 7 µs          │ 100  "
                + "   │ 100\n",
            "ex::a: latency 3 [1.5, 4]; ex::g::x: latency 3000 [1000, 4000]; ex::g::y: latency 7000 [5000, 8000]"
        ),
        (
            Adapter.DartBenchmarkHarness,
            "¦a(RunTime): 5 us.\n¦b(RunTime): 0.5 us.\n¦",
            "a: latency 5000; b: latency 500"
        ),
        (
            Adapter.JsBenchmark,
            "¦a x 1,000 ops/sec ±10.00% (90 runs sampled)\n¦b x 1.5 ops/sec ±0% (1 run sampled)\n¦",
            "a: throughput 1000 [900, 1100]; b: throughput 1.5 [1.5, 1.5]"
        ),
        (Adapter.JsTime, "¦a: 5ms - timer ended\n¦b: 5s - timer ended\n¦", "a: latency 5000000; b: latency 5000000000"),
        (Adapter.JsTime, "¦a: 5.5ms\n¦[9.38ms] b\n¦", "a: latency 5500000; b: latency 9380000"),
        (
            Adapter.PythonAsv,
            "· Discovering benchmarks\n¦[ 50.00%] ··· a.b   39.5±0.4ns\n¦[100.00%] --- c    1.5~0us\n¦",
            "a.b: latency 39.5 [39.1, 39.9]; c: latency 1500 [1500, 1500]"
        ),
        (
            Adapter.PythonAsv,
            "[100.00%] ··· c.time_d                       ok\n[100.00%] ··· ====== =======\n               x         "
                + "  \n             ------ -------\n              0.5    7±0ns \n             ====== "
                + "=======\n¦[100.00%] ··· e  1±0ns\n",
            "c.time_d(0.5): latency 7 [7, 7]; e: latency 1 [1, 1]"
        ),
        (
            Adapter.Wrk,
            "Running 1s test @ http://a/b\n¦  1 threads and 2 connections\n¦    Latency     3.00ms    1.00ms  "
                + "32.69ms   91.48%\n¦  734 requests in 1.00s, 637.95KB read\n¦Requests/sec:    733.25\n¦",
            "http://a/b: latency 3000000 [2000000, 4000000] throughput 733.25"
        ),
        (
            Adapter.JavaJmh,
            "# Run complete. Total time: 00:01:20\n\nBenchmark         (size)  Mode  Cnt    Score    Error  "
                + "Units\n¦G.json               10  avgt    3  151.032 ± 20.972  ns/op\n¦G.json             1000  "
                + "avgt    3  172.000 ±  2.000  us/op\nG.other             N/A thrpt          5.000          "
                + "ops/s\n¦",
            "G.json [size=10]: latency 151.032 [130.06, 172.004]; G.json [size=1000]: latency 172000 [170000, "
                + "174000]; G.other: throughput 5"
        ),
        (
            Adapter.JsTinybench,
            "┌───┬────┐\n│ (index) │ Task name │ Latency avg (ns) │ Latency med (ns) │ Throughput avg (ops/s) │ "
                + "Samples │\n├───┼────┤\n│ 0       │ 'a | b'   │ '105.0 ± 10%'    │ '60.00 ± 1.00'   │ '1000 ± 1%'  "
                + "          │ 99      │\n│ 1       │ 'c'       │ '2.0 ± 10%'      │ '1.00 ± 0.50'    │ '50 ± "
                + "10%'             │ 99      │\n└───┴────┘\n¦",
            "a | b: latency 105 [94.5, 115.5] throughput 1000 [990, 1010]; c: latency 2 [1.8, 2.2] throughput 50 "
                + "[45, 55]"
        ),
    ];

    private static readonly string[] Foreign =
    [
        "warning: slow disk\n",
        "2026/01/01 00:00:00 connected in 12 ms, 5 of 7 (100%)\n",
        "\n",
        "a\n\n  b\n\tc d\n",
        "done: \n",
        new string('x', 300) + "\n",
    ];

    public static TheoryData<int, string> Each()
    {
        var each = new TheoryData<int, string>();
        foreach (var (index, form) in Forms.Index())
            each.Add(index, $"{form.Adapter}: {form.Seen}");
        return each;
    }

    private static void AssertSeen(int form, string output, string how)
    {
        var (adapter, _, seen) = Forms[form];
        var actual = Seen.In(adapter, output);
        Assert.True(seen == actual, $"{how}: expected {seen}, read {actual}, from:\n{output}");
    }

    private static string Plain(int form) =>
        Forms[form].Output.Replace(Printed.ToString(), "", StringComparison.Ordinal);

    [Theory, MemberData(nameof(Each))]
    public void Each_form_is_read_as_the_harness_prints_it(int form, string name)
    {
        Assert.NotEmpty(name);
        AssertSeen(form, Plain(form), "as it is");
    }

    [Theory, MemberData(nameof(Each))]
    public void Output_that_a_benchmark_prints_may_appear_anywhere(int form, string name)
    {
        Assert.NotEmpty(name);
        foreach (var text in Foreign)
        {
            AssertSeen(
                form,
                Forms[form].Output.Replace(Printed.ToString(), text, StringComparison.Ordinal),
                "everywhere"
            );
            var parts = Forms[form].Output.Split(Printed);
            for (var at = 1; at < parts.Length; at++)
                AssertSeen(form, string.Concat(parts[..at]) + text + string.Concat(parts[at..]), $"at place {at}");
        }
    }

    [Theory, MemberData(nameof(Each))]
    public void Whitespace_at_line_ends_is_ignored(int form, string name)
    {
        Assert.NotEmpty(name);
        string[] lines = [.. Plain(form).Split('\n').Select(line => line.TrimEnd())];
        AssertSeen(form, string.Join('\n', lines), "without blanks");
        AssertSeen(form, string.Join("\r\n", lines), "with CR");
        AssertSeen(form, string.Join("   \n", lines), "with three blanks");
        AssertSeen(form, string.Join("\t\r\n", lines), "with a tab and a CR");
        AssertSeen(
            form,
            string.Join('\n', lines.Select(line => line.Length == 0 ? line : line.PadRight(200))),
            "200 columns wide"
        );
    }

    [Theory, MemberData(nameof(Each))]
    public void The_last_line_needs_no_line_break(int form, string name)
    {
        Assert.NotEmpty(name);
        AssertSeen(form, Plain(form).TrimEnd(), "without an end");
    }

    [Theory]
    [InlineData(Adapter.GoBench, "x 1 1.5e3 ns/op", "x: latency 1500")]
    [InlineData(Adapter.RustBench, "test a ... bench: 1.5e3 ns/iter (+/- 2E+1)", "a: latency 1500 [1480, 1520]")]
    [InlineData(Adapter.RustCriterion, "a time: [1e-3 ns 2e-3 ns 3e0 ns]", "a: latency 0.002 [0.001, 3]")]
    [InlineData(Adapter.DartBenchmarkHarness, "a(RunTime): 1.5e-7 us.", "a: latency 0.00015")]
    [InlineData(
        Adapter.JsBenchmark,
        "a x 1.5e+9 ops/sec ±1e1% (90 runs sampled)",
        "a: throughput 1500000000 [1350000000, 1650000000]"
    )]
    [InlineData(Adapter.JsTime, "a: 1.5e-3ms", "a: latency 1500")]
    [InlineData(Adapter.JsTime, "[1.5e-3ms] a", "a: latency 1500")]
    [InlineData(Adapter.PythonAsv, "[ 50.00%] ··· a 1.5e+03±2e1s", "a: latency 1.5E+12 [1.48E+12, 1.52E+12]")]
    [InlineData(Adapter.RubyBenchmark, " user system total real\na 1e-5 2e-5 3e-5 ( 4e-5)", "a: latency 40000")]
    [InlineData(Adapter.RubyBenchmark, "a   1.5e2k (± 1e1%) i/s - 1 in 2s", "a: throughput 150000 [135000, 165000]")]
    [InlineData(
        Adapter.RustGungraun,
        "a::b::c\n  Instructions: 1e3|2E3 (-5e1%) [-2e0x]\n",
        "a::b::c: instructions 1000"
    )]
    [InlineData(
        Adapter.RustDivan,
        "ex  fastest │ slowest │ median │ mean │ samples │ iters\n╰─ a   1e3 ns │ 4e3 ns │ 2e3 ns │ 3e3 ns │ 100 │ 100",
        "ex::a: latency 3000 [1000, 4000]"
    )]
    [InlineData(
        Adapter.Wrk,
        "Running 1s test @ u\n    Latency  3e1ms  1e0ms  32.69ms  91.48%\nRequests/sec:  1.5e+06",
        "u: latency 30000000 [29000000, 31000000] throughput 1500000"
    )]
    [InlineData(
        Adapter.JavaJmh,
        "Benchmark  Mode  Cnt      Score     Error  Units\nG.json     avgt    3  1.510E+02 ± 2.0E+01  ns/op",
        "G.json: latency 151 [131, 171]"
    )]
    public void Any_number_may_have_an_exponent(Adapter adapter, string output, string seen) =>
        Assert.Equal(seen, Seen.In(adapter, output));

    [Theory]
    [InlineData(Adapter.GoBench, "x 1 0,160 s/op", "x: latency 160000000")]
    [InlineData(Adapter.GoBench, "x 1 1,234 ns/op", "x: latency 1234")] // With a thousands separator.
    [InlineData(Adapter.GoBench, "x 1 1.234,5 ns/op", "x: latency 1234.5")]
    [InlineData(Adapter.RustBench, "test a ... bench: 12,5 ns/iter (+/- 0,5)", "a: latency 12.5 [12, 13]")]
    [InlineData(Adapter.RustCriterion, "a time: [0,5 ns 1,25 ns 2,5 ns]", "a: latency 1.25 [0.5, 2.5]")]
    [InlineData(Adapter.DartBenchmarkHarness, "a(RunTime): 0,160 us.", "a: latency 160")]
    [InlineData(Adapter.JsBenchmark, "a x 0,5 ops/sec ±10,00% (90 runs sampled)", "a: throughput 0.5 [0.45, 0.55]")]
    [InlineData(Adapter.JsTime, "a: 0,160s", "a: latency 160000000")]
    [InlineData(Adapter.PythonAsv, "[ 50,00%] ··· a 39,5±0,4ns", "a: latency 39.5 [39.1, 39.9]")]
    [InlineData(
        Adapter.RubyBenchmark,
        " user system total real\na 0,000067 0,000025 0,000092 ( 0,000092)",
        "a: latency 92000"
    )]
    [InlineData(
        Adapter.RustDivan,
        "ex  fastest │ slowest │ median │ mean │ samples │ iters\n╰─ a   0,5 ns │ 4,25 ns │ 2 ns │ 3,5 ns │ 100 │ 100",
        "ex::a: latency 3.5 [0.5, 4.25]"
    )]
    [InlineData(
        Adapter.Wrk,
        "Running 1s test @ u\n    Latency  3,50ms  1,00ms  32,69ms  91,48%\nRequests/sec:  733,25",
        "u: latency 3500000 [2500000, 4500000] throughput 733.25"
    )]
    [InlineData(
        Adapter.JavaJmh,
        "Benchmark  Mode  Cnt    Score    Error  Units\nG.json     avgt    3  151,032 ± 20,972  ns/op",
        "G.json: latency 151.032 [130.06, 172.004]"
    )] // JMH prints no thousands separators.
    [InlineData(Adapter.JunitXml, "<testcase name=\"a\" time=\"0,160\"/>", "a: latency 160000000")]
    public void A_comma_is_a_decimal_separator_when_it_cannot_separate_thousands(
        Adapter adapter,
        string output,
        string seen
    ) => Assert.Equal(seen, Seen.In(adapter, output));

    [Theory]
    [InlineData(Adapter.GoBench, "BenchmarkA-8  1  NaN ns/op\n", "BenchmarkA-8 (NaN ns/op is not a time)")]
    [InlineData(Adapter.GoBench, "BenchmarkA-8  1  -5 ns/op\n", "BenchmarkA-8 (-5 ns/op is not a time)")]
    [InlineData(
        Adapter.GoBench,
        "BenchmarkA-8  1  5 widgets  7 B/op\n",
        "BenchmarkA-8 (it has no ns/op; its own units are recorded with all measures)"
    )]
    [InlineData(Adapter.GoBench, "BenchmarkA-8  \tpanic: oh\n", "BenchmarkA-8 (its figures are missing)")]
    [InlineData(
        Adapter.GoBench,
        "BenchmarkA-8  \thello\nBenchmarkB-8 \t 1\t 2 ns/op\n",
        "BenchmarkA-8 (its figures are missing)"
    )]
    [InlineData(Adapter.GoBench, "BenchmarkA-8  \t--- FAIL: BenchmarkA-8\n", "BenchmarkA-8 (it failed)")]
    [InlineData(Adapter.GoBench, "BenchmarkA\nBenchmarkA-8 \t 1\t 2 ns/op\n", null)] // As printed with -v.
    [InlineData(Adapter.GoBench, "      20\t 523.2 ns/op\n", "20\t 523.2 ns/op (no name is in front of it)")]
    [InlineData(
        Adapter.RustBench,
        "test a ... bench: 2835 cycles/iter (+/- 14)\n",
        "a (2835 cycles/iter (+/- 14) is not a time with a margin)"
    )]
    [InlineData(
        Adapter.RustBench,
        "test a ... hello\ntest b ... bench: 1 ns/iter (+/- 0)\n",
        "a (its figures are missing)"
    )]
    [InlineData(Adapter.RustBench, "test a ... hello\nFAILED\ntest benches\n", "a (it failed)")]
    [InlineData(Adapter.RustBench, "test a ... hello\nok\ntest b ... ignored\n", null)]
    [InlineData(
        Adapter.RustCriterion,
        "Benchmarking a: Warming up for 3.0000 s\npanicked\nBenchmarking b: Warming up for 3.0000 s\nb  time: [1 ns "
            + "2 ns 3 ns]\n",
        "a (its figures are missing)"
    )]
    [InlineData(
        Adapter.RustCriterion,
        "a   time: [NaN ns NaN ns NaN ns]\n",
        "a ([NaN ns NaN ns NaN ns] are not three times)"
    )]
    [InlineData(
        Adapter.RustCriterion,
        "a  time: [1 ns 2 ns 3 ns]\n    thrpt: [5 MiB/s 5 MiB/s 5 MiB/s]\n  change:\n     time:   [-5.4% -4.2% "
            + "-3.1%] (p = 0.00 < 0.05)\n     time:   [-5.4% -4.2% -3.1%]\n",
        null
    )]
    [InlineData(
        Adapter.CppCatch2,
        Catch2Start + "boom                                 Benchmark failed (x y) \n",
        "t: boom (it failed: x y)"
    )]
    [InlineData(
        Adapter.CppCatch2,
        Catch2Start
            + "prints                               hello\nboom                                 Benchmark failed "
            + "(x) \n",
        "t: prints (its figures are missing), t: boom (it failed: x)"
    )]
    [InlineData(
        Adapter.CppCatch2,
        Catch2Start + "boom                                 hello\nBenchmark failed (x) \n",
        "t: boom (it failed: x)"
    )]
    [InlineData(
        Adapter.CppCatch2,
        Catch2Start + "slow                                            10         99371       2.5 ms \n",
        "t: slow (its figures are missing)"
    )]
    [InlineData(
        Adapter.RustDivan,
        "ex     fastest │ slowest │ median │ mean │ samples │ iters\n├─ a   hello\n╰─ b   1 ns │ 4 ns │ 2 ns │ 3 ns "
            + "│ 100 │ 100",
        "ex::a (its figures are missing)"
    )]
    [InlineData(
        Adapter.RustDivan,
        "ex     fastest │ slowest │ median │ mean │ samples │ iters\n├─ g\n│  ╰─ a   1 ns │ 4 ns │ 2 ns │ 3 ns │ 100 "
            + "│ 100\n",
        null
    )] // A group is not a benchmark.
    [InlineData(
        Adapter.RubyBenchmark,
        "              user     system      total        real\nprints  hello\n",
        "prints (its figures are missing)"
    )]
    [InlineData(
        Adapter.RubyBenchmark,
        "Calculating ---\n                fasthello\nComparison:\n a: 1.0 i/s - 5x\n",
        "fast (its figures are missing)"
    )]
    [InlineData(
        Adapter.RustIai,
        "a\n Instructions: 1\n L1 Accesses: 2.5\n L2 Accesses: 3\n RAM Accesses: 4\n",
        "a (some of its counters are missing)"
    )]
    [InlineData(
        Adapter.DartBenchmarkHarness,
        "a(RunTime): NaN us.\nb(RunTime): 5 ms.\n",
        "a (NaN us. is not a time in microseconds), b (5 ms. is not a time in microseconds)"
    )]
    [InlineData(Adapter.JsBenchmark, "throws: \nHeading:\na x 1 ops/sec ±1% (1 run sampled)\n", "throws (it failed)")]
    [InlineData(
        Adapter.JsBenchmark,
        "a x Infinity ops/sec ±NaN% (0 runs sampled)\n",
        "a (x Infinity ops/sec ±NaN% (0 runs sampled) is not a rate with a margin)"
    )]
    [InlineData(
        Adapter.JsTime,
        "a: 12.5ms - timer ended\nb: 1ms - timer ended",
        "a: 12.5ms - timer ended (browsers print whole numbers and a unit of time)"
    )]
    [InlineData(
        Adapter.PythonAsv,
        "[ 50.00%] ··· a failed\n[ 50.00%] ··· b n/a\n[ 50.00%] ··· c nan\n",
        "a (it failed), b (it was skipped), c (its value is not a number)"
    )]
    [InlineData(
        Adapter.PythonAsv,
        "[ 50.00%] ··· m.mem_a 2.42k\n[ 50.00%] ··· m.time_b 5±1parsecs\n",
        "m.mem_a (2.42k is not a time; it is recorded with all measures), m.time_b (5±1parsecs has no unit of time)"
    )]
    [InlineData(
        Adapter.Wrk,
        "Running 1s test @ u\nRunning 1s test @ v\n  Latency 1ms 0ms\nRequests/sec: 5\n",
        "u (its figures are missing)"
    )]
    [InlineData(
        Adapter.RustGungraun,
        "a::b::c\n  Unheard of: 1|N/A (*)\n  Dr: 1|N/A (*)\na::b::d\n  = CALLGRIND =\n",
        "a::b::c Unheard of (there is no measure of this name), a::b::d (its figures are missing)"
    )]
    [InlineData(
        Adapter.JavaJmh,
        "Benchmark  Mode  Cnt    Score    Error  Units\nG.a        avgt    3   ≈ 10⁻³           ms/op\nG.b        "
            + "avgt    3    1.000           ms/op\n",
        "G.a (its score is NaN)"
    )]
    [InlineData(
        Adapter.JsTinybench,
        "│ (index) │ Task name │ Latency avg (ns) │ Error  │\n│ 0       │ 'a'       │ '1.0 ± 1%'       │        │\n│ "
            + "1       │ 'b'       │                  │ 'oops' │\n",
        "b (it failed: oops)"
    )]
    public void A_line_that_looks_like_a_result_but_is_invalid_is_named_as_left_out(
        Adapter adapter,
        string output,
        string? named
    )
    {
        var bytes = Encoding.UTF8.GetBytes(output);
        if (Harness.Read(adapter, bytes, ReadOptions.Usual).Results is { } results)
        {
            Assert.Equal(named ?? "", string.Join(", ", results.LeftOut.Select(one => $"{one.What} ({one.Why})")));
            return;
        }
        // If nothing else was read, the error gives this reason.
        var why = Unread.Of(adapter, bytes, ReadOptions.Usual).ToString();
        if (named is null)
            Assert.DoesNotContain("left out", why, StringComparison.Ordinal);
        else
            Assert.Contains($"left out: {named}", why, StringComparison.Ordinal);
    }

    private const string Catch2Start = """
        -------------------------------------------------------------------------------
        t
        -------------------------------------------------------------------------------
        a.cpp:1
        ...............................................................................

        benchmark name                       samples       iterations    estimated
                                             mean          low mean      high mean
                                             std dev       low std dev   high std dev
        -------------------------------------------------------------------------------

        """;

    [Theory]
    [InlineData(
        Adapter.RustCriterion,
        "a  time: [1 ns 2 ns 3 ns]\n  thrpt: [997.50 MiB/s 1000.0 MiB/s 1024.0 MiB/s]",
        "a  time: [1 ns 2 ns 3 ns]\n  thrpt: [997.50 MiB/s 1000.0 MiB/s 1.0000 GiB/s]"
    )]
    [InlineData(
        Adapter.RustCriterion,
        "a  time: [1 ns 2 ns 3 ns]\n  thrpt: [500.00 Kelem/s 1000.0 Kelem/s 2000.0 Kelem/s]",
        "a  time: [1 ns 2 ns 3 ns]\n  thrpt: [500.00 Kelem/s 1.0000 Melem/s 2.0000 Melem/s]"
    )]
    [InlineData(
        Adapter.RustCriterion,
        "a  time: [1 ns 2 ns 3 ns]\n  thrpt: [500.00 KB/s 1000.0 KB/s 2000.0 KB/s]",
        "a  time: [1 ns 2 ns 3 ns]\n  thrpt: [500.00 KB/s 1.0000 MB/s 2.0000 MB/s]"
    )]
    [InlineData(
        Adapter.RustDivan,
        DivanHead + "│      2 KiB/s │ 1 KiB/s │ 1.5 KiB/s │ 1.25 KiB/s │ │",
        DivanHead + "│      2048 B/s │ 1024 B/s │ 1536 B/s │ 1280 B/s │ │"
    )]
    [InlineData(
        Adapter.RustDivan,
        DivanHead + "│      2 GB/s │ 1 GB/s │ 1.5 GB/s │ 1.25 GB/s │ │",
        DivanHead + "│      2000 MB/s │ 1000 MB/s │ 1500 MB/s │ 1250 MB/s │ │"
    )]
    [InlineData(
        Adapter.RustDivan,
        DivanHead + "│      2 MHz │ 1 MHz │ 1.5 MHz │ 1.25 MHz │ │",
        DivanHead + "│      2000 KHz │ 1000 KHz │ 1500 KHz │ 1250 KHz │ │"
    )]
    [InlineData(
        Adapter.Wrk,
        "Running 1s test @ u\nRequests/sec: 5\nTransfer/sec: 1.00MB",
        "Running 1s test @ u\nRequests/sec: 5\nTransfer/sec: 1024.00KB"
    )]
    [InlineData(Adapter.PythonAsv, "[ 50.00%] ··· m.mem_a 2.5k", "[ 50.00%] ··· m.mem_a 2500")]
    [InlineData(Adapter.Pattern, "a: 1.5 GiB/s rate", "a: 1536 MiB/s rate")]
    [InlineData(Adapter.Pattern, "a: 2 KB size", "a: 2000 B size")]
    [InlineData(Adapter.Pattern, "a: 2 kops/s", "a: 120000 op/min")]
    [InlineData(Adapter.Pattern, "a: 1.5 s", "a: 1500 ms")]
    public void A_measure_has_the_same_unit_whatever_unit_the_harness_prints(Adapter adapter, string one, string other)
    {
        var options = new ReadOptions(
            Measures: Measures.All,
            Pattern: Core.Names.Text.Parse<LinePattern>(
                @"(?<benchmark>\S+): (?<value>[0-9.]+) (?<unit>\S+)( (?<measure>\S+))?"
            )
        );
        var (first, second) = (
            Harness.Read(adapter, Encoding.UTF8.GetBytes(one), options).Results!,
            Harness.Read(adapter, Encoding.UTF8.GetBytes(other), options).Results!
        );
        Assert.Equal(Seen.Show(first), Seen.Show(second));
        Assert.Equal(UnitsIn(first), UnitsIn(second));

        static IEnumerable<string?> UnitsIn(Results results) =>
            results.Benchmarks.SelectMany(b => b.Metrics).Select(m => results.UnitsOf(m.Measure));
    }

    [Theory]
    [InlineData(
        Adapter.GoBench,
        "          │   old.txt   │   new.txt              │\n          │   sec/op    │   sec/op     vs base   "
            + "│\nEncode-8    1.718µ ± 1%   1.423µ ± 1%  -17.20% (p=0.000 n=10)\n",
        "benchstat"
    )]
    [InlineData(
        Adapter.GoBench,
        "name      old time/op  new time/op  delta\nEncode-8  1.72µs ± 1%  1.42µs ± 1%  -17.20%\n",
        "benchstat"
    )]
    [InlineData(
        Adapter.GoBench,
        "benchmark            old ns/op     new ns/op     delta\nBenchmarkEncode-8    523           500           "
            + "-4.40%\n",
        "benchcmp"
    )]
    [InlineData(
        Adapter.RustBench,
        " name  old ns/iter  new ns/iter  diff ns/iter  diff %  speedup \n a     1,234        1,200                  "
            + "-34  -2.76%   x 1.03 \n",
        "cargo-benchcmp"
    )]
    [InlineData(
        Adapter.ShellHyperfine,
        "| Command | Mean [ms] | Min [ms] | Max [ms] | Relative |\n|:---|---:|---:|---:|---:|\n| `a` | 1.0 ± 0.1 | "
            + "0.9 | 1.2 | 1.00 |\n",
        "hyperfine"
    )]
    [InlineData(
        Adapter.PythonAsv,
        "| Change   | Before [b28cf5aa] <main>   | After [0d3c6d21] <x>    |   Ratio | Benchmark (Parameter)   |\n",
        "asv compare"
    )]
    public void A_comparison_table_is_refused_and_the_expected_input_is_named(
        Adapter adapter,
        string output,
        string tool
    )
    {
        var all = new ReadOptions(Measures: Measures.All);
        Assert.Null(Harness.Read(adapter, Encoding.UTF8.GetBytes(output), all).Results);
        var why = Unread.Of(adapter, Encoding.UTF8.GetBytes(output), all).ToString();
        Assert.Contains(tool, why, StringComparison.Ordinal);
        Assert.Contains("expected: ", why, StringComparison.Ordinal);
    }

    private const string TwoRounds = """
        · Running 2 total benchmarks (2 commits * 1 environments * 1 benchmarks)
        [  0.00%] · For p commit aaaaaaaa <main> (round 1/2):
        [  0.00%] ·· Benchmarking py3
        [ 25.00%] · For p commit bbbbbbbb <fix> (round 1/2):
        [ 25.00%] ·· Benchmarking py3
        [ 50.00%] · For p commit bbbbbbbb <fix> (round 2/2):
        [ 50.00%] ·· Benchmarking py3
        [ 75.00%] ··· m.time_a  2±0ns
        [ 75.00%] · For p commit aaaaaaaa <main> (round 2/2):
        [ 75.00%] ·· Benchmarking py3
        [100.00%] ··· m.time_a  1±0ns

        """;

    [Theory]
    // Without a table, the last round starts with the commit under test.
    [InlineData("BENCHMARKS NOT SIGNIFICANTLY CHANGED.\n")]
    [InlineData("| Change | Before [aaaaaaaa] <main> | After [bbbbbbbb] <fix> | Ratio | Benchmark (Parameter) |\n")]
    [InlineData(
        "     before   after   ratio\n   [aaaaaaaa]       [bbbbbbbb]\n   <main>   <fix>\n+  1±0ns   2±0ns   2.00  "
            + "m.time_a\n"
    )]
    public void An_asv_output_of_two_commits_yields_the_results_of_the_commit_under_test(string end) =>
        Assert.Equal("m.time_a: latency 2 [2, 2]", Seen.In(Adapter.PythonAsv, TwoRounds + end));

    private const string DivanHead =
        "ex     fastest │ slowest │ median │ mean │ samples │ iters\n├─ a   1 ns │ 4 ns │ 2 ns │ 3 ns │ 100 │ 100\n";
}
