using System.Text.RegularExpressions;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Access.Sessions;

/// <summary>Signing in with a browser: which credentials open which pages.</summary>
public sealed partial class SignInPageTests
{
    [Theory, EveryDatabase]
    public async Task A_user_signs_in_with_a_key_or_a_token_and_sees_their_private_project(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var owner = await OwnerAsync(server);
        var key = await KeyAsync(owner);

        foreach (var secret in (string[])[(string)key.Key, owner.Token, server.Tokens.Mint("auth", owner.Email)])
        {
            using var reader = await PageReader.SignInAsync(server, $" {secret} ");
            var page = await reader.GetAsync("/console/projects/secret/perf");
            Assert.Equal(200, page.Status);
            Assert.Contains("Olga Owner", page.Text, StringComparison.Ordinal);
            Assert.Contains(
                "You are signed in as Olga Owner",
                (await reader.GetAsync("/auth/login")).Text,
                StringComparison.Ordinal
            );
        }
    }

    [Theory, EveryDatabase]
    public async Task An_invalid_credential_is_refused_and_sets_no_cookie(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var owner = await OwnerAsync(server);
        var project = (string)
            (await owner.PostAsync("/v0/projects/secret/keys", new { name = "ci" })).Expect(201)["key"]!;
        string[] bad =
        [
            project,
            "",
            "x",
            "a.b.c",
            server.Tokens.Mint("auth", "nobody@example.com"),
            server.Tokens.Mint("invite", owner.Email),
            new Tokens("another", "http://x").Mint("auth", owner.Email),
        ];

        foreach (var secret in bad)
        {
            using var reader = new PageReader(server.Address);
            var reply = await reader.PostAsync("/auth/login", ("secret", secret));
            Assert.True(reply.Status == 401, $"{secret}: {reply.Status}");
            Assert.False(reply.Headers.Contains("Set-Cookie"));
            Assert.Contains("role=\"alert\"", reply.Text, StringComparison.Ordinal);
            if (secret.Length > 5)
                Assert.DoesNotContain(secret, reply.Text, StringComparison.Ordinal);
            Assert.Equal(404, (await reader.GetAsync("/console/projects/secret/perf")).Status);
        }
    }

    [Theory, EveryDatabase]
    public async Task The_session_cookie_is_same_site_and_http_only_and_the_API_ignores_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var owner = await OwnerAsync(server);
        using var reader = new PageReader(server.Address);

        var cookie = (await reader.PostAsync("/auth/login", ("secret", owner.Token)))
            .Headers.GetValues("Set-Cookie")
            .Single();

        Assert.Contains("; path=/", cookie, StringComparison.Ordinal);
        Assert.Contains("; samesite=strict", cookie, StringComparison.Ordinal);
        Assert.Contains("; httponly", cookie, StringComparison.Ordinal);
        Assert.DoesNotContain("; secure", cookie, StringComparison.Ordinal);
        Assert.Equal(404, (await reader.GetAsync("/v0/projects/secret")).Status);
        var value = cookie.Split('=', 2)[1].Split(';')[0];
        Assert.NotEqual(200, (await server.With(value).GetAsync("/v0/projects/secret")).Status);
    }

    [Fact]
    public async Task The_session_cookie_is_secure_and_bound_to_the_host_behind_https()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite, time: null, options =>
            options with
            {
                ConsoleUrl = "https://bench.example.com",
            }
        );
        var owner = await OwnerAsync(server);
        using var reader = new PageReader(server.Address);

        var reply = await reader.PostFromAsync("https://bench.example.com", "/auth/login", ("secret", owner.Token));

        var cookie = reply.Headers.GetValues("Set-Cookie").Single();
        Assert.StartsWith("__Host-paddock=", cookie, StringComparison.Ordinal);
        Assert.Contains("; secure", cookie, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task A_form_posted_from_another_site_signs_nobody_in_or_out(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var owner = await OwnerAsync(server);
        using var reader = new PageReader(server.Address);

        foreach (var origin in (string?[])["https://evil.example.com", "null", null])
        {
            var reply = await reader.PostFromAsync(origin, "/auth/login", ("secret", owner.Token));
            Assert.Equal(403, reply.Status);
            Assert.False(reply.Headers.Contains("Set-Cookie"));
        }
        using var signedIn = await PageReader.SignInAsync(server, owner.Token);
        var proof = Proof().Match((await signedIn.GetAsync("/auth/login")).Text).Groups[1].Value;
        Assert.Equal(
            403,
            (await signedIn.PostFromAsync("https://evil.example.com", "/auth/logout", ("proof", proof))).Status
        );
        Assert.Equal(403, (await signedIn.PostAsync("/auth/logout", ("proof", "x"))).Status);
        Assert.Equal(403, (await signedIn.PostAsync("/auth/logout")).Status);
        Assert.Equal(200, (await signedIn.GetAsync("/console/projects/secret/perf")).Status);

        Assert.Equal(303, (await signedIn.PostAsync("/auth/logout", ("proof", proof))).Status);
        Assert.Equal(404, (await signedIn.GetAsync("/console/projects/secret/perf")).Status);
    }

    [Theory, EveryDatabase]
    public async Task Signing_out_ends_every_copy_of_the_session_and_no_other_session(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var owner = await OwnerAsync(server);
        using var elsewhere = await PageReader.SignInAsync(server, owner.Token);
        using var reader = new PageReader(server.Address);
        var cookie = (await reader.PostAsync("/auth/login", ("secret", owner.Token)))
            .Headers.GetValues("Set-Cookie")
            .Single()
            .Split(';')[0];
        using var thief = new PageReader(server.Address);
        Assert.Equal(200, (await thief.GetAsync("/console/projects/secret/perf", ("Cookie", cookie))).Status);

        var signedOut = await reader.PostAsync(
            "/auth/logout",
            ("proof", Proof().Match((await reader.GetAsync("/auth/login")).Text).Groups[1].Value)
        );

        Assert.Equal((303, "\"cache\""), (signedOut.Status, signedOut.Headers.GetValues("Clear-Site-Data").Single()));
        Assert.Equal(404, (await thief.GetAsync("/console/projects/secret/perf", ("Cookie", cookie))).Status);
        Assert.Equal(200, (await elsewhere.GetAsync("/console/projects/secret/perf")).Status);
        Assert.Equal(200, (await owner.GetAsync("/v0/projects/secret")).Status); // API tokens stay valid.
        Assert.Equal(1, await server.CountAsync("ended_sessions"));

        // A session that has expired anyway is not recorded as ended.
        clock.Advance(TimeSpan.FromDays(31));
        using var later = await PageReader.SignInAsync(server, server.Tokens.Mint("auth", owner.Email));
        await later.PostAsync(
            "/auth/logout",
            ("proof", Proof().Match((await later.GetAsync("/auth/login")).Text).Groups[1].Value)
        );
        Assert.Equal(1, await server.CountAsync("ended_sessions"));
    }

    [Theory, EveryDatabase]
    public async Task A_session_ends_when_its_key_is_revoked_its_user_is_locked_or_it_expires(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var admin = await server.SignUpAsync("Ada Admin");
        var owner = await OwnerAsync(server);
        var key = await KeyAsync(owner);
        using var byKey = await PageReader.SignInAsync(server, key.Key);
        using var byToken = await PageReader.SignInAsync(server, owner.Token);

        Assert.Equal(204, (await owner.DeleteAsync($"/v0/users/{owner.Slug}/keys/{key.Uuid}")).Status);
        Assert.Equal((404, 200), (await StatusAsync(byKey), await StatusAsync(byToken)));
        (await admin.PatchAsync($"/v0/users/{owner.Slug}", new { locked = true })).Expect(200);
        Assert.Equal(404, await StatusAsync(byToken));
        (await admin.PatchAsync($"/v0/users/{owner.Slug}", new { locked = false })).Expect(200);
        Assert.Equal(200, await StatusAsync(byToken));
        clock.Advance(TimeSpan.FromDays(31));
        Assert.Equal(404, await StatusAsync(byToken));

        static async Task<int> StatusAsync(PageReader reader) =>
            (await reader.GetAsync("/console/projects/secret/perf")).Status;
    }

    [Fact]
    public async Task Signing_in_redirects_only_to_pages_of_this_server()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var owner = await OwnerAsync(server);
        using var reader = new PageReader(server.Address);

        var fromPage = await reader.GetAsync(
            "/auth/login",
            ("Referer", new Uri(server.Address, "/console/projects/secret/perf?x=1").AbsoluteUri)
        );
        Assert.Contains(
            "name=\"next\" value=\"/console/projects/secret/perf?x=1\"",
            fromPage.Text,
            StringComparison.Ordinal
        );
        foreach (
            var (next, led) in ((string, string)[])
                [
                    ("/perf/demo?a=b", "/perf/demo?a=b"),
                    ("/console/runners", "/console/runners"),
                    ("https://evil.example.com/perf/", "/console"),
                    ("//evil.example.com/perf/", "/console"),
                    ("/\\evil.example.com", "/console"),
                    ("/perf/\\..\r\nX: y", "/console"),
                    ("", "/console"),
                ]
        )
        {
            var reply = await reader.PostAsync("/auth/login", ("secret", owner.Token), ("next", next));
            Assert.Equal(303, reply.Status);
            Assert.Equal(led, reply.Headers.GetValues("Location").Single());
        }
    }

    [Fact]
    public async Task A_mailed_link_signs_the_user_in_only_after_a_click()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var owner = await OwnerAsync(server);
        using var reader = new PageReader(server.Address);
        var token = server.Tokens.Mint("auth", owner.Email);

        var page = await reader.GetAsync("/auth/confirm?token=" + token);

        Assert.False(page.Headers.Contains("Set-Cookie"));
        Assert.Contains(
            $"<input type=\"hidden\" name=\"secret\" value=\"{token}\"",
            page.Text,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_cross_site_link_reloads_the_page_so_that_the_session_cookie_is_sent()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        await OwnerAsync(server);
        using var reader = new PageReader(server.Address);
        (string, string)[] foreign = [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate")];

        var (hidden, missing, direct) = (
            await reader.GetAsync("/perf/secret", foreign),
            await reader.GetAsync("/perf/missing", foreign),
            await reader.GetAsync("/perf/secret")
        );

        Assert.Equal(
            ("0", "0"),
            (hidden.Headers.GetValues("Refresh").Single(), missing.Headers.GetValues("Refresh").Single())
        );
        Assert.False(direct.Headers.Contains("Refresh"));
    }

    [GeneratedRegex("name=\"proof\" value=\"([^\"]+)\"")]
    private static partial Regex Proof();

    private static async Task<TestUser> OwnerAsync(TestServer server)
    {
        await server.SignUpAsync("Anna Admin");
        var owner = await server.SignUpAsync("Olga Owner");
        (
            await owner.PostAsync(
                $"/v0/organizations/{owner.Slug}/projects",
                new { name = "Secret", visibility = "private" }
            )
        ).Expect(201);
        return owner;
    }

    private static async Task<(string Uuid, string Key)> KeyAsync(TestUser owner)
    {
        var key = (await owner.PostAsync($"/v0/users/{owner.Slug}/keys", new { name = "browser" })).Expect(201);
        return ((string)key["uuid"]!, (string)key["key"]!);
    }
}
