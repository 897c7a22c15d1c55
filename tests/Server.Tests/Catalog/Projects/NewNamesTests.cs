using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Catalog.Projects;

/// <summary>Anonymous callers may create a limited number of new names; a refused run leaves nothing behind.</summary>
public sealed class NewNamesTests
{
    private static readonly object Context = new Dictionary<string, string>
    {
        ["bencher.dev/v0/repo/name"] = "strange",
    };

    [Theory, EveryDatabase]
    public async Task An_anonymous_run_with_too_many_new_names_is_refused_as_a_whole(Engine engine)
    {
        await using var server = await StartAsync(engine, new HandClock(), perRun: 10, perHour: 1000);
        // 10 names, with the branch, testbed and measure.
        (await server.PostAsync("/v0/run", Named("strange", from: 0, count: 7).ToJson())).Expect(201);

        var refused = await server.PostAsync("/v0/run", Named("strange", from: 7, count: 11).ToJson());
        Assert.Equal(400, refused.Status);
        Assert.Contains("11 names that are new", refused.Message, StringComparison.Ordinal);
        Assert.Equal(7, await server.CountAsync("benchmarks"));
        Assert.Equal(1, await server.CountAsync("reports"));

        // Ten of them are new.
        (await server.PostAsync("/v0/run", Named("strange", from: 0, count: 17).ToJson())).Expect(201);
        Assert.Equal(400, (await server.PostAsync("/v0/run", Named("another", from: 0, count: 11).ToJson())).Status);
        Assert.Equal(1, await server.CountAsync("projects"));
    }

    [Theory, EveryDatabase]
    public async Task An_anonymous_caller_may_create_a_limited_number_of_names_an_hour_in_all_projects(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await StartAsync(engine, clock, perRun: 100, perHour: 30);
        (await server.PostAsync("/v0/run", Named("one", from: 0, count: 17).ToJson())).Expect(201); // 20 names.

        var refused = await server.PostAsync("/v0/run", Named("two", from: 0, count: 8).ToJson());
        Assert.Equal(429, refused.Status);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal(1, await server.CountAsync("projects"));
        // The refused names did not count.
        (await server.PostAsync("/v0/run", Named("two", from: 0, count: 7).ToJson())).Expect(201);
        // None of these names is new.
        (await server.PostAsync("/v0/run", Named("two", from: 0, count: 7).ToJson())).Expect(201);

        clock.Advance(TimeSpan.FromHours(1));
        (await server.PostAsync("/v0/run", Named("one", from: 17, count: 30).ToJson())).Expect(201);
    }

    [Theory, EveryDatabase]
    public async Task Signed_in_users_and_keys_have_no_limit_on_new_names(Engine engine)
    {
        await using var server = await StartAsync(engine, new HandClock(), perRun: 2, perHour: 2);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        using var key = server.With(
            (string)(await ada.PostAsync($"/v0/projects/{project}/keys", new { name = "ci" })).Expect(201)["key"]!
        );

        await ada.RunAsync(Named(project, from: 0, count: 50));
        (await key.PostAsync("/v0/run", Named(project, from: 50, count: 50).ToJson())).Expect(201);

        Assert.Equal(100, await server.CountAsync("benchmarks"));
    }

    private static Task<TestServer> StartAsync(Engine engine, TimeProvider clock, int perRun, int perHour) =>
        TestServer.StartAsync(engine, clock, options =>
            options with
            {
                Limits = options.Limits with { AnonymousNamesPerRun = perRun, AnonymousNamesPerHour = perHour },
            }
        );

    private static Run Named(string project, int from, int count) =>
        new(project, Run.Latencies([.. Enumerable.Range(from, count).Select(i => ($"benchmark {i}", 1.0))]))
        {
            Context = Context,
        };
}
