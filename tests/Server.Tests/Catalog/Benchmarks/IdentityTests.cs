using System.Text.Json.Nodes;
using Paddock.Core.Names;
using Paddock.Server.Catalog.Benchmarks;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Catalog.Benchmarks;

/// <summary>
/// A benchmark is identified by its full name and keeps its short name, whatever else a run contains.
/// </summary>
public sealed class IdentityTests
{
    [Theory, EveryDatabase]
    public async Task A_benchmark_keeps_its_name_and_history_when_another_package_adds_the_same_name(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, project) = await StartAsync(server);

        var alone = await RunAsync(ada, project, "pkg: example.com/a\nBenchmarkX-2 1 5 ns/op\n");
        var both = await RunAsync(
            ada,
            project,
            "pkg: example.com/a\nBenchmarkX-2 1 6 ns/op\npkg: example.com/b\nBenchmarkX-2 1 50 ns/op\n"
        );
        var again = await RunAsync(ada, project, "pkg: example.com/b\nBenchmarkX-2 1 51 ns/op\n");

        Assert.Equal(["BenchmarkX-2"], alone.Keys);
        Assert.Equal(["BenchmarkX-2", "example.com/b.BenchmarkX-2"], both.Keys);
        Assert.Equal(["example.com/b.BenchmarkX-2"], again.Keys); // Not the first one's name, though now alone.
        Assert.Equal(alone["BenchmarkX-2"], both["BenchmarkX-2"]);
        Assert.Equal(both["example.com/b.BenchmarkX-2"], again["example.com/b.BenchmarkX-2"]);
    }

    [Theory, EveryDatabase]
    public async Task A_benchmark_keeps_its_name_when_a_parameter_variant_disappears_or_is_added(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, project) = await StartAsync(server);

        var two = await RunAsync(ada, project, Jmh("x", "10", "20"));
        var one = await RunAsync(ada, project, Jmh("x", "10"));
        var plain = await RunAsync(ada, project, Jmh("y", "10"));
        var more = await RunAsync(ada, project, Jmh("y", "10", "20"));

        Assert.Equal(["x [size=10]", "x [size=20]"], two.Keys);
        Assert.Equal(["x [size=10]"], one.Keys);
        Assert.Equal(two["x [size=10]"], one["x [size=10]"]);
        Assert.Equal(["y"], plain.Keys);
        Assert.Equal(["y", "y [size=20]"], more.Keys);
        Assert.Equal(plain["y"], more["y"]);
    }

    [Theory, EveryDatabase]
    public async Task A_benchmark_without_a_full_name_gets_one_with_its_next_result(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, project) = await StartAsync(server);
        await RunAsync(ada, project, "pkg: example.com/a\nBenchmarkX-2 1 5 ns/op\n");
        await server.Database.WriteAsync(async sql =>
        {
            await sql.ExecuteAsync($"DELETE FROM benchmark_identities");
            await sql.ExecuteAsync($"UPDATE benchmarks SET bound = 0");
        });

        var first = await RunAsync(ada, project, "pkg: example.com/a\nBenchmarkX-2 1 5 ns/op\n");
        var both = await RunAsync(
            ada,
            project,
            "pkg: example.com/a\nBenchmarkX-2 1 6 ns/op\npkg: example.com/b\nBenchmarkX-2 1 50 ns/op\n"
        );

        Assert.Equal(["BenchmarkX-2"], first.Keys);
        Assert.Equal(first["BenchmarkX-2"], both["BenchmarkX-2"]);
        Assert.Equal(2, await server.CountAsync("benchmarks"));
    }

    [Theory, EveryDatabase]
    public async Task A_benchmark_created_under_its_full_name_is_found_by_a_result_with_that_full_name(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, project) = await StartAsync(server);
        var uuid = (string?)
            (await ada.PostAsync($"/v0/projects/{project}/benchmarks", new { name = "x [size=10]" })).Expect(201)[
                "uuid"
            ];

        var run = await RunAsync(ada, project, Jmh("x", "10"));

        Assert.Equal(uuid, run["x [size=10]"]);
    }

    [Theory, EveryDatabase]
    public async Task A_renamed_benchmark_is_found_by_its_old_and_its_new_full_name(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, project) = await StartAsync(server);
        var before = await RunAsync(ada, project, "pkg: p\nBenchmarkOld-2 1 5 ns/op\n");
        (
            await ada.PatchAsync($"/v0/projects/{project}/benchmarks/benchmarkold-2", new { name = "BenchmarkNew-2" })
        ).Expect(200);

        var old = await RunAsync(ada, project, "pkg: p\nBenchmarkOld-2 1 5 ns/op\n");
        var renamed = await RunAsync(ada, project, "pkg: p\nBenchmarkNew-2 1 5 ns/op\n");
        var other = await RunAsync(ada, project, "pkg: q\nBenchmarkNew-2 1 5 ns/op\n");

        Assert.Equal(["BenchmarkNew-2"], old.Keys);
        Assert.Equal(before["BenchmarkOld-2"], old["BenchmarkNew-2"]);
        Assert.Equal(before["BenchmarkOld-2"], renamed["BenchmarkNew-2"]);
        Assert.Equal(["q.BenchmarkNew-2"], other.Keys);
    }

    [Theory, EveryDatabase]
    public async Task A_result_without_a_package_is_recorded_under_the_benchmark_of_the_same_name(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, project) = await StartAsync(server);
        var full = await RunAsync(ada, project, "pkg: p\nBenchmarkX-2 1 5 ns/op\n");

        var bare = await RunAsync(ada, project, "BenchmarkX-2 1 5 ns/op\n");

        Assert.Equal(full["BenchmarkX-2"], bare["BenchmarkX-2"]);
    }

    [Theory, EveryDatabase]
    public async Task An_archived_benchmark_is_unarchived_by_a_result_with_its_full_name(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, project) = await StartAsync(server);
        var first = await RunAsync(ada, project, "pkg: p\nBenchmarkX-2 1 5 ns/op\n");
        (await ada.PatchAsync($"/v0/projects/{project}/benchmarks/benchmarkx-2", new { archived = true })).Expect(200);

        var second = await RunAsync(ada, project, "pkg: p\nBenchmarkX-2 1 5 ns/op\n");

        Assert.Equal(first["BenchmarkX-2"], second["BenchmarkX-2"]);
        Assert.Equal(1, (await ada.GetAsync($"/v0/projects/{project}/benchmarks")).TotalCount);
    }

    [Theory, EveryDatabase]
    public async Task A_short_name_shared_by_several_full_names_stays_with_the_first_benchmark(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Demo");
        var now = new DateTimeOffset(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
        var name = Text.Parse<BenchmarkName>("x");
        Dictionary<string, BenchmarkName> first = new() { ["p.x"] = name },
            second =
                new()
                {
                    ["p.x"] = name,
                    ["q.x"] = name,
                    ["x"] = name,
                };

        var one = await GetAsync(first);
        var three = await GetAsync(second);
        var same = await GetAsync(second);

        Assert.Equal(one["p.x"].Id, three["p.x"].Id);
        Assert.Equal(["q.x", "x", "x (2)"], three.Values.Select(row => row.Name).Order(StringComparer.Ordinal));
        Assert.Equal(
            three.ToDictionary(row => row.Key, row => row.Value.Id),
            same.ToDictionary(row => row.Key, row => row.Value.Id)
        );

        Task<Dictionary<string, BenchmarkRow>> GetAsync(Dictionary<string, BenchmarkName> wanted) =>
            server.Database.WriteAsync(async sql =>
                await BenchmarkIdentities.GetOrCreateAsync(
                    sql,
                    (await ProjectTable.FindAsync(sql, ResourceId.Of(Text.Parse<Slug>("demo"))))!,
                    wanted,
                    now
                )
            );
    }

    [Theory, EveryDatabase]
    public async Task Concurrent_reports_of_the_same_full_names_all_succeed(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, project) = await StartAsync(server);
        var output = "pkg: p\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"Benchmark{i}-2 1 5 ns/op\n"));

        var replies = await Task.WhenAll(
            Enumerable
                .Range(0, 16)
                .Select(i => ada.PostAsync("/v0/run", new Run(project, output) { Testbed = $"box-{i % 3}" }.ToJson()))
        );

        Assert.All(replies, reply => reply.Expect(201));
        Assert.Equal(40, await server.CountAsync("benchmarks"));
        Assert.Equal(40, await server.CountAsync("benchmark_identities"));
    }

    [Theory, EveryDatabase]
    public async Task The_ignore_suffix_is_not_part_of_the_full_name(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, project) = await StartAsync(server);
        var loud = await RunAsync(ada, project, "test parse ... bench: 5 ns/iter (+/- 1)\n");

        var silent = await RunAsync(ada, project, "test parse_bencher_ignore ... bench: 5 ns/iter (+/- 1)\n");

        Assert.Equal(loud["parse"], silent["parse"]);
    }

    private static async Task<(TestUser Ada, string Project)> StartAsync(TestServer server)
    {
        var ada = await server.SignUpAsync("Ada Admin");
        return (ada, await ada.CreateProjectAsync("Demo"));
    }

    /// <returns>The UUIDs of the report's benchmarks by name.</returns>
    private static async Task<SortedDictionary<string, string>> RunAsync(Client user, string project, string output)
    {
        var report = await user.RunAsync(new(project, output));
        return new(
            report["results"]![0]!
                .AsArray()
                .ToDictionary(r => (string)r!["benchmark"]!["name"]!, r => (string)r!["benchmark"]!["uuid"]!),
            StringComparer.Ordinal
        );
    }

    private static string Jmh(string name, params string[] sizes) =>
        new JsonArray([
            .. sizes.Select(size =>
                JsonNode.Parse(
                    $$"""{"benchmark":"{{name}}","params":{"size":"{{size}}"},"primaryMetric":{"score":2,"scoreError":1,"scoreConfidence":[1,3],"scoreUnit":"ns/op"},"secondaryMetrics":{} }"""
                )
            ),
        ]).ToJsonString();
}
