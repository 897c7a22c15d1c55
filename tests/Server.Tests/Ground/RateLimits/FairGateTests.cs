using System.Net;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;
using Paddock.Server.Tests.Ground.Limits;

namespace Paddock.Server.Tests.Ground.RateLimits;

public sealed class FairGateTests
{
    private static readonly CallerKey Ada = new(CallerKind.User, 1);
    private static readonly CallerKey Bob = new(CallerKind.User, 2);
    private static readonly CallerKey Stranger = CallerKey.Of(IPAddress.Parse("203.0.113.1"));

    [Fact]
    public async Task Waiting_callers_are_served_in_turns()
    {
        var gate = new FairGate(new(Places: 1, Each: 1, Addresses: 1, WaitingEach: 10), "things");
        var held = await gate.EnterAsync(Ada, default);
        var order = new List<string>();
        var waiting = new[] { ("ada 1", Ada), ("ada 2", Ada), ("ada 3", Ada), ("bob", Bob), ("stranger", Stranger) }
            .Select(async who =>
            {
                using var place = await gate.EnterAsync(who.Item2, default);
                lock (order)
                    order.Add(who.Item1);
            })
            .ToList();

        held.Dispose();
        await Task.WhenAll(waiting);

        Assert.Equal(["ada 1", "bob", "stranger", "ada 2", "ada 3"], order);
        Assert.Equal((0, 0), (gate.Held, gate.Waiting));
    }

    [Fact]
    public async Task A_caller_at_its_limit_waits_while_others_proceed()
    {
        var gate = new FairGate(new(Places: 4, Each: 2, Addresses: 3, WaitingEach: 10), "things");
        using var first = await gate.EnterAsync(Ada, default);
        using var second = await gate.EnterAsync(Ada, default);

        var third = gate.EnterAsync(Ada, default).AsTask();
        using var other = await gate.EnterAsync(Bob, default);

        Assert.False(third.IsCompleted);
        second.Dispose();
        (await third).Dispose();
    }

    [Fact]
    public async Task The_servers_own_work_has_reserved_places()
    {
        var gate = new FairGate(new(Places: 1, Each: 1, Addresses: 1, WaitingEach: 10, Reserved: 1), "things");
        var held = await gate.EnterAsync(Ada, default);
        var waiting = gate.EnterAsync(Bob, default).AsTask();

        var own = await gate.EnterAsync(default, default);
        var more = gate.EnterAsync(default, default).AsTask();

        Assert.False(waiting.IsCompleted || more.IsCompleted);
        own.Dispose();
        (await more).Dispose();
        Assert.False(waiting.IsCompleted);
        held.Dispose();
        (await waiting).Dispose();
        Assert.Equal((0, 0), (gate.Held, gate.Waiting));
    }

    [Fact]
    public async Task A_caller_that_cancels_its_wait_takes_no_place()
    {
        var gate = new FairGate(new(Places: 1, Each: 1, Addresses: 1, WaitingEach: 10), "things");
        var held = await gate.EnterAsync(Ada, default);
        using var gone = new CancellationTokenSource();
        var waiting = gate.EnterAsync(Bob, gone.Token).AsTask();

        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        held.Dispose();

        Assert.Equal((0, 0), (gate.Held, gate.Waiting));
        using var next = await gate.EnterAsync(Bob, default);
    }

    [Fact]
    public async Task A_caller_with_too_many_waiting_requests_is_refused_and_others_are_not()
    {
        var gate = new FairGate(new(Places: 1, Each: 1, Addresses: 1, WaitingEach: 1), "things");
        var held = await gate.EnterAsync(Ada, default);
        var waiting = gate.EnterAsync(Ada, default).AsTask();

        var refusal = await Assert.ThrowsAsync<Refusal>(() => gate.EnterAsync(Ada, default).AsTask());
        var other = gate.EnterAsync(Bob, default).AsTask();

        Assert.Equal(Because.TooMany, refusal.Because);
        held.Dispose();
        (await waiting).Dispose();
        (await other).Dispose();
    }

    [Fact]
    public async Task Concurrent_entries_and_cancellations_lose_no_place()
    {
        const int seed = 7;
        var gate = new FairGate(new(Places: 3, Each: 2, Addresses: 2, WaitingEach: 1000), "things");
        var most = 0;
        await Task.WhenAll(
            Enumerable
                .Range(0, 400)
                .Select(i =>
                    Task.Run(async () =>
                    {
                        var random = new Random(seed + i);
                        using var patience = new CancellationTokenSource();
                        var caller = new CallerKey((CallerKind)random.Next(4), (ulong)random.Next(5));
                        if (random.Next(3) == 0)
                            patience.CancelAfter(random.Next(3));
                        try
                        {
                            using var place = await gate.EnterAsync(caller, patience.Token);
                            var now = gate.Held;
                            for (var seen = most; now > seen; seen = most)
                                Interlocked.CompareExchange(ref most, now, seen);
                            await Task.Yield();
                        }
                        catch (OperationCanceledException) { }
                    })
                )
        );

        Assert.InRange(most, 1, 3);
        Assert.Equal((0, 0), (gate.Held, gate.Waiting));
    }

    [Theory]
    [InlineData("203.0.113.1", "::ffff:203.0.113.1", true)]
    [InlineData("203.0.113.1", "203.0.113.2", false)]
    [InlineData("2001:db8::1", "2001:db8::ffff:2", true)]
    [InlineData("2001:db8::1", "2001:db8:0:1::1", false)]
    public void Addresses_of_one_IPv6_network_are_one_caller(string one, string other, bool same) =>
        Assert.Equal(same, CallerKey.Of(IPAddress.Parse(one)) == CallerKey.Of(IPAddress.Parse(other)));
}
