using System.Text;

namespace Paddock.Core.Adapters;

/// <summary>
/// Tables that harnesses print for people although they also have a machine-readable form. They are detected only to
/// suggest that form.
/// </summary>
internal sealed record ForPeople(Adapter Adapter, string Harness, string Sign, string Instead)
{
    private const string File = ", and `paddock run --file results.json`";

    private static readonly ForPeople[] All =
    [
        new(Adapter.ShellHyperfine, "hyperfine", "Time (mean ± σ):", "its JSON: `--export-json results.json`" + File),
        new(Adapter.ShellHyperfine, "hyperfine", "Time (abs ≡):", "its JSON: `--export-json results.json`" + File),
        new(
            Adapter.ShellHyperfine,
            "hyperfine (as Markdown)",
            "| Mean [",
            "its JSON: `--export-json results.json`" + File
        ),
        new(
            Adapter.ShellHyperfine,
            "hyperfine (as CSV)",
            "command,mean,stddev,median",
            "its JSON: `--export-json results.json`" + File
        ),
        new(Adapter.GoBench, "benchstat", "sec/op", "the input of benchstat: the output of `go test -bench .`"),
        new(Adapter.GoBench, "benchstat", "old time/op", "the input of benchstat: the output of `go test -bench .`"),
        new(Adapter.GoBench, "benchcmp", "old ns/op", "the input of benchcmp: the output of `go test -bench .`"),
        new(
            Adapter.RustBench,
            "cargo-benchcmp",
            "diff ns/iter",
            "the input of cargo-benchcmp: the output of `cargo bench`"
        ),
        new(Adapter.RustCriterion, "critcmp", "?/sec", "the output of `cargo bench`, not of critcmp"),
        new(Adapter.PythonAsv, "asv compare", "After [", "the output of `asv run` or `asv continuous`"),
        new(Adapter.SwiftPackageBenchmark, "package-benchmark", "Time (wall clock) (", "its JSON: `--format jmh`"),
        new(
            Adapter.PythonPytest,
            "pytest-benchmark",
            "Name (time in ",
            "its JSON: `--benchmark-json=results.json`" + File
        ),
        new(Adapter.CppGoogle, "Google Benchmark", " CPU   Iterations", "its JSON: `--benchmark_format=json`"),
        new(Adapter.JavaJmh, "JMH", "Mode  Cnt", "its JSON: `-rf json -rff results.json`" + File),
        new(
            Adapter.CSharpDotNet,
            "BenchmarkDotNet",
            "| Method ",
            "its JSON: `--exporters briefjson`, and `paddock run --file "
                + "'BenchmarkDotNet.Artifacts/results/*-report-brief.json'`"
        ),
        new(
            Adapter.CSharpDotNet,
            "BenchmarkDotNet",
            "// * Summary *",
            "its JSON: `--exporters briefjson`, and `paddock run --file "
                + "'BenchmarkDotNet.Artifacts/results/*-report-brief.json'`"
        ),
        new(Adapter.JsMitata, "mitata", "avg (min … max)", "its JSON: `await run({ format: 'json' })`"),
        new(
            Adapter.JsTinybench,
            "tinybench",
            "│ Task name │",
            "its JSON: `console.log(JSON.stringify(bench.table()))`"
        ),
        new(
            Adapter.JsVitest,
            "Vitest",
            "p995 ",
            "its JSON: `--reporter=json`, before version 5 `--outputJson results.json`" + File
        ),
        new(Adapter.PythonPyperf, "pyperf", "Mean +- std dev:", "its JSON: `-o results.json`" + File),
        new(Adapter.K6Summary, "k6", "http_req_duration..", "its summary: `--summary-export=results.json`" + File),
        new(Adapter.Oha, "oha", "Success rate:", "its JSON: `--no-tui --output-format json`"),
    ];

    private readonly byte[] sign = Encoding.UTF8.GetBytes(Sign);

    /// <summary>The harness whose table for people is in the text, and its position.</summary>
    /// <param name="asked">The adapter that was asked to read the text.</param>
    public static (ForPeople Table, int At)? Find(Adapter asked, ReadOnlySpan<byte> text)
    {
        foreach (var table in All)
            if ((asked == Adapter.Magic || asked == table.Adapter) && text.IndexOf(table.sign) is >= 0 and var at)
                return (table, at);
        return null;
    }
}
