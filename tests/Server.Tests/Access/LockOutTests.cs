using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Mail;

namespace Paddock.Server.Tests.Access;

/// <summary>Guessing is throttled per source, never per target account.</summary>
public sealed class LockOutTests
{
    [Theory, EveryDatabase]
    public async Task Failed_sign_ins_from_other_sources_do_not_lock_the_owner_out(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock, options =>
            options with
            {
                Access = options.Access with { RateLimits = true },
                TrustedProxies = [System.Net.IPNetwork.Parse("127.0.0.0/8")],
            }
        );
        var ada = await server.SignUpAsync("Ada Admin");
        var sent = server.Mail.Count;

        var refused = 0;
        for (var i = 0; i < 64; i++)
            if (await LogInAsync(server, ada.Email, $"203.0.113.{i / 4}") == 429)
                refused++;

        Assert.Equal(64 / 4 * 2, refused); // Two per minute and source are accepted.
        Assert.Equal(202, await LogInAsync(server, ada.Email, "198.51.100.1"));
        var mails = server.Mail.Skip(sent).ToList();
        Assert.InRange(mails.Count, 1, 4); // Not one per attempt.
        // The token in her mail works.
        (await server.PostAsync("/v0/auth/confirm", new { token = mails[^1].Token })).Expect(200);

        clock.Advance(TimeSpan.FromMinutes(1));
        sent = server.Mail.Count;
        Assert.Equal(202, await LogInAsync(server, ada.Email, "198.51.100.1"));
        Assert.Equal(sent + 1, server.Mail.Count);
    }

    [Theory, EveryDatabase]
    public async Task A_source_that_tries_many_addresses_is_throttled(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, new HandClock(), options =>
            options with
            {
                Access = options.Access with { RateLimits = true },
                TrustedProxies = [System.Net.IPNetwork.Parse("127.0.0.0/8")],
            }
        );
        await server.SignUpAsync("Ada Admin");

        for (var i = 0; i < 32; i++)
            Assert.Equal(404, await LogInAsync(server, $"user{i}@example.com", "203.0.113.9"));

        Assert.Equal(429, await LogInAsync(server, "one@example.com", "203.0.113.9"));
        Assert.Equal(404, await LogInAsync(server, "one@example.com", "203.0.113.10"));
    }

    private static async Task<int> LogInAsync(TestServer server, string email, string from)
    {
        using var client = new Client(server.Address, token: null);
        client.Http.DefaultRequestHeaders.Add("X-Forwarded-For", from);
        return (await client.PostAsync("/v0/auth/login", new { email })).Status;
    }
}
