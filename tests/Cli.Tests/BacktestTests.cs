using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;

namespace Paddock.Cli.Tests;

public sealed class BacktestTests
{
    [Fact]
    public async Task Backtest_replays_a_history_week_by_week_and_writes_nothing()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        using var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Rocket");
        var random = new Random(5);
        for (var day = 0; day < 56; day++)
            await ada.RunAsync(
                new(
                    "rocket",
                    Paddock.Testing.Run.Latencies(
                        ("count", (day < 28 ? 100 : 140) * (0.995 + 0.01 * random.NextDouble()))
                    )
                )
                {
                    Start = new DateTimeOffset(2026, 9, 7, 0, 0, 0, TimeSpan.Zero).AddDays(day), // A Monday.
                }
            );
        string[] common = ["backtest", "rocket", "--host", server.Address.ToString()];

        var json = await PaddockProgram.RunAsync([
            .. common,
            "--rule",
            "percentage",
            "--upper-boundary",
            "0.1",
            "--format",
            "json",
        ]);
        var told = await PaddockProgram.RunAsync(common);

        Assert.True(json.ExitCode == 0, json.Error);
        var result = JsonNode.Parse(json.Output)!;
        Assert.Equal((1, 56, 8), ((int)result["series"]!, (int)result["results"]!, result["weeks"]!.AsArray().Count));
        Assert.Equal((1, 1), ((int)result["verdicts"]!["raised"]!, (int)result["verdicts"]!["persist"]!));
        Assert.True((int)result["threshold"]!["raised"]! > 10);
        Assert.Equal(
            ("2026-09-07", 7),
            ((string)result["weeks"]![0]!["monday"]!, (int)result["weeks"]![0]!["results"]!)
        );
        Assert.StartsWith(
            "56 results of 1 series. Verdicts by waiting would have raised 1 alarm: 1 persist, 0 do not, 0 are too "
                + "young to tell.",
            told.Output,
            StringComparison.Ordinal
        );
        Assert.Equal(56, await server.CountAsync("reports"));
        Assert.Equal(2, (await PaddockProgram.RunAsync([.. common, "--rule", "percentage"])).ExitCode);
        Assert.Equal(1, (await PaddockProgram.RunAsync([.. common, "--branch", "nothing"])).ExitCode);
    }
}
