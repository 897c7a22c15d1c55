using System.Net;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Tests.Ground.RateLimits;

public sealed class RateLimitTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 20, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Each_period_has_its_limit_and_tells_how_long_to_wait()
    {
        var limiter = new RateLimiter<int>(new(Minute: 2, Hour: 4, Day: 5), keysMax: 10);

        Assert.Null(limiter.Count(1, Start));
        Assert.Null(limiter.Count(1, Start.AddSeconds(30)));
        // This minute is full, and still counts during the next one.
        Assert.Equal(TimeSpan.FromSeconds(90), limiter.Count(1, Start.AddSeconds(30)));
        Assert.Null(limiter.Count(2, Start.AddSeconds(30))); // Another caller.
        Assert.Null(limiter.Count(1, Start.AddSeconds(120)));
        // The fifth in an hour.
        Assert.Equal(TimeSpan.FromSeconds(7200 - 240), limiter.Count(1, Start.AddSeconds(240)));
        // The sixth in a day: refused requests count too.
        Assert.Equal(TimeSpan.FromHours(48 - 3), limiter.Count(1, Start.AddHours(3)));
        Assert.Null(limiter.Count(1, Start.AddHours(48)));
    }

    [Fact]
    public void A_new_bucket_still_counts_requests_of_the_previous_one()
    {
        var limiter = new RateLimiter<int>(new(Minute: 2, Hour: 100, Day: 100), keysMax: 10);
        limiter.Count(1, Start.AddSeconds(58));
        limiter.Count(1, Start.AddSeconds(59));

        Assert.Equal(TimeSpan.FromSeconds(60), limiter.Count(1, Start.AddSeconds(60)));
        Assert.Null(limiter.Count(1, Start.AddSeconds(120)));
    }

    [Fact]
    public void The_limiter_keeps_a_limited_number_of_keys_and_evicts_the_least_recent_first()
    {
        var limiter = new RateLimiter<int>(new(Minute: 1, Hour: 1, Day: 1), keysMax: 100);
        for (var key = 0; key < 10_000; key++)
        {
            limiter.Count(key, Start.AddSeconds(key));
            Assert.True(limiter.Keys <= 100);
        }
        Assert.NotNull(limiter.Count(9_999, Start.AddSeconds(10_000)));
    }

    [Theory]
    [InlineData("203.0.113.9", "", "203.0.113.9")]
    [InlineData("203.0.113.9", "198.51.100.1", "203.0.113.9")] // The sender is not a trusted proxy.
    [InlineData("10.0.0.1", "", "10.0.0.1")]
    [InlineData("10.0.0.1", "198.51.100.1", "198.51.100.1")]
    // Any client can have written the first entry.
    [InlineData("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.2", "198.51.100.1")]
    [InlineData("::ffff:10.0.0.1", "198.51.100.1:4711", "198.51.100.1")]
    [InlineData("10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1")]
    [InlineData("10.0.0.1", "198.51.100.1, junk", "10.0.0.1")]
    [InlineData("10.0.0.1", ",", "10.0.0.1")]
    public void A_clients_address_is_the_last_one_that_is_not_a_trusted_proxy(
        string socket,
        string forwardedFor,
        string client
    ) =>
        Assert.Equal(
            IPAddress.Parse(client),
            ClientAddress.Of(IPAddress.Parse(socket), forwardedFor, [IPNetwork.Parse("10.0.0.0/8")])
        );

    [Fact]
    public async Task Rate_limits_are_off_by_default()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var ada = await server.SignUpAsync("Ada Admin");
        for (var i = 0; i < 10; i++)
            (await ada.PostAsync("/v0/organizations", new { name = $"Organization {i}" })).Expect(201);
    }

    [Fact]
    public async Task Servers_on_one_database_count_a_caller_together()
    {
        var clock = new HandClock();
        await using var first = await TestServer.StartAsync(Engine.Postgres, clock, options =>
            options with
            {
                Access = options.Access with { RateLimits = true },
            }
        );
        await using var second = await first.StartAnotherAsync(clock);
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (ada, bob) = (await first.SignUpAsync("Ada Admin"), await first.SignUpAsync("Bob Builder"));
        var (adaElsewhere, bobElsewhere) = (second.With(ada.Token), second.With(bob.Token));
        second.Database.Signaled += text =>
        {
            if (
                text.StartsWith("counted ", StringComparison.Ordinal)
                && text.Contains("organizations", StringComparison.Ordinal)
            )
                heard.TrySetResult();
        };
        for (var i = 0; i < 2; i++)
            (await ada.PostAsync("/v0/organizations", new { name = $"Organization {i}" })).Expect(201);

        clock.Advance(TimeSpan.FromSeconds(1));
        await heard.Task.WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal(429, (await adaElsewhere.PostAsync("/v0/organizations", new { name = "One too many" })).Status);
        (await bobElsewhere.PostAsync("/v0/organizations", new { name = "His first" })).Expect(201);
        Assert.Equal(429, (await ada.PostAsync("/v0/organizations", new { name = "One too many" })).Status);
    }

    [Fact]
    public void Requests_counted_by_another_server_count_and_are_not_reported_back()
    {
        var limiter = new RateLimiter<int>(new(Minute: 3, Hour: 100, Day: 100), keysMax: 10) { IsShared = true };

        limiter.Count(1, Start);
        limiter.Count(1, Start);
        Assert.Equal([new(1, 2)], limiter.TakeUntold());
        limiter.Add(1, times: 1, Start);
        Assert.Empty(limiter.TakeUntold());
        Assert.NotNull(limiter.Count(1, Start));
    }

    [Theory, EveryDatabase]
    public async Task A_caller_over_the_limit_is_told_when_to_retry(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock, options =>
            options with
            {
                Access = options.Access with { RateLimits = true },
            }
        );
        var (ada, bob) = (await server.SignUpAsync("Ada Admin"), await server.SignUpAsync("Bob Builder"));
        for (var i = 0; i < 2; i++)
            (await ada.PostAsync("/v0/organizations", new { name = $"Organization {i}" })).Expect(201);

        var refused = await ada.PostAsync("/v0/organizations", new { name = "One too many" });

        Assert.Equal(429, refused.Status);
        Assert.Equal(TimeSpan.FromMinutes(2), refused.Headers.RetryAfter!.Delta);
        Assert.Contains("organizations", refused.Message, StringComparison.Ordinal);
        (await bob.PostAsync("/v0/organizations", new { name = "His first" })).Expect(201);
        Assert.Equal(5, await server.CountAsync("organizations"));
        Assert.Equal(
            2,
            (int)
                (await ada.GetAsync("/v0/server/config")).Expect(200)["plus"]!["rate_limiting"]!["user"]![
                    "organizations"
                ]!["minute"]!
        );
        clock.Advance(TimeSpan.FromMinutes(2));
        (await ada.PostAsync("/v0/organizations", new { name = "In time" })).Expect(201);
    }

    [Fact]
    public async Task Mails_keys_invitations_and_runs_are_limited_too()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite, new HandClock(), options =>
            options with
            {
                Access = options.Access with { RateLimits = true },
            }
        );
        var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Demo");
        var run = new Run("demo", Run.Latencies(("a", 1))).ToJson();

        await ExpectAsync(2, () => server.PostAsync("/v0/auth/login", new { email = ada.Email }));
        await ExpectAsync(4, () => ada.PostAsync("/v0/projects/demo/keys", new { name = "CI" }));
        await ExpectAsync(8, () =>
            ada.PostAsync("/v0/organizations/ada-admin/members", new { email = "x@example.com", role = "leader" })
        );
        // An address change sends a mail, as an invitation does.
        Assert.Equal(429, (await ada.PatchAsync("/v0/users/ada-admin", new { email = "other@example.com" })).Status);
        await ExpectAsync(64, () => ada.PostAsync("/v0/run", run));
        // Two sign-ups and three log-ins already count.
        await ExpectAsync(32 - 5, () => server.PostAsync("/v0/auth/confirm", new { token = "x.y.z" }));

        static async Task ExpectAsync(int allowed, Func<Task<Reply>> act)
        {
            for (var i = 0; i < allowed; i++)
                Assert.NotEqual(429, (await act()).Status);
            Assert.Equal(429, (await act()).Status);
        }
    }

    [Fact]
    public async Task Requests_with_invalid_keys_count_toward_the_anonymous_limit()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite, new HandClock(), options =>
            options with
            {
                Access = options.Access with { RateLimits = true },
            }
        );
        using var guesser = server.With("bencher_user_aB3xY9mN2pQ7rS4tU8vW1zK5jL0fGh");
        for (var i = 0; i < 1024; i++)
            Assert.Equal(401, (await guesser.GetAsync("/v0/organizations")).Status);

        Assert.Equal(429, (await guesser.GetAsync("/v0/organizations")).Status);
        Assert.Equal(429, (await server.GetAsync("/v0/projects")).Status);
    }
}
