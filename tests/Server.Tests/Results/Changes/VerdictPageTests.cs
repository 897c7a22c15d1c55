using Paddock.Server.Ground.Database;
using static Paddock.Server.Tests.Results.Changes.Story;

namespace Paddock.Server.Tests.Results.Changes;

/// <summary>The pages with a project's verdict settings and with the backtest of verdicts and thresholds.</summary>
public sealed class VerdictPageTests
{
    private const string Settings = "/perf/demo/verdicts",
        Backtest = "/perf/demo/backtest";

    [Theory, EveryDatabase]
    public async Task Verdict_settings_of_a_project_and_a_measure_are_saved_by_form(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        await story.RunAsync(1, 100);
        using var reader = await PageReader.SignInAsync(server, ada.Token);

        var saved = await reader.SubmitAsync(
            Settings,
            Settings,
            ("alarms", "0.5"),
            ("minimum_effect", "0.02"),
            ("reproduced_fails", "true")
        );
        var measure = await reader.SubmitAsync(
            Settings,
            Settings + "/measures",
            ("measure", "latency"),
            ("direction", "higher_is_better"),
            ("measure_effect", "0.05")
        );

        Assert.Equal((303, 303), (saved.Status, measure.Status));
        var set = (await ada.GetAsync("/v0/projects/demo/verdicts")).Expect(200);
        Assert.Equal((0.5, 0.02), ((double)set["alarms"]!, (double)set["minimum_effect"]!));
        Assert.Equal((true, false), ((bool)set["reproduced_fails"]!, (bool)set["confirming_jobs"]!));
        Assert.Equal("higher_is_better", (string)Assert.Single(set["measures"]!.AsArray())!["direction"]!);
        Assert.Contains("more is better", (await reader.GetAsync(Settings)).Text, StringComparison.Ordinal);

        await reader.SubmitAsync(Settings, Settings + "/measures", ("measure", "latency"), ("direction", "guessed"));
        Assert.Empty((await ada.GetAsync("/v0/projects/demo/verdicts")).Expect(200)["measures"]!.AsArray());
    }

    [Theory, EveryDatabase]
    public async Task An_invalid_setting_is_named_and_nothing_is_saved(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        await story.RunAsync(1, 100);
        using var reader = await PageReader.SignInAsync(server, ada.Token);

        var refused = await reader.SubmitAsync(Settings, Settings, ("alarms", "0"), ("minimum_effect", "0.02"));
        var unknown = await reader.SubmitAsync(
            Settings,
            Settings + "/measures",
            ("measure", "nothing"),
            ("direction", "guessed")
        );

        Assert.Equal((400, 400), (refused.Status, unknown.Status));
        Assert.Contains("id=\"f-alarms-error\"", refused.Text, StringComparison.Ordinal);
        Assert.Contains("There is no measure", unknown.Text, StringComparison.Ordinal);
        Assert.Equal(1, (double)(await ada.GetAsync("/v0/projects/demo/verdicts")).Expect(200)["alarms"]!);
    }

    [Theory, EveryDatabase]
    public async Task A_backtest_shows_the_alarms_of_verdicts_and_of_a_threshold_by_week(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        await story.RunAsync(40, 100);
        await story.RunAsync(40, 150);
        var (changes, alerts) = (await server.CountAsync("changes"), await server.CountAsync("alerts"));
        using var reader = await PageReader.SignInAsync(server, ada.Token);

        var alone = await reader.GetAsync(Backtest);
        var beside = await reader.GetAsync($"{Backtest}?branch=main&test=percentage&upper_boundary=0.2");

        Assert.Equal((200, 200), (alone.Status, beside.Status));
        Assert.Contains(
            "Verdicts would have raised 1 alarm: 1 persist, 0 do not",
            alone.Text,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("The threshold", alone.Text, StringComparison.Ordinal);
        Assert.Contains(
            "The threshold (percentage of the mean) would have raised",
            beside.Text,
            StringComparison.Ordinal
        );
        Assert.Contains("2026-11-16", beside.Text, StringComparison.Ordinal);
        Assert.Equal((changes, alerts), (await server.CountAsync("changes"), await server.CountAsync("alerts")));
    }

    [Theory, EveryDatabase]
    public async Task An_invalid_backtest_rule_is_refused_and_anonymous_readers_must_sign_in(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        await story.RunAsync(1, 100);
        using var reader = await PageReader.SignInAsync(server, ada.Token);
        using var stranger = new PageReader(server.Address);

        var refused = await reader.GetAsync($"{Backtest}?branch=main&test=t_test&upper_boundary=7");
        var unknown = await reader.GetAsync($"{Backtest}?branch=nothing");

        Assert.Equal((400, 400), (refused.Status, unknown.Status));
        Assert.Contains("id=\"f-upper_boundary-error\"", refused.Text, StringComparison.Ordinal);
        Assert.Contains("There is no branch", unknown.Text, StringComparison.Ordinal);
        Assert.NotEqual(200, (await stranger.GetAsync(Backtest)).Status);
        Assert.NotEqual(200, (await stranger.GetAsync(Settings)).Status);
    }
}
