using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Access.Sessions;

/// <summary>Signing in, and the lifetime and use of the resulting tokens.</summary>
public sealed class SessionTests
{
    [Theory, EveryDatabase]
    public async Task A_confirmed_session_expires_after_thirty_days(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var ada = await server.SignUpAsync("Ada Admin");

        clock.Advance(TimeSpan.FromDays(30));
        (await ada.GetAsync("/v0/users/ada-admin")).Expect(200); // Valid to the last second.
        clock.Advance(TimeSpan.FromSeconds(1));

        var late = await ada.GetAsync("/v0/users/ada-admin");
        Assert.Equal(400, late.Status);
        Assert.Contains("expired", late.Message, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task A_confirmation_token_expires_after_half_an_hour_and_is_no_session(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var ada = await server.SignUpAsync("Ada Admin");
        var sent = server.Tokens.Mint("auth", ada.Email, clock.GetUtcNow().AddMinutes(30));

        (await server.PostAsync("/v0/auth/confirm", new { token = sent })).Expect(200);
        Assert.Equal(400, (await server.With(sent).GetAsync("/v0/users/ada-admin")).Status); // It is not a session.
        clock.Advance(TimeSpan.FromSeconds(1801));

        Assert.Equal(401, (await server.PostAsync("/v0/auth/confirm", new { token = sent })).Status);
        // Nor does a session confirm.
        Assert.Equal(401, (await server.PostAsync("/v0/auth/confirm", new { token = ada.Token })).Status);
        Assert.Equal(400, (await server.PostAsync("/v0/auth/confirm", new { token = "x.y.z" })).Status);
        Assert.Equal(
            404,
            (
                await server.PostAsync(
                    "/v0/auth/confirm",
                    new { token = server.Tokens.Mint("auth", "nobody@example.com") }
                )
            ).Status
        );
    }

    [Theory]
    [InlineData("client", 200)]
    [InlineData("api_key", 200)]
    [InlineData("auth", 400)]
    [InlineData("invite", 400)]
    [InlineData("oauth", 400)]
    public async Task Only_session_and_API_tokens_authenticate_requests(string audience, int status)
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var ada = await server.SignUpAsync("Ada Admin");

        Assert.Equal(
            status,
            (await server.With(server.Tokens.Mint(audience, ada.Email)).GetAsync("/v0/organizations")).Status
        );
    }

    [Fact]
    public async Task A_token_with_a_foreign_signature_or_issuer_is_refused()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var ada = await server.SignUpAsync("Ada Admin");
        var (key, issuer) = (
            new Tokens("another key", "http://localhost:6610"),
            new Tokens(Tokens.SecretKey, "http://elsewhere")
        );
        var unsigned = "eyJhbGciOiJub25lIn0." + ada.Token.Split('.')[1] + ".AAAA";

        foreach (var token in new[] { key.Mint("client", ada.Email), issuer.Mint("client", ada.Email), unsigned })
            Assert.Equal(400, (await server.With(token).GetAsync("/v0/organizations")).Status);
    }

    [Theory, EveryDatabase]
    public async Task A_users_session_ends_when_the_user_is_locked_or_changes_address(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, bob) = (await server.SignUpAsync("Ada Admin"), await server.SignUpAsync("Bob Builder"));
        var key = server.With(
            (string)(await bob.PostAsync("/v0/users/bob-builder/keys", new { name = "Laptop" })).Expect(201)["key"]!
        );

        (await ada.PatchAsync("/v0/users/bob-builder", new { locked = true })).Expect(200);
        Assert.Equal(403, (await bob.GetAsync("/v0/organizations")).Status);
        Assert.Equal(403, (await server.PostAsync("/v0/auth/login", new { email = bob.Email })).Status);
        Assert.Equal(401, (await key.GetAsync("/v0/organizations")).Status);

        (await ada.PatchAsync("/v0/users/bob-builder", new { locked = false, email = "robert@example.com" })).Expect(
            200
        );
        Assert.Equal(404, (await bob.GetAsync("/v0/organizations")).Status);
        (await key.GetAsync("/v0/organizations")).Expect(200); // A key belongs to the user, whatever the address.
    }

    [Theory, EveryDatabase]
    public async Task An_invitation_is_accepted_once_when_its_addressee_signs_in(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, bob) = (await server.SignUpAsync("Ada Admin"), await server.SignUpAsync("Bob Builder"));
        var invite = await server.InviteAsync(ada, ada.Slug, bob.Email);

        // It is for another address.
        Assert.Equal(401, (await server.PostAsync("/v0/auth/login", new { email = ada.Email, invite })).Status);
        (await server.PostAsync("/v0/auth/login", new { email = bob.Email, invite })).Expect(202);
        Assert.Equal(409, (await server.PostAsync("/v0/auth/login", new { email = bob.Email, invite })).Status);
        Assert.Equal(409, (await bob.PostAsync("/v0/auth/accept", new { invite })).Status);
        (await bob.GetAsync("/v0/organizations/ada-admin")).Expect(200);
        Assert.Equal(404, (await server.PostAsync("/v0/auth/login", new { email = "nobody@example.com" })).Status);
    }

    [Fact]
    public async Task The_confirmation_mail_is_logged_and_its_token_signs_the_user_in()
    {
        await using var server = await ServerProcess.StartAsync(Engine.Sqlite);
        using var client = new Client(server.Address, token: null);
        (
            await client.PostAsync(
                "/v0/auth/signup",
                new
                {
                    name = "Ada Admin",
                    email = "ada@example.com",
                    i_agree = true,
                }
            )
        ).Expect(202);
        await server.StopAsync();
        var log = await server.LogAsync();
        await server.StartAsync();

        Assert.Contains("To: ada@example.com", log, StringComparison.Ordinal);
        Assert.Contains($"{server.Address}auth/confirm?token=", log, StringComparison.Ordinal);
        var token = log[(log.IndexOf("Token: ", StringComparison.Ordinal) + "Token: ".Length)..].Split(' ', '\n')[0];
        var session = (await client.PostAsync("/v0/auth/confirm", new { token })).Expect(200);
        Assert.Equal("ada-admin", (string?)session["user"]!["slug"]);
    }
}
