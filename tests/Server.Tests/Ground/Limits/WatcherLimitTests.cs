using Paddock.Server.Ground.Database;
using Paddock.Server.Tests.Machines.Jobs;

namespace Paddock.Server.Tests.Ground.Limits;

/// <summary>No caller can use up all event streams.</summary>
public sealed class WatcherLimitTests
{
    [Theory, EveryDatabase]
    public async Task A_caller_with_too_many_job_streams_is_refused_and_others_are_not(Engine engine)
    {
        await using var server = await StartAsync(engine, each: 3);
        var world = await JobWorld.MakeAsync(server);
        var job = await world.SubmitAsync();
        string[] streams =
        [
            $"{world.Jobs}/events",
            $"{world.Jobs}/{job}/events",
            $"/perf/{world.Project}/jobs/{job}/events",
        ];
        var open = new List<EventReader>();
        foreach (var stream in streams)
            open.Add(await EventReader.OpenAsync(server, stream));

        var refused = await server.GetAsync(streams[0]);
        using var other = await EventReader.OpenAsync(world.Admin, streams[0]);

        Assert.Equal(429, refused.Status);
        Assert.Contains("PADDOCK_JOB_WATCHERS_PER_CALLER_MAX", refused.Message, StringComparison.Ordinal);
        open[0].Dispose();
        using var again = await OpenSoonAsync(server, streams[0]); // A released place can be taken again.
        foreach (var reader in open)
            reader.Dispose();
    }

    [Theory, EveryDatabase]
    public async Task All_API_keys_of_an_organization_share_one_limit_of_fleet_streams(Engine engine)
    {
        await using var server = await StartAsync(engine, each: 2);
        var ada = await server.SignUpAsync("Ada Admin");
        var bob = await server.SignUpAsync("Bob Builder");
        async Task<Client> KeyAsync(TestUser user) =>
            server.With(
                (string)
                    (
                        await user.PostAsync(
                            $"/v0/organizations/{user.Slug}/api-keys",
                            new { name = "k", scopes = new[] { "runners:read" } }
                        )
                    ).Expect(201)["key"]!
            );
        var (one, two, bobs) = (await KeyAsync(ada), await KeyAsync(ada), await KeyAsync(bob));
        using var first = await EventReader.OpenAsync(one, "/runners/events");
        using var second = await EventReader.OpenAsync(two, "/runners/events");

        Assert.Equal(429, (await two.GetAsync("/runners/events")).Status);
        using var other = await EventReader.OpenAsync(bobs, "/runners/events");
    }

    private static Task<TestServer> StartAsync(Engine engine, int each) =>
        TestServer.StartAsync(engine, time: null, options =>
            options with
            {
                Limits = options.Limits with { WatchersPerCallerMax = each },
            }
        );

    // The server notices a client's disconnect only after a moment.
    private static async Task<EventReader> OpenSoonAsync(Client client, string path)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await EventReader.OpenAsync(client, path);
            }
            catch (Xunit.Sdk.XunitException) when (attempt < 400)
            {
                await Task.Delay(25);
            }
        }
    }
}
