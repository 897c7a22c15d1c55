using Paddock.Core.Names;
using Paddock.Server.Catalog.Benchmarks;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Catalog.Benchmarks;

public sealed class BenchmarkTests
{
    [Theory, EveryDatabase]
    public async Task A_report_creates_its_benchmarks_once_and_gives_each_a_unique_slug(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");

        for (var i = 0; i < 2; i++)
            await ada.RunAsync(new(project, Run.Latencies(("plain", 1), ("A::b(c)", 2), ("A::b[c]", 3))));

        var found = (await ada.GetAsync($"/v0/projects/{project}/benchmarks")).Expect(200).AsArray();
        Assert.Equal(["A::b(c)", "A::b[c]", "plain"], found.Select(b => (string?)b!["name"]));
        string[] slugs = [.. found.Select(b => (string)b!["slug"]!)];
        Assert.Equal("plain", slugs[2]);
        Assert.Contains("a-b-c", slugs);
        Assert.Contains(slugs, slug =>
            slug.Length == "a-b-c-".Length + 8 && slug.StartsWith("a-b-c-", StringComparison.Ordinal)
        );
    }

    [Theory, EveryDatabase]
    public async Task A_report_finds_a_benchmark_by_UUID_and_is_refused_when_the_UUID_is_unknown(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        var uuid = (string)
            (await ada.PostAsync($"/v0/projects/{project}/benchmarks", new { name = "Ours" })).Expect(201)["uuid"]!;

        var report = await ada.RunAsync(new(project, Run.Latencies((uuid, 1))));
        var refused = await ada.PostAsync(
            "/v0/run",
            new Run(project, Run.Latencies(("new", 1), (Guid.NewGuid().ToString(), 1))).ToJson()
        );

        Assert.Equal("Ours", (string?)report["results"]![0]![0]!["benchmark"]!["name"]);
        Assert.Equal(404, refused.Status);
        Assert.Equal(1, await server.CountAsync("benchmarks"));
        Assert.Equal(1, await server.CountAsync("reports"));
    }

    [Theory, EveryDatabase]
    public async Task A_name_that_looks_like_a_slug_finds_the_benchmark_of_that_name(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        var uuid = (string?)
            (await ada.PostAsync($"/v0/projects/{project}/benchmarks", new { name = "plain", slug = "other" })).Expect(
                201
            )["uuid"];

        var report = await ada.RunAsync(new(project, Run.Latencies(("fine", 1), ("plain", 2))));

        Assert.Equal(uuid, (string?)report["results"]![0]![1]!["benchmark"]!["uuid"]);
        Assert.Equal(2, await server.CountAsync("benchmarks"));
    }

    [Theory, EveryDatabase]
    public async Task A_report_unarchives_the_benchmarks_measures_and_testbeds_that_it_names(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        await ada.RunAsync(new(project, Run.Latencies(("a", 1), ("b", 1))));
        foreach (var name in (string[])["a", "b"])
            await ada.PatchAsync($"/v0/projects/{project}/benchmarks/{name}", new { archived = true });
        await ada.PatchAsync($"/v0/projects/{project}/measures/latency", new { archived = true });
        await ada.PatchAsync($"/v0/projects/{project}/testbeds/box", new { archived = true });

        await ada.RunAsync(new(project, Run.Latencies(("a", 1))));

        Assert.Equal(["a"], await NamesAsync(ada, $"/v0/projects/{project}/benchmarks"));
        Assert.Equal(["b"], await NamesAsync(ada, $"/v0/projects/{project}/benchmarks?archived=true"));
        Assert.Equal(["Latency"], await NamesAsync(ada, $"/v0/projects/{project}/measures"));
        Assert.Equal(["box"], await NamesAsync(ada, $"/v0/projects/{project}/testbeds"));
    }

    [Theory, EveryDatabase]
    public async Task Benchmarks_with_the_same_slug_stem_are_created_in_bulk_and_found_again(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Demo");
        var stem = new string('x', 64);
        var references = Enumerable
            .Range(0, 1000)
            .Select(i => NameId<BenchmarkName>.OfName(Text.Parse<BenchmarkName>(stem + i)))
            .ToList();
        var now = new DateTimeOffset(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

        var made = await server.Database.WriteAsync(async sql =>
            await BenchmarkTable.GetOrCreateAsync(sql, await DemoAsync(sql), references, now)
        );
        var found = await server.Database.WriteAsync(async sql =>
            await BenchmarkTable.GetOrCreateAsync(sql, await DemoAsync(sql), references, now)
        );

        Assert.Equal(1000, made.Values.Select(row => row.Slug).Distinct().Count());
        Assert.Equal(
            made.OrderBy(m => m.Key.Value, StringComparer.Ordinal),
            found.OrderBy(m => m.Key.Value, StringComparer.Ordinal)
        );
        Assert.All(made, pair => Assert.Equal(pair.Key.Value, pair.Value.Name));
    }

    [Theory, EveryDatabase]
    public async Task Concurrent_reports_of_the_same_new_benchmarks_all_succeed(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        var names = Enumerable.Range(0, 40).Select(i => $"Bench {i}").ToArray();

        var replies = await Task.WhenAll(
            Enumerable
                .Range(0, 16)
                .Select(seed =>
                {
                    var shuffled = names.ToArray();
                    new Random(seed).Shuffle(shuffled);
                    return ada.PostAsync(
                        "/v0/run",
                        new Run(project, Run.Latencies([.. shuffled.Select(name => (name, 1.0))]))
                        {
                            Testbed = $"box-{seed % 3}",
                        }.ToJson()
                    );
                })
        );

        Assert.All(replies, reply => reply.Expect(201));
        Assert.Equal(40, await server.CountAsync("benchmarks"));
        Assert.Equal(3, await server.CountAsync("testbeds"));
        Assert.Equal(1, await server.CountAsync("measures"));
    }

    [Theory, EveryDatabase]
    public async Task Concurrent_creations_of_the_same_benchmark_succeed_once(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");

        var replies = await Task.WhenAll(
            Enumerable
                .Range(0, 16)
                .Select(_ => ada.PostAsync($"/v0/projects/{project}/benchmarks", new { name = "Same" }))
        );

        Assert.Single(replies, reply => reply.Status == 201);
        Assert.All(replies, reply => Assert.Contains(reply.Status, (int[])[201, 409]));
    }

    [Theory, EveryDatabase]
    public async Task A_benchmark_with_results_cannot_be_deleted_until_its_report_is_deleted(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        var report = await ada.RunAsync(new(project, Run.Latencies(("a", 1))));

        var refused = await ada.DeleteAsync($"/v0/projects/{project}/benchmarks/a");
        Assert.Equal(204, (await ada.DeleteAsync($"/v0/projects/{project}/reports/{report["uuid"]}")).Status);
        var deleted = await ada.DeleteAsync($"/v0/projects/{project}/benchmarks/a");

        Assert.Equal(409, refused.Status);
        Assert.Contains("\"a\"", refused.Message, StringComparison.Ordinal);
        Assert.Equal(204, deleted.Status);
        Assert.Equal(0, deleted.TotalCount);
        Assert.Equal(0, await server.CountAsync("benchmarks"));
    }

    [Theory, EveryDatabase]
    public async Task A_search_ignores_case_and_supports_wildcards_and_a_name_filter_is_exact(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        foreach (var name in (string[])["Über Alles", "other", "x_z"])
            (await ada.PostAsync($"/v0/projects/{project}/benchmarks", new { name })).Expect(201);
        var path = $"/v0/projects/{project}/benchmarks";

        Assert.Equal(["Über Alles"], await NamesAsync(ada, path + "?search=" + Uri.EscapeDataString("ÜBER A")));
        Assert.Equal(["x_z"], await NamesAsync(ada, path + "?search=X%25Z"));
        Assert.Equal(["other", "x_z", "Über Alles"], await NamesAsync(ada, path + "?search="));
        Assert.Equal([], await NamesAsync(ada, path + "?search=nothing%5C"));
        Assert.Equal(400, (await ada.GetAsync(path + "?search=a%00b")).Status);
        Assert.Equal(["other"], await NamesAsync(ada, path + "?name=other"));
        Assert.Equal([], await NamesAsync(ada, path + "?name=OTHER"));
        Assert.Equal(400, (await ada.GetAsync(path + "?name=")).Status);
    }

    [Theory, EveryDatabase]
    public async Task A_list_is_paged_and_reports_its_total_count(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        for (var i = 0; i < 10; i++)
            (await ada.PostAsync($"/v0/projects/{project}/benchmarks", new { name = $"b{i}" })).Expect(201);
        var path = $"/v0/projects/{project}/benchmarks";

        var first = await ada.GetAsync(path);
        Assert.Equal(8, first.Json.AsArray().Count);
        Assert.Equal(10, first.TotalCount);
        Assert.Equal(["b8", "b9"], await NamesAsync(ada, path + "?page=2"));
        Assert.Equal(["b9", "b8", "b7"], await NamesAsync(ada, path + "?direction=desc&per_page=3"));
        Assert.Equal([], await NamesAsync(ada, path + "?page=4294967295&per_page=255"));
        Assert.Equal([], await NamesAsync(ada, path + "?per_page=0"));
    }

    private static async Task<IEnumerable<string?>> NamesAsync(Client client, string path) =>
        (await client.GetAsync(path)).Expect(200).AsArray().Select(item => (string?)item!["name"]);

    private static async Task<ProjectRow> DemoAsync(Sql sql) =>
        (await ProjectTable.FindAsync(sql, ResourceId.Of(Text.Parse<Slug>("demo"))))!;
}
