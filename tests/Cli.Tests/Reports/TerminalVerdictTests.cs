using Paddock.Server.Ground.Database;

namespace Paddock.Cli.Tests.Reports;

/// <summary>How the terminal shows proven changes, improvements, and results that a threshold cannot judge.</summary>
public sealed class TerminalVerdictTests : IAsyncLifetime
{
    private TestServer server = null!;
    private TestUser ada = null!;

    public async Task InitializeAsync()
    {
        server = await TestServer.StartAsync(Engine.Sqlite);
        ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Rocket");
    }

    public async Task DisposeAsync()
    {
        ada.Dispose();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_history_without_spread_is_not_reported_as_too_short()
    {
        for (var i = 0; i < 8; i++)
            await ada.RunAsync(new("rocket", Paddock.Testing.Run.Latencies(("b", 0))));

        var ended = await RunAsync("latency", 100, "--threshold-test", "t_test", "--threshold-upper-boundary", "0.95");

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Contains("not judged: no spread in the history", ended.Output);
        Assert.DoesNotContain("too little", ended.Output);
    }

    [Fact]
    public async Task A_result_with_a_limit_below_zero_is_not_shown_as_ok()
    {
        foreach (var value in (double[])[2_000, 2_010, 2_020, 51_000, 51_100, 51_200])
            await ada.RunAsync(new("rocket", Paddock.Testing.Run.Measured(("b", "throughput", value))));

        var ended = await RunAsync(
            "throughput",
            20_000,
            "--threshold-test",
            "t_test",
            "--threshold-lower-boundary",
            "0.98"
        );

        Assert.Contains("cannot alert: limit below zero cannot be crossed", ended.Output);
        Assert.DoesNotContain("✓ ok", ended.Output);
    }

    [Fact]
    public async Task Values_that_alternate_between_two_levels_are_reported_in_terminal_and_comment()
    {
        for (var i = 0; i < 60; i++)
            await ada.RunAsync(new("rocket", Paddock.Testing.Run.Latencies(("b", i % 2 == 0 ? 112 : 100))));

        var terminal = await SendAsync("latency", 112, "--error-on-alert");
        var comment = await SendAsync("latency", 100, "--format", "html");

        Assert.True(terminal.ExitCode == 0, terminal.Error);
        Assert.All([terminal, comment], ended =>
            Assert.Contains(
                "1 result alternates between two levels: b 100.00 and 112.00 ns. Two",
                ended.Output.Replace('\u00a0', ' ')
            )
        );
    }

    [Fact]
    public async Task A_proven_regression_fails_the_run_and_is_shown_in_terminal_and_comment()
    {
        await HistoryAsync("latency", 100, 135);

        var terminal = await SendAsync("latency", 135, "--error-on-alert");
        var comment = await SendAsync("latency", 135, "--format", "html");

        Assert.Equal(1, terminal.ExitCode);
        Assert.Contains("1 benchmark is slower since version 40: b +35 % (135", terminal.Output);
        Assert.Contains("▲ slower", terminal.Output);
        Assert.DoesNotContain("Boundary", terminal.Output);
        Assert.Contains("<th>Before</th><th>Now</th><th>Since</th>", comment.Output);
        Assert.Contains("🚨 slower", comment.Output);
        Assert.Contains("<td>version 40</td>", comment.Output);
        Assert.DoesNotContain("without a threshold", comment.Output);
    }

    [Fact]
    public async Task A_proven_improvement_is_shown_as_faster_and_exits_with_0()
    {
        await HistoryAsync("latency", 100, 73);

        var terminal = await SendAsync("latency", 73, "--error-on-alert");

        Assert.True(terminal.ExitCode == 0, terminal.Error);
        Assert.Contains("1 benchmark is faster since version 40: b -27 %", terminal.Output);
        Assert.Contains("✓ faster", terminal.Output);
    }

    private async Task HistoryAsync(string measure, double before, double after)
    {
        for (var i = 0; i < 48; i++)
            await ada.RunAsync(
                new(
                    "rocket",
                    Paddock.Testing.Run.Measured(("b", measure, (i < 40 ? before : after) * (1 + 0.001 * (i % 7))))
                )
            );
    }

    [Theory]
    [InlineData("latency", 10, 0, "below limit, better")]
    [InlineData("latency", 1_000, 1, "above limit")]
    [InlineData("throughput", 1_000, 0, "above limit, better")]
    [InlineData("throughput", 10, 1, "below limit")]
    [InlineData("screams", 10, 1, "below limit")] // The measure has no known better direction.
    public async Task Only_a_change_for_the_worse_fails_the_run(
        string measure,
        double value,
        int exitCode,
        string verdict
    )
    {
        await ada.RunAsync(new("rocket", Paddock.Testing.Run.Measured(("b", measure, 100))));
        string[] options =
        [
            "--threshold-test",
            "percentage",
            "--threshold-upper-boundary",
            "0.5",
            "--threshold-lower-boundary",
            "0.5",
            "--error-on-alert",
        ];

        var ended = await RunAsync(measure, value, options);

        Assert.Equal(exitCode, ended.ExitCode);
        Assert.Contains(verdict, ended.Output);
        if (exitCode == 0)
            Assert.Equal(1, (await RunAsync(measure, value, [.. options, "--error-on-improvement"])).ExitCode);
    }

    private Task<Ended> RunAsync(string measure, double value, params string[] options) =>
        SendAsync(measure, value, ["--threshold-measure", measure, .. options]);

    private Task<Ended> SendAsync(string measure, double value, params string[] options) =>
        PaddockProgram.RunAsync([
            "run",
            "--host",
            server.Address.ToString(),
            "--token",
            ada.Token,
            "--project",
            "rocket",
            "--branch",
            "main",
            "--testbed",
            "box",
            .. options,
            "echo '" + Paddock.Testing.Run.Measured(("b", measure, value)) + "'",
        ]);
}
