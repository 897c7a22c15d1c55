using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Catalog.Projects;

public sealed class CreationLimitTests
{
    private static readonly (string Kind, Func<int, object> Body)[] OfProject =
    [
        ("branches", i => new { name = $"branch-{i}" }),
        ("testbeds", i => new { name = $"testbed-{i}" }),
        ("benchmarks", i => new { name = $"benchmark-{i}" }),
        ("measures", i => new { name = $"measure-{i}", units = "ns" }),
    ];

    private static readonly object Context = new Dictionary<string, string>
    {
        ["bencher.dev/v0/repo/name"] = "strange",
    };

    [Theory, EveryDatabase]
    public async Task A_project_may_create_a_limited_number_of_each_kind_in_the_window(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await StartAsync(engine, claimed: 2, clock: clock);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        foreach (var (kind, body) in OfProject)
        {
            var all = $"/v0/projects/{project}/{kind}";
            for (var i = 0; i < 2; i++)
                (await ada.PostAsync(all, body(i))).Expect(201);

            var refused = await ada.PostAsync(all, body(2));

            Assert.Equal(429, refused.Status);
            Assert.Contains(kind, refused.Message, StringComparison.Ordinal);
            Assert.Contains("PADDOCK_CREATIONS_CLAIMED_MAX", refused.Message, StringComparison.Ordinal);
            Assert.Equal(2, (await ada.GetAsync(all)).TotalCount);
        }
        // Existing things can still be used.
        await ada.RunAsync(
            new(project, Run.Measured(("benchmark-0", "measure-0", 1))) { Branch = "branch-0", Testbed = "testbed-0" }
        );
        clock.Advance(TimeSpan.FromDays(1));
        foreach (var (kind, body) in OfProject)
            (await ada.PostAsync($"/v0/projects/{project}/{kind}", body(2))).Expect(201);
    }

    [Theory, EveryDatabase]
    public async Task Thresholds_models_heads_and_plots_are_limited_too(Engine engine)
    {
        await using var server = await StartAsync(engine, claimed: 2);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        var report = await ada.RunAsync(new(project, Run.Measured(("a", "latency", 1), ("a", "size", 1))));
        var root = $"/v0/projects/{project}";
        object Threshold(string branch, string measure) =>
            new
            {
                branch,
                testbed = "box",
                measure,
                test = "static",
                upper_boundary = 2.0,
            };
        (await ada.PostAsync(root + "/branches", new { name = "other" })).Expect(201);

        var first = (await ada.PostAsync(root + "/thresholds", Threshold("main", "latency"))).Expect(201);
        (await ada.PostAsync(root + "/thresholds", Threshold("main", "size"))).Expect(201);
        Assert.Equal(429, (await ada.PostAsync(root + "/thresholds", Threshold("other", "size"))).Status);

        Task<Reply> SetAsync(double limit) =>
            ada.PutAsync($"{root}/thresholds/{first["uuid"]}", new { test = "static", upper_boundary = limit });
        (await SetAsync(3)).Expect(200);
        Assert.Equal(429, (await SetAsync(4)).Status);

        var restart = new { start_point = new { reset = true } };
        (await ada.PatchAsync(root + "/branches/other", restart)).Expect(200);
        Assert.Equal(429, (await ada.PatchAsync(root + "/branches/other", restart)).Status);

        var result = report["results"]![0]![0]!;
        var plot = new
        {
            lower_value = false,
            upper_value = false,
            lower_boundary = false,
            upper_boundary = false,
            x_axis = "version",
            window = 86_400,
            branches = new[] { (string)report["branch"]!["uuid"]! },
            testbeds = new[] { (string)report["testbed"]!["uuid"]! },
            benchmarks = new[] { (string)result["benchmark"]!["uuid"]! },
            measures = new[] { (string)result["measures"]![0]!["measure"]!["uuid"]! },
        };
        for (var i = 0; i < 2; i++)
            (await ada.PostAsync(root + "/plots", plot)).Expect(201);
        Assert.Equal(429, (await ada.PostAsync(root + "/plots", plot)).Status);
        Assert.Equal(2, (await ada.GetAsync(root + "/plots")).TotalCount);
    }

    [Theory, EveryDatabase]
    public async Task A_run_over_a_limit_leaves_nothing_behind(Engine engine)
    {
        await using var server = await StartAsync(engine, claimed: 3);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        await ada.RunAsync(new(project, Run.Latencies(("a", 1), ("b", 1))));

        var refused = await SendAsync(ada, new(project, Run.Latencies(("b", 1), ("c", 1), ("d", 1))));

        Assert.Equal(429, refused.Status);
        Assert.Contains("benchmarks", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, (await ada.GetAsync($"/v0/projects/{project}/benchmarks")).TotalCount);
        Assert.Equal(1, (await ada.GetAsync($"/v0/projects/{project}/reports")).TotalCount);
        await ada.RunAsync(new(project, Run.Latencies(("a", 1))));
    }

    [Theory, EveryDatabase]
    public async Task Deleted_projects_count_toward_the_organizations_limit(Engine engine)
    {
        await using var server = await StartAsync(engine, claimed: 2);
        var ada = await server.SignUpAsync("Ada Admin");
        const string all = "/v0/organizations/ada-admin/projects";
        (await ada.PostAsync(all, new { name = "One" })).Expect(201);
        (await ada.PostAsync(all, new { name = "Two" })).Expect(201);
        Assert.Equal(204, (await ada.DeleteAsync("/v0/projects/two")).Status);

        Assert.Equal(429, (await ada.PostAsync(all, new { name = "Three" })).Status);
        Assert.Equal(429, (await SendAsync(ada, new("four", Run.Latencies(("a", 1))) { Context = Context })).Status);
        Assert.Equal(1, (await ada.GetAsync(all)).TotalCount);
    }

    [Theory, EveryDatabase]
    public async Task Metrics_are_limited_until_the_organization_is_claimed(Engine engine)
    {
        await using var server = await StartAsync(engine, claimed: 100, unclaimed: 10);
        var ada = await server.SignUpAsync("Ada Admin");
        var five = Run.Latencies(("a", 1), ("b", 1), ("c", 1), ("d", 1), ("e", 1));
        var run = new Run("open", five) { Context = Context };
        for (var i = 0; i < 2; i++)
            (await SendAsync(server, run)).Expect(201);

        var refused = await SendAsync(server, run);

        Assert.Equal(429, refused.Status);
        Assert.Contains("PADDOCK_CREATIONS_UNCLAIMED_MAX", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Claim the organization", refused.Message, StringComparison.Ordinal);
        var organization = (string)(await ada.GetAsync("/v0/projects/open")).Expect(200)["organization"]!;
        (await ada.PostAsync($"/v0/organizations/{organization}/claim", new { })).Expect(201);
        await ada.RunAsync(run);
    }

    private static Task<Reply> SendAsync(Client client, Run run) => client.PostAsync("/v0/run", run.ToJson());

    private static Task<TestServer> StartAsync(
        Engine engine,
        int claimed,
        int unclaimed = 0,
        HandClock? clock = null
    ) =>
        TestServer.StartAsync(engine, clock ?? new(), with: options =>
            options with
            {
                Limits = options.Limits with { ClaimedCreationsMax = claimed, UnclaimedCreationsMax = unclaimed },
            }
        );
}
