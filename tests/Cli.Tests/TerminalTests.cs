using System.Text.RegularExpressions;
using Paddock.Server.Ground.Database;

namespace Paddock.Cli.Tests;

/// <summary>The program's output on a terminal, which util-linux's <c>script</c> provides.</summary>
public sealed partial class TerminalTests : IAsyncLifetime
{
    private TestServer server = null!;
    private TestUser ada = null!;

    public async Task InitializeAsync()
    {
        server = await TestServer.StartAsync(Engine.Sqlite);
        ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Rocket");
        // A result without history is not judged.
        await ada.RunAsync(new("rocket", Paddock.Testing.Run.Latencies(("parse", 5e6))));
    }

    public async Task DisposeAsync()
    {
        ada.Dispose();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_report_is_a_colored_table_with_the_alert_first_and_the_links_below()
    {
        var seen = await RunAsync();

        Assert.Matches(Colour, seen);
        var plain = Order.Replace(seen, "");
        Assert.Contains("2 results: 1 outside its limits, 0 inside, 1 not judged.", plain);
        Assert.Matches(
            @"╭─+┬[\s\S]+│ parse +│ Latency +│ +9\.00 ms │ +[–] │ +[–] │ ≤ 6\.00 ms │ ▲ above limit[\s\S]+│ \[new\] +│ Latency[\s\S]+╰─+┴",
            plain
        );
        Assert.Matches(
            @"View report: http\S+/perf/rocket/reports/\S+\s+Alert of parse: http\S+/perf/rocket/alerts/\S+",
            plain
        );
    }

    [Fact]
    public async Task A_report_without_color_is_the_same_table()
    {
        var seen = await RunAsync("NO_COLOR", "1");

        Assert.DoesNotMatch(Colour, seen);
        Assert.Contains("▲ above limit", seen);
    }

    private async Task<string> RunAsync(params string[] env)
    {
        var results = Paddock.Testing.Run.Latencies(("parse", 9e6), ("[new]", 1));
        var command =
            $"stty cols 160; '{BuiltProgram.Cli}' run --host {server.Address} --token {ada.Token} --project rocket "
            + $"--branch main --testbed box "
            + $"--threshold-measure latency --threshold-test static --threshold-upper-boundary 6e6 'echo "
            + $"'\\''{results}'\\'";
        var ended = await BuiltProgram.RunAsync(
            "script",
            ["-qec", command, "/dev/null"],
            env.Append("TERM").Append("xterm").Chunk(2).ToDictionary(pair => pair[0], pair => pair[1])
        );
        Assert.True(ended.ExitCode == 0, ended.Output);
        return ended.Output;
    }

    [GeneratedRegex(@"\e\[(\d;)?(3|9)\d")]
    private static partial Regex Colour { get; }

    [GeneratedRegex(@"\e\[[0-9;?]*[a-zA-Z]")]
    private static partial Regex Order { get; }
}
