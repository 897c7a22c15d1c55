using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Tests.Results.Perf;

public sealed class PerfTests
{
    [Theory, EveryDatabase]
    public async Task Points_are_sorted_by_version_then_time_then_iteration(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        await user.RunAsync(At(project, version: 1, minute: 9, 1, 2));
        await user.RunAsync(At(project, version: 2, minute: 1, 5));
        await user.RunAsync(At(project, version: 1, minute: 3, 0));

        var line = Assert.Single((await PlotAsync(user, project))["results"]!.AsArray())!;

        Assert.Equal([0, 1, 2, 5], line["metrics"]!.AsArray().Select(m => (double)m!["metric"]!["value"]!));
        Assert.Equal([0, 0, 0, 1], line["metrics"]!.AsArray().Select(m => (int)m!["version"]!["number"]!));
    }

    [Theory, EveryDatabase]
    public async Task A_reset_branch_shows_new_points_and_its_old_head_shows_inherited_and_own_points(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        await user.RunAsync(At(project, version: 1, minute: 1, 10));
        var before = await user.RunAsync(
            At(project, version: 7, minute: 2, 11) with
            {
                Branch = "feature",
                StartPoint = new { branch = "main" },
            }
        );
        await user.RunAsync(
            At(project, version: 8, minute: 3, 12) with
            {
                Branch = "feature",
                StartPoint = new { reset = true },
            }
        );

        var now = await PlotAsync(user, project, branch: "feature");
        var then = await PlotAsync(
            user,
            project,
            branch: "feature",
            more: $"&heads={before["branch"]!["head"]!["uuid"]}"
        );

        Assert.Equal([12], Values(now));
        Assert.Equal([10, 11], Values(then));
    }

    [Theory, EveryDatabase]
    public async Task The_start_and_end_time_of_a_plot_are_returned_to_the_millisecond(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        await user.RunAsync(At(project, version: 1, minute: 1, 10));
        var hour = new DateTimeOffset(2026, 11, 20, 10, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

        foreach (var form in (string[])["", "&form=compact"])
        {
            var plot = await PlotAsync(user, project, more: $"&start_time={hour + 7}&end_time={hour + 600_500}{form}");
            Assert.Equal("2026-11-20T10:00:00.007Z", (string)plot["start_time"]!);
            Assert.Equal("2026-11-20T10:10:00.500Z", (string)plot["end_time"]!);
        }
        var whole = await PlotAsync(user, project, more: $"&start_time={hour}");
        Assert.Equal("2026-11-20T10:00:00Z", (string)whole["start_time"]!);
    }

    [Theory, EveryDatabase]
    public async Task Start_time_and_end_time_limit_the_points_of_a_plot(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        for (var i = 1; i <= 4; i++)
            await user.RunAsync(At(project, version: i, minute: i, i));
        long Ms(int minute) => new DateTimeOffset(2026, 11, 20, 10, minute, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

        var plot = await PlotAsync(user, project, more: $"&start_time={Ms(2)}&end_time={Ms(3) + 1000}");

        Assert.Equal([2, 3], Values(plot));
        Assert.Equal("2026-11-20T10:02:00Z", (string?)plot["start_time"]);
    }

    [Theory, EveryDatabase]
    public async Task A_plot_has_at_most_the_first_255_lines(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        await user.RunAsync(
            new(project, Run.Latencies([.. Enumerable.Range(0, 300).Select(i => ($"b{i:000}", (double)i))]))
        );
        var benchmarks = new List<string>();
        foreach (var page in new[] { 1, 2 })
            benchmarks.AddRange(
                (await user.GetAsync($"/v0/projects/{project}/benchmarks?per_page=255&page={page}"))
                    .Expect(200)
                    .AsArray()
                    .Select(b => (string)b!["uuid"]!)
            );

        var plot = await PlotAsync(user, project, benchmarks: string.Join(',', benchmarks));

        Assert.Equal(300, benchmarks.Count);
        Assert.Equal(255, plot["results"]!.AsArray().Count);
        Assert.Equal(254, (double)plot["results"]![254]!["metrics"]![0]!["metric"]!["value"]!);
    }

    [Theory, EveryDatabase]
    public async Task A_metric_is_found_by_the_UUID_from_a_plot(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        await user.RunAsync(At(project, version: 1, minute: 1, 3, 4));
        var uuid = (string)(await PlotAsync(user, project))["results"]![0]!["metrics"]![1]!["metric"]!["uuid"]!;

        var metric = (await user.GetAsync($"/v0/projects/{project}/metrics/{uuid}")).Expect(200);

        Assert.Equal((4.0, 1), ((double)metric["metric"]!["value"]!, (int)metric["iteration"]!));
    }

    [Theory, EveryDatabase]
    public async Task Outsiders_see_no_plot_of_a_private_project(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.SignUpAsync("Ada Admin");
        var (owner, outsider) = (await server.SignUpAsync("Olga Owner"), await server.SignUpAsync("Otto Outsider"));
        var project = await owner.CreateProjectAsync("Secret");
        (await owner.PatchAsync($"/v0/projects/{project}", new { visibility = "private" })).Expect(200);
        await owner.RunAsync(At(project, version: 1, minute: 1, 1));
        var query = await QueryAsync(owner, project, "main", benchmarks: null);

        Assert.Equal(200, (await owner.GetAsync(query)).Status);
        Assert.Equal(404, (await outsider.GetAsync(query)).Status);
        Assert.Equal(404, (await server.GetAsync(query)).Status);
    }

    private static Run At(string project, int version, int minute, params double[] iterations) =>
        new(project, [.. iterations.Select(value => Run.Latencies(("a", value)))])
        {
            Hash = Run.Commit(version),
            Start = new(2026, 11, 20, 10, minute, 0, TimeSpan.Zero),
        };

    private static async Task<JsonNode> PlotAsync(
        Client user,
        string project,
        string branch = "main",
        string? benchmarks = null,
        string more = ""
    ) => (await user.GetAsync(await QueryAsync(user, project, branch, benchmarks) + more)).Expect(200);

    private static async Task<string> QueryAsync(Client user, string project, string branch, string? benchmarks)
    {
        async Task<string> FirstAsync(string nouns, string filter = "") =>
            (string)(await user.GetAsync($"/v0/projects/{project}/{nouns}?{filter}")).Expect(200)[0]!["uuid"]!;
        return $"/v0/projects/{project}/perf?branches={await FirstAsync("branches", $"name={branch}")}&"
            + $"testbeds={await FirstAsync("testbeds")}"
            + $"&measures={await FirstAsync("measures")}&benchmarks={benchmarks ?? await FirstAsync("benchmarks")}";
    }

    private static IEnumerable<double> Values(JsonNode plot) =>
        plot["results"]![0]!["metrics"]!.AsArray().Select(m => (double)m!["metric"]!["value"]!);
}
