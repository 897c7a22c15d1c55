using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;

namespace Paddock.Cli.Tests.Run;

/// <summary>Runs the program against the real server.</summary>
public sealed class RunTests : IAsyncLifetime
{
    private TestServer server = null!;
    private TestUser ada = null!;
    private string project = "";

    public async Task InitializeAsync()
    {
        server = await TestServer.StartAsync(Engine.Sqlite);
        ada = await server.SignUpAsync("Ada Admin");
        project = await ada.CreateProjectAsync("Rocket");
    }

    public async Task DisposeAsync()
    {
        ada.Dispose();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_run_becomes_a_report()
    {
        var report = await ReportAsync("--branch", "main", "--testbed", "box", BuiltProgram.Cli, "mock", "--seed", "6");

        Assert.Equal(project, (string)report["project"]!["slug"]!);
        Assert.Equal(("main", "box"), ((string)report["branch"]!["name"]!, (string)report["testbed"]!["name"]!));
        Assert.Equal(5, report["results"]![0]!.AsArray().Count);
        Assert.Equal(3.3470205686065557, (double)report["results"]![0]![0]!["measures"]![0]!["metric"]!["value"]!);
    }

    [Fact]
    public async Task Results_can_be_piped_in_and_folded()
    {
        var ended = await RunAsync(
            ["--format", "json", "--quiet", "--iter", "2", "--fold", "min"],
            input: """{"b":{"latency":{"value":7}}}"""
        );

        var report = JsonNode.Parse(ended.Output)!;
        Assert.Single(report["results"]!.AsArray());
        Assert.Equal(7, (double)report["results"]![0]![0]!["measures"]![0]!["metric"]!["value"]!);
    }

    [Fact]
    public async Task Unreadable_results_are_refused_by_the_server_and_leave_no_report()
    {
        var ended = await RunAsync(["--quiet", "echo no benchmark in here"]);

        Assert.Equal((1, ""), (ended.ExitCode, ended.Output));
        Assert.Matches(
            """^\nresults\[0\]: [\s\S]+\nStatus: 400 Bad Request\nRequest ID: [0-9a-f-]{36}\n$""",
            ended.Error
        );
        Assert.Equal(0, await server.CountAsync("reports"));
    }

    [Fact]
    public async Task A_failed_benchmark_sends_no_report_and_shows_its_output()
    {
        var ended = await RunAsync(["--quiet", "echo on output; echo on error >&2; exit 3"]);

        Assert.Equal((1, ""), (ended.ExitCode, ended.Output));
        Assert.Contains("exit code 3", ended.Error);
        Assert.Contains("on output", ended.Error);
        Assert.Contains("on error", ended.Error);
        Assert.Equal(0, await server.CountAsync("reports"));
    }

    [Fact]
    public async Task A_killed_benchmark_counts_as_failed()
    {
        var ended = await RunAsync(["--quiet", "bash", "-c", "kill -9 $$"]);

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("exit code 137", ended.Error);
    }

    [Fact]
    public async Task The_error_message_names_a_missing_program()
    {
        var ended = await RunAsync(["--quiet", "/nowhere/at/all", "--fast"]);

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("/nowhere/at/all --fast", ended.Error);
    }

    [Fact]
    public async Task Benchmark_output_is_shown_unless_the_run_is_quiet()
    {
        const string benchmark = "echo on error >&2; echo '{\"b\":{\"latency\":{\"value\":1}}}'";
        var loud = await RunAsync(["--format", "json", benchmark]);
        var quiet = await RunAsync(["--format", "json", "--quiet", benchmark]);

        Assert.StartsWith("{\"b\":", loud.Output);
        Assert.Contains("on error\n", loud.Error);
        Assert.Equal("", quiet.Error);
        Assert.NotNull(JsonNode.Parse(quiet.Output));
    }

    [Fact]
    public async Task A_report_in_a_log_is_a_verdict_a_table_and_one_link()
    {
        var ended = await RunAsync([
            "--quiet",
            "--branch",
            "main",
            BuiltProgram.Cli,
            "mock",
            "--seed",
            "6",
            "--count",
            "1",
        ]);

        Assert.Equal(0, ended.ExitCode);
        Assert.Contains("| bencher::mock_0 | Latency | 3.35 ns |", ended.Output);
        Assert.Matches("\nView report: http://.+/perf/rocket/reports/[0-9a-f-]{36}\n$", ended.Output);
        Assert.Equal(2, ended.Output.Split("http://").Length);
        Assert.DoesNotContain('\e', ended.Output);
    }

    [Fact]
    public async Task An_alert_fails_the_run_only_with_error_on_alert()
    {
        string[] threshold =
        [
            "--branch",
            "main",
            "--testbed",
            "box",
            "--threshold-measure",
            "latency",
            "--threshold-test",
            "static",
            "--threshold-upper-boundary",
            "5",
        ];
        // A result without history is not judged.
        await RunAsync(["--quiet", "--err", .. threshold, """echo '{"b":{"latency":{"value":4}}}'"""]);
        string[] run = [.. threshold, """echo '{"b":{"latency":{"value":9}}}'"""];

        var calm = await RunAsync(["--quiet", .. run]);
        var strict = await RunAsync(["--quiet", "--err", .. run]);

        Assert.Equal((0, ""), (calm.ExitCode, calm.Error));
        Assert.Contains("▲ above limit", calm.Output);
        Assert.Equal((1, "\nThe report raised 1 alert.\n"), (strict.ExitCode, strict.Error));
        Assert.Contains("▲ above limit", strict.Output);
    }

    [Fact]
    public async Task A_report_as_HTML_is_one_line_that_ends_with_its_tag()
    {
        var ended = await RunAsync([
            "--quiet",
            "--html",
            "--branch",
            "main",
            "--testbed",
            "box",
            "--adapter",
            "json",
            BuiltProgram.Cli,
            "mock",
        ]);

        Assert.Equal(0, ended.ExitCode);
        Assert.Matches("^<h2>.*<div id=\"bencher.dev/projects/rocket/id/main/box/json\"></div>\n$", ended.Output);
    }

    [Fact]
    public async Task A_run_without_a_project_creates_one_and_prints_the_link_to_claim_it()
    {
        using var folder = Folder.NewRepository();
        var ended = await PaddockProgram.RunAsync(
            ["run", "--host", server.Address.ToString(), "--quiet", BuiltProgram.Cli, "mock"],
            folder: folder.Path
        );

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Contains("/auth/signup?claim=", ended.Output);
    }

    [Fact]
    public async Task The_error_message_for_an_unreachable_server_names_the_number_of_attempts()
    {
        var ended = await PaddockProgram.RunAsync([
            "run",
            "--host",
            "http://127.0.0.1:9",
            "--attempts",
            "1",
            "--project",
            "p",
            "true",
        ]);

        Assert.Equal((1, ""), (ended.ExitCode, ended.Output));
        Assert.Contains("No answer from http://127.0.0.1:9", ended.Error);
        Assert.Contains("Gave up after 1 attempt.", ended.Error);
    }

    private async Task<JsonNode> ReportAsync(params string[] args)
    {
        var ended = await RunAsync(["--format", "json", "--quiet", .. args]);
        Assert.True(ended.ExitCode == 0, ended.Error);
        return JsonNode.Parse(ended.Output)!;
    }

    private Task<Ended> RunAsync(string[] args, string? input = null) =>
        PaddockProgram.RunAsync(
            ["run", "--host", server.Address.ToString(), "--token", ada.Token, "--project", project, .. args],
            input
        );
}
