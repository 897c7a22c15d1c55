using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Results.Perf;

/// <summary>The events that a plot marks in the history of its lines.</summary>
public sealed class PlotHistoryTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 27, 10, 0, 0, TimeSpan.Zero);

    [Theory, EveryDatabase]
    public async Task A_plot_marks_the_point_at_which_another_machine_measured(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        foreach (var (i, kernel) in ((int, string)[])[(0, "6.8"), (1, "6.8"), (2, "6.11"), (3, "6.11")])
            await user.RunAsync(
                new(project, Run.Latencies(("parse", 100 + i)))
                {
                    Hash = Run.Commit(i),
                    Start = new(2026, 11, 20, 10, i, 0, TimeSpan.Zero),
                    Context = new Dictionary<string, string>
                    {
                        [RunContext.Environment] = JsonSerializer.Serialize(new { kernel }),
                    },
                }
            );

        var page = await TextAsync(server, $"/perf/{project}/explore");

        Assert.Contains("Other machines <span class=\"count\">1</span>", page, StringComparison.Ordinal);
        Assert.Contains("kernel changed from 6.8 to 6.11", page, StringComparison.Ordinal);
        Assert.Contains("\"machines\":[{\"report\":", page, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task A_line_shows_since_which_commit_it_is_slower(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        for (var i = 0; i < 40; i++)
            await user.RunAsync(
                new(project, Run.Latencies(("parse", (i < 25 ? 100 : 140) + i * 7 % 5), ("print", 50 + i * 7 % 5)))
                {
                    Hash = Run.Commit(i),
                    Start = new DateTimeOffset(2026, 11, 20, 10, 0, 0, TimeSpan.Zero).AddMinutes(i),
                }
            );
        var change = (await user.GetAsync($"/v0/projects/{project}/changes?verdict=slower")).Expect(200)[0]!;

        var page = await TextAsync(server, $"/perf/{project}/explore");

        Assert.Matches(
            $"""<a href="/perf/{project}/changes/{(string)change["uuid"]!}">▲ slower since [0-9a-f]+</a>""",
            page
        );
        Assert.Contains("no open change", page, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task A_branch_shows_its_start_point_and_the_changes_it_inherited(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        Run RunOf(int i, string branch, params (string, double)[] values) =>
            new(project, Run.Latencies(values))
            {
                Branch = branch,
                StartPoint = branch == "main" ? null : new { branch = "main" },
                Hash = Run.Commit(i),
                Start = new DateTimeOffset(2026, 11, 20, 10, 0, 0, TimeSpan.Zero).AddMinutes(i),
            };
        for (var i = 0; i < 40; i++)
            await user.RunAsync(
                RunOf(i, "main", ("parse", (i < 25 ? 100 : 140) + i * 7 % 5), ("print", 50 + i * 7 % 5))
            );
        var report = await user.RunAsync(RunOf(40, "feature", ("parse", 142), ("print", 52)));
        for (var i = 41; i < 71; i++) // Later commits on main do not belong to the feature branch.
        {
            var print = (i < 50 ? 50 : 80) + i * 7 % 5;
            await user.RunAsync(RunOf(i, "main", ("parse", 140 + i * 7 % 5), ("print", print)));
        }
        await user.RunAsync(RunOf(80, "other", ("parse", 142), ("print", 52)));
        var changes = (await user.GetAsync($"/v0/projects/{project}/changes?verdict=slower")).Expect(200).AsArray();

        var opened = await TextAsync(server, $"/perf/{project}/explore");
        var (branch, metrics) = (report["branch"]!, report["results"]![0]!.AsArray());
        var benchmarks = string.Join(',', metrics.Select(one => (string)one!["benchmark"]!["uuid"]!));
        var page = await TextAsync(
            server,
            $"/perf/{project}?branches={(string)branch["uuid"]!}&testbeds={(string)report["testbed"]!["uuid"]!}"
                + $"&benchmarks={benchmarks}&measures={(string)metrics[0]!["measures"]![0]!["measure"]!["uuid"]!}"
        );

        Assert.Equal(2, changes.Count);
        Assert.Matches("The newest report, from <a [^>]+>main on box", opened);
        Assert.DoesNotContain("began at", opened, StringComparison.Ordinal);
        Assert.Contains(
            "Branch <strong>feature</strong> began at <strong>main</strong>",
            page,
            StringComparison.Ordinal
        );
        Assert.Matches("\"begins\":\\[{\"branch\":\"feature\",\"base\":\"main\",\"number\":39,", page);
        Assert.Single(Regex.Matches(page, "▲ slower since [0-9a-f]+, on main</a>"));
        Assert.Contains("no open change", page, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task A_returned_change_shows_the_version_at_which_its_values_recovered(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        for (var i = 0; i < 70; i++)
            await user.RunAsync(
                new(project, Run.Latencies(("parse", (i is >= 25 and < 45 ? 140 : 100) + i * 7 % 5)))
                {
                    Hash = Run.Commit(i),
                    Start = new DateTimeOffset(2026, 11, 20, 10, 0, 0, TimeSpan.Zero).AddMinutes(i),
                }
            );

        var page = await TextAsync(server, $"/perf/{project}/explore");

        var returned = Regex.Match(page, "\"state\":[^,]+,\"before\":[^}]*\"returned\":([0-9]+)");
        Assert.True(returned.Success, page);
        Assert.InRange(int.Parse(returned.Groups[1].Value, CultureInfo.InvariantCulture), 45, 69);
    }

    [Theory, EveryDatabase]
    public async Task A_plot_marks_the_events_of_its_project_that_its_reader_may_see(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, new HandClock(Now));
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        JsonNode report = null!;
        for (var i = 0; i < 40; i++)
            report = await ada.RunAsync(
                new(project, Run.Latencies(("parse", (i < 25 ? 100 : 140) + i * 7 % 5)))
                {
                    Hash = Run.Commit(i),
                    Start = new DateTimeOffset(2026, 11, 20, 10, 0, 0, TimeSpan.Zero).AddMinutes(i),
                }
            );
        var root = $"/v0/projects/{project}";
        var change = (string)(await ada.GetAsync($"{root}/changes")).Expect(200)[0]!["uuid"]!;
        (await ada.PatchAsync($"{root}/changes/{change}", new { state = "accepted", note = "it is safer" })).Expect(
            200
        );
        var model = new { test = "percentage", upper_boundary = 0.2 };
        var threshold = (string)
            (
                await ada.PostAsync(
                    $"{root}/thresholds",
                    new
                    {
                        branch = "main",
                        testbed = "box",
                        measure = "latency",
                        model.test,
                        model.upper_boundary,
                    }
                )
            ).Expect(201)["uuid"]!;
        (await ada.PutAsync($"{root}/thresholds/{threshold}", new { test = "static", upper_boundary = 500.0 })).Expect(
            200
        );
        (await ada.PutAsync($"{root}/thresholds/{threshold}", new { test = (string?)null })).Expect(200);
        (await ada.PatchAsync($"{root}/verdicts", new { alarms = 0.5 })).Expect(200);
        (await ada.PatchAsync($"{root}/testbeds/box", new { name = "box" })).Expect(200);
        await ArchiveAsync(server);

        using var leader = await PageReader.SignInAsync(server, ada.Token);
        var everybody = await TextAsync(server, $"/perf/{project}/explore");
        var own = WebUtility.HtmlDecode((await leader.GetAsync($"/perf/{project}/explore")).Text);

        string[] open =
        [
            "Ada Admin accepted the change of 1 series that became slower: it is safer",
            "The threshold of Latency on main, box was set to percentage of the mean",
            "The threshold of Latency on main, box was changed to fixed limit",
            "The threshold of Latency on main, box was removed",
        ];
        string[] hidden =
        [
            "Retention removed 1,200 values of 2026-01-01 to 2026-01-31",
            "Ada Admin changed how verdicts judge",
            "Ada Admin changed the testbed box",
        ];
        Assert.All(open, text => Assert.Contains(text, everybody, StringComparison.Ordinal));
        Assert.All(hidden, text => Assert.DoesNotContain(text, everybody, StringComparison.Ordinal));
        Assert.All([.. open, .. hidden], text =>
            Assert.Contains($"\"text\":\"{text}\"", own, StringComparison.Ordinal)
        );
        Assert.Contains(
            $"Events meanwhile <span class=\"count\">{open.Length}</span>",
            everybody,
            StringComparison.Ordinal
        );
        Assert.Contains(
            $"<a href=\"/perf/{project}/changes/{change}\">{open[0]}</a>",
            everybody,
            StringComparison.Ordinal
        );

        // A plot of the past shows none of them.
        var metric = report["results"]![0]![0]!;
        var past = await TextAsync(
            server,
            $"/perf/{project}?branches={report["branch"]!["uuid"]}&testbeds={report["testbed"]!["uuid"]}"
                + $"&benchmarks={metric["benchmark"]!["uuid"]}&measures={metric["measures"]![0]!["measure"]!["uuid"]}"
                + $"&end_time={new DateTimeOffset(2026, 11, 20, 12, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds()}"
        );
        Assert.Contains("\"events\":[]", past, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task A_plot_marks_a_new_runner_or_spec_and_names_the_runner_only_to_members(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var other = await world.CreateSpecAsync("Slow Box");
        var (commit, job) = (0, "");
        async Task MeasureAsync(TestRunner runner, string spec)
        {
            var body = world.Run(new { image = JobWorld.Image, spec }, hash: Run.Commit(++commit));
            body["start_time"] = $"2026-11-20T10:0{commit}:00Z";
            body["end_time"] = $"2026-11-20T10:0{commit}:01Z";
            job = (string)(await world.Admin.PostAsync("/v0/run", body)).Expect(201)["job"]!;
            await runner.TakeAsync();
            await runner.AskAsync(new { @event = "running" }, "ack");
            await runner.AskAsync(
                Machines.Jobs.JobLifeTests.Completed(job, Run.Latencies(("parse", 100 + commit))),
                "ack"
            );
        }
        await using (var first = await world.ConnectAsync("Rig One"))
        {
            await MeasureAsync(first, world.Spec);
            await MeasureAsync(first, world.Spec);
        }
        await using (var second = await world.ConnectAsync("Rig Two", specs: [world.Spec, other]))
        {
            await MeasureAsync(second, world.Spec);
            await MeasureAsync(second, other);
        }

        var uuids = await world.ReportAsync(job);
        var metric = uuids["results"]![0]![0]!;
        var plot =
            $"/perf/{world.Project}?branches={uuids["branch"]!["uuid"]}&testbeds={uuids["testbed"]!["uuid"]}"
            + $"&benchmarks={metric["benchmark"]!["uuid"]}&measures={metric["measures"]![0]!["measure"]!["uuid"]}";
        using var member = await PageReader.SignInAsync(server, world.Admin.Token);
        var own = WebUtility.HtmlDecode((await member.GetAsync(plot)).Text);
        var everybody = await TextAsync(server, plot);

        Assert.Contains("Runner Rig Two began to measure box", own, StringComparison.Ordinal);
        Assert.DoesNotContain("Rig One", own, StringComparison.Ordinal);
        Assert.Contains("box is measured with the spec Slow Box", own, StringComparison.Ordinal);
        Assert.Contains("Another runner began to measure box", everybody, StringComparison.Ordinal);
        Assert.DoesNotContain("Rig Two", everybody, StringComparison.Ordinal);
    }

    // Leaves the row of an archive, as a retention sweep does.
    private static async Task ArchiveAsync(TestServer server)
    {
        var (first, last) = (Now.AddDays(-330), Now.AddDays(-300));
        await server.Database.WriteAsync(sql =>
            sql.ExecuteAsync(
                $"""
                INSERT INTO retention_archives (uuid, project_id, key, whole, first_time, last_time, reports, metrics, size, created)
                SELECT {Guid.NewGuid()}, id, 'archives/x', 1, {first}, {last}, 12, 1200, 1, {Now} FROM projects
                """
            )
        );
    }

    private static async Task<string> TextAsync(TestServer server, string path)
    {
        using var reader = new PageReader(server.Address);
        return WebUtility.HtmlDecode((await reader.GetAsync(path, ("Accept", "text/html"))).Text);
    }
}
