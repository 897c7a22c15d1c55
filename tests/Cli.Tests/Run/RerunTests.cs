using Paddock.Server.Ground.Database;

namespace Paddock.Cli.Tests.Run;

/// <summary>A run with a suspected change runs the benchmark again at once.</summary>
public sealed class RerunTests : IAsyncLifetime
{
    private static readonly double[] TenRuns = [1.56, 1.55, 1.58, 31.2, 1.54, 1.57, 1.56, 1.55, 1.59, 1.56];
    private readonly string folder = Directory.CreateTempSubdirectory("reruns").FullName;
    private TestServer server = null!;
    private TestUser ada = null!;

    public async Task InitializeAsync()
    {
        server = await TestServer.StartAsync(Engine.Sqlite);
        ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Rocket");
        foreach (var value in TenRuns)
            await ada.RunAsync(new("rocket", Paddock.Testing.Run.Latencies(("count", value * 1e6))));
    }

    public async Task DisposeAsync()
    {
        ada.Dispose();
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_reproduced_regression_is_reported_and_fails_the_run_only_once_it_is_proven()
    {
        var first = await RunAsync("--error-on-alert");

        Assert.True(first.ExitCode == 0, first.Error);
        Assert.Equal(6, Times());
        Assert.Contains("A change is suspected in 1 result. Running the benchmark 5 more times", first.Error);
        Assert.StartsWith(
            "1 result is slower, reproduced here, now, but not proven: count +4",
            Answer(first),
            StringComparison.Ordinal
        );
        Assert.Contains("reproduced", first.Output);
        for (var i = 0; i < 2; i++)
            Assert.Equal(0, (await RunAsync("--error-on-alert")).ExitCode);

        var proven = await RunAsync("--error-on-alert");

        Assert.Equal(1, proven.ExitCode);
        Assert.Contains("1 benchmark is slower since version 10: count +4", proven.Output);
        Assert.Equal(9, Times()); // A reproduced suspicion is not run again.
    }

    [Fact]
    public async Task A_reproduced_improvement_is_not_a_warning_in_page_comment_terminal_or_answer()
    {
        for (var i = 0; i < 12; i++)
            await ada.RunAsync(new("rocket", Paddock.Testing.Run.Latencies(("count", (i % 3 + 155) * 1e4))));

        var comment = await PaddockProgram.RunAsync([.. Common, "--format", "html", Print("200000")]);

        Assert.True(comment.ExitCode == 0, comment.Error);
        Assert.Contains("<td>faster, reproduced here</td>", comment.Output);
        Assert.Contains("1 result is faster, reproduced here, now, but not proven", comment.Output);
        Assert.Matches("-[0-9]+\u00a0% \\(200.00\u00a0µs, was 1,5[0-9]{2}.[0-9]{2}\\)", comment.Output);
        Assert.DoesNotContain("⚠️ faster", comment.Output);
        var report = (await ada.GetAsync("/v0/projects/rocket/reports?per_page=1")).Expect(200)[0]!;
        var stored = (await ada.GetAsync($"/v0/projects/rocket/reports/{report["uuid"]}")).Expect(200);
        var verdict = stored["results"]![0]![0]!["measures"]![0]!["verdict"]!;
        Assert.Equal(("suspected", "faster"), ((string?)verdict["state"], (string?)verdict["direction"]));
        Assert.StartsWith("faster, reproduced here, now", (string?)verdict["sentence"], StringComparison.Ordinal);
        var page = (await ada.GetAsync($"/perf/rocket/reports/{report["uuid"]}")).Text;
        Assert.Contains("faster -8", page);
        Assert.Contains("reproduced here", page);
        var terminal = await PaddockProgram.RunAsync([.. Common, Print("200000")]);
        Assert.Contains("faster, reproduced here", terminal.Output);
        Assert.DoesNotContain("\u00a0", terminal.Output);
    }

    [Fact]
    public async Task A_comparison_of_base_and_head_proves_the_change_that_a_report_suspects()
    {
        var suspected = await ada.RunAsync(new("rocket", Paddock.Testing.Run.Latencies(("count", 7.8e6))));
        string Print(string value) => $"echo '{{\"count\":{{\"latency\":{{\"value\":'{value}'}}}}}}'";

        var ended = await PaddockProgram.RunAsync(
            [
                "compare",
                "--base",
                Print("1560000"),
                "--head",
                Print("7800000"),
                "--project",
                "rocket",
                "--report",
                (string)suspected["uuid"]!,
                "--host",
                server.Address.OriginalString,
                "--token",
                ada.Token,
            ],
            folder: folder
        );

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Contains("It now says: 1 benchmark is slower since version 10: count +400 %", ended.Error);
        var change = (await ada.GetAsync("/v0/projects/rocket/changes")).Expect(200)[0]!["uuid"];
        var series = (await ada.GetAsync($"/v0/projects/rocket/changes/{change}")).Expect(200)["series"]![0]!;
        Assert.Equal("pairs", (string?)series["proof"]);
    }

    [Fact]
    public async Task A_change_that_does_not_recur_is_refuted()
    {
        var ended = await RunThenAsync("1560000");

        Assert.Equal((0, 6), (ended.ExitCode, Times()));
        Assert.Contains(
            "The suspected change of 1 result was not reproduced when the benchmark ran again.",
            ended.Output
        );
    }

    [Theory]
    [InlineData("--no-confirm", 1)]
    [InlineData("--confirm=8", 9)]
    public async Task The_confirm_options_set_the_number_of_reruns(string option, int times)
    {
        var ended = await RunAsync(option);

        Assert.Equal((0, times), (ended.ExitCode, Times()));
    }

    [Theory]
    [InlineData("--confirm", "4")]
    [InlineData("--confirm", "21")]
    [InlineData("--confirm", "5", "--no-confirm")]
    public async Task Invalid_confirm_options_are_refused(params string[] options) =>
        Assert.Equal(2, (await RunAsync(options)).ExitCode);

    [Fact]
    public async Task A_failed_rerun_leaves_the_change_suspected_and_does_not_fail_the_run()
    {
        var ended = await PaddockProgram.RunAsync([.. Common, $"if [ -e {Log} ]; then exit 3; fi; {Print("7800000")}"]);

        Assert.Equal(0, ended.ExitCode);
        Assert.Contains("The suspicion stays, because the reruns failed", ended.Error);
        Assert.Contains("suspected", ended.Output);
    }

    [Fact]
    public async Task A_run_without_a_key_is_also_confirmed_and_its_token_is_not_printed()
    {
        foreach (var value in TenRuns)
            await server.RunAsync(
                new("anybody", Paddock.Testing.Run.Latencies(("count", value * 1e6)))
                {
                    Context = new Dictionary<string, string>(),
                }
            );
        string[] common =
        [
            "run",
            "--host",
            server.Address.ToString(),
            "--project",
            "anybody",
            "--branch",
            "main",
            "--testbed",
            "box",
        ];

        var unconfirmed = await PaddockProgram.RunAsync([
            .. common,
            "--no-confirm",
            "--format",
            "json",
            Print("7800000"),
        ]);
        var confirmed = await PaddockProgram.RunAsync([.. common, Print("7800000")]);

        Assert.True(unconfirmed.ExitCode == 0, unconfirmed.Error);
        Assert.Contains("\"suspected\":1", unconfirmed.Output.Replace(" ", "", StringComparison.Ordinal));
        Assert.DoesNotContain("reruns_token", unconfirmed.Output);
        Assert.True(confirmed.ExitCode == 0, confirmed.Error);
        Assert.Equal(7, Times());
        Assert.Contains("reproduced here, now", confirmed.Output);
    }

    private string[] Common =>
        [
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
        ];

    private string Log => Path.Combine(folder, "log");

    private string Print(string value) =>
        $"echo x >> {Log}; echo '{{\"count\":{{\"latency\":{{\"value\":'{value}'}}}}}}'";

    private int Times() => File.Exists(Log) ? File.ReadAllLines(Log).Length : 0;

    private static string Answer(Ended ended) =>
        ended.Output.Split('\n').First(line => line.Contains("reproduced here", StringComparison.Ordinal));

    private Task<Ended> RunAsync(params string[] options) => RunThenAsync("7800000", options);

    // The first run is slow; later runs take the given value.
    private Task<Ended> RunThenAsync(string usually, params string[] options) =>
        PaddockProgram.RunAsync([
            .. Common,
            .. options,
            $"if [ -e {Log} ]; then v={usually}; else v=7800000; fi; {Print("$v")}",
        ]);
}
