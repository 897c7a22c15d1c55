using System.Text;
using Paddock.Core.Adapters;

namespace Paddock.Core.Tests.Adapters;

/// <summary>The rules of harnesses that print one line per benchmark.</summary>
public class TextHarnessTests
{
    [Theory]
    [InlineData("BenchmarkA-8  100  325 ns/op", "BenchmarkA-8: latency 325")]
    [InlineData("x\t1\t.5 ns/op", "x: latency 0.5")]
    [InlineData("x 1 5. ns/op", "x: latency 5")]
    [InlineData("x 1 1,234.5 ns/op", "x: latency 1234.5")]
    [InlineData("x 1 2 ps/op", "x: latency 0.002")]
    [InlineData("x 1 2 us/op", "x: latency 2000")]
    [InlineData("x 1 2 µs/op", "x: latency 2000")]
    [InlineData("x 1 2 μs/op", "x: latency 2000")] // The Greek letter mu; the line above has the micro sign.
    [InlineData("x 1 2 ms/op", "x: latency 2000000")]
    [InlineData("x 1 2 s/op", "x: latency 2000000000")]
    [InlineData("x 1 2 ns/op 3 B/op 4 allocs/op", "x: latency 2")]
    [InlineData("x 1 2 ns/op 3 ", "x: latency 2")]
    [InlineData("x 18446744073709551615 2 ns/op", "x: latency 2")]
    [InlineData("x 1 2 ns/op\r\ny 1 3 ns/op\r\n", "x: latency 2; y: latency 3")]
    [InlineData("PASS\nx 1 2 ns/op\nok\ty\t1.2s", "x: latency 2")]
    [InlineData("x 1 2 ns/op\nx 1 4 ns/op\nx 1 3 ns/op\n", "x: latency 3 [2, 4]")] // As printed with -count.
    [InlineData("\e[32mx\e[0m 1 2 ns/op\e[K\n\e(By 1 3 ns/op", "x: latency 2; y: latency 3")]
    [InlineData("\uFEFFx 1 2 ns/op", "x: latency 2")]
    [InlineData("x 1 12345678901234567890123456789 ns/op", "x: latency 1.23456789012E+28")]
    [InlineData("x 1 0.00000000000000000000000000005 ns/op", "x: latency 5E-29")]
    [InlineData("x 1 2 ns/op ", "x: latency 2")] // Trailing spaces and a CR are ignored.
    [InlineData("x 1 2 ns/op\r", "x: latency 2")]
    [InlineData("x 1 2e3 ns/op", "x: latency 2000")]
    [InlineData("x 1 2.5E-3 ns/op", "x: latency 0.0025")]
    [InlineData("x 1 0,25 ns/op", "x: latency 0.25")]
    public void Go_benchmark_lines_yield_their_time(string output, string seen) =>
        Assert.Equal(seen, Seen.In(Adapter.GoBench, output));

    [Theory]
    [InlineData("")]
    [InlineData(" x 1 2 ns/op")] // The name starts the line.
    [InlineData("x 1 2 ns/op B/op")]
    [InlineData("x 1 1.2.3 ns/op")]
    [InlineData("x 1 . ns/op")]
    [InlineData("x 1 , ns/op")]
    [InlineData("x 1 -2 ns/op")]
    [InlineData("x 1 2e ns/op")]
    [InlineData("x 1 1,23,4 ns/op")] // Neither thousands nor decimal separators.
    [InlineData("x , 2 ns/op")]
    [InlineData("x 1.5 2 ns/op")]
    [InlineData("x 18446744073709551616 2 ns/op")] // One more than the largest 64-bit number.
    [InlineData("x 1 2 NS/op")]
    [InlineData("x 1 2 ks/op")]
    [InlineData("x 1 2 h/op")]
    [InlineData("x 1 2ns/op")]
    [InlineData("x 1 2 MB/s 3 ns/op")] // The first metric is not a time.
    [InlineData("x\u00a01\u00a02\u00a0ns/op")] // Only spaces and tabs separate fields.
    public void Go_lines_that_are_not_results_are_skipped(string output) =>
        Assert.Equal(Seen.Nothing, Seen.In(Adapter.GoBench, output));

    [Theory]
    [InlineData("test a::b ... bench: 1,234 ns/iter (+/- 56)", "a::b: latency 1234 [1178, 1290]")]
    [InlineData("test a ... bench:  1.5 us/iter (+/- 2)", "a: latency 1500 [-500, 3500]")]
    [InlineData("test a ... ignored\ntest b ... bench: 1 ns/iter (+/- 0)\ntest result: FAILED.", "b: latency 1 [1, 1]")]
    [InlineData("test a b ... bench: 1 ns/iter (+/- 0)", "a b: latency 1 [1, 1]")]
    [InlineData("test a ... b ... bench: 1 ns/iter (+/- 0)", "a: latency 1 [1, 1]")] // The benchmark printed "b ...".
    [InlineData("test a ... bench: 1 ns/iter (+/- 0) = 415 MB/s", "a: latency 1 [1, 1]")]
    [InlineData("test a ... bench: 1 ns/iter (+/- 0) = fast", Seen.Nothing)]
    [InlineData("iiitest a ... bench: 1 ns/iter (+/- 0)", "a: latency 1 [1, 1]")] // Marks of ignored tests.
    [InlineData("""{ "type": "bench", "name": "a", "median": 2.5, "deviation": 1 }""", "a: latency 2.5 [1.5, 3.5]")]
    [InlineData("""{ "type": "test", "name": "bench", "event": "ok", "median": 2.5, "deviation": 1 }""", Seen.Nothing)]
    [InlineData("""{ "type": "bench", "name": "a", "median": 2.5 }""", Seen.Nothing)]
    [InlineData("test a ... bench: 1 ns/iter (+/- 0) ", "a: latency 1 [1, 1]")]
    [InlineData(" test a ... bench: 1 ns/iter (+/- 0)", Seen.Nothing)]
    [InlineData("running 0 tests", Seen.Nothing)]
    public void A_libtest_line_must_match_as_a_whole(string output, string seen) =>
        Assert.Equal(seen, Seen.In(Adapter.RustBench, output));

    [Theory]
    [InlineData("a time: [1 ns 2 ns 3 ns]", "a: latency 2 [1, 3]")]
    [InlineData("a b/c  time:   [1.5 ns 2 us 3 ms]", "a b/c: latency 2000 [1.5, 3000000]")]
    [InlineData(" a time: [1 ns 2 ns 3 ns]", " a: latency 2 [1, 3]")] // Leading spaces belong to the name.
    [InlineData("time: time: [1 ns 2 ns 3 ns]", "time:: latency 2 [1, 3]")]
    [InlineData("  long name \n   time: [1 ns 2 ns 3 ns]", "  long name: latency 2 [1, 3]")]
    [InlineData("   time: [1 ns 2 ns 3 ns]", Seen.Nothing)]
    [InlineData("\n   time: [1 ns 2 ns 3 ns]", Seen.Nothing)]
    [InlineData("a change: [1 ns 2 ns 3 ns]", Seen.Nothing)]
    [InlineData("a thrpt: [1 Kelem/s 2 Kelem/s 3 Kelem/s]\na time: x", Seen.Nothing)]
    [InlineData("a time: [1 ns 2 ns 3 ns] ", "a: latency 2 [1, 3]")]
    [InlineData("a time: [1 ns 2 ns]", Seen.Nothing)]
    [InlineData("a time:[1 ns 2 ns 3 ns]", Seen.Nothing)]
    [InlineData("a time: [ 1 ns 2 ns 3 ns]", Seen.Nothing)]
    public void A_Criterion_result_needs_three_times_and_a_name_before_or_above_them(string output, string seen) =>
        Assert.Equal(seen, Seen.In(Adapter.RustCriterion, output));

    private const string Iai =
        " Instructions: 1\n L1 Accesses: 2 (No change)\nL2 Accesses: 3 (+1.5%)\n\tRAM Accesses:  4 (-2%)\n Estimated "
        + "Cycles: 5,000";

    [Theory]
    [InlineData("a b\n" + Iai, "a b: instructions 1 l1-accesses 2 l2-accesses 3 ram-accesses 4 estimated-cycles 5000")]
    [InlineData(
        "chatter\na\n" + Iai + "\n\nb\n" + Iai,
        "a: instructions 1 l1-accesses 2 l2-accesses 3 ram-accesses 4 estimated-cycles 5000; b: instructions 1 "
            + "l1-accesses 2 l2-accesses 3 ram-accesses 4 estimated-cycles 5000"
    )]
    [InlineData(Iai, Seen.Nothing)]
    [InlineData("\n" + Iai, Seen.Nothing)]
    [InlineData(
        "a\n Instructions: 7\n" + Iai,
        "a: instructions 1 l1-accesses 2 l2-accesses 3 ram-accesses 4 estimated-cycles 5000"
    )]
    [InlineData(
        "a\n" + Iai + " ",
        "a: instructions 1 l1-accesses 2 l2-accesses 3 ram-accesses 4 estimated-cycles 5000"
    )]
    [InlineData("a\n" + Iai + " (changed)", Seen.Nothing)]
    [InlineData(
        "a\n Instructions: 1.5\n L1 Accesses: 2\n L2 Accesses: 3\n RAM Accesses: 4\n Estimated Cycles: 5",
        Seen.Nothing
    )]
    [InlineData(
        "a\n L1 Accesses: 2\n Instructions: 1\n L2 Accesses: 3\n RAM Accesses: 4\n Estimated Cycles: 5",
        Seen.Nothing
    )]
    public void An_Iai_result_needs_its_five_counters_in_order_under_a_name(string output, string seen) =>
        Assert.Equal(seen, Seen.In(Adapter.RustIai, output));

    [Theory]
    [InlineData("a(RunTime): 5 us.", "a: latency 5000")]
    [InlineData("  a b (RunTime):5.5 us. \t", "a b: latency 5500")]
    [InlineData("a(RunTime): 5 us.\na(RunTime): 6 us.", "a: latency 5500 [5000, 6000]")]
    [InlineData("a(RunTime): b(RunTime): 5 us.", Seen.Nothing)] // The first mark ends the name.
    [InlineData(" (RunTime): 5 us.", Seen.Nothing)]
    [InlineData("a(RunTime): 5 ms.", Seen.Nothing)]
    [InlineData("a(RunTime): 5us.", Seen.Nothing)]
    [InlineData("a(RunTimeRaw): 5 us.", Seen.Nothing)]
    public void A_Dart_name_ends_at_the_first_RunTime_mark(string output, string seen) =>
        Assert.Equal(seen, Seen.In(Adapter.DartBenchmarkHarness, output));

    [Theory]
    [InlineData("a x 1,000 ops/sec ±10.00% (90 runs sampled)", "a: throughput 1000 [900, 1100]")]
    [InlineData("a x b  x 1.5 ops/sec ±0% (1,000 runs sampled)", "a x b: throughput 1.5 [1.5, 1.5]")]
    [InlineData(" x 1 ops/sec ±0% (9 runs sampled)", Seen.Nothing)]
    [InlineData("a x 1 ops/sec ±0% (1 run sampled)", "a: throughput 1 [1, 1]")]
    [InlineData("a x 1 ops/sec +-0% (9 runs sampled)", Seen.Nothing)]
    [InlineData("a x 1 ops/sec ±0% (9 runs sampled)\t", "a: throughput 1 [1, 1]")]
    public void Benchmark_js_yields_operations_per_second(string output, string seen) =>
        Assert.Equal(seen, Seen.In(Adapter.JsBenchmark, output));

    [Theory]
    [InlineData("a: 5ms - timer ended", "a: latency 5000000")]
    [InlineData("a: b: 1,000ns  -  timer  ended", "a: b: latency 1000")]
    [InlineData("a: 5s - timer ended", "a: latency 5000000000")]
    [InlineData(": 5ms - timer ended", Seen.Nothing)]
    [InlineData("a: 5.5ms - timer ended", Seen.Nothing)]
    [InlineData("a: 5.5ms", "a: latency 5500000")]
    [InlineData("a: 1.103s", "a: latency 1103000000")]
    [InlineData("a: 5.5ms so far", Seen.Nothing)] // An intermediate log line, not the end of a timer.
    [InlineData("a: 3:02.5 (m:ss.mmm)", "a: latency 182500000000")]
    [InlineData("a: b: 1:03:02.500 (h:mm:ss.mmm)", "a: b: latency 3.7825E+12")]
    [InlineData("a: 1:03:02.500 (m:ss.mmm)", Seen.Nothing)]
    [InlineData("[9.38ms] a b", "a b: latency 9380000")]
    [InlineData("[9.38ms]", Seen.Nothing)]
    [InlineData("[9.38] a", Seen.Nothing)]
    [InlineData("a: 5ms - timer ended\nb: 6.5ms", "a: latency 5000000")] // The more reliable of two forms is read.
    [InlineData("a: 5 ms - timer ended", Seen.Nothing)]
    [InlineData("a:5ms - timer ended", Seen.Nothing)]
    [InlineData("a: 5ms - timer ended.", Seen.Nothing)]
    public void Console_time_is_read_as_browsers_and_runtimes_print_it(string output, string seen) =>
        Assert.Equal(seen, Seen.In(Adapter.JsTime, output));

    [Theory]
    [InlineData("[ 50.00%] ··· a.b   39.5±0.4ns", "a.b: latency 39.5 [39.1, 39.9]")]
    [InlineData("[100%] · a 1±2μs", "a: latency 1000 [-1000, 3000]")]
    [InlineData("[ 50.00%] --- a   39.5~0.4ns", "a: latency 39.5 [39.1, 39.9]")] // On a console that is not UTF-8.
    [InlineData("[ 50.00%] --- a   39.5~0.4us", "a: latency 39500 [39100, 39900]")]
    [InlineData("[ 50.00%] ··· a   39.5ns", "a: latency 39.5")]
    [InlineData("[ 50.00%] ··· a 39.5±0.4", Seen.Nothing)]
    [InlineData("[ 50.00%] ··· a 39.5M", Seen.Nothing)]
    [InlineData("[ 50.00%] ··· a failed", Seen.Nothing)]
    [InlineData("[ 50.00%] ··· a b 39.5±0.4ns", Seen.Nothing)]
    [InlineData("[ 50.00%]··· a 39.5±0.4ns", Seen.Nothing)]
    [InlineData("[ 50.00%] ... a 39.5±0.4ns", Seen.Nothing)]
    [InlineData("[ 50.00%] ··· a 39.5±0.4ns ", "a: latency 39.5 [39.1, 39.9]")]
    [InlineData("[ 50.00%] ··· a 1.5±0.1m", "a: latency 90000000000 [84000000000, 96000000000]")] // Minutes.
    [InlineData("[ 50.00%] ··· a 1.5h", "a: latency 5.4E+12")]
    public void An_asv_line_yields_a_time_and_its_margin(string output, string seen) =>
        Assert.Equal(seen, Seen.In(Adapter.PythonAsv, output));

    private const string Header = "       user     system      total        real\n";

    [Theory]
    [InlineData(Header + "a: 1.0 2.0 3.0 (  4.5)", "a:: latency 4500000000")]
    [InlineData(
        "chatter\n" + Header + " a b 1 2 3 ( 4)\nc 1 2 3 ( 5)\n",
        " a b: latency 4000000000; c: latency 5000000000"
    )]
    [InlineData(Header + "a 1 2 3 ( 4)\n\nb 1 2 3 ( 5)\n", "a: latency 4000000000")] // An empty line ends the table.
    [InlineData(Header + "a 1 2 3 ( 4)\n" + Header + "b 1 2 3 ( 5)\n", "a: latency 4000000000; b: latency 5000000000")]
    [InlineData(
        Header + "a 1 2 3 ( 4)\n\n" + Header + "a 1 2 3 ( 5)\n",
        "a: latency 4500000000 [4000000000, 5000000000]"
    )]
    [InlineData(
        "Rehearsal ------\na 1 2 3 ( 9)\n--- total: 9sec\n\n" + Header + "a 1 2 3 ( 5)\n",
        "a: latency 5000000000"
    )] // The rehearsal only warms up.
    [InlineData(Header + " 1 2 3 ( 4)\na 1 2 3 ( 4)\n", "a: latency 4000000000")] // A row without a label.
    [InlineData(Header + " 1 2 3 ( 4)\n", Seen.Nothing)]
    [InlineData(
        "  a b   18.088M (± 2.0%) i/s -     90.440M in   5.000s",
        "a b: throughput 18088000 [17726240, 18449760]"
    )]
    [InlineData(
        "long name\n    1.5k (±10.0%) i/s   (98.89 ns/i) -  1 in 2s",
        "long name: throughput 1500 [1350, 1650]"
    )]
    [InlineData("a   100.0  (± 1.0%) i/s - 1 in 1s", "a: throughput 100 [99, 101]")]
    [InlineData("a   191.271k i/100ms\na: 1.0 i/s - 5.87x slower", Seen.Nothing)] // Warm-up and comparison lines.
    [InlineData(Header + "a 1 2 3 (1000.5)\n", "a: latency 1.0005E+12")]
    [InlineData("user system total real\na 1 2 3 ( 4)\n", Seen.Nothing)]
    [InlineData(" user system total real \na 1 2 3 ( 4)\n", "a: latency 4000000000")]
    [InlineData("a 1 2 3 ( 4)\n" + Header, Seen.Nothing)]
    public void Ruby_benchmark_rows_are_read_directly_below_their_header(string output, string seen) =>
        Assert.Equal(seen, Seen.In(Adapter.RubyBenchmark, output));

    [Fact]
    public void A_name_has_at_most_1024_bytes()
    {
        var longest = new string('é', 512);
        Assert.Equal($"{longest}: latency 1", Seen.In(Adapter.GoBench, $"{longest} 1 1 ns/op"));
        Assert.Equal("a: latency 2", Seen.In(Adapter.GoBench, $"{longest}x 1 1 ns/op\na 1 2 ns/op"));
    }

    [Fact]
    public void A_time_that_overflows_is_skipped()
    {
        var huge = new string('9', 305);
        Assert.Equal("b: latency 2", Seen.In(Adapter.GoBench, $"a 1 {huge} s/op\nb 1 2 ns/op"));
        Assert.Equal("b: latency 2", Seen.In(Adapter.GoBench, $"a 1 {huge}99999 ns/op\nb 1 2 ns/op"));
    }

    [Fact]
    public void Invalid_UTF_8_bytes_in_a_name_are_replaced()
    {
        byte[] output = [.. "caf"u8, 0xe9, .. " 1 2 ns/op"u8];
        Assert.Equal("caf\ufffd: latency 2", Seen.Show(Harness.Read(Adapter.GoBench, output, average: null)));
    }

    [Fact]
    public void A_benchmark_name_from_a_harness_is_a_name_even_if_it_looks_like_a_slug()
    {
        var results = Harness.Read(Adapter.GoBench, "abc 1 2 ns/op"u8, average: null);
        Assert.Equal(Paddock.Core.Names.NameIdKind.Name, Assert.Single(results!.Benchmarks).Name.Kind);
    }
}
