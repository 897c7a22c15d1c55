using Paddock.Server.Ground.Database;
using Paddock.Server.Tests.Results.Changes;

namespace Paddock.Server.Tests.Results.Perf;

/// <summary>
/// Content embedded in pages of other sites, which is a plot in a frame or a badge, and the data that its script loads.
/// </summary>
public sealed class EmbedPageTests
{
    [Theory, EveryDatabase]
    public async Task A_badge_shows_whether_a_benchmark_is_slower(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await Story.BeginAsync(server);
        using var reader = new PageReader(server.Address);
        async Task<string> BadgeAsync(string query = "") =>
            (await reader.GetAsync("/perf/demo/badge.svg" + query)).Text;

        Assert.Contains("performance: no reports", await BadgeAsync(), StringComparison.Ordinal);
        await story.RunAsync(40, "main", start: null, thresholds: null, ("a", 100), ("b", 100));
        Assert.Contains("performance: steady", await BadgeAsync(), StringComparison.Ordinal);
        await story.RunAsync(8, "main", start: null, thresholds: null, ("a", 135), ("b", 100));
        Assert.Contains(
            "performance: slower since 0000000",
            await BadgeAsync("?branch=main"),
            StringComparison.Ordinal
        );
        await story.RunAsync(20, "main", start: null, thresholds: null, ("a", 135), ("b", 140));
        Assert.Contains("performance: 2 changes", await BadgeAsync(), StringComparison.Ordinal);
        Assert.Contains("performance: no reports", await BadgeAsync("?branch=nowhere"), StringComparison.Ordinal);
        Assert.Equal(
            "public, max-age=300",
            (await reader.GetAsync("/perf/demo/badge.svg")).Headers.CacheControl!.ToString()
        );

        (await ada.PatchAsync("/v0/projects/demo", new { visibility = "private" })).Expect(200);
        Assert.Equal(404, (await reader.GetAsync("/perf/demo/badge.svg")).Status);
    }

    [Theory, EveryDatabase]
    public async Task Other_sites_may_frame_an_embedded_plot_and_no_other_page(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await Story.BeginAsync(server);
        var query = QueryOf(await story.RunAsync(3, 100));
        using var reader = new PageReader(server.Address);

        var embedded = await reader.GetAsync("/perf/demo/embed" + query);
        Assert.Equal(200, embedded.Status);
        Assert.Contains("class=\"value\"", embedded.Text, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors *", PolicyOf(embedded), StringComparison.Ordinal);
        var page = await reader.GetAsync("/perf/demo" + query);
        Assert.Contains("frame-ancestors 'self'", PolicyOf(page), StringComparison.Ordinal);
        foreach (var drawing in (string[])["/perf/demo/perf.svg" + query, "/perf/demo/badge.svg"])
        {
            var policy = PolicyOf(await reader.GetAsync(drawing));
            Assert.Equal("default-src 'none'; style-src 'unsafe-inline'; sandbox", policy);
        }
        Assert.DoesNotContain("unsafe-inline", PolicyOf(page) + PolicyOf(embedded), StringComparison.Ordinal);

        (await ada.PatchAsync("/v0/projects/demo", new { visibility = "private" })).Expect(200);
        Assert.Equal(404, (await reader.GetAsync("/perf/demo/embed" + query)).Status);
    }

    [Theory, EveryDatabase]
    public async Task The_data_of_a_private_plot_is_served_to_the_session_cookie_of_a_member(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await Story.BeginAsync(server);
        var query = QueryOf(await story.RunAsync(3, 100));
        (await ada.PatchAsync("/v0/projects/demo", new { visibility = "private" })).Expect(200);
        using var member = await PageReader.SignInAsync(server, ada.Token);
        using var anonymous = new PageReader(server.Address);

        Assert.Contains(
            "\"count\":3",
            (await member.GetAsync($"/perf/demo/perf.json{query}&format=compact")).Text,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "<svg",
            (await member.GetAsync("/console/projects/demo/perf.svg" + query)).Text,
            StringComparison.Ordinal
        );
        foreach (var path in (string[])["/perf/demo/perf.json", "/perf/demo/perf.svg"])
            Assert.Equal(404, (await anonymous.GetAsync(path + query)).Status);
    }

    private static string PolicyOf(Reply reply) => reply.Headers.GetValues("Content-Security-Policy").Single();

    private static string QueryOf(System.Text.Json.Nodes.JsonNode report)
    {
        var result = report["results"]![0]![0]!;
        return $"?branches={report["branch"]!["uuid"]}&testbeds={report["testbed"]!["uuid"]}&"
            + $"benchmarks={result["benchmark"]!["uuid"]}&measures={result["measures"]![0]!["measure"]!["uuid"]}";
    }
}
