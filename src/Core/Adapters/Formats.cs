using System.Text;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>The format of one harness: how it is read, and the signs that tell it from others.</summary>
/// <param name="Expected">What a result looks like in this format, for the message when nothing was read.</param>
internal sealed record Format(Adapter Adapter, Format.Reader Read, string Expected, params string[] Signs)
{
    internal delegate Results? Reader(ref Output output, Average? average);

    // A sign usually appears within this many bytes. If it appears later, the harness is still found, only more slowly.
    public const int BeginningBytes = 32 * 1024;

    private readonly byte[][] signs = [.. Signs.Select(Encoding.UTF8.GetBytes)];

    /// <summary>
    /// True when the beginning of an output contains a sign: a text that hardly any other harness prints.
    /// </summary>
    public bool MayBegin(ref Output output)
    {
        var text = output.Text;
        return FirstSign(text[..Math.Min(text.Length, BeginningBytes)]) >= 0;
    }

    /// <summary>
    /// True when a sign is strong evidence. The signs of a format that much other output resembles count only if that
    /// format was asked for.
    /// </summary>
    public bool IsSpecific(Adapter asked) =>
        asked == Adapter || Adapter is not (Adapter.Json or Adapter.JsTime or Adapter.RustGungraun);

    /// <summary>True when results are JSON documents rather than lines.</summary>
    public bool IsJson => Signs is [['"' or '#', ..], ..];

    /// <summary>The position of this harness's first sign, or -1.</summary>
    public int FirstSign(ReadOnlySpan<byte> text)
    {
        var first = -1;
        foreach (var sign in signs)
            if ((first < 0 ? text : text[..first]).IndexOf(sign) is >= 0 and var at)
                first = at;
        return first;
    }
}

/// <summary>All formats that can be read.</summary>
internal static class Formats
{
    private const string Document = "one JSON document: ";
    private const string MetricFormatExpected =
        """{ BENCHMARK: { MEASURE: { "value": number, "lower_value"?: number, "upper_value"?: number } } }""";
    private const string ActionBenchmarkExpected =
        """one JSON list: [{ "name": text, "unit": text, "value": number, "range"?: text }]""";
    private const string CriterionExpected = "NAME   time:   [1.2 ns 1.3 ns 1.4 ns]";
    private const string CargoCriterionExpected =
        "messages with the reason benchmark-complete, an id and typical (`cargo criterion --message-format=json`)";

    /// <summary>The formats in the order in which magic tries them.</summary>
    public static IReadOnlyList<Format> InOrder { get; } =
    [
        new(
            Adapter.Json,
            static (ref output, _) => MetricFormat.Read(ref output),
            Document + MetricFormatExpected,
            "\"value\"",
            "{}"
        ),
        new(
            Adapter.CSharpDotNet,
            CSharpDotNet.Read,
            Document + "HostEnvironmentInfo and Benchmarks, each with Method and Statistics",
            "\"HostEnvironmentInfo\""
        ),
        new(
            Adapter.CppCatch2,
            CppCatch2.Read,
            "the console reporter's table, under the name of a test case between two lines of hyphens",
            "benchmark name"
        ),
        new(
            Adapter.CppGoogle,
            CppGoogle.Read,
            Document + "context with caches, and benchmarks, each with name, real_time and time_unit",
            "\"real_time\""
        ),
        new(Adapter.DartBenchmarkHarness, DartBenchmarkHarness.Read, "NAME(RunTime): 12.3 us.", "(RunTime)"),
        new(Adapter.GoBench, GoBench.Read, "BenchmarkNAME-8   1000   123.4 ns/op", "/op"),
        new(
            Adapter.JavaJmh,
            JavaJmh.Read,
            "one JSON list, each item with benchmark, primaryMetric (score, scoreConfidence, scoreUnit) and "
                + "secondaryMetrics; or the table with Mode, Cnt, Score and Units",
            "\"primaryMetric\"",
            "Mode  "
        ),
        new(Adapter.JsBenchmark, JsBenchmark.Read, "NAME x 1,234 ops/sec ±1.23% (90 runs sampled)", "ops/sec"),
        new(Adapter.JsTime, JsTime.ReadBrowser, "NAME: 12ms - timer ended", "timer ended"),
        new(
            Adapter.JsVitest,
            JsVitest.Read,
            Document + "files of groups of benchmarks, or testResults with benchmarks (`vitest bench --reporter=json`)",
            "\"fullName\""
        ),
        new(Adapter.PythonAsv, PythonAsv.Read, "[ 50.00%] ··· NAME   12.3±0.4ms", "%]"),
        new(
            Adapter.PythonPytest,
            PythonPytest.Read,
            Document + "machine_info, commit_info and benchmarks, each with fullname and stats",
            "\"machine_info\""
        ),
        new(
            Adapter.RubyBenchmark,
            RubyBenchmark.Read,
            "a row under \"user system total real\", or NAME   1.234M (± 1.2%) i/s - …",
            " real",
            "i/s"
        ),
        new(Adapter.RustBench, RustBench.Read, "test NAME ... bench: 1,234 ns/iter (+/- 56)", "bench:", "\"bench\""),
        new(Adapter.RustCriterion, RustCriterion.Read, CriterionExpected, "time:"),
        new(
            Adapter.RustIai,
            RustIai.Read,
            "a name, and on the five lines under it Instructions, L1 Accesses, L2 Accesses, RAM Accesses and "
                + "Estimated Cycles",
            "RAM Accesses:"
        ),
        new(
            Adapter.RustGungraun,
            RustGungraun.Read,
            "a::b::NAME, and under it lines like \"  Instructions:   123|N/A   (*********)\"; or summaries as JSON",
            "::",
            "\"module_path\""
        ),
        new(
            Adapter.ShellHyperfine,
            ShellHyperfine.Read,
            Document + "results, each with command and its times (`--export-json`)",
            "\"exit_codes\"",
            "\"time_wall_clock\""
        ),
        new(
            Adapter.JsMitata,
            JsMitata.Read,
            Document + "layout, and benchmarks with runs, each with name and stats (`run({ format: 'json' })`)",
            "\"layout\""
        ),
        new(
            Adapter.JsTinybench,
            JsTinybench.Read,
            "one JSON list of tasks, each with name and a result with latency and throughput, or `bench.table()`, as "
                + "JSON or as console.table prints it",
            "\"latency\"",
            "\"Task name\"",
            "\"hz\"",
            "│ Task "
        ),
        new(
            Adapter.RustDivan,
            RustDivan.Read,
            "a table \"NAME  fastest │ slowest │ median │ mean │ samples │ iters\" with lines like \"├─ NAME   1.2 "
                + "ns │ …\"",
            "│ slowest"
        ),
        new(
            Adapter.PythonPyperf,
            PythonPyperf.Read,
            Document + "version, metadata and benchmarks, each with runs that have values",
            "\"runs\""
        ),
        new(
            Adapter.K6Summary,
            K6Summary.Read,
            Document + "metrics such as http_req_duration, each with avg and med (`--summary-export`)",
            "\"http_req_duration\"",
            "\"iteration_duration\""
        ),
        new(Adapter.Wrk, Wrk.Read, "\"Running 10s test @ URL\", \"Latency\" and \"Requests/sec:\"", "Requests/sec:"),
        new(
            Adapter.Oha,
            Oha.Read,
            Document + "summary with average and requestsPerSec (`--output-format json`)",
            "\"requestsPerSec\""
        ),
        new(Adapter.JunitXml, JunitXml.Read, "<testcase classname=\"SUITE\" name=\"NAME\" time=\"1.23\">", "<testcase"),
        new(
            Adapter.SwiftPackageBenchmark,
            SwiftPackageBenchmark.Read,
            "one JSON list of benchmarks (`--format jmh`) or of name, unit and value (`--format jsonSmallerIsBetter`)",
            "# / s",
            "# \\/ s",
            "Time (wall clock)"
        ),
        new(Adapter.RustCriterion, CargoCriterion.Read, CargoCriterionExpected, "\"benchmark-complete\""),
        // After Swift's format, whose lists look the same.
        new(Adapter.Json, ActionBenchmark.Read, ActionBenchmarkExpected, "\"unit\""),
        // Last, because other tools print lines like these.
        new(Adapter.JsTime, JsTime.ReadRuntime, "NAME: 12.3ms, or [12.3ms] NAME", "s\n", "s\r", "s]"),
    ];

    // Formats that magic does not try as such: halves of an adapter that a caller may name, and adapters that magic
    // tries in halves.
    private static readonly Format[] Others =
    [
        new(
            Adapter.Json,
            static (ref output, average) => MetricFormat.Read(ref output) ?? ActionBenchmark.Read(ref output, average),
            $"{Document}{MetricFormatExpected}; or {ActionBenchmarkExpected}",
            "\"value\"",
            "{}"
        ),
        new(
            Adapter.RustCriterion,
            static (ref output, average) =>
                RustCriterion.Read(ref output, average) ?? CargoCriterion.Read(ref output, average),
            $"{CriterionExpected}; or {CargoCriterionExpected}",
            "time:",
            "\"benchmark-complete\""
        ),
        new(
            Adapter.RustGungraunStdout,
            RustGungraun.ReadText,
            "a::b::NAME, and under it lines like \"  Instructions:   123|N/A   (*********)\"",
            "::"
        ),
        new(
            Adapter.RustGungraunJson,
            RustGungraun.ReadJson,
            "summaries as JSON, with version, module_path and profiles",
            "\"module_path\""
        ),
        new(Adapter.Pattern, PatternLines.Read, "a line that the pattern fits, with a name and a number"),
        new(
            Adapter.JsTime,
            JsTime.Read,
            "NAME: 12.3ms, [12.3ms] NAME, or NAME: 12ms - timer ended",
            "s\n",
            "s\r",
            "s]",
            "timer ended"
        ),
    ];

    private static readonly Format?[] ByAdapter =
    [
        .. Enum.GetValues<Adapter>()
            .Select(adapter =>
                Others.FirstOrDefault(f => f.Adapter == adapter) ?? InOrder.FirstOrDefault(f => f.Adapter == adapter)
            ),
    ];

    /// <exception cref="ArgumentOutOfRangeException">The adapter is magic or an alias of magic, which has no
    /// format.</exception>
    public static Format Of(Adapter adapter) =>
        ByAdapter[(int)adapter] ?? throw new ArgumentOutOfRangeException(nameof(adapter));
}
