using System.Text;
using Paddock.Core.Adapters;

namespace Paddock.Core.Tests.Adapters;

/// <summary>The rules of the formats that only Paddock reads.</summary>
public class NewHarnessTests
{
    private const string Mitata = """
        {"layout":[{"name":null},{"name":"g"}],"benchmarks":[{"group":0,"runs":[{"name":"a","stats":{"avg":2,"p25":1,"p50":1.5,"p75":3,"p99":9}}]},
         {"group":1,"runs":[{"name":"b","stats":{"avg":5,"p50":4}},{"name":"c","error":{"message":"x"}}]}]}
        """;

    [Theory]
    [InlineData(null, "a: latency 2; g > b: latency 5")]
    [InlineData(Average.Median, "a: latency 1.5 [1, 3]; g > b: latency 4")]
    public void Mitata_names_benchmarks_after_their_groups(Average? average, string seen) =>
        Assert.Equal(seen, Seen.In(Adapter.JsMitata, Mitata, average));

    [Theory]
    [InlineData(
        """[{"name":"a","result":{"state":"completed","latency":{"mean":2,"sd":0.5,"p50":1},"throughput":{"mean":100,"rme":10}}}]""",
        "a: latency 2000000 [1500000, 2500000] throughput 100 [90, 110]"
    )]
    [InlineData(
        """[{"name":"a","latency":{"mean":2,"sd":0.5,"p50":1},"throughput":{"mean":100,"rme":10}},{"name":"b","state":"errored"}]""",
        "a: latency 2000000 [1500000, 2500000] throughput 100 [90, 110]"
    )]
    [InlineData(
        """[{"name":"a","result":{"hz":100,"mean":2,"sd":0.5,"p50":1,"rme":10}}]""",
        "a: latency 2000000 [1500000, 2500000] throughput 100 [90, 110]"
    )]
    [InlineData(
        """[{"Task name":"a","Latency avg (ns)":"105.0 ± 10%","Latency med (ns)":"60.00 ± 1.00","Throughput avg (ops/s)":"1,000 ± 1%"}]""",
        "a: latency 105 [94.5, 115.5] throughput 1000 [990, 1010]"
    )]
    [InlineData("""[{"name":"a","result":{"latency":{"mean":2},"throughput":{"mean":100,"rme":10}}}]""", Seen.Nothing)]
    [InlineData("""[{"name":"a","result":{"state":"errored"}}]""", Seen.Nothing)]
    public void Tinybench_is_read_from_its_tasks_and_from_its_table(string output, string seen) =>
        Assert.Equal(seen, Seen.In(Adapter.JsTinybench, output));

    private const string Divan = """
        Timer precision: 36 ns
        ex         fastest       │ slowest       │ median        │ mean          │ samples │ iters
        ├─ a       1.5 ns        │ 4 ns          │ 2 ns          │ 3 ns          │ 100     │ 100
        ╰─ g                     │               │               │               │         │
           ├─ x    1 µs          │ 4 µs          │ 2 µs          │ 3 µs          │ 100     │ 100
           │       2 Kitem/s     │ 1 Kitem/s     │ 1.5 Kitem/s   │ 1.25 Kitem/s  │         │
           ╰─ y    (ignored)

        """;

    [Theory]
    [InlineData(null, "ex::a: latency 3 [1.5, 4]; ex::g::x: latency 3000 [1000, 4000]")]
    [InlineData(Average.Median, "ex::a: latency 2 [1.5, 4]; ex::g::x: latency 2000 [1000, 4000]")]
    public void Divan_benchmarks_are_named_by_their_path_in_the_tree(Average? average, string seen) =>
        Assert.Equal(seen, Seen.In(Adapter.RustDivan, Divan, average));

    private const string Pyperf =
        """{"version":"1.0","metadata":{"name":"a","unit":"second"},"benchmarks":[{"runs":[{"metadata":{}},{"values":[1,2]},{"values":[6]}]}]}""";

    [Theory]
    [InlineData(null, "a: latency 3000000000 [354248688.935, 5645751311.06]")]
    [InlineData(Average.Median, "a: latency 2000000000 [1000000000, 3000000000]")]
    public void Pyperf_values_are_averaged_as_pyperf_itself_does(Average? average, string seen) =>
        Assert.Equal(seen, Seen.In(Adapter.PythonPyperf, Pyperf, average));

    [Theory]
    [InlineData(
        """{"metrics":{"http_req_duration":{"avg":2,"med":1},"iterations":{"rate":5}}}""",
        "http_req_duration: latency 2000000; iterations: throughput 5"
    )]
    [InlineData(
        """{"metrics":{"custom":{"type":"trend","contains":"time","values":{"avg":2,"med":1}},"iterations":{"values":{"rate":5}}}}""",
        "custom: latency 2000000; iterations: throughput 5"
    )]
    [InlineData(
        """{"results":{"metrics":[{"name":"grpc_req_duration","type":"trend","values":{"avg":2,"med":1}},{"name":"iterations","values":{"rate":5}}]}}""",
        "grpc_req_duration: latency 2000000; iterations: throughput 5"
    )]
    [InlineData("""{"metrics":{"vus":{"value":1},"size":{"avg":2},"iterations":{"count":1}}}""", Seen.Nothing)]
    public void Times_and_rates_of_k6_become_benchmarks(string output, string seen) =>
        Assert.Equal(seen, Seen.In(Adapter.K6Summary, output));

    private const string Wrk = """
        Running 1s test @ http://localhost/a b
          1 threads and 2 connections
          Thread Stats   Avg      Stdev     Max   +/- Stdev
            Latency     3.00ms    1.00ms  32.69ms   91.48%
            Req/Sec   736.80    216.58     1.11k    70.00%
          Latency Distribution
             50%    2.00ms
             99%   21.00ms
          734 requests in 1.00s, 637.95KB read
          Socket errors: connect 0, read 1, write 0, timeout 0
        Requests/sec:    733.25
        Transfer/sec:      1.00KB
        """;

    [Theory]
    [InlineData(null, "http://localhost/a b: latency 3000000 [2000000, 4000000] throughput 733.25")]
    [InlineData(Average.Median, "http://localhost/a b: latency 2000000 throughput 733.25")]
    public void Wrk_yields_latency_and_throughput_of_a_URL(Average? average, string seen) =>
        Assert.Equal(seen, Seen.In(Adapter.Wrk, Wrk, average));

    [Theory]
    [InlineData(
        "<testsuite><testcase classname=\"a.B\" name=\"c\" time=\"1.5\"/></testsuite>",
        "a.B.c: latency 1500000000"
    )]
    [InlineData("<x><testcase name='a &amp; &#x62;&lt;' time='1,000.5'></testcase></x>", "a & b<: latency 1.0005E+12")]
    [InlineData(
        "<x><testcase name=\"a\" time=\"1\"><failure/></testcase><testcase name=\"b\" "
            + "time=\"2\"><system-out><![CDATA[<testcase name=\"z\" time=\"9\"/>]]></system-out></testcase></x>",
        "b: latency 2000000000"
    )]
    [InlineData("<!-- <testcase name=\"z\" time=\"9\"/> --><testcase name=\"a\" time=\"1\"/>", "a: latency 1000000000")]
    [InlineData("<testcase name=\"a > b\" time=\"1\"/>", "a > b: latency 1000000000")]
    [InlineData("<testcase name=\"a\" time=\"1\"><skipped/></testcase>", Seen.Nothing)]
    [InlineData("<testcase name=\"a\"/>", Seen.Nothing)]
    [InlineData("<testcase name=\"a\" time=\"-1\"/>", Seen.Nothing)]
    [InlineData("<testcase name=\"a\" time=\"1\"", Seen.Nothing)]
    public void JUnit_yields_the_times_of_passed_tests(string output, string seen) =>
        Assert.Equal(seen, Seen.In(Adapter.JunitXml, output));

    [Theory]
    [InlineData(
        Adapter.GoBench,
        "BenchmarkA-8 1 2 ns/op 3 B/op 1 allocs/op 4.5 widgets/s",
        "BenchmarkA-8: latency 2 B/op 3 allocs/op 1 widgets/s 4.5"
    )]
    [InlineData(
        Adapter.CppGoogle,
        """{"context":{"caches":[]},"benchmarks":[{"name":"a","iterations":9,"threads":1,"real_time":1,"cpu_time":2,"time_unit":"us","items_per_second":5,"Foo":7}]}""",
        "a: latency 1000 cpu_time 2000 items_per_second 5 Foo 7"
    )]
    [InlineData(
        Adapter.CppGoogle,
        """{"context":{"caches":[]},"benchmarks":[{"name":"a","real_time":1,"cpu_time":2,"time_unit":"ns","latency":9,"Throughput":7}]}""",
        "a: latency 1 cpu_time 2 reported latency 9 reported Throughput 7"
    )]
    [InlineData(
        Adapter.JavaJmh,
        """[{"benchmark":"a","primaryMetric":{"score":2,"scoreConfidence":[1,3],"scorePercentiles":{"50.0":2,"99.9":4},"scoreUnit":"us/op"},"secondaryMetrics":{"·gc.alloc.rate":{"score":5,"scoreConfidence":["NaN","NaN"],"scoreUnit":"MB/sec"}}}]""",
        "a: latency 2000 [1000, 3000] latency p50.0 2000 latency p99.9 4000 gc.alloc.rate 5000000"
    )]
    [InlineData(
        Adapter.ShellHyperfine,
        """{"results":[{"command":"a","mean":1,"median":1,"user":0.5,"system":0.25,"min":1,"max":1,"exit_codes":[0],"memory_usage_byte":[10,30]}]}""",
        "a: latency 1000000000 user 0.5 system 0.25 memory_usage 20 [10, 30]"
    )]
    [InlineData(
        Adapter.PythonPytest,
        """{"machine_info":{},"commit_info":{},"benchmarks":[{"fullname":"a","extra_info":{"n":5,"s":"x"},"stats":{"mean":1,"stddev":0,"median":1,"iqr":0}}]}""",
        "a: latency 1000000000 [1000000000, 1000000000] n 5"
    )]
    [InlineData(
        Adapter.PythonAsv,
        "[50.00%] ··· b.peakmem_a   12.5M\n[50.00%] ··· b.track_b   42\n[50.00%] ··· b.time_c  1±0ns",
        "b.peakmem_a: peakmem 12500000; b.track_b: track 42; b.time_c: latency 1 [1, 1]"
    )]
    [InlineData(Adapter.RustBench, "test a ... bench: 1 ns/iter (+/- 0) = 415 MB/s", "a: latency 1 [1, 1] MB/s 415")]
    [InlineData(
        Adapter.RubyBenchmark,
        " user system total real\na 1 2 3 ( 4)",
        "a: latency 4000000000 user 1 system 2 total 3"
    )]
    [InlineData(
        Adapter.RustDivan,
        Divan,
        "ex::a: latency 3 [1.5, 4]; ex::g::x: latency 3000 [1000, 4000] item/s 1250 [1000, 2000]"
    )]
    [InlineData(
        Adapter.Wrk,
        Wrk,
        "http://localhost/a b: latency 3000000 [2000000, 4000000] throughput 733.25 latency p99 21000000 "
            + "Transfer/sec 1024"
    )]
    [InlineData(Adapter.JsMitata, Mitata, "a: latency 2 latency p99 9; g > b: latency 5")]
    public void All_measures_are_read_on_request(Adapter adapter, string output, string seen) =>
        Assert.Equal(
            seen,
            Seen.Show(
                Harness.Read(adapter, Encoding.UTF8.GetBytes(output), new ReadOptions(Measures: Measures.All)).Results
            )
        );

    [Fact]
    public void Additional_measures_have_the_units_of_the_output()
    {
        var results = Harness
            .Read(Adapter.GoBench, "BenchmarkA-8 1 2 ns/op 3 B/op"u8, new ReadOptions(Measures: Measures.All))
            .Results!;
        Assert.Equal(["", "B/op"], results.Benchmarks[0].Metrics.Select(m => results.UnitsOf(m.Measure) ?? ""));
    }

    [Theory]
    [InlineData(
        Adapter.RustBench,
        "test a ... FAILED\ntest b ... bench: 1 ns/iter (+/- 0)",
        "rust_bench read 1 benchmark, 1 measure; left out: a (it failed)."
    )]
    [InlineData(
        Adapter.GoBench,
        "--- FAIL: BenchmarkA\n--- SKIP: BenchmarkB\nBenchmarkC-8 1 2 ns/op",
        "go_bench read 1 benchmark, 1 measure; left out: BenchmarkA (it failed), BenchmarkB (it was skipped)."
    )]
    [InlineData(
        Adapter.GoBench,
        "pkg: p\n--- FAIL: BenchmarkA\nBenchmarkC-8 1 2 ns/op\npkg: q\n--- FAIL: BenchmarkA\n",
        "go_bench read 1 benchmark, 1 measure; left out: p.BenchmarkA (it failed), q.BenchmarkA (it failed)."
    )]
    [InlineData(Adapter.JsMitata, Mitata, "js_mitata read 2 benchmarks, 1 measure; left out: g > c (it failed: x).")]
    [InlineData(
        Adapter.JunitXml,
        "<testcase name=\"a\" time=\"1\"/><testcase name=\"b\" time=\"1\"><error/></testcase>",
        "junit_xml read 1 benchmark, 1 measure; left out: b (it broke off)."
    )]
    public void The_remark_names_the_benchmarks_that_were_left_out_and_why(Adapter adapter, string output, string said)
    {
        var read = Harness.Read(adapter, Encoding.UTF8.GetBytes(output), ReadOptions.Usual);
        Assert.Equal(said, Remark.Of(read.By, read.Results!).ToString());
    }

    [Theory]
    [InlineData(
        "Benchmark 1: sleep 1\n  Time (mean ± σ):      13.1 ms ±   2.6 ms\n",
        "this is the human-readable output of hyperfine; line 2 looks like a result: \"Time (mean ± σ):      13.1 ms "
            + "±   2.6 ms\"; expected: its JSON: `--export-json results.json`"
    )]
    [InlineData(
        "....     [100%]\n---- benchmark: 1 tests ----\nName (time in ns)   Min\n",
        "this is the human-readable output of pytest-benchmark; line 3 looks"
    )]
    [InlineData(
        "-------------------------------------------------------------------------------\nBenchmark      Time        "
            + "     CPU   Iterations\n",
        "this is the human-readable output of Google Benchmark; line 2 looks"
    )]
    [InlineData("Benchmark     Mode  Cnt   Score\n", "this is the human-readable output of JMH")]
    [InlineData(
        "runtime: node 20\n\nbenchmark     avg (min … max) p75 / p99    (min … top 1%)\n",
        "this is the human-readable output of mitata; line 3 looks"
    )]
    [InlineData("│ (index) │ Task name │ Latency avg (ns)  │\n", "this is the human-readable output of tinybench")]
    [InlineData(
        "  \e[1mname\e[22m  \e[1m  p995\e[22m  \e[1m  p999\e[22m\n",
        "this is the human-readable output of Vitest"
    )]
    [InlineData("     http_req_duration..............: avg=10ms\n", "this is the human-readable output of k6")]
    public void The_explanation_recognizes_the_human_readable_table_of_a_harness(string output, string said)
    {
        Assert.Null(Harness.Read(Adapter.Magic, Encoding.UTF8.GetBytes(output), ReadOptions.Usual).Results);
        Assert.StartsWith(
            said,
            Unread.Of(Adapter.Magic, Encoding.UTF8.GetBytes(output), ReadOptions.Usual).ToString(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_table_of_another_harness_is_not_mentioned_when_an_adapter_is_named() =>
        Assert.StartsWith(
            "no line looks like a result",
            Unread.Of(Adapter.RustBench, "  Time (mean ± σ):  13.1 ms"u8, ReadOptions.Usual).ToString(),
            StringComparison.Ordinal
        );

    [Fact]
    public void The_remark_names_only_the_first_of_many_left_out_benchmarks()
    {
        var output =
            string.Concat(Enumerable.Range(0, 250).Select(i => $"test t{i} ... FAILED\n"))
            + "test b ... bench: 1 ns/iter (+/- 0)";
        var remark = Remark.Of(
            Adapter.RustBench,
            Harness.Read(Adapter.RustBench, Encoding.UTF8.GetBytes(output), average: null)!
        );
        Assert.Equal((LeftOut.Max, 250), (remark.LeftOut.Count, remark.LeftOutTotal));
        Assert.EndsWith("and 247 more.", remark.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        """{"Time":"x","Action":"output","Package":"p","Output":"BenchmarkA-8 \t"}|{"Action":"output","Package":"q","Output":"BenchmarkA-8 \t 1\t 5 ns/op\n"}|{"Action":"output","Package":"p","Output":" 1\t 2 ns/op\n"}""",
        "p.BenchmarkA-8: latency 2; q.BenchmarkA-8: latency 5"
    )]
    [InlineData(
        "pkg: p|BenchmarkA-8 1 2 ns/op|BenchmarkB-8 1 3 ns/op|pkg: q|BenchmarkA-8 1 4 ns/op",
        "p.BenchmarkA-8: latency 2; BenchmarkB-8: latency 3; q.BenchmarkA-8: latency 4"
    )]
    [InlineData(
        "pkg: p|BenchmarkA-8 1 2 ns/op|BenchmarkA-8 1 4 ns/op|BenchmarkA#01-8 1 9 ns/op",
        "BenchmarkA-8: latency 3 [2, 4]; BenchmarkA#01-8: latency 9"
    )]
    [InlineData(
        "pkg: p|BenchmarkA-8 1 2 ns/op|pkg: q|BenchmarkB-8 1 4 ns/op",
        "BenchmarkA-8: latency 2; BenchmarkB-8: latency 4"
    )]
    public void Go_names_are_qualified_by_package_when_several_packages_share_them(string output, string seen) =>
        Assert.Equal(seen, Seen.In(Adapter.GoBench, output.Replace('|', '\n')));

    [Fact]
    public void Each_cell_of_an_asv_table_is_a_benchmark() =>
        Assert.Equal(
            "b.P.time_fib(1, 'a b'): latency 100 [99, 101]; b.P.time_fib(1, True): latency 101 [99, 103]; "
                + "b.P.time_fib(20, 'a b'): latency 1200 [1100, 1300]; c.time_d(0.5): latency 7 [7, 7]",
            Seen.In(
                Adapter.PythonAsv,
                """
                [ 50.00%] ··· b.P.time_fib                 1/4 failed
                [ 50.00%] ··· ==== ============ ===========
                              --             text         
                              ---- ------------------------
                               n      a b         True    
                              ==== ============ ===========
                               1     100±1ns      101±2ns  
                               20   1.20±0.1μs    failed  
                              ==== ============ ===========

                [100.00%] ··· c.time_d                       ok
                [100.00%] ··· ====== =======
                                x           
                              ------ -------
                               0.5    7±0ns 
                              ====== =======
                """
            )
        );
}
