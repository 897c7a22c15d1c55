using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Paddock.Server.Outside.Retention;
using Paddock.Server.Tests.House;
using Paddock.Server.Tests.Machines.Jobs;

namespace Paddock.Server.Tests.Ground.Database.Plans;

/// <summary>
/// A realistic project among two hundred others; performs every read of it, and the server's periodic work.
/// </summary>
internal sealed class MainReads
{
    private const int Copies = 100; // Of two projects with results.
    private const int Benchmarks = 200;
    private const int WideReports = 6;
    private const int Jobs = 40;

    private readonly PermissionWorld world;
    private readonly string benchmarks;
    private readonly string runner;
    private readonly string runnerKey;
    private int turn;

    private MainReads(PermissionWorld world, string benchmarks, (string Name, string Key) runner)
    {
        (this.world, this.benchmarks) = (world, benchmarks);
        (this.runner, runnerKey) = runner;
    }

    private string Root => $"/v0/projects/{world.Public.Slug}";

    public static async Task<MainReads> SeedAsync(TestServer server)
    {
        var world = await PermissionWorld.MakeAsync(server);
        var project = world.Public.Slug;
        for (var i = 0; i < WideReports; i++)
            await world.Leader.RunAsync(WideOf(project, i));
        for (var i = 0; i < Jobs; i++)
            (await world.Admin.PostAsync("/v0/run", JobOf(world))).Expect(201);
        await server.Database.WriteAsync(async sql =>
        {
            await sql.ExecuteAsync($"UPDATE jobs SET status = 'processed', completed = created");
            await sql.ExecuteAsync(
                $"INSERT INTO job_outputs (key, job_id, created, size) SELECT uuid, id, created, 100 FROM jobs"
            );
        });
        await ManyProjects.CopyAsync(server.Database, Copies);
        var found = (await world.Leader.GetAsync($"/v0/projects/{project}/benchmarks?per_page=250")).Expect(200);
        var rig = (await world.Admin.PostAsync("/v0/runners", new { name = "Rig" })).Expect(201);
        var name = (string)rig["uuid"]!;
        (await world.Admin.PostAsync($"/v0/runners/{name}/specs", new { spec = world.Things["spec"] })).Expect(201);
        return new(
            world,
            string.Join(',', found.AsArray().Take(100).Select(benchmark => (string)benchmark!["uuid"]!)),
            (name, (string)rig["key"]!)
        );
    }

    /// <summary>Sends every request to a server on the database.</summary>
    /// <returns>The requests with unexpected answers.</returns>
    public async Task<List<string>> AskAsync(TestServer server)
    {
        turn++;
        List<string> wrong = [];
        using var leader = server.With(world.Leader.Token);
        using var admin = server.With(world.Admin.Token);
        using var key = server.With(world.Callers.Single(caller => caller.Kind == "organization's key").Token!);
        using var walk = new PermissionWalk(world);
        foreach (
            var (route, rule) in server.Rules.Where(one => one.Route.StartsWith("GET /", StringComparison.Ordinal))
        )
        {
            // A channel is a WebSocket. The server's statistics count whole tables, as documented.
            if (route.EndsWith("/channel", StringComparison.Ordinal) || route == "GET /v0/server/stats")
                continue;
            var caller =
                rule.Who.StartsWith("an administrator", StringComparison.Ordinal) ? admin
                : rule.Who.StartsWith("an organization's key", StringComparison.Ordinal) ? key
                : leader;
            await GetAsync(caller, await walk.AddressAsync("GET", route[4..], world.Public), wrong);
        }
        foreach (var address in Narrowed())
            await GetAsync(leader, address, wrong, expected: 200);
        foreach (var address in (string[])["/v0/jobs", "/v0/jobs?status=pending", "/v0/users?search=ada"])
            await GetAsync(admin, address, wrong, expected: 200);
        await RunJobAsync(server, admin);
        await RetainAsync(server, leader, turn % 2 == 0 ? "drop" : "thin");
        return wrong;
    }

    // Lists and plots with filters.
    private IEnumerable<string> Narrowed()
    {
        var things = world.Public.Things;
        var perf = $"{Root}/perf?{world.Public.PerfQuery}";
        var wide = Regex.Replace(perf, "&benchmarks=[^&]+", $"&benchmarks={benchmarks}");
        yield return wide;
        yield return wide + "&format=compact";
        yield return perf + "&format=compact&start_time=1763596800000&end_time=1795132800000";
        yield return $"{Root}/perf/img?{world.Public.PerfQuery}";
        foreach (
            var query in (string[])
                [
                    "?per_page=100",
                    "?page=2&per_page=20",
                    "?branch=main",
                    "?branch=main&testbed=box",
                    "?sort=date_time&direction=asc",
                    "?start_time=1763596800000&end_time=1795132800000",
                    "?expand=true&per_page=5",
                ]
        )
            yield return $"{Root}/reports{query}";
        foreach (
            var status in (string[])["pending", "claimed", "running", "completed", "processed", "failed", "canceled"]
        )
            yield return $"{Root}/jobs?status={status}";
        foreach (
            var query in (string[])
                [
                    "?state=open",
                    "?verdict=slower",
                    "?branch=main&testbed=box&benchmark=a&measure=latency",
                    "?sort=created&direction=asc",
                ]
        )
            yield return $"{Root}/changes{query}";
        foreach (var query in (string[])["?status=active", "?status=dismissed&archived=true", "?direction=asc"])
            yield return $"{Root}/alerts{query}";
        foreach (var list in (string[])["benchmarks", "branches", "testbeds", "measures"])
        {
            yield return $"{Root}/{list}?search=wide";
            yield return $"{Root}/{list}?name=wide";
        }
        yield return "/v0/projects?search=walk";
        yield return $"{Root}/thresholds?branch=main&testbed=box&measure=latency";
        foreach (var format in (string[])["jsonl", "csv", "parquet"])
            yield return $"{Root}/export?format={format}";
        yield return $"{Root}/metrics/{things["metric"]}";
        yield return $"{Root}/compare?base=main&head=wide";
        yield return $"{Root}/retention/preview?policy=thin&days=90";
        yield return $"/console/projects/{world.Public.Slug}/reports?branch=main&testbed=box";
        yield return $"/console/projects/{world.Public.Slug}/changes?benchmark=a";
        yield return $"/console/projects/{world.Public.Slug}/jobs?status=processed";
    }

    private async Task RunJobAsync(TestServer server, Client admin)
    {
        await using var rig = await TestRunner.ConnectAsync(server.Address, runner, runnerKey);
        (await admin.PostAsync("/v0/run", JobOf(world))).Expect(201);
        var job = (string)(await rig.TakeAsync())["uuid"]!;
        await rig.AskAsync(new { @event = "running" }, "ack");
        await rig.AskAsync(JobLifeTests.Completed(job, Run.Latencies(("a", 100))), "ack");
        Assert.Equal("processed", (string)(await admin.GetAsync($"{Root}/jobs/{job}")).Expect(200)["status"]!);
    }

    private async Task RetainAsync(TestServer server, Client leader, string policy)
    {
        await leader.RunAsync(WideOf(world.Public.Slug, WideReports + turn));
        (await leader.PatchAsync($"{Root}/retention", new { policy, days = 90 })).Expect(200);
        await server.Database.WriteAsync(async sql =>
        {
            await sql.ExecuteAsync($"UPDATE retentions SET looked = NULL, swept = NULL, round_began = NULL");
        });
        await server.Part<SweepRetention>().RunAsync(CancellationToken.None);
    }

    // Reports old enough for retention.
    private static Run WideOf(string project, int number) =>
        new(project, Run.Latencies([.. Enumerable.Range(0, Benchmarks).Select(b => ($"wide {b}", 10.0 + b))]))
        {
            Branch = "wide",
            Hash = Run.Commit(1000 + number),
            Start = DateTimeOffset.UtcNow.AddDays(number - 200),
        };

    private static JsonObject JobOf(PermissionWorld world)
    {
        var body = new Run(world.Public.Slug) { Testbed = "box" }.ToJson();
        body["job"] = JsonSerializer.SerializeToNode(new { image = JobWorld.Image, spec = world.Things["spec"] });
        return body;
    }

    private static async Task GetAsync(Client caller, string address, List<string> wrong, int? expected = null)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        using var response = await caller.Http.GetAsync(
            address,
            HttpCompletionOption.ResponseHeadersRead,
            patience.Token
        );
        var status = (int)response.StatusCode;
        var isStream = response.Content.Headers.ContentType?.MediaType == "text/event-stream";
        var text = isStream ? "" : await response.Content.ReadAsStringAsync(patience.Token);
        if (status >= 500 || expected is { } wanted && status != wanted)
            wrong.Add($"{address} answers {status}: {text}");
    }
}
