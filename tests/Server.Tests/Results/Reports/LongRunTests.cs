using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Reports;
using Run = Paddock.Testing.Run;

namespace Paddock.Server.Tests.Results.Reports;

/// <summary>A run with very many results is recorded in slices, and other writers write between them.</summary>
public sealed class LongRunTests
{
    private const int Names = 3 * RunSlices.ResultsMax;

    private static readonly string[] Tables =
    [
        "reports",
        "metrics",
        "alerts",
        "series_states",
        "report_verdicts",
        "versions",
    ];

    [Theory, EveryDatabase]
    public async Task Other_clients_write_between_slices_and_see_the_report_only_when_it_is_complete(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        var listed = new List<int>();
        server.Part<LongRuns>().AfterSlice = async () =>
        {
            await ada.RunAsync(new Run(project, Run.Latencies(("other", 1))) { Branch = "other" });
            listed.Add((await ada.GetAsync($"/v0/projects/{project}/reports")).Expect(200).AsArray().Count);
            listed.Add(
                (await ada.GetAsync($"/v0/projects/{project}/export?format=csv&branch=main")).Text.Split('\n').Length
            );
        };

        var report = await ada.RunAsync(Many(project, value: 1));

        Assert.Equal([1, 2, 2, 2], listed); // The other runs; the table's head and an empty line.
        Assert.Equal(Names, report["results"]![0]!.AsArray().Count);
        var alone = await ada.GetAsync($"/v0/projects/{project}/reports/{(string)report["uuid"]!}");
        Assert.Equal(Sorted(report), Sorted(alone.Expect(200)));
        Assert.Equal(3, (await ada.GetAsync($"/v0/projects/{project}/reports")).TotalCount);
        Assert.Equal(Names + 1, await server.CountAsync("series_states"));
    }

    [Theory, EveryDatabase]
    public async Task Thresholds_and_verdicts_judge_every_slice_as_they_judge_a_short_run(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        var thresholds = Run.UpperThreshold("percentage", 0.5);
        List<JsonNode> before = [];
        for (var i = 0; i < 3; i++)
            before.Add(
                await ada.RunAsync(Many(project, value: 10) with { Hash = Run.Commit(i), Thresholds = thresholds })
            );
        // The second run was judged by one value, in every slice.
        var stored = (await ada.GetAsync($"/v0/projects/{project}/reports/{before[1]["uuid"]}")).Expect(200);
        foreach (var second in new[] { before[1], stored })
            Assert.Contains($" and {Names - 3} more ", second["notices"]!.ToJsonString(), StringComparison.Ordinal);

        var report = await ada.RunAsync(Many(project, value: 100) with { Hash = Run.Commit(3) });

        Assert.Equal(Names, report["alerts"]!.AsArray().Count);
        Assert.Equal(Names, await server.CountAsync("alerts"));
        Assert.Equal(4 * Names, await server.CountAsync("metrics"));
        Assert.All(report["results"]![0]!.AsArray(), result => Assert.NotNull(result!["measures"]![0]!["verdict"]));
    }

    [Theory, EveryDatabase]
    public async Task A_report_of_the_same_branch_recorded_between_slices_counts_as_the_newer_one(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        var isFirst = true;
        server.Part<LongRuns>().AfterSlice = async () =>
        {
            if (!isFirst)
                return;
            isFirst = false;
            await ada.RunAsync(
                new Run(project, Run.Latencies(("Benchmark 0", 2), ($"Benchmark {Names - 1}", 2)))
                {
                    Hash = Run.Commit(2),
                }
            );
        };

        await ada.RunAsync(Many(project, value: 1) with { Hash = Run.Commit(1) });

        Assert.Equal(Names + 2, await server.CountAsync("metrics"));
        var next = await ada.RunAsync(
            new Run(project, Run.Latencies(("Benchmark 0", 3), ($"Benchmark {Names - 1}", 3))) { Hash = Run.Commit(3) }
        );
        Assert.Equal(2, next["results"]![0]!.AsArray().Count);
    }

    [Theory, EveryDatabase]
    public async Task A_run_that_fails_between_two_slices_leaves_no_results(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        var key = Guid.NewGuid();
        var run = Many(project, value: 1) with { IdempotencyKey = key };
        var runs = server.Part<LongRuns>();
        runs.AfterSlice = () => throw new InvalidOperationException("The disk is full.");

        Assert.Equal(500, (await ada.PostAsync("/v0/run", run.ToJson())).Status);
        foreach (var table in Tables)
            Assert.Equal(0, await server.CountAsync(table));

        runs.AfterSlice = null;
        await ada.RunAsync(run); // The same run without the mistake.
        Assert.Equal(Names, await server.CountAsync("metrics"));
    }

    [Theory, EveryDatabase]
    public async Task A_run_whose_report_is_deleted_between_slices_fails_with_a_message(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        server.Part<LongRuns>().AfterSlice = () =>
            server.Database.WriteAsync(sql => sql.ExecuteAsync($"DELETE FROM reports"));

        var ended = await ada.PostAsync("/v0/run", Many(project, value: 1).ToJson());

        Assert.Equal(409, ended.Status);
        Assert.Contains("was deleted", ended.Message, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task The_partial_report_of_an_unfinished_run_is_removed_later(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        var runs = server.Part<LongRuns>();
        var (never, began) = (new TaskCompletionSource(), new TaskCompletionSource());
        runs.AfterSlice = () =>
        {
            began.TrySetResult();
            return never.Task;
        };
        var run = Many(project, value: 1) with { IdempotencyKey = Guid.NewGuid() };
        var cutOff = ada.PostAsync("/v0/run", run.ToJson());
        await began.Task;

        var again = await ada.PostAsync("/v0/run", run.ToJson());
        Assert.Equal(409, again.Status);
        Assert.Contains("being recorded", again.Message, StringComparison.Ordinal);
        await runs.TidyAsync(serverBegan: null);
        Assert.Equal(1, await server.CountAsync("reports"));
        clock.Advance(TimeSpan.FromHours(1));
        await runs.TidyAsync(serverBegan: null);
        foreach (var table in Tables)
            Assert.Equal(0, await server.CountAsync(table));

        never.SetResult(); // It continues after all, late: its report is deleted.
        Assert.Equal(409, (await cutOff).Status);
    }

    private static Run Many(string project, double value) =>
        new(project, Run.Latencies([.. Enumerable.Range(0, Names).Select(i => ($"Benchmark {i}", value))]));

    private static List<string> Sorted(JsonNode report) =>
        [.. report["results"]![0]!.AsArray().Select(result => result!.ToJsonString()).Order(StringComparer.Ordinal)];
}
