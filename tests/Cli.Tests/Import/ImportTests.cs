using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;

namespace Paddock.Cli.Tests.Import;

/// <summary>Imports the histories of other tools into the real server.</summary>
public sealed class ImportTests
{
    [Fact]
    public async Task An_imported_github_action_benchmark_history_appears_in_the_plot()
    {
        using var folder = Folder.New();
        var file = Path.Combine(folder.Path, "data.js");
        Unpack("data.js.gz", file);
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Demo");

        var dry = await ImportAsync(server, ada, "github-action-benchmark", file, "--dry-run");
        Assert.Contains(
            "325 reports with 830 values, from 2024-03-28 to 2026-03-31",
            dry.Error,
            StringComparison.Ordinal
        );
        // Two suites contain this benchmark.
        Assert.Contains("Fibonacci 10 (Catch2 Benchmark (v3))", dry.Error, StringComparison.Ordinal);
        Assert.Equal(0, await server.CountAsync("reports"));

        var first = await ImportAsync(server, ada, "github-action-benchmark", file);
        Assert.StartsWith("Imported 325 reports with 830 values in ", first.Output, StringComparison.Ordinal);
        Assert.Contains("325 of 325 reports", first.Error, StringComparison.Ordinal);
        var again = await ImportAsync(server, ada, "github-action-benchmark", file);
        Assert.StartsWith("Imported 0 reports with 0 values", again.Output, StringComparison.Ordinal);
        Assert.Contains("; 325 existed already;", again.Output, StringComparison.Ordinal);
        Assert.Equal(
            (325, 830, 0),
            (await server.CountAsync("reports"), await server.CountAsync("metrics"), await server.CountAsync("alerts"))
        );

        var rust = await PerfAsync(ada, "bench_fib_10", "latency");
        Assert.Equal(30, rust.Count);
        Assert.Equal("f65fed889e56954a4d856177a68fe51ecd583865", (string?)rust[0]!["version"]!["hash"]);
        Assert.Equal("2024-03-28T07:39:14Z", (string?)rust[0]!["start_time"]);
        Assert.Equal((209, 125, 293), Values(rust[0]!)); // 209 ± 84 ns
        var python = await PerfAsync(ada, "bench.py::test_fib_10", "latency");
        // The mean, as Paddock's own adapter records it.
        Assert.Equal(12972.45, Math.Round((double)python[0]!["metric"]!["value"]!, 2));
        Assert.NotNull(python[0]!["metric"]!["lower_value"]);
    }

    [Fact]
    public async Task A_project_is_imported_from_another_server_over_the_Bencher_API()
    {
        await using var theirs = await TestServer.StartAsync(Engine.Sqlite);
        var bob = await theirs.SignUpAsync("Bob Baker");
        await bob.CreateProjectAsync("Old");
        for (var i = 0; i < 12; i++)
            await bob.RunAsync(
                new("old", Paddock.Testing.Run.Latencies(("bench(1, 'a')", 10 + i), ("other", 5)))
                {
                    Hash = Paddock.Testing.Run.Commit(i),
                    Branch = i < 6 ? "main" : "feature/x",
                }
            );
        (await bob.PatchAsync("/v0/projects/old", new { visibility = "private" })).Expect(200);
        var key = (string)(await bob.PostAsync("/v0/projects/old/keys", new { name = "out" })).Expect(201)["key"]!;
        await using var ours = await TestServer.StartAsync(Engine.Sqlite);
        var ada = await ours.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Demo");
        string[] from = ["--from-project", "old", "--from-key", key];

        var hidden = await PaddockProgram.RunAsync([
            "import",
            "bencher",
            theirs.Address.AbsoluteUri,
            "--from-project",
            "old",
            "--project",
            "demo",
            "--host",
            ours.Address.AbsoluteUri,
            "--token",
            ada.Token,
        ]);
        Assert.NotEqual(0, hidden.ExitCode);
        var first = await ImportAsync(ours, ada, "bencher", theirs.Address.AbsoluteUri, from);
        var again = await ImportAsync(ours, ada, "bencher", theirs.Address.AbsoluteUri, from);

        Assert.StartsWith("Imported 12 reports with 24 values", first.Output, StringComparison.Ordinal);
        Assert.StartsWith("Imported 0 reports with 0 values", again.Output, StringComparison.Ordinal);
        var points = await PerfAsync(ada, "bench(1, 'a')", "latency", "box");
        Assert.Equal(6, points.Count);
        Assert.Equal(Paddock.Testing.Run.Commit(0), (string?)points[0]!["version"]!["hash"]);
        Assert.Equal(10.0, (double)points[0]!["metric"]!["value"]!);
    }

    [Fact]
    public async Task Imported_asv_results_stay_separate_by_parameter_machine_and_environment()
    {
        using var folder = Folder.New();
        ZipFile.ExtractToDirectory(Path.Combine(Here(), "asv.zip"), folder.Path);
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Demo");

        var done = await ImportAsync(server, ada, "asv", folder.Path);

        Assert.StartsWith("Imported 36 reports with 425 values", done.Output, StringComparison.Ordinal);
        Assert.Contains(
            "cccccccc-py2.7-Cython-numpy1.8.json: it was measured on not-cheetah, but its folder belongs to cheetah",
            done.Error,
            StringComparison.Ordinal
        );
        Assert.Equal("cheetah", (string?)(await ada.GetAsync("/v0/projects/demo/testbeds")).Expect(200)[0]!["name"]);
        var small = await PerfAsync(ada, "time_ci_small", "latency", "cheetah");
        Assert.Equal(
            (1_000_000_000, 900_000_000, 1_100_000_000),
            Values(small.Single(one => (double)one!["metric"]!["value"]! == 1e9)!)
        ); // Seconds, with an interval.
        Assert.Contains(
            2e9,
            (await PerfAsync(ada, "time_other.time_parameterized(2)", "latency", "cheetah")).Select(one =>
                (double)one!["metric"]!["value"]!
            )
        );
        Assert.Single(
            await PerfAsync(
                ada,
                "time_quantity.time_quantity_array_conversion [py2.7-Cython-numpy1.8-foo]",
                "latency",
                "cheetah"
            )
        );
        var times = (await PerfAsync(ada, "time_quantity.time_quantity_array_conversion", "latency", "cheetah"))
            .Select(one => (string?)one!["start_time"])
            .ToList();
        Assert.Equal(times.Order(), times);
        Assert.True(times.Count > 25);
    }

    [Fact]
    public async Task A_CSV_table_is_imported_by_its_headings_and_by_the_mapped_columns()
    {
        using var folder = Folder.New();
        var file = folder.Write(
            "runs.csv",
            """
            Name;Mean;When;Commit;Branch;lower
            "parse ""big""; twice";1.5;2024-01-01T00:00:00Z;0000000000000000000000000000000000000001;main;1.25
            parse;2;1704153600;0000000000000000000000000000000000000002;dev;
            parse;many;2024-01-03;;main;
            """
        );
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Demo");

        var done = await ImportAsync(
            server,
            ada,
            "csv",
            file,
            "--column",
            "benchmark=Name",
            "--column",
            "value=Mean",
            "--column",
            "time=When",
            "--column",
            "hash=Commit",
            "--unit",
            "ms"
        );

        Assert.StartsWith("Imported 2 reports with 2 values", done.Output, StringComparison.Ordinal);
        Assert.Contains("line 4: its value is not a number", done.Error, StringComparison.Ordinal);
        var quoted = Assert.Single(await PerfAsync(ada, "parse \"big\"; twice", "latency"))!;
        Assert.Equal((1.5e6, 1.25e6), ((double)quoted["metric"]!["value"]!, (double)quoted["metric"]!["lower_value"]!));
        Assert.Equal(2, (await ada.GetAsync("/v0/projects/demo/branches")).Expect(200).AsArray().Count);
    }

    [Theory]
    [InlineData("github-action-benchmark", "no braces", "it contains no JSON object")]
    [InlineData("github-action-benchmark", "x = {\"entries\": [", "it is not JSON")]
    [InlineData("github-action-benchmark", "{}", "entries is missing")]
    [InlineData("csv", "", "the table is empty")]
    [InlineData("csv", "a,b", "there is no column \"benchmark\" for the benchmark; the table has \"a\", \"b\"")]
    public async Task A_file_without_a_history_is_refused_before_a_request_is_sent(
        string kind,
        string text,
        string reason
    )
    {
        using var folder = Folder.New();
        var ended = await PaddockProgram.RunAsync([
            "import",
            kind,
            folder.Write("file", text),
            "--project",
            "demo",
            "--key",
            "bencher_user_" + new string('x', 30),
        ]);

        Assert.Equal(2, ended.ExitCode);
        Assert.Contains(reason, ended.Error, StringComparison.Ordinal);
    }

    private static async Task<Ended> ImportAsync(
        TestServer server,
        TestUser user,
        string kind,
        string path,
        params string[] more
    )
    {
        var ended = await PaddockProgram.RunAsync([
            "import",
            kind,
            path,
            "--project",
            "demo",
            "--host",
            server.Address.ToString(),
            "--token",
            user.Token,
            .. more,
        ]);
        Assert.True(ended.ExitCode == 0, ended.Error);
        return ended;
    }

    private static async Task<JsonArray> PerfAsync(
        TestUser user,
        string benchmark,
        string measure,
        string testbed = "localhost"
    )
    {
        var project = "/v0/projects/demo";
        async Task<string> FindAsync(string nouns, string name) =>
            (string)
                (await user.GetAsync($"{project}/{nouns}?name={Uri.EscapeDataString(name)}"))
                    .Expect(200)
                    .AsArray()
                    .Single()!["uuid"]!;
        var (b, t, m) = (
            await FindAsync("benchmarks", benchmark),
            await FindAsync("testbeds", testbed),
            (string)(await user.GetAsync($"{project}/measures/{measure}")).Expect(200)["uuid"]!
        );
        var main = await FindAsync("branches", "main");
        var perf = (
            await user.GetAsync($"{project}/perf?branches={main}&testbeds={t}&benchmarks={b}&measures={m}&start_time=0")
        ).Expect(200);
        return perf["results"]!.AsArray() is [var only] ? only!["metrics"]!.AsArray() : [];
    }

    private static (double, double, double) Values(JsonNode point)
    {
        var metric = point["metric"]!;
        return (
            (double)metric["value"]!,
            Math.Round((double)metric["lower_value"]!),
            Math.Round((double)metric["upper_value"]!)
        );
    }

    private static void Unpack(string name, string file)
    {
        using var gzip = new GZipStream(File.OpenRead(Path.Combine(Here(), name)), CompressionMode.Decompress);
        using var target = File.Create(file);
        gzip.CopyTo(target);
    }

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
