using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Machines.Jobs;

namespace Paddock.Server.Tests.Machines.Jobs;

/// <summary>When a job's report suspects a change, a confirming job runs base and head alternately.</summary>
public sealed class ConfirmationTests
{
    private const int Pairs = 12;

    [Theory, EveryDatabase]
    public async Task A_suspected_change_is_proven_when_pairs_of_base_and_head_differ(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await using var story = await ConfirmingStory.BeginAsync(server);
        var suspected = await story.SuspectAsync(120);
        Assert.Equal("suspected", StateOf(suspected));
        var wanted = suspected["changes"]!["confirmation"]!;
        Assert.Equal(("open", Pairs), ((string)wanted["state"]!, (int)wanted["pairs"]!));
        Assert.Contains("A confirming job runs", (string)suspected["changes"]!["sentence"]!, StringComparison.Ordinal);

        var claim = await story.Runner.TakeAsync();

        Assert.Equal((string)wanted["job"]!, (string)claim["uuid"]!);
        var pairs = claim["config"]!["pairs"]!;
        Assert.Equal(ConfirmingStory.DigestOf(ConfirmingStory.History - 3), (string)pairs["digest"]!);
        Assert.Equal(ConfirmingStory.DigestOf(ConfirmingStory.History), (string)claim["config"]!["digest"]!);
        Assert.Null(claim["config"]!["iter"]);
        Assert.Equal("secret", (string)claim["config"]!["env"]!["TOKEN"]!);

        await story.EndPairsAsync(claim, ofBase: 100, ofHead: 120);

        var job = await story.World.UntilAsync((string)claim["uuid"]!, "processed");
        var confirmation = (await story.World.JobAsync((string)claim["uuid"]!))["confirmation"]!;
        Assert.Equal(
            ("proven", (string)suspected["uuid"]!),
            ((string)confirmation["state"]!, (string)confirmation["report"]!)
        );
        var report = await story.ReportAsync(suspected);
        Assert.Equal(("slower", 1), (StateOf(report), (int)report["changes"]!["failing"]!));
        Assert.Contains("Proven by 12 pairs", (string)report["changes"]!["sentence"]!, StringComparison.Ordinal);
        var change = (
            await story.World.Admin.GetAsync(
                $"/v0/projects/{story.World.Project}/changes/{VerdictOf(report)["change"]}"
            )
        ).Expect(200);
        Assert.Equal("pairs", (string)change["series"]![0]!["proof"]!);
        Assert.Equal("slower", StateOf(await story.RunAsync(120)));
        Assert.NotNull(job);

        using var reader = await PageReader.SignInAsync(server, story.World.Admin.Token);
        var page = (await reader.GetAsync($"/console/projects/app/jobs/{(string)claim["uuid"]!}")).Text;
        Assert.Contains("Proven: base and head differ.", page, StringComparison.Ordinal);
        Assert.Contains("pair 1, base", page, StringComparison.Ordinal);
        Assert.Contains("pair 1, head", page, StringComparison.Ordinal);
        var ofReport = (await reader.GetAsync($"/console/projects/app/reports/{suspected["uuid"]}")).Text;
        Assert.Contains("The confirming job", ofReport, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task A_suspected_change_is_refuted_when_pairs_of_base_and_head_do_not_differ(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await using var story = await ConfirmingStory.BeginAsync(server);
        var suspected = await story.SuspectAsync(120);
        var claim = await story.Runner.TakeAsync();

        await story.EndPairsAsync(claim, ofBase: 100, ofHead: 100);
        await story.World.UntilAsync((string)claim["uuid"]!, "processed");

        var report = await story.ReportAsync(suspected);
        Assert.Equal("steady", StateOf(report));
        Assert.Equal("steady: 12 pairs of base and head show no change", (string)VerdictOf(report)["sentence"]!);
        Assert.Equal("refuted", (string)report["changes"]!["confirmation"]!["state"]!);
        Assert.Equal("steady", StateOf(await story.RunAsync(100)));
        Assert.Equal(0, await server.CountAsync("changes"));
    }

    [Theory, EveryDatabase]
    public async Task A_recomputed_series_state_remembers_the_measured_pairs(Engine engine)
    {
        Assert.Equal(await AfterAsync(forgets: false), await AfterAsync(forgets: true));

        async Task<string> AfterAsync(bool forgets)
        {
            await using var server = await TestServer.StartAsync(engine);
            await using var story = await ConfirmingStory.BeginAsync(server);
            await story.SuspectAsync(120);
            var claim = await story.Runner.TakeAsync();
            await story.EndPairsAsync(claim, ofBase: 100, ofHead: 100);
            await story.World.UntilAsync((string)claim["uuid"]!, "processed");
            Assert.Equal(1, await server.CountAsync("pair_values"));
            if (forgets)
                await server.Database.WriteAsync(sql => sql.ExecuteAsync($"DELETE FROM series_states"));
            return $"{StateOf(await story.RunAsync(120))} {StateOf(await story.RunAsync(100))}";
        }
    }

    [Theory, EveryDatabase]
    public async Task A_confirming_job_is_canceled_when_a_newer_report_no_longer_suspects_the_change(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await using var story = await ConfirmingStory.BeginAsync(server);
        var suspected = await story.SuspectAsync(120);
        var confirming = (string)suspected["changes"]!["confirmation"]!["job"]!;

        // Ordinary jobs go first.
        await story.RunAsync(120);
        Assert.Equal("pending", await story.World.StatusAsync(confirming));
        Assert.Equal(1, await server.CountAsync("confirmations"));
        await story.RunAsync(100);

        var canceled = await story.World.JobAsync(confirming);
        Assert.Equal("canceled", (string)canceled["status"]!);
        Assert.Contains("no longer suspects", (string)canceled["reason"]!, StringComparison.Ordinal);
        Assert.Equal("canceled", (string)canceled["confirmation"]!["state"]!);
    }

    [Theory, EveryDatabase]
    public async Task An_original_runner_reproduces_a_change_in_two_ordinary_jobs_without_proving_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await using var story = await ConfirmingStory.BeginAsync(server, isOriginal: true);
        var suspected = await story.SuspectAsync(120);

        var first = await story.Runner.TakeAsync();
        Assert.Equal((Pairs, true), ((int)first["config"]!["iter"]!, first["config"]!["pairs"] is null));
        await story.EndSideAsync(first);
        Assert.Equal("open", (string)(await story.ReportAsync(suspected))["changes"]!["confirmation"]!["state"]!);
        var second = await story.Runner.TakeAsync();
        Assert.NotEqual((string)first["config"]!["digest"]!, (string)second["config"]!["digest"]!);
        Assert.Equal("secret", (string)second["config"]!["env"]!["TOKEN"]!);
        await story.EndSideAsync(second);

        await story.World.UntilAsync((string)second["uuid"]!, "processed");
        var report = await story.ReportAsync(suspected);
        Assert.Equal(("suspected", "reproduced"), (StateOf(report), (string)VerdictOf(report)["reruns"]!["state"]!));
        Assert.Equal("undecided", (string)report["changes"]!["confirmation"]!["state"]!);
    }

    [Theory, EveryDatabase]
    public async Task An_original_runner_takes_a_confirming_job_once_the_runner_that_supports_pairs_is_offline(
        Engine engine
    )
    {
        await using var server = await TestServer.StartAsync(engine);
        await using var story = await ConfirmingStory.BeginAsync(server, isOriginal: true);
        var (rig, _) = await story.World.CreateRunnerAsync("Rig");
        await HearAsync(DateTimeOffset.UtcNow);
        await story.SuspectAsync(120);
        await story.Runner.AskAsync(new { @event = "ready", poll_timeout = 1 }, "no_job");

        await HearAsync(DateTimeOffset.UtcNow - TimeSpan.FromHours(1));

        var claim = await story.Runner.TakeAsync();
        Assert.Equal((Pairs, true), ((int)claim["config"]!["iter"]!, claim["config"]!["pairs"] is null));

        // The state that a stopped server leaves behind: a channel, and no further heartbeats.
        Task HearAsync(DateTimeOffset heartbeat) =>
            server.Database.WriteAsync(async sql =>
            {
                var id = await sql.NumberAsync($"SELECT id FROM runners WHERE uuid = {Guid.Parse(rig)}");
                await sql.ExecuteAsync($"UPDATE runner_slots SET channel = {Guid.NewGuid()} WHERE runner_id = {id}");
                await sql.ExecuteAsync($"UPDATE runners SET pairs = 1, last_heartbeat = {heartbeat} WHERE id = {id}");
            });
    }

    [Theory, EveryDatabase]
    public async Task A_failed_confirmation_leaves_the_suspicion_and_a_base_that_fails_twice_is_replaced(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await using var story = await ConfirmingStory.BeginAsync(server);
        List<string> bases = [];
        for (var i = 0; i < 3; i++)
        {
            var suspected = await story.SuspectAsync(120);
            Assert.Equal("suspected", StateOf(suspected));
            var claim = await story.Runner.TakeAsync();
            bases.Add((string)claim["config"]!["pairs"]!["digest"]!);
            await story.FailAsync(claim);
            Assert.Equal("failed", (string)(await story.ReportAsync(suspected))["changes"]!["confirmation"]!["state"]!);
        }
        Assert.Equal(bases[0], bases[1]);
        Assert.NotEqual(bases[0], bases[2]);
    }

    [Theory, EveryDatabase]
    public async Task Confirming_jobs_can_be_turned_off_for_a_project_and_configured_for_a_server(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await using var story = await ConfirmingStory.BeginAsync(server);
        var settings = $"/v0/projects/{story.World.Project}/verdicts";
        var set = (await story.World.Admin.PatchAsync(settings, new { confirming_jobs = false })).Expect(200);
        Assert.False((bool)set["confirming_jobs"]!);

        var suspected = await story.SuspectAsync(120);

        Assert.Equal("suspected", StateOf(suspected));
        Assert.Null(suspected["changes"]!["confirmation"]);
        Assert.Equal(0, await server.CountAsync("confirmations"));
        Assert.Equal(
            ConfirmingJobs.Among,
            JobOptions.FromEnvironment(name => name == "PADDOCK_CONFIRMING_JOBS" ? "among" : null).Confirming
        );
        Assert.Throws<FormatException>(() =>
            JobOptions.FromEnvironment(name => name == "PADDOCK_CONFIRMING_JOBS" ? "first" : null)
        );
    }

    [Theory, EveryDatabase]
    public async Task Deleting_a_report_deletes_its_confirming_job(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await using var story = await ConfirmingStory.BeginAsync(server);
        var suspected = await story.SuspectAsync(120);
        var confirming = (string)suspected["changes"]!["confirmation"]!["job"]!;

        var deleted = await story.World.Admin.DeleteAsync(
            $"/v0/projects/{story.World.Project}/reports/{suspected["uuid"]}"
        );
        Assert.Equal(204, deleted.Status);

        (await story.World.Admin.GetAsync($"{story.World.Jobs}/{confirming}")).Expect(404);
        Assert.Equal(0, await server.CountAsync("confirmations"));
    }

    private static JsonNode VerdictOf(JsonNode report) => Results.Changes.Story.VerdictOf(report);

    private static string StateOf(JsonNode report) => Results.Changes.Story.StateOf(report);
}
