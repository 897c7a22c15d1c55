using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Results.Reports;

/// <summary>
/// A benchmark, branch, testbed or measure whose name or slug has changed is still found under the old one.
/// </summary>
public sealed class RenamedTests
{
    [Theory, EveryDatabase]
    public async Task Results_under_the_old_or_the_new_name_belong_to_the_renamed_benchmark(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, project) = await OneRunAsync(server);
        var uuid = await PatchAsync(ada, project, "benchmarks/old-b", new { name = "new-b" });

        var old = await ada.RunAsync(new(project, Run.Latencies(("old-b", 2))));
        var @new = await ada.RunAsync(new(project, Run.Latencies(("new-b", 3))));
        var again = await ada.RunAsync(new(project, Run.Latencies(("new-b", 4)))); // From the cache, if there is one.

        Assert.All([old, @new, again], report =>
            Assert.Equal(uuid, (string?)report["results"]![0]![0]!["benchmark"]!["uuid"])
        );
        Assert.All([old, @new, again], report =>
            Assert.Equal("new-b", (string?)report["results"]![0]![0]!["benchmark"]!["name"])
        );
        Assert.Equal(1, await server.CountAsync("benchmarks"));
    }

    [Theory, EveryDatabase]
    public async Task Results_belong_to_a_benchmark_whose_slug_was_changed(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, project) = await OneRunAsync(server);
        var uuid = await PatchAsync(ada, project, "benchmarks/old-b", new { slug = "other" });

        var report = await ada.RunAsync(new(project, Run.Latencies(("old-b", 2))));

        Assert.Equal(uuid, (string?)report["results"]![0]![0]!["benchmark"]!["uuid"]);
    }

    [Theory, EveryDatabase]
    public async Task Runs_find_a_renamed_branch_testbed_and_measure_under_both_names(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, project) = await OneRunAsync(server);
        var branch = await PatchAsync(ada, project, "branches/main", new { name = "trunk" });
        var testbed = await PatchAsync(ada, project, "testbeds/box", new { name = "rack" });
        var measure = await PatchAsync(ada, project, "measures/latency", new { name = "time" });

        foreach (
            var (on, at, of) in ((string, string, string)[])[("trunk", "rack", "time"), ("main", "box", "latency")]
        )
        {
            var report = await ada.RunAsync(new(project, Run.Measured(("old-b", of, 2))) { Branch = on, Testbed = at });

            Assert.Equal(branch, (string?)report["branch"]!["uuid"]);
            Assert.Equal(testbed, (string?)report["testbed"]!["uuid"]);
            Assert.Equal(measure, (string?)report["results"]![0]![0]!["measures"]![0]!["measure"]!["uuid"]);
        }
    }

    [Theory, EveryDatabase]
    public async Task A_built_in_measure_is_found_under_its_original_slug_after_a_slug_change(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, project) = await OneRunAsync(server);
        var measure = await PatchAsync(ada, project, "measures/latency", new { slug = "wall-time" });

        var report = await ada.RunAsync(
            new(project, Run.Latencies(("old-b", 2))) { Thresholds = Run.UpperThreshold("percentage", 0.5) }
        );

        Assert.Equal(measure, (string?)report["results"]![0]![0]!["measures"]![0]!["measure"]!["uuid"]);
        Assert.NotNull(report["results"]![0]![0]!["measures"]![0]!["threshold"]);
    }

    [Theory, EveryDatabase]
    public async Task A_renamed_branch_is_a_start_point_under_both_names(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, project) = await OneRunAsync(server);
        var main = await PatchAsync(ada, project, "branches/main", new { name = "trunk" });

        foreach (var name in (string[])["main", "trunk"])
        {
            var report = await ada.RunAsync(
                new(project, Run.Latencies(("old-b", 2)))
                {
                    Branch = "from-" + name,
                    StartPoint = new { branch = name },
                }
            );

            Assert.Equal(main, (string?)report["branch"]!["head"]!["start_point"]!["branch"]);
            Assert.Null(report["notices"]);
        }
    }

    private static async Task<(TestUser Ada, string Project)> OneRunAsync(TestServer server)
    {
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        await ada.RunAsync(new(project, Run.Latencies(("old-b", 1))));
        return (ada, project);
    }

    private static async Task<string?> PatchAsync(Client user, string project, string path, object patch) =>
        (string?)(await user.PatchAsync($"/v0/projects/{project}/{path}", patch)).Expect(200)["uuid"];
}
