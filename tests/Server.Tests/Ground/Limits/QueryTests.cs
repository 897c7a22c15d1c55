using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Tests.Ground.Limits;

/// <summary>
/// A request's query ends with the request or at its time limit, and leaves connections for other callers' queries.
/// </summary>
public sealed class QueryTests
{
    private const string Stranger = "203.0.113.1";

    [Theory, EveryDatabase]
    public async Task A_query_ends_when_its_client_disconnects(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, time: null, options =>
            options with
            {
                Limits = options.Limits with { ConnectionsMax = 1 },
            }
        );
        using var gone = new CancellationTokenSource();
        var held = await Held.BeginAsync(server, Stranger, gone.Token);

        await gone.CancelAsync();

        await held.FailsAsync<OperationCanceledException>();
        (await server.GetAsync("/v0/projects")).Expect(200); // The only connection is free again, and usable.
    }

    [Theory, EveryDatabase]
    public async Task A_query_ends_at_its_time_limit(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock, options =>
            options with
            {
                Limits = options.Limits with
                {
                    ConnectionsMax = 1,
                    QueryTimeMax = TimeSpan.FromSeconds(7),
                    Clock = clock,
                },
            }
        );
        using var gone = new CancellationTokenSource();
        var held = await Held.BeginAsync(server, Stranger, gone.Token);

        clock.Advance(TimeSpan.FromSeconds(8));

        var refusal = await held.FailsAsync<Refusal>();
        Assert.Equal(503, ApiMiddleware.Status(refusal.Because));
        Assert.Contains("7 seconds", refusal.Message, StringComparison.Ordinal);
        (await server.GetAsync("/v0/projects")).Expect(200);
    }

    [Theory, EveryDatabase]
    public async Task The_wait_for_a_connection_counts_toward_the_time_limit_of_the_query(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock, options =>
            options with
            {
                Limits = options.Limits with
                {
                    ConnectionsMax = 1,
                    QueryTimeMax = TimeSpan.FromSeconds(7),
                    Clock = clock,
                },
            }
        );
        using var gone = new CancellationTokenSource();
        var held = await Held.BeginAsync(server, Stranger, gone.Token);
        var waiting = Held.Ask(server, "203.0.113.2", gone.Token);
        await waiting.WaitsAsync();

        clock.Advance(TimeSpan.FromSeconds(8));

        await held.FailsAsync<Refusal>();
        await waiting.FailsAsync<Refusal>();
        (await server.GetAsync("/v0/projects")).Expect(200);
    }

    [Theory, EveryDatabase]
    public async Task One_address_cannot_use_all_connections(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, time: null, options =>
            options with
            {
                Limits = options.Limits with { ConnectionsMax = 4 },
            }
        );
        var ada = await server.SignUpAsync("Ada Admin");
        using var gone = new CancellationTokenSource();
        var held = Enumerable.Range(0, 12).Select(_ => Held.Ask(server, Stranger, gone.Token)).ToList();
        await held[0].WaitsAsync(count: 10);
        await Held.BeginAsync(held, count: 2);

        (await server.GetAsync("/v0/projects")).Expect(200); // From another address.
        (await ada.GetAsync("/v0/users/ada-admin")).Expect(200);

        Assert.Equal(2, held.Count(read => read.HasBegun));
        await gone.CancelAsync();
        foreach (var read in held)
            await read.FailsAsync<OperationCanceledException>();
        (await server.GetAsync("/v0/projects")).Expect(200);
    }

    [Theory, EveryDatabase]
    public async Task Anonymous_callers_together_leave_a_connection_for_signed_in_users(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, time: null, options =>
            options with
            {
                Limits = options.Limits with { ConnectionsMax = 4 },
            }
        );
        var ada = await server.SignUpAsync("Ada Admin");
        using var gone = new CancellationTokenSource();
        var held = new List<Held>();
        for (var i = 1; i <= 3; i++)
            held.Add(await Held.BeginAsync(server, $"203.0.113.{i}", gone.Token));

        var fourth = Held.Ask(server, "203.0.113.4", gone.Token);
        await fourth.WaitsAsync();
        (await ada.GetAsync("/v0/users/ada-admin")).Expect(200);

        Assert.False(fourth.HasBegun);
        await gone.CancelAsync();
        foreach (var read in held)
            await read.FailsAsync<OperationCanceledException>();
    }
}
