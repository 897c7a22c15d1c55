using System.Globalization;
using System.Text;
using Paddock.Core.Adapters;

namespace Paddock.Bench;

/// <summary>The output of harnesses that ran very many benchmarks.</summary>
internal static class HarnessOutput
{
    public static readonly IReadOnlyList<(Adapter Adapter, Func<int, byte[]> Output)> All =
    [
        (Adapter.Json, n =>
            Json(
                n,
                "{",
                b =>
                    $$"""  "suite::group_{{b % 16}}::case_{{b}}": { "latency": { "value": {{Time(b)}}, "lower_value": {{Time(b - 1)}}, "upper_value": {{Time(b + 1)}} } }""",
                "}"
            )
        ),
        (Adapter.CSharpDotNet, n =>
            Json(
                n,
                """{ "Title": "Sample", "HostEnvironmentInfo": { "BenchmarkDotNetCaption": "BenchmarkDotNet", "BenchmarkDotNetVersion": "0.14.0" }, "Benchmarks": [""",
                b =>
                    $$"""
                        { "DisplayInfo": "Case{{b}}: DefaultJob", "Namespace": "Sample", "Type": "Suite", "Method": "Case{{b}}", "MethodTitle": "Case{{b}}", "Parameters": "", "FullName": "Sample.Suite.Case{{b}}", "HardwareIntrinsics": "AVX2",
                          "Statistics": { "OriginalValues": [{{Times(b, 15)}}], "N": 15, "Min": {{Time(
                            b - 1
                        )}}, "LowerFence": {{Time(b)}}, "Q1": {{Time(b)}}, "Median": {{Time(b)}}, "Mean": {{Time(
                            b
                        )}}, "Q3": {{Time(b)}}, "UpperFence": {{Time(b)}},
                            "Max": {{Time(
                            b + 1
                        )}}, "InterquartileRange": 2.0, "LowerOutliers": [], "UpperOutliers": [], "AllOutliers": [], "StandardError": 0.5, "Variance": 1.0, "StandardDeviation": 1.0, "Skewness": 0.1, "Kurtosis": 2.0 } }
                        """,
                "]}"
            )
        ),
        (Adapter.CppGoogle, n => Json(
                n,
                """
                { "context": { "date": "2026-11-20T10:00:00+00:00", "host_name": "box", "executable": "./bench", "num_cpus": 2, "mhz_per_cpu": 2700, "cpu_scaling_enabled": false,
                  "caches": [ { "type": "Data", "level": 1, "size": 32768, "num_sharing": 2 } ], "load_avg": [1.6, 1.7, 2.0], "library_build_type": "release" }, "benchmarks": [
                """,
                b =>
                    $$"""
                        { "name": "BM_Case/{{b}}", "family_index": {{b}}, "per_family_instance_index": 0, "run_name": "BM_Case/{{b}}", "run_type": "iteration", "repetitions": 1, "repetition_index": 0, "threads": 1,
                          "iterations": 3070566, "real_time": {{Time(b)}}e+00, "cpu_time": {{Time(
                            b
                        )}}e+00, "time_unit": "ns" }
                        """,
                "]}"
            )),
        (Adapter.CppCatch2, n =>
            Lines(
                n,
                $"Catch2_bench is a Catch v2.11.0 host application.\nRun with -? for "
                    + $"options\n\n{Rule}\nGroup\n{Rule}\nbench.cpp:5\n"
                    + $"...............................................................................\n\n"
                    + $"benchmark name                                  samples       iterations    "
                    + $"estimated\n                                                mean          low "
                    + $"mean      high mean\n                                                std dev "
                    + $"      low std dev   high std dev\n{Rule}\n",
                b =>
                    $"{$"Case {b}", -48}          100           208     7.1968 ms \n                                 "
                    + $"               {Time(b), 10} ns {Time(b - 1), 10} ns {Time(b + 1), 10} ns \n             "
                    + $"                                           19 ns         11 ns         29 ns \n      "
                    + $"                                                                                 "
                    + $"   \n"
            )
        ),
        (Adapter.DartBenchmarkHarness, n => Lines(n, "", b => $"Case{b}(RunTime): {Time(b)} us.\n")),
        (Adapter.GoBench, n =>
            Lines(n, "goos: linux\ngoarch: amd64\npkg: example.com/codec\n", b =>
                $"BenchmarkCase/size_{b}-8   \t 5000000\t       {Time(b)} ns/op\t     112 B/op\t       2 allocs/op\n"
            )
        ),
        (Adapter.JavaJmh, n =>
            Json(
                n,
                "[",
                b =>
                    $$"""
                        { "jmhVersion": "1.37", "benchmark": "org.example.Suite.case{{b}}", "mode": "avgt", "threads": 1, "forks": 2, "jvm": "/usr/bin/java", "jvmArgs": [], "jdkVersion": "21", "vmName": "OpenJDK", "vmVersion": "21", "warmupIterations": 5,
                          "warmupTime": "10 s", "warmupBatchSize": 1, "measurementIterations": 5, "measurementTime": "10 s", "measurementBatchSize": 1,
                          "primaryMetric": { "score": {{Time(b)}}, "scoreError": 1.0, "scoreConfidence": [{{Time(
                            b - 1
                        )}}, {{Time(b + 1)}}], "scorePercentiles": { "0.0": {{Time(b)}}, "50.0": {{Time(
                            b
                        )}}, "90.0": {{Time(b)}}, "100.0": {{Time(b)}} },
                            "scoreUnit": "ns/op", "rawData": [[{{Times(b, 5)}}], [{{Times(
                            b,
                            5
                        )}}]] }, "secondaryMetrics": {} }
                        """,
                "]"
            )
        ),
        (Adapter.JsBenchmark, n =>
            Lines(n, "", b => $"case#{b} x {1000 + b % 9000:#,0} ops/sec ±0.74% (93 runs sampled)\n")
        ),
        (Adapter.JsTime, n => Lines(n, "", b => $"case_{b}: {1000 + b % 9000}ms - timer ended\n")),
        (Adapter.JsVitest, n =>
            Json(
                n,
                """{ "files": [ { "filepath": "/repo/a.bench.ts", "groups": [ { "fullName": "a.bench.ts > group", "benchmarks": [""",
                b =>
                    $$"""
                        { "id": "{{b}}_0", "name": "case {{b}}", "rank": 1, "rme": 12.5, "samples": [], "totalTime": 500.0, "min": {{Time(
                            b - 1
                        )}}, "max": {{Time(b + 1)}}, "hz": 8, "period": {{Time(b)}}, "mean": {{Time(
                            b
                        )}}, "variance": 156.25, "sd": 12.5,
                          "sem": 1.25, "df": 99, "critical": 1.96, "moe": 2.5, "p75": {{Time(b)}}, "p99": {{Time(
                            b
                        )}}, "p995": {{Time(b)}}, "p999": {{Time(b)}}, "sampleCount": 100, "median": {{Time(b)}} }
                        """,
                "] } ] } ] }"
            )
        ),
        (Adapter.PythonAsv, n =>
            Lines(n, "· Running 10 total benchmarks\n", b =>
                $"[ 35.00%] ··· benchmarks.TimeSuite.time_case_{b, -20} {Time(b)}±0.01μs\n"
            )
        ),
        (Adapter.PythonPytest, n => Json(
                n,
                """
                { "machine_info": { "node": "box", "processor": "x86_64", "machine": "x86_64", "python_version": "3.11.4" }, "commit_info": { "id": "0", "time": "2026-11-20T10:00:00+00:00", "dirty": false, "branch": "main" }, "benchmarks": [
                """,
                b =>
                    $$"""
                        { "group": null, "name": "test_case_{{b}}", "fullname": "tests/test_suite.py::test_case_{{b}}", "params": null, "param": null, "extra_info": {}, "options": { "disable_gc": false, "timer": "perf_counter", "min_rounds": 5 },
                          "stats": { "min": {{Time(b - 1)}}, "max": {{Time(b + 1)}}, "mean": {{Time(
                            b
                        )}}, "stddev": 0.01, "rounds": 100, "median": {{Time(b)}}, "iqr": 0.01, "q1": {{Time(
                            b
                        )}}, "q3": {{Time(b)}}, "iqr_outliers": 0, "stddev_outliers": 0,
                            "outliers": "0;0", "ld15iqr": {{Time(b)}}, "hd15iqr": {{Time(
                            b
                        )}}, "ops": 10.0, "total": 10.0, "iterations": 1 } }
                        """,
                """], "datetime": "2026-11-20T10:00:00+00:00", "version": "4.0.0" }"""
            )),
        (Adapter.RubyBenchmark, n =>
            Lines(n, "                   user     system      total        real\n", b =>
                $"{$"case_{b}:", -16} 0.950000   0.000000   0.950000 (  {Time(b)})\n"
            )
        ),
        (Adapter.RustBench, n =>
            Lines(n, "\nrunning 5 tests\n", b =>
                $"test tests::case_{b, -20} ... bench: {1000 + b % 9000, 12:#,0} ns/iter (+/- 975)\n"
            )
        ),
        (Adapter.RustCriterion, n =>
            Lines(n, "", b =>
                $"Benchmarking case_{b}\nBenchmarking case_{b}: Warming up for 3.0000 s\nBenchmarking case_{b}: "
                + $"Collecting 100 samples in estimated 5.0000 s (15B iterations)\nBenchmarking case_{b}: "
                + $"Analyzing\ncase_{b, -18} time:   [{Time(b - 1)} ns {Time(b)} ns {Time(b + 1)} ns]\n      "
                + $"                  change: [-2.0565% -0.2521% +1.6377%] (p = 0.79 > 0.05)\n           "
                + $"             No change in performance detected.\n\n"
            )
        ),
        (Adapter.RustIai, n =>
            Lines(n, "running 0 tests\n\n", b =>
                $"case_{b}\n  Instructions:            {1000 + b, 8} (No change)\n  L1 Accesses:             "
                + $"{2000 + b, 8} (+0.701083%)\n  L2 Accesses:                    1 (-50.00000%)\n  RAM "
                + $"Accesses:                   2 (No change)\n  Estimated Cycles:        {3000 + b, 8} "
                + $"(+0.363857%)\n\n"
            )
        ),
        (Adapter.RustGungraun, n =>
            Lines(n, "", b =>
                $"suite::group::case id_{b}\n  Instructions:            {1000 + b, 8}|N/A                  "
                + $"(*********)\n  L1 Hits:                 {2000 + b, 8}|N/A                  (*********)\n  LL "
                + $"Hits:                        1|N/A                  (*********)\n  RAM Hits:             "
                + $"          2|N/A                  (*********)\n  Total read+write:        "
                + $"{2003 + b, 8}|N/A                  (*********)\n  Estimated Cycles:        "
                + $"{3000 + b, 8}|N/A                  (*********)\n"
            )
        ),
        (Adapter.ShellHyperfine, n =>
            Json(
                n,
                """{ "results": [""",
                b =>
                    $$"""
                        { "command": "sort file_{{b}}", "mean": {{Time(
                            b
                        )}}, "stddev": 0.0032178771150522725, "median": {{Time(
                            b
                        )}}, "user": 0.0007174962962962964, "system": 0.0013508844444444443, "min": {{Time(
                            b - 1
                        )}}, "max": {{Time(b + 1)}},
                          "times": [{{Times(b, 20)}}], "exit_codes": [{{string.Join(", ", Enumerable.Repeat(0, 20))}}] }
                        """,
                "] }"
            )
        ),
        (Adapter.JsMitata, n =>
            Json(
                n,
                """{ "layout": [ { "name": null, "types": [] } ], "benchmarks": [""",
                b =>
                    $$"""
                        { "kind": "static", "args": {}, "alias": "case {{b}}", "group": 0, "baseline": false, "runs": [ { "stats": { "kind": "fn", "samples": [{{Times(
                            b,
                            12
                        )}}], "min": {{Time(b - 1)}}, "max": {{Time(b + 1)}}, "p25": {{Time(b)}}, "p50": {{Time(b)}},
                          "p75": {{Time(b)}}, "p99": {{Time(b)}}, "p999": {{Time(b)}}, "avg": {{Time(
                            b
                        )}}, "ticks": 1660579840, "heap": { "_": 405387, "total": 41390.5, "min": 0.09, "max": 134.6, "avg": 0.1 } }, "args": {}, "name": "case {{b}}" } ] }
                        """,
                "] }"
            )
        ),
        (Adapter.JsTinybench, n =>
            Json(
                n,
                "[",
                b =>
                    $$"""
                        { "name": "case {{b}}", "result": { "state": "completed", "latency": { "aad": 0.1, "critical": 1.96, "df": 199034, "mad": 0.01, "max": {{Time(
                            b + 1
                        )}}, "mean": {{Time(b)}}, "min": {{Time(b - 1)}}, "moe": 0.01, "p50": {{Time(
                            b
                        )}}, "p75": {{Time(b)}},
                          "p99": {{Time(b)}}, "p995": {{Time(b)}}, "p999": {{Time(
                            b
                        )}}, "rme": 34.5, "samplesCount": 199035, "sd": 0.008, "sem": 0.001, "variance": 0.01 }, "period": {{Time(
                            b
                        )}},
                          "throughput": { "mean": 16357344.1, "max": 18518518.5, "min": 378.5, "p50": 16666666.6, "rme": 0.04, "sd": 1774821.2 }, "totalTime": 20.9 } }
                        """,
                "]"
            )
        ),
        (Adapter.RustDivan, n =>
            Lines(
                n,
                $"Timer precision: 36 ns\n{"suite", -24}fastest       │ slowest       │ median        │ mean         "
                    + $" │ samples │ iters\n",
                b =>
                    $"├─ {$"case_{b}", -21}{$"{Time(b - 1)} ns", -14}│ {$"{Time(b + 1)} ns", -14}│ "
                    + $"{$"{Time(b)} ns", -14}│ {$"{Time(b)} ns", -14}│ 100     │ 204800\n"
            )
        ),
        (Adapter.PythonPyperf, n =>
            Json(
                n,
                """{ "version": "1.0", "metadata": { "cpu_count": 2, "unit": "second" }, "benchmarks": [""",
                b =>
                    $$"""
                        { "metadata": { "name": "case_{{b}}" }, "runs": [ { "metadata": { "calibrate_loops": 8, "date": "2026-11-20 10:00:00" }, "warmups": [[1, {{Time(
                            b
                        )}}]] }, { "values": [{{Times(b, 3)}}], "warmups": [[8, {{Time(b)}}]] }, { "values": [{{Times(
                            b,
                            3
                        )}}] } ] }
                        """,
                "] }"
            )
        ),
        (Adapter.K6Summary, n =>
            Json(
                n,
                """{ "root_group": { "name": "" }, "metrics": { "iterations": { "count": 45, "rate": 1.09 },""",
                b =>
                    $$"""
                        "http_req_duration{name:case_{{b}} }": { "avg": {{Time(b)}}, "min": {{Time(
                            b - 1
                        )}}, "med": {{Time(b)}}, "max": {{Time(b + 1)}}, "p(90)": {{Time(b)}}, "p(95)": {{Time(b)}} }
                        """,
                "} }"
            )
        ),
        (Adapter.Wrk, n =>
            Lines(n, "", b =>
                $"Running 1s test @ http://127.0.0.1/case/{b}\n  1 threads and 2 connections\n  Thread Stats   Avg   "
                + $"   Stdev     Max   +/- Stdev\n    Latency     {Time(b)}us    3.80us  32.69ms   91.48%\n    "
                + $"Req/Sec   736.80    216.58     1.11k    70.00%\n  734 requests in 1.00s, 637.95KB "
                + $"read\nRequests/sec:    {Time(b)}\nTransfer/sec:    637.30KB\n"
            )
        ),
        (Adapter.JunitXml, n =>
            Lines(n, "<?xml version=\"1.0\" encoding=\"utf-8\"?><testsuites><testsuite name=\"pytest\">\n", b =>
                $"<testcase classname=\"tests.suite_{b % 16}\" name=\"test_case_{b}\" "
                + $"time=\"{Time(b)}\"><system-out>some text</system-out></testcase>\n"
            )
        ),
        (Adapter.SwiftPackageBenchmark, n =>
            Json(
                n,
                "[",
                b =>
                    $$"""
                        { "name": "Suite - case {{b}} - Time (wall clock)", "unit": "μs", "value": {{Time(
                            b
                        )}}, "extra": "80th percentile: 7\n95th percentile: 7" }
                        """,
                "]"
            )
        ),
    ];

    private static string Rule => new('-', 79);

    /// <summary>True when magic can attribute the output to exactly this adapter.</summary>
    public static bool IsFoundByMagic(Adapter adapter) =>
        adapter is not (Adapter.RustGungraunStdout or Adapter.RustGungraunJson);

    private static string Time(int benchmark) =>
        (100 + benchmark * 7919L % 99991 / 100.0).ToString("0.0###", CultureInfo.InvariantCulture);

    private static string Times(int benchmark, int count) =>
        string.Join(", ", Enumerable.Range(benchmark, count).Select(Time));

    private static byte[] Lines(int bytes, string head, Func<int, string> benchmark) =>
        Text(bytes, head, benchmark, separator: "", tail: "\n");

    private static byte[] Json(int bytes, string head, Func<int, string> benchmark, string tail) =>
        Text(bytes, head, benchmark, separator: ",\n", tail);

    private static byte[] Text(int bytes, string head, Func<int, string> benchmark, string separator, string tail)
    {
        var text = new StringBuilder(head);
        for (var b = 1; text.Length < bytes; b++)
            text.Append(b > 1 ? separator : "").Append(benchmark(b));
        return Encoding.UTF8.GetBytes(text.Append(tail).ToString());
    }
}
