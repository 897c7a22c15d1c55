using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;

namespace Paddock.Cli.Tests.Run;

/// <summary>
/// Runs that measure nothing, measure only a part, write several files, or exceed the server's size limit.
/// </summary>
public sealed class MeasuredTests : IAsyncLifetime
{
    private const int BytesMax = 64 * 1024;
    private const string Go = "BenchmarkA   1000   123.4 ns/op\nBenchmarkB   1000   234.5 ns/op\n";
    private readonly Folder folder = Folder.NewRepository();
    private TestServer server = null!;

    public async Task InitializeAsync() =>
        server = await TestServer.StartAsync(Engine.Sqlite, requestBodyBytesMax: BytesMax);

    public async Task DisposeAsync()
    {
        folder.Dispose();
        await server.DisposeAsync();
    }

    [Theory]
    [InlineData("json read 0 benchmarks", "echo '{}'")]
    [InlineData("begins: \"{}\"", "echo '{}'")]
    [InlineData("json read 1 benchmark, 0 measures", "echo '{\"a\":{}}'")]
    [InlineData("there was no iteration", "--iter", "0", "true")]
    [InlineData("failed with exit code 3, and it left no readable results", "--allow-failure", "echo nothing; exit 3")]
    public async Task A_run_that_measures_nothing_fails_with_the_reason(string seen, params string[] args)
    {
        var ended = await RunAsync(args);

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("This run measured nothing", ended.Error, StringComparison.Ordinal);
        Assert.Contains(seen, ended.Error, StringComparison.Ordinal);
        Assert.Contains("--allow-empty", ended.Error, StringComparison.Ordinal);
        Assert.Equal(0, await server.CountAsync("reports"));
    }

    [Theory]
    [InlineData("echo '{}'")]
    [InlineData("echo no benchmark in here")]
    [InlineData("--iter", "0", "true")]
    [InlineData("--allow-failure", "exit 3")]
    public async Task A_run_that_measures_nothing_is_recorded_with_allow_empty(params string[] args)
    {
        var ended = await RunAsync(["--allow-empty", .. args]);

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Equal(1, await server.CountAsync("reports"));
    }

    [Fact]
    public async Task Results_of_a_failed_command_are_sent_only_with_allow_failure_and_otherwise_counted()
    {
        folder.Write("go.txt", Go);
        string[] command = ["cat go.txt; echo FAIL; exit 1"];

        var refused = await RunAsync(command);
        var allowed = await ReportAsync(["--allow-failure", .. command]);

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("failed with exit code 1", refused.Error, StringComparison.Ordinal);
        Assert.Contains(
            "2 results had been read until then. Nothing was sent. To send the results so far, give --allow-failure.",
            refused.Error,
            StringComparison.Ordinal
        );
        Assert.Equal(["BenchmarkA", "BenchmarkB"], Names(allowed.Report));
        Assert.Equal("command_failed", (string?)allowed.Report["notices"]![0]!["kind"]);
        Assert.Contains(
            "The benchmark command failed with exit code 1 (the benchmark); 2 results until then are kept.",
            allowed.Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_file_older_than_the_run_is_not_a_result_of_a_failed_command()
    {
        var old = folder.Write("old.json", """{"a":{"latency":{"value":1}}}""");
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddMinutes(-5));

        var failed = await RunAsync(["--allow-failure", "--file", "old.json", "exit 2"]);
        var fine = await ReportAsync(["--file", "old.json", "true"]);

        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("it left no readable results", failed.Error, StringComparison.Ordinal);
        Assert.Contains("old.json is older than this run", fine.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_with_different_benchmarks_are_one_iteration_and_files_with_the_same_benchmarks_are_several()
    {
        folder.Write("out/a.json", """{"a":{"latency":{"value":1}}}""");
        folder.Write("out/b.json", """{"b":{"latency":{"value":2}}}""");
        folder.Write("again/1.json", """{"a":{"latency":{"value":1}}}""");
        folder.Write("again/2.json", """{"a":{"latency":{"value":3}}}""");

        var one = await ReportAsync(["--file", "out/a.json", "--file", "out/b.json"]);
        var several = await ReportAsync(["--file", "again/*.json"]);

        Assert.Equal(["a", "b"], Names(one.Report));
        Assert.Contains("The 2 files are one set of results", one.Error, StringComparison.Ordinal);
        Assert.Equal(2, several.Report["results"]!.AsArray().Count);
        Assert.Contains(
            "The 2 files have the same benchmarks: they are 2 iterations.",
            several.Error,
            StringComparison.Ordinal
        );
    }

    // BenchmarkDotNet writes one file per class; both classes have a method List.
    [Fact]
    public async Task Methods_of_the_same_name_in_two_classes_are_two_benchmarks_and_raise_no_alert()
    {
        foreach (var (type, mean) in new[] { ("CreateAddAndClear", 1000), ("CtorDefaultSize", 10) })
            folder.Write($"results/{type}-report.json", BenchmarkDotNet(type, mean));

        var run = await ReportAsync([
            "--file",
            "results/*-report.json",
            "--threshold-measure",
            "latency",
            "--threshold-test",
            "percentage",
            "--threshold-upper-boundary",
            "0.5",
            "--thresholds-reset",
        ]);

        Assert.Single(run.Report["results"]!.AsArray());
        Assert.Equal(2, Names(run.Report).Distinct().Count());
        Assert.Empty(run.Report["alerts"]!.AsArray());
    }

    [Fact]
    public async Task Each_iteration_has_its_own_set_of_files()
    {
        var run = await ReportAsync([
            "--iter",
            "2",
            "--file",
            "?.json",
            """for b in a b; do echo "{\"$b\":{\"latency\":{\"value\":1}}}" > $b.json; done""",
        ]);

        Assert.Equal([2, 2], run.Report["results"]!.AsArray().Select(iteration => iteration!.AsArray().Count));
    }

    [Fact]
    public void File_patterns_match_at_any_depth_and_sort_by_name()
    {
        foreach (var name in new[] { "b/z.json", "b/c/a.json", "a.json", "b/.hidden/x.json", "b/a.txt" })
            folder.Write(name, "x");

        Assert.Equal(["a.json", "b/c/a.json", "b/z.json"], Expand("**/*.json"));
        Assert.Equal(["b/z.json"], Expand("b/[x-z].json"));
        Assert.Equal(["b/a.txt", "b/z.json"], Expand("?/?.*"));
        Assert.Equal(["missing.json"], Expand("missing.json")); // A name without wildcards is taken literally.
        Assert.Throws<Failure>(() => Expand("b/*.xml"));

        IEnumerable<string> Expand(string pattern) =>
            Cli
                .Run.FilePattern.Expand(Path.Combine(folder.Path, pattern))
                .Select(found => Path.GetRelativePath(folder.Path, found));
    }

    [Theory]
    [InlineData("--file", "a.json", "b.json")]
    [InlineData("--file", "a.json", "b.json", "c.json")]
    [InlineData("b.json")]
    public async Task A_file_name_in_place_of_a_command_is_refused_with_an_explanation(params string[] args)
    {
        foreach (var name in new[] { "a.json", "b.json", "c.json" })
            folder.Write(name, "{}");

        var ended = await RunAsync(args);

        Assert.Equal((2, ""), (ended.ExitCode, ended.Output));
        Assert.Contains(
            "\"b.json\" is a file, but not a program that can be run",
            ended.Error,
            StringComparison.Ordinal
        );
        Assert.Contains("--file 'out/*.json'", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Output_over_the_size_limit_of_the_server_is_replaced_by_its_parsed_results()
    {
        folder.Write("big.txt", Go + string.Join('\n', Enumerable.Repeat("chatter that nobody needs", 40_000)));

        var run = await ReportAsync(["cat big.txt"]);

        Assert.Equal(["BenchmarkA", "BenchmarkB"], Names(run.Report));
        Assert.Contains("The parsed results are sent instead", run.Error, StringComparison.Ordinal);
        Assert.Contains("go_bench read 2 benchmarks", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("seq 100000")]
    [InlineData("seq -f 'Benchmark%.0f 1000 123.4 ns/op' 10000")]
    public async Task Results_over_the_size_limit_even_when_parsed_fail_the_run_at_once(string command)
    {
        var ended = await RunAsync(["--quiet", command]);

        Assert.Equal((1, ""), (ended.ExitCode, ended.Output));
        Assert.Matches(
            @"The request has \d+\.\d MiB, and the server at http://.+ accepts at most 0\.1 MiB",
            ended.Error
        );
        Assert.DoesNotContain("attempt", ended.Error, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task The_output_of_the_benchmark_appears_once()
    {
        const string output = """{"only once":{"latency":{"value":1}}}""";

        var ended = await RunAsync(["--format", "json", $"echo '{output}'"]);

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Equal(2, ended.Output.Split(output).Length);
        Assert.DoesNotContain("idempotency_key", ended.Output, StringComparison.Ordinal);
    }

    // UTF-16 with a byte order mark, as written by PowerShell's > operator.
    [Fact]
    public async Task A_result_file_in_UTF_16_is_read()
    {
        File.WriteAllText(Path.Combine(folder.Path, "go.txt"), Go, System.Text.Encoding.Unicode);

        Assert.Equal(["BenchmarkA", "BenchmarkB"], Names((await ReportAsync(["--file", "go.txt"])).Report));
    }

    private static IEnumerable<string> Names(JsonNode report) =>
        report["results"]!
            .AsArray()
            .SelectMany(iteration => iteration!.AsArray())
            .Select(one => (string)one!["benchmark"]!["name"]!);

    private async Task<(JsonNode Report, string Error)> ReportAsync(string[] args)
    {
        var ended = await RunAsync(["--format", "json", .. args]);
        Assert.True(ended.ExitCode == 0, ended.Error);
        return (
            JsonNode.Parse(ended.Output[ended.Output.IndexOf("{\n  \"", StringComparison.Ordinal)..])!,
            ended.Error
        );
    }

    private Task<Ended> RunAsync(string[] args) =>
        PaddockProgram.RunAsync(
            ["run", "--host", server.Address.ToString(), "--project", "rocket", "--testbed", "box", .. args],
            folder: folder.Path
        );

    private static string BenchmarkDotNet(string type, int mean) =>
        $$$"""
            {"HostEnvironmentInfo":{"BenchmarkDotNetVersion":"0.14.0"},"Benchmarks":[{"DisplayInfo":"{{{type}}}.List","Namespace":"Demo","Type":"{{{type}}}","Method":"List",
             "MethodTitle":"List","Parameters":"","FullName":"Demo.{{{type}}}.List",
             "Statistics":{"N":3,"Mean":{{{mean}}},"Median":{{{mean}}},"StandardError":1,"StandardDeviation":1,"Min":{{{mean}}},"Max":{{{mean}}},
               "LowerFence":1,"UpperFence":2,"InterquartileRange":1,"ConfidenceInterval":{"Lower":1,"Upper":2,"Margin":1}} }]}
            """;
}
