using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Tests.Results.Alerts;

public sealed class AlertTests
{
    private const string Path = "/v0/projects/demo/alerts";

    [Theory, EveryDatabase]
    public async Task An_alert_keeps_showing_the_model_and_version_that_raised_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Demo");
        var report = await ada.RunAsync(
            new("demo", Run.Latencies(("a", 1)), Run.Latencies(("a", 9)))
            {
                Hash = Run.Commit(7),
                Thresholds = Run.UpperThreshold("static", 5),
            }
        );
        await ada.RunAsync(
            new("demo", Run.Latencies(("a", 1))) { Hash = Run.Commit(8), Thresholds = Run.UpperThreshold("static", 50) }
        );

        var alert = (await ada.GetAsync(Path)).Expect(200).AsArray().Single()!;

        Assert.Equal((string?)report["uuid"], (string?)alert["report"]);
        Assert.Equal((string?)report["alerts"]![0]!["uuid"], (string?)alert["uuid"]);
        Assert.Equal(
            (string?)report["results"]![1]![0]!["measures"]![0]!["metric"]!["uuid"],
            (string?)alert["metric"]!["uuid"]
        );
        Assert.Equal(
            (9, 5, "upper", "active"),
            (
                (double)alert["metric"]!["value"]!,
                (double)alert["boundary"]!["upper_limit"]!,
                (string)alert["limit"]!,
                (string)alert["status"]!
            )
        );
        Assert.Equal(5, (double)alert["threshold"]!["model"]!["upper_boundary"]!);
        Assert.NotNull(alert["threshold"]!["model"]!["replaced"]);
        Assert.Equal(
            (0, Run.Commit(7)),
            (
                (int)alert["threshold"]!["branch"]!["head"]!["version"]!["number"]!,
                (string)alert["threshold"]!["branch"]!["head"]!["version"]!["hash"]!
            )
        );
        Assert.Equal("box", (string?)alert["threshold"]!["testbed"]!["name"]);
        // The same alert in its report, except for what has been replaced since.
        var inReport = (await ada.GetAsync($"/v0/projects/demo/reports/{report["uuid"]}")).Expect(200)["alerts"]![0]!;
        Assert.True(JsonNode.DeepEquals(inReport, alert), $"{inReport}\n{alert}");
        Assert.True(JsonNode.DeepEquals((await ada.GetAsync($"{Path}/{alert["uuid"]}")).Expect(200), alert));
    }

    [Theory, EveryDatabase]
    public async Task A_dismissed_alert_stays_dismissed_until_it_is_reactivated(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var ada = await server.SignUpAsync("Ada Admin");
        await RaiseAsync(ada, "a");
        var url = $"{Path}/{(await ada.GetAsync(Path)).Expect(200)[0]!["uuid"]}";
        clock.Advance(TimeSpan.FromMinutes(1));

        var dismissed = (await ada.PatchAsync(url, new { status = "dismissed" })).Expect(200);
        clock.Advance(TimeSpan.FromMinutes(1));
        var touched = (await ada.PatchAsync(url, "{}")).Expect(200);
        var silenced = await ada.PatchAsync(url, new { status = "silenced" });

        Assert.Equal(("dismissed", "dismissed"), ((string)dismissed["status"]!, (string)touched["status"]!));
        Assert.NotEqual((string?)dismissed["created"], (string?)dismissed["modified"]);
        Assert.NotEqual((string?)dismissed["modified"], (string?)touched["modified"]);
        Assert.Equal(400, silenced.Status);
        Assert.Contains("active, dismissed", silenced.Message, StringComparison.Ordinal);
        Assert.Equal("active", (string?)(await ada.PatchAsync(url, new { status = "active" })).Expect(200)["status"]);
        Assert.Equal(404, (await ada.PatchAsync($"{Path}/{Guid.NewGuid()}", new { status = "active" })).Status);
        Assert.Equal(404, (await ada.GetAsync($"{Path}/{Guid.NewGuid()}")).Status);
        Assert.Equal(400, (await ada.GetAsync($"{Path}/first")).Status);
    }

    [Theory, EveryDatabase]
    public async Task Alerts_are_sorted_active_first_and_then_by_latest_change(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var ada = await server.SignUpAsync("Ada Admin");
        await RaiseAsync(ada, "d", "c");
        clock.Advance(TimeSpan.FromMinutes(1));
        await RaiseAsync(ada, "b", "a");
        clock.Advance(TimeSpan.FromMinutes(1));
        await PatchAsync(ada, "c", "dismissed");
        clock.Advance(TimeSpan.FromMinutes(1));
        await PatchAsync(ada, "a", "dismissed");

        Assert.Equal(["b", "d", "a", "c"], await NamesAsync(ada, ""));
        Assert.Equal(["d", "b", "c", "a"], await NamesAsync(ada, "?direction=asc"));
        Assert.Equal(["d", "b", "c", "a"], await NamesAsync(ada, "?sort=created"));
        Assert.Equal(["b", "d", "a", "c"], await NamesAsync(ada, "?sort=created&direction=desc"));
        Assert.Equal(["b", "d"], await NamesAsync(ada, "?status=active"));
        Assert.Equal([], await NamesAsync(ada, "?status=silenced"));
        // Pages continue from one status into the next.
        Assert.Equal(["b"], await NamesAsync(ada, "?per_page=1"));
        Assert.Equal(["d"], await NamesAsync(ada, "?per_page=1&page=2"));
        Assert.Equal(["a"], await NamesAsync(ada, "?per_page=1&page=3"));
        Assert.Equal(["c"], await NamesAsync(ada, "?per_page=3&page=2"));
        Assert.Equal([], await NamesAsync(ada, "?per_page=4&page=2"));
        Assert.Equal([], await NamesAsync(ada, "?per_page=0"));
        Assert.Equal(4, (await ada.GetAsync(Path + "?per_page=1")).TotalCount);
        Assert.Equal(2, (await ada.GetAsync(Path + "?status=dismissed&per_page=0")).TotalCount);
    }

    [Theory, EveryDatabase("branches/main"), EveryDatabase("testbeds/box"), EveryDatabase("measures/latency")]
    public async Task Alerts_of_an_archived_branch_testbed_or_measure_are_listed_only_on_request(
        Engine engine,
        string archived
    )
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        await RaiseAsync(ada, "a");
        Assert.Equal([], await NamesAsync(ada, "?archived=true"));

        (await ada.PatchAsync($"/v0/projects/demo/{archived}", new { archived = true })).Expect(200);

        Assert.Equal([], await NamesAsync(ada, ""));
        Assert.Equal(["a"], await NamesAsync(ada, "?archived=true"));
        Assert.Equal(["a"], await NamesAsync(ada, "?archived=true&status=active"));
    }

    [Theory, EveryDatabase]
    public async Task Deleting_a_report_deletes_its_alerts(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var report = await RaiseAsync(ada, "a", "b");

        Assert.Equal(204, (await ada.DeleteAsync($"/v0/projects/demo/reports/{report["uuid"]}")).Status);

        Assert.Equal([], await NamesAsync(ada, ""));
        Assert.Equal(0, await server.CountAsync("alerts"));
    }

    [Theory, EveryDatabase]
    public async Task Resetting_a_branch_silences_every_alert_of_its_old_head(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        await RaiseAsync(ada, "a", "b");
        await PatchAsync(ada, "b", "dismissed");

        await ada.RunAsync(new("demo", Run.Latencies(("a", 1))) { StartPoint = new { reset = true } });

        Assert.Equal(["a", "b"], await NamesAsync(ada, "?status=silenced"));
        Assert.Empty(await NamesAsync(ada, "?status=dismissed"));
    }

    private static async Task<JsonNode> RaiseAsync(TestUser ada, params string[] benchmarks)
    {
        if ((await ada.GetAsync("/v0/projects/demo")).Status == 404)
            await ada.CreateProjectAsync("Demo");
        var minute = (await ada.GetAsync("/v0/projects/demo/reports")).TotalCount;
        return await ada.RunAsync(
            new(
                "demo",
                Run.Latencies([.. benchmarks.Select(b => (b, 1.0))]),
                Run.Latencies([.. benchmarks.Select(b => (b, 9.0))])
            )
            {
                Thresholds = Run.UpperThreshold("static", 5),
                Start = new DateTimeOffset(2026, 11, 20, 10, minute, 0, TimeSpan.Zero),
            }
        );
    }

    private static async Task PatchAsync(Client client, string benchmark, string status)
    {
        var alert = (await client.GetAsync(Path))
            .Expect(200)
            .AsArray()
            .Single(a => (string?)a!["benchmark"]!["name"] == benchmark);
        (await client.PatchAsync($"{Path}/{alert!["uuid"]}", new { status })).Expect(200);
    }

    private static async Task<IEnumerable<string?>> NamesAsync(Client client, string query) =>
        (await client.GetAsync(Path + query))
            .Expect(200)
            .AsArray()
            .Select(alert => (string?)alert!["benchmark"]!["name"]);
}
