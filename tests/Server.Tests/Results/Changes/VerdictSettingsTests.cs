using Paddock.Server.Ground.Database;
using static Paddock.Server.Tests.Results.Changes.Story;

namespace Paddock.Server.Tests.Results.Changes;

/// <summary>A project's settings for the verdicts on its series.</summary>
public sealed class VerdictSettingsTests
{
    private const string Path = "/v0/projects/demo/verdicts";

    [Theory, EveryDatabase]
    public async Task Verdict_settings_have_defaults_and_keep_changed_values(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        await story.RunAsync(1, 100);
        var before = (await server.GetAsync(Path)).Expect(200);
        Assert.Equal(
            (1.0, 0.01, false, false),
            (
                (double)before["alarms"]!,
                (double)before["minimum_effect"]!,
                (bool)before["reproduced_fails"]!,
                (bool)before["beside_thresholds"]!
            )
        );
        Assert.Empty(before["measures"]!.AsArray());

        await ada.PatchAsync(
            Path,
            new
            {
                alarms = 2,
                measures = new { latency = new { direction = "higher_is_better", minimum_effect = 0.05 } },
            }
        );
        var after = (await ada.PatchAsync(Path, new { reproduced_fails = true })).Expect(200);

        Assert.Equal(
            (2.0, 0.01, true),
            ((double)after["alarms"]!, (double)after["minimum_effect"]!, (bool)after["reproduced_fails"]!)
        );
        var measure = Assert.Single(after["measures"]!.AsArray())!;
        Assert.Equal(
            ("latency", "higher_is_better", false, 0.05),
            (
                (string)measure["slug"]!,
                (string)measure["direction"]!,
                (bool)measure["is_guessed"]!,
                (double)measure["minimum_effect"]!
            )
        );
        Assert.Empty(
            (await ada.PatchAsync(Path, new { measures = new { latency = new { } } })).Expect(200)[
                "measures"
            ]!.AsArray()
        );
    }

    [Theory, EveryDatabase]
    public async Task The_direction_of_a_measure_and_the_minimum_effect_determine_verdicts(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        await story.RunAsync(40, 100);
        (
            await ada.PatchAsync(Path, new { measures = new { latency = new { direction = "higher_is_better" } } })
        ).Expect(200);
        Assert.Equal("faster", StateOf(await story.RunAsync(8, 135)));

        (await ada.PatchAsync(Path, new { minimum_effect = 0.5 })).Expect(200);
        await story.RunAsync(30, 135);
        Assert.NotEqual("slower", StateOf(await story.RunAsync(8, 100)));
    }

    [Theory, EveryDatabase]
    public async Task A_smaller_false_alarm_budget_requires_more_proof(Engine engine)
    {
        // Only the budget makes proof harder.
        Assert.Equal(await ProvenAfterAsync(null), await ProvenAfterAsync(null, setsAnother: true));
        Assert.True(await ProvenAfterAsync(0.001) > await ProvenAfterAsync(null));

        async Task<int> ProvenAfterAsync(double? alarms, bool setsAnother = false)
        {
            await using var server = await TestServer.StartAsync(
                engine,
                new HandClock(new DateTimeOffset(2026, 11, 21, 0, 0, 0, TimeSpan.Zero))
            );
            var (ada, story) = await BeginAsync(server);
            (string, double)[] ten = [.. Enumerable.Range(0, 10).Select(i => ($"a{i}", 100.0))];
            await story.RunAsync(40, "main", null, null, ten);
            if (alarms is not null)
                (await ada.PatchAsync(Path, new { alarms })).Expect(200);
            if (setsAnother)
                (await ada.PatchAsync(Path, new { reproduced_fails = true })).Expect(200);
            for (var commit = 1; commit <= 20; commit++)
                if (StateOf(await story.RunAsync(1, "main", null, null, [("a0", 135), .. ten[1..]])) == "slower")
                    return commit;
            return int.MaxValue;
        }
    }

    [Theory, EveryDatabase]
    public async Task A_reproduced_suspicion_fails_the_report_when_the_project_enables_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        (await ada.PatchAsync(Path, new { reproduced_fails = true })).Expect(200);
        await story.SayAsync(1.56, 1.55, 1.58, 1.54, 1.57, 1.56, 1.55, 1.59, 1.56, 1.55);
        var suspected = await story.SayAsync(7.8);
        Assert.Equal(0, (int)suspected["changes"]!["failing"]!);

        var again = new { runs = Enumerable.Repeat(new { results = new[] { Run.Latencies(("a", 7.8)) } }, 5) };
        var reproduced = (await ada.PostAsync($"/v0/projects/demo/reports/{suspected["uuid"]}/reruns", again)).Expect(
            200
        );

        Assert.True((bool)VerdictOf(reproduced)["reruns"]!["fails"]!);
        Assert.Equal(1, (int)reproduced["changes"]!["failing"]!);
    }

    [Theory, EveryDatabase]
    public async Task Verdicts_fail_reports_beside_thresholds_when_the_project_enables_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        (await ada.PatchAsync(Path, new { beside_thresholds = true })).Expect(200);
        var threshold = Run.UpperThreshold("static", 1000);
        await story.RunAsync(40, 100, thresholds: threshold);

        var report = await story.RunAsync(8, 135, thresholds: threshold);

        Assert.True((bool)VerdictOf(report)["is_alerting"]!);
        Assert.Equal(1, (int)report["changes"]!["failing"]!);
        var weeks = (await ada.GetAsync(Path)).Expect(200)["four_weeks"]!;
        Assert.Equal((1, 0), ((int)weeks["proven"]!, (int)weeks["dismissed"]!));
    }

    [Theory, EveryDatabase]
    public async Task Verdict_settings_out_of_range_are_refused_and_not_stored(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, _) = await BeginAsync(server);

        foreach (
            var bad in (object[])
                [
                    new { alarms = 0 },
                    new { alarms = 101 },
                    new { minimum_effect = -0.1 },
                    new { minimum_effect = 11 },
                    new { measures = new { latency = new { direction = "up" } } },
                ]
        )
            Assert.Equal(400, (await ada.PatchAsync(Path, bad)).Status);
        Assert.Equal(
            404,
            (
                await ada.PatchAsync(
                    Path,
                    new { alarms = 3, measures = new { nothing = new { minimum_effect = 0.1 } } }
                )
            ).Status
        );
        Assert.Equal(
            (0, 0),
            (await server.CountAsync("verdict_settings"), await server.CountAsync("measure_verdicts"))
        );
    }

    [Theory, EveryDatabase]
    public async Task Verdict_settings_are_visible_to_readers_of_the_project_and_changed_by_its_editors(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, _) = await BeginAsync(server);
        var eve = await server.SignUpAsync("Eve Else");

        Assert.Equal(
            (401, 403),
            (
                (await server.PatchAsync(Path, new { alarms = 3 })).Status,
                (await eve.PatchAsync(Path, new { alarms = 3 })).Status
            )
        );
        (await ada.PatchAsync("/v0/projects/demo", new { visibility = "private" })).Expect(200);
        foreach (var outsider in new Client[] { server, eve })
            Assert.Equal(
                (404, 404),
                ((await outsider.GetAsync(Path)).Status, (await outsider.PatchAsync(Path, new { alarms = 3 })).Status)
            );
        Assert.Equal(0, await server.CountAsync("verdict_settings"));
    }
}
