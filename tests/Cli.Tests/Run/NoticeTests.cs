using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;

namespace Paddock.Cli.Tests.Run;

/// <summary>
/// When the server deviates from what a run asked for, the JSON answer, the terminal and the HTML of the comment say
/// so.
/// </summary>
public sealed class NoticeTests
{
    private const string Benchmark = """echo '{"b": {"latency": {"value": 7}}}'""";

    [Theory]
    [InlineData("human")]
    [InlineData("html")]
    [InlineData("json")]
    public async Task A_missing_start_point_is_reported_in_every_format(string format)
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        using var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Rocket");
        await ada.RunAsync(new("rocket", Paddock.Testing.Run.Latencies(("b", 7))));

        var ended = await RunAsync(
            server,
            ada,
            ["--format", format, "--branch", "feature", "--start-point", "master"],
            Benchmark
        );

        Assert.True(ended.ExitCode == 0, ended.Error);
        var told = System.Net.WebUtility.HtmlDecode(ended.Output).Replace("\\\"", "\"");
        Assert.Contains(
            "The start point \"master\" does not exist (this project has main). \"feature\" begins without the history",
            told
        );
    }

    [Theory]
    [InlineData]
    [InlineData("--start-point-reset")]
    public async Task A_start_point_from_before_a_reset_is_found_and_reported(params string[] more)
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        using var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Rocket");
        for (var i = 1; i <= 4; i++)
            await ada.RunAsync(
                new("rocket", Paddock.Testing.Run.Latencies(("b", i)))
                {
                    Hash = Paddock.Testing.Run.Commit(i),
                    StartPoint = i == 4 ? new { reset = true } : null,
                }
            );

        var ended = await RunAsync(
            server,
            ada,
            [
                "--format",
                "json",
                "--branch",
                "feature",
                "--start-point",
                "main",
                "--start-point-hash",
                Paddock.Testing.Run.Commit(2),
                .. more,
            ],
            Benchmark
        );

        var report = JsonNode.Parse(ended.Output)!;
        Assert.Equal(
            Paddock.Testing.Run.Commit(2),
            (string?)report["branch"]!["head"]!["start_point"]!["version"]!["hash"]
        );
        Assert.Equal("start_point_before_reset", (string?)report["notices"]![0]!["kind"]);
    }

    [Fact]
    public async Task A_mean_over_results_that_lack_a_benchmark_causes_a_remark()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        using var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Rocket");
        using var folder = Folder.New();
        var first = folder.Write("1.json", Paddock.Testing.Run.Latencies(("all", 1), ("first", 100)));
        var others = Enumerable
            .Range(2, 3)
            .Select(i => folder.Write($"{i}.json", Paddock.Testing.Run.Latencies(("all", 1))))
            .ToArray();

        var parsed = await PaddockProgram.RunAsync(["parse", "--fold", "mean", "--adapter", "json", first, .. others]);

        Assert.Equal(25, (double)JsonNode.Parse(parsed.Output)!["first"]!["latency"]!["value"]!);
        Assert.Contains("first (latency, in 1 of 4)", parsed.Error);
    }

    private static Task<Ended> RunAsync(TestServer server, TestUser ada, string[] options, string benchmark) =>
        PaddockProgram.RunAsync([
            "run",
            "--host",
            server.Address.ToString(),
            "--token",
            ada.Token,
            "--project",
            "rocket",
            "--testbed",
            "box",
            "--quiet",
            .. options,
            benchmark,
        ]);
}
