using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Tests.Machines.Jobs;

namespace Paddock.Server.Tests.Ground.Limits;

/// <summary>
/// Dates at which no benchmark can have run: refused in requests, and harmless if an older version has stored them.
/// </summary>
public sealed class DateTests
{
    [Theory]
    [EveryDatabase("0001-01-01T00:00:00Z")]
    [EveryDatabase("1969-12-31T23:59:59Z")]
    [EveryDatabase("2201-01-01T00:00:00Z")]
    [EveryDatabase("9999-12-31T23:59:59Z")]
    public async Task A_date_outside_1970_to_2200_is_refused_with_its_field_and_the_rule(Engine engine, string date)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);

        foreach (var field in new[] { "start_time", "end_time" })
        {
            var run = new Run(world.Project, Run.Latencies(("a", 1))).ToJson();
            run[field] = date;
            AssertRefused(await world.Admin.PostAsync("/v0/run", run), field);
            run.Remove("project");
            AssertRefused(await world.Admin.PostAsync($"/v0/projects/{world.Project}/reports", run), field);
        }
        AssertRefused(
            await world.Admin.PostAsync(
                "/v0/run",
                world.Run(
                    new
                    {
                        image = JobWorld.Image,
                        spec = world.Spec,
                        backdate = date,
                    }
                )
            ),
            "job.backdate"
        );

        Assert.Equal(0, await server.CountAsync("reports"));
        Assert.Equal(0, await server.CountAsync("jobs"));
    }

    [Theory]
    [EveryDatabase("1970-01-01T00:00:00Z")]
    [EveryDatabase("2200-12-31T23:59:59Z")]
    public async Task The_earliest_and_the_latest_date_are_accepted_and_shown_on_every_page(Engine engine, string date)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");

        var report = await ada.RunAsync(
            new Run(project, Run.Latencies(("a", 1)))
            {
                Start = DateTimeOffset.Parse(date, System.Globalization.CultureInfo.InvariantCulture),
                Took = TimeSpan.Zero,
            }
        );

        Assert.Equal(date, (string)report["start_time"]!);
        await AssertShownAsync(server, ada, project, (string)report["uuid"]!);
    }

    [Theory]
    [EveryDatabase(-62_135_596_800L)] // The first second of year 1.
    [EveryDatabase(253_402_300_799L)] // The last second of year 9999.
    [EveryDatabase(long.MaxValue / 2)]
    [EveryDatabase(long.MinValue / 2)]
    public async Task A_date_out_of_range_in_an_older_database_breaks_no_page(Engine engine, long seconds)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        var report = (string)(await ada.RunAsync(new Run(project, Run.Latencies(("a", 1)))))["uuid"]!;
        await server.Database.WriteAsync(async sql =>
        {
            await sql.ExecuteAsync($"UPDATE reports SET start_time = {seconds}, end_time = {seconds}");
            await sql.ExecuteAsync($"UPDATE metrics SET start_time = {seconds}");
        });

        await AssertShownAsync(server, ada, project, report);
    }

    private static void AssertRefused(Reply reply, string field)
    {
        Assert.Equal(400, reply.Status);
        Assert.Contains($"{field}: must be a time in the years 1970 to 2200", reply.Message, StringComparison.Ordinal);
    }

    private static async Task AssertShownAsync(TestServer server, TestUser user, string project, string report)
    {
        using var reader = new PageReader(server.Address);
        foreach (var page in new[] { $"/perf/{project}", $"/perf/{project}/reports/{report}" })
            Assert.Equal(200, (await reader.GetAsync(page)).Status);
        foreach (var list in new[] { "reports", $"reports/{report}", "reports?expand=true", "benchmarks" })
            (await user.GetAsync($"/v0/projects/{project}/{list}")).Expect(200);
        var branch = (string)(await user.GetAsync($"/v0/projects/{project}/branches")).Json[0]!["uuid"]!;
        JsonNode Row(Reply reply) => reply.Json[0]!["uuid"]!;
        var (testbed, benchmark) = (
            Row(await user.GetAsync($"/v0/projects/{project}/testbeds")),
            Row(await user.GetAsync($"/v0/projects/{project}/benchmarks"))
        );
        var measure = Row(await user.GetAsync($"/v0/projects/{project}/measures"));
        var query =
            $"?branches={branch}&testbeds={(string)testbed!}&benchmarks={(string)benchmark!}&"
            + $"measures={(string)measure!}";
        (await user.GetAsync($"/v0/projects/{project}/perf{query}")).Expect(200);
        (await user.GetAsync($"/v0/projects/{project}/perf{query}&format=compact")).Expect(200);
        Assert.Equal(200, (await user.GetAsync($"/v0/projects/{project}/perf/img{query}")).Status);
    }
}
