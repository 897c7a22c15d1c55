using Paddock.Server.Ground.Database;

namespace Paddock.Cli.Tests.Commands;

/// <summary>Lists as JSON and as tables, and options that accept names instead of UUIDs.</summary>
public sealed class ListTests : IAsyncLifetime
{
    private TestServer server = null!;
    private TestUser ada = null!;

    public async Task InitializeAsync()
    {
        server = await TestServer.StartAsync(Engine.Sqlite);
        ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Rocket");
        await ada.RunAsync(
            new("rocket", Paddock.Testing.Run.Latencies(("bench(1, 'a')", 1.5)))
            {
                Branch = "feature/x",
                Testbed = "Quiet box",
            }
        );
    }

    public async Task DisposeAsync()
    {
        ada.Dispose();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Lists_are_JSON_by_default_and_tables_on_request()
    {
        var json = await RunAsync("branch", "list", "rocket");
        Assert.Equal("feature/x", (string?)System.Text.Json.Nodes.JsonNode.Parse(json.Output)![0]!["name"]);

        var table = await RunAsync("branch", "list", "rocket", "--format", "table");
        Assert.Matches(@"\| Name +\| Slug +\|", table.Output);
        Assert.Matches(@"\| feature/x +\| feature-x +\|", table.Output);
        Assert.DoesNotContain("{", table.Output, StringComparison.Ordinal);

        var reports = await RunAsync("report", "list", "rocket", "--format", "table");
        Assert.Contains("Quiet box", reports.Output, StringComparison.Ordinal);
        Assert.Contains("2026-11-20 10:00", reports.Output, StringComparison.Ordinal);

        var empty = await RunAsync("threshold", "list", "rocket", "--format", "table");
        Assert.Equal("No entries.\n", empty.Output);
    }

    [Fact]
    public async Task The_perf_command_accepts_names_and_slugs_instead_of_UUIDs()
    {
        string[] query = ["--branches", "feature/x", "--testbeds", "quiet-box", "--benchmarks", "bench(1, 'a')"];

        var found = await RunAsync(["perf", "rocket", .. query, "--measures", "latency", "--table=markdown"]);
        var missing = await RunAsync(["perf", "rocket", .. query, "--measures", "throughput"]);

        Assert.True(found.ExitCode == 0, found.Error);
        Assert.Contains("bench(1, 'a')", found.Output, StringComparison.Ordinal);
        Assert.Contains("| 1.5 ", found.Output, StringComparison.Ordinal);
        Assert.Equal(1, missing.ExitCode);
        Assert.Contains(
            "no entry in measures with the name or slug \"throughput\"",
            missing.Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_CI_log_shows_benchmark_output_only_with_verbose_or_when_the_benchmark_fails()
    {
        using var folder = Folder.NewRepository();
        var file = folder.Write("results.json", Paddock.Testing.Run.Latencies(("b", 2)));
        Task<Ended> BenchmarkAsync(string command, params string[] more) =>
            PaddockProgram.RunAsync(
                [
                    "run",
                    "--project",
                    "rocket",
                    "--host",
                    server.Address.AbsoluteUri,
                    "--token",
                    ada.Token,
                    .. more,
                    command,
                ],
                folder: folder.Path,
                env: ["CI", "true"]
            );

        var usual = await BenchmarkAsync($"echo chatter >&2; cat {file}");
        var verbose = await BenchmarkAsync($"echo chatter >&2; cat {file}", "--verbose");
        var failed = await BenchmarkAsync("echo chatter >&2; exit 3");

        Assert.True(usual.ExitCode == 0, usual.Error);
        Assert.DoesNotContain("chatter", usual.Error, StringComparison.Ordinal);
        Assert.Contains("View report: ", usual.Output, StringComparison.Ordinal);
        Assert.Contains("chatter", verbose.Error, StringComparison.Ordinal);
        Assert.Contains("chatter", failed.Error, StringComparison.Ordinal);
    }

    private Task<Ended> RunAsync(params string[] args) =>
        PaddockProgram.RunAsync([.. args, "--host", server.Address.AbsoluteUri, "--token", ada.Token]);
}
