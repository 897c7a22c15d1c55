using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Mail;

namespace Paddock.Server.Tests.Access;

/// <summary>
/// An email address is not an identity: it changes only after confirmation, and a token of its former owner does not
/// work for the next owner.
/// </summary>
public sealed class AddressTests
{
    [Theory, EveryDatabase]
    public async Task A_new_email_address_takes_effect_when_confirmed_and_the_old_address_is_notified(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        await server.SignUpAsync("Ada Admin");
        var bob = await server.SignUpAsync("Bob Builder");

        var patched = (
            await bob.PatchAsync("/v0/users/bob-builder", new { name = "Bobby", email = "bobby@example.com" })
        ).Expect(200);

        // Nothing changes before the new address is confirmed.
        Assert.Equal(("Bobby", bob.Email), ((string?)patched["name"], (string?)patched["email"]));
        Assert.Contains(
            "bobby@example.com",
            server.Mail.Last(mail => mail.To == bob.Email).Body,
            StringComparison.Ordinal
        );
        clock.Advance(TimeSpan.FromSeconds(5));
        var session = (
            await bob.PostAsync("/v0/auth/email", new { token = server.MailedToken("bobby@example.com") })
        ).Expect(200);
        Assert.Equal("bobby@example.com", (string?)session["user"]!["email"]);
        Assert.Contains(
            "has changed",
            server.Mail.Last(mail => mail.To == bob.Email).Subject,
            StringComparison.Ordinal
        );
        Assert.Equal(404, (await bob.GetAsync("/v0/organizations")).Status); // The earlier sessions have ended.
        (await server.With((string)session["token"]!).GetAsync("/v0/organizations")).Expect(200);
        Assert.Equal(404, (await server.PostAsync("/v0/auth/login", new { email = bob.Email })).Status);
    }

    [Theory, EveryDatabase]
    public async Task A_confirmation_link_works_once_within_half_an_hour_and_only_for_the_requesting_user(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        await server.SignUpAsync("Ada Admin");
        var (bob, eve) = (await server.SignUpAsync("Bob Builder"), await server.SignUpAsync("Eve Outsider"));
        var another = server.MailedToken(bob.Email); // The sign-up token.
        Task<Reply> OpenAsync(Client client, string token) => client.PostAsync("/v0/auth/email", new { token });
        async Task<string> AskAsync(string email)
        {
            (await bob.PatchAsync("/v0/users/bob-builder", new { email })).Expect(200);
            return server.MailedToken(email);
        }

        var first = await AskAsync("one@example.com");
        Assert.Equal(400, (await OpenAsync(server, first)).Status); // The mail alone does not sign the user in.
        Assert.Equal(403, (await OpenAsync(eve, first)).Status);
        Assert.Equal(401, (await OpenAsync(bob, another)).Status); // A token for something else.
        var second = await AskAsync("two@example.com");
        Assert.Equal(401, (await OpenAsync(bob, first)).Status); // Replaced.
        (await bob.PatchAsync("/v0/users/bob-builder", new { email = bob.Email })).Expect(200);
        Assert.Equal(401, (await OpenAsync(bob, second)).Status); // Canceled.
        var third = await AskAsync("three@example.com");
        clock.Advance(TimeSpan.FromMinutes(30) + TimeSpan.FromSeconds(1));
        Assert.Equal(401, (await OpenAsync(bob, third)).Status);
        var fourth = await AskAsync("four@example.com");
        Assert.Equal(409, (await bob.PatchAsync("/v0/users/bob-builder", new { email = eve.Email })).Status);
        (await bob.PatchAsync("/v0/users/bob-builder", new { email = "four@example.com" })).Expect(200);
        Assert.Equal(401, (await OpenAsync(bob, fourth)).Status);
        (await OpenAsync(bob, server.MailedToken("four@example.com"))).Expect(200);
        Assert.Equal(0, await server.CountAsync("address_changes"));
    }

    [Theory, EveryDatabase]
    public async Task A_key_cannot_change_an_account(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, bob) = (await server.SignUpAsync("Ada Admin"), await server.SignUpAsync("Bob Builder"));
        async Task<string> KeyAsync(TestUser user) =>
            (string)(await user.PostAsync($"/v0/users/{user.Slug}/keys", new { name = "Stolen" })).Expect(201)["key"]!;
        var (his, hers) = (await KeyAsync(bob), await KeyAsync(ada));

        foreach (
            var change in new object[] { new { email = "eve@example.com" }, new { name = "Eve" }, new { slug = "eve" } }
        )
            Assert.Equal(403, (await server.With(his).PatchAsync("/v0/users/bob-builder", change)).Status);
        foreach (
            var change in new object[]
            {
                new { email = "eve@example.com" },
                new { locked = true },
                new { admin = true },
            }
        )
            Assert.Equal(403, (await server.With(hers).PatchAsync("/v0/users/bob-builder", change)).Status);
        (await bob.PatchAsync("/v0/users/bob-builder", new { email = "bobby@example.com" })).Expect(200);
        Assert.Equal(
            403,
            (
                await server
                    .With(his)
                    .PostAsync("/v0/auth/email", new { token = server.MailedToken("bobby@example.com") })
            ).Status
        );

        Assert.Equal(
            1,
            await server.CountAsync(
                "users WHERE email = 'bob.builder@example.com' AND name = 'Bob Builder' AND locked = 0"
            )
        );
    }

    [Theory, EveryDatabase]
    public async Task A_browser_session_confirms_an_address_only_when_the_browser_signed_in_by_mail(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.SignUpAsync("Ada Admin");
        var bob = await server.SignUpAsync("Bob Builder");
        var key = (string)
            (await bob.PostAsync($"/v0/users/{bob.Slug}/keys", new { name = "Stolen" })).Expect(201)["key"]!;
        using var byKey = await PageReader.SignInAsync(server, key);
        using var byMail = await PageReader.SignInAsync(server, bob.Token);
        (await bob.PatchAsync("/v0/users/bob-builder", new { email = "bobby@example.com" })).Expect(200);
        var token = server.MailedToken("bobby@example.com");

        Assert.Equal(302, (await new PageReader(server.Address).GetAsync("/auth/email?token=" + token)).Status);
        Assert.Equal(
            403,
            (await byKey.PostAsync("/auth/email", ("token", token), ("proof", await ProofAsync(byKey, token)))).Status
        );
        Assert.Equal(403, (await byMail.PostAsync("/auth/email", ("token", token), ("proof", "none"))).Status);
        var done = await byMail.PostAsync("/auth/email", ("token", token), ("proof", await ProofAsync(byMail, token)));

        Assert.Equal(200, done.Status);
        Assert.Contains("bobby@example.com", done.Text, StringComparison.Ordinal);
        Assert.Equal(1, await server.CountAsync("users WHERE email = 'bobby@example.com'"));
        Assert.Contains(
            "signed in as Bob Builder",
            (await byMail.GetAsync("/auth/login")).Text,
            StringComparison.Ordinal
        ); // This browser stays signed in.
    }

    [Theory, EveryDatabase]
    public async Task A_token_that_names_an_email_address_is_refused_for_a_later_owner_of_the_address(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var (ada, bob) = (await server.SignUpAsync("Ada Admin"), await server.SignUpAsync("Bob Builder"));
        string[] audiences = ["client", "api_key"];
        // Tokens as v0 issued them, and as this server does.
        var bobs = audiences.Select(audience => server.Tokens.Mint(audience, bob.Email)).Append(bob.Token).ToArray();
        var confirmation = server.Tokens.Mint("auth", bob.Email);
        foreach (var token in bobs)
            (await server.With(token).GetAsync("/v0/organizations")).Expect(200);
        var before = server.Tokens.Mint("client", "new@example.com");
        clock.Advance(TimeSpan.FromMinutes(1));

        // Bob gives up the address and another user signs up with it; a third signs up with a new address.
        (await ada.PatchAsync("/v0/users/bob-builder", new { email = "robert@example.com" })).Expect(200);
        (
            await server.PostAsync(
                "/v0/auth/signup",
                new
                {
                    name = "Eve Heir",
                    email = bob.Email,
                    i_agree = true,
                }
            )
        ).Expect(202);
        (
            await server.PostAsync(
                "/v0/auth/signup",
                new
                {
                    name = "New One",
                    email = "new@example.com",
                    i_agree = true,
                }
            )
        ).Expect(202);
        clock.Advance(TimeSpan.FromMinutes(1));

        foreach (var token in bobs.Append(before))
            Assert.Equal(404, (await server.With(token).GetAsync("/v0/organizations")).Status);
        Assert.Equal(404, (await server.PostAsync("/v0/auth/confirm", new { token = confirmation })).Status);
        Assert.Equal(
            401,
            (await new PageReader(server.Address).PostAsync("/auth/login", ("secret", confirmation))).Status
        );
        var later = (await server.With(server.Tokens.Mint("client", bob.Email)).GetAsync("/v0/organizations"))
            .Expect(200)
            .AsArray(); // Her token: it was issued when she had the address.
        Assert.Equal("eve-heir", (string?)Assert.Single(later)!["slug"]);
    }

    [Theory, EveryDatabase]
    public async Task A_session_token_identifies_the_user_by_UUID_and_not_by_address(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");

        var claims = System.Text.Json.Nodes.JsonNode.Parse(
            System.Buffers.Text.Base64Url.DecodeFromChars(ada.Token.Split('.')[1])
        )!;

        Assert.Equal(ada.Uuid.ToString(), (string?)claims["sub"]);
    }

    private static async Task<string> ProofAsync(PageReader reader, string token) =>
        (await reader.GetAsync("/auth/email?token=" + token)).Text.Split("name=\"proof\" value=\"")[1].Split('"')[0];
}
