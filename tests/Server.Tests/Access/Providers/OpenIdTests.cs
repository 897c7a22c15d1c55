using System.Net;
using System.Web;
using Paddock.Server.Access;
using Paddock.Server.Access.Providers;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Access.Providers;

/// <summary>Signing in by OpenID Connect, against a real provider.</summary>
public sealed class OpenIdTests
{
    private const string Path = "/v0/auth/oidc";

    [Theory, EveryDatabase]
    public async Task A_first_sign_in_creates_a_user_and_the_next_one_finds_the_same_user(Engine engine)
    {
        await using var provider = await OpenIdServer.StartAsync();
        await using var server = await StartAsync(engine, provider);

        var first = (await SignInAsync(server, provider, "?plan=free")).Expect(202);
        var second = (await SignInAsync(server, provider)).Expect(202);

        Assert.Equal(
            ("Ada Lovelace", "ada@example.com", "free"),
            (
                (string?)first["user"]!["user"]!["name"],
                (string?)first["user"]!["user"]!["email"],
                (string?)first["plan"]
            )
        );
        Assert.Equal((string?)first["user"]!["user"]!["uuid"], (string?)second["user"]!["user"]!["uuid"]);
        using var ada = server.With((string)first["user"]!["token"]!);
        (await ada.GetAsync("/v0/users/ada-lovelace")).Expect(200);
        Assert.Equal((1, 1), (await server.CountAsync("users"), await server.CountAsync("organizations")));
        Assert.Empty(server.Mail); // The provider has verified the address.
    }

    [Theory, EveryDatabase]
    public async Task An_invitation_is_carried_through_the_sign_in_state(Engine engine)
    {
        await using var provider = await OpenIdServer.StartAsync();
        await using var server = await StartAsync(engine, provider);
        var olive = await server.SignUpAsync("Olive Owner");
        var invitation = await server.InviteAsync(olive, olive.Slug, "ada@example.com");

        (await SignInAsync(server, provider, $"?invite={invitation}")).Expect(202);

        Assert.Equal(2, (await olive.GetAsync($"/v0/organizations/{olive.Slug}/members")).Expect(200).AsArray().Count);
    }

    [Fact]
    public async Task A_locked_user_a_foreign_domain_and_an_unverified_address_are_refused()
    {
        await using var provider = await OpenIdServer.StartAsync();
        await using var server = await StartAsync(Engine.Sqlite, provider, ["example.com"]);
        var root = await server.SignUpAsync("Root");
        (await SignInAsync(server, provider)).Expect(202);

        (await root.PatchAsync("/v0/users/ada-lovelace", new { locked = true })).Expect(200);
        Assert.Equal(403, (await SignInAsync(server, provider)).Status);
        provider.Email = "eve@evil.example";
        Assert.Equal(403, (await SignInAsync(server, provider)).Status);
        (provider.Email, provider.IsVerified) = ("new@example.com", false);
        var unverified = await SignInAsync(server, provider);
        Assert.Equal(401, unverified.Status);
        Assert.Contains("has not verified the e-mail address", unverified.Message, StringComparison.Ordinal);
        Assert.Equal(2, await server.CountAsync("users"));
    }

    [Fact]
    public async Task The_sign_up_rule_applies_to_providers_too()
    {
        await using var provider = await OpenIdServer.StartAsync();
        await using var server = await StartAsync(
            Engine.Sqlite,
            provider,
            access: new() { SignUp = SignUpRule.ByInvitation }
        );

        Assert.Equal(403, (await SignInAsync(server, provider)).Status);
        Assert.Equal(0, await server.CountAsync("users"));
    }

    [Fact]
    public async Task A_state_is_refused_when_it_is_forged_expired_of_another_kind_or_of_another_attempt()
    {
        var clock = new HandClock(DateTimeOffset.UtcNow);
        await using var provider = await OpenIdServer.StartAsync();
        await using var server = await StartAsync(Engine.Sqlite, provider, time: clock);
        var (state, code) = await AttemptAsync(server, provider);
        var (other, _) = await AttemptAsync(server, provider);

        Assert.Equal(401, (await EndAsync(server, state + "x", code)).Status);
        Assert.Equal(401, (await EndAsync(server, server.Tokens.Mint("auth", "ada@example.com"), code)).Status);
        Assert.Equal(401, (await EndAsync(server, other, code)).Status); // Its verifier differs.
        var (late, unused) = await AttemptAsync(server, provider);
        clock.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(401, (await EndAsync(server, late, unused)).Status);
        Assert.Equal(0, await server.CountAsync("users"));
    }

    [Fact]
    public async Task A_browser_is_signed_in_only_by_its_own_attempt()
    {
        await using var provider = await OpenIdServer.StartAsync();
        await using var server = await StartAsync(Engine.Sqlite, provider);
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false })
        {
            BaseAddress = server.Address,
        };
        using var stranger = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false })
        {
            BaseAddress = server.Address,
        };

        var page = await browser.GetStringAsync("/auth/login");
        Assert.Contains("Sign in with Example", page, StringComparison.Ordinal);
        Assert.Contains("the token is in its log", page, StringComparison.Ordinal); // No mail server is configured.

        using var begun = await browser.GetAsync("/auth/oidc");
        Assert.Equal(HttpStatusCode.Found, begun.StatusCode);
        Assert.Contains("code_challenge_method=S256", begun.Headers.Location!.Query, StringComparison.Ordinal);
        var back = await FollowAsync(begun.Headers.Location!);
        var answer = $"/auth/oidc{back.Query}";

        using var stolen = await stranger.GetAsync(answer);
        Assert.Equal(HttpStatusCode.Unauthorized, stolen.StatusCode);
        Assert.False(
            stolen.Headers.Contains("Set-Cookie")
                && stolen
                    .Headers.GetValues("Set-Cookie")
                    .Any(cookie => cookie.StartsWith("paddock=", StringComparison.Ordinal))
        );
        using var own = await browser.GetAsync(answer);
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
        Assert.Contains(
            "You are signed in as Ada Lovelace",
            await browser.GetStringAsync("/auth/login"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task An_unconfigured_provider_is_refused_with_the_missing_setting()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);

        Assert.Equal(
            (402, 402),
            (
                (await server.GetAsync("/v0/auth/github")).Status,
                (await server.PostAsync("/v0/auth/google", new { state = "a", code = "b" })).Status
            )
        );
        Assert.Contains(
            "PADDOCK_GITHUB_CLIENT_ID is not set",
            (await server.GetAsync("/v0/auth/github")).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("belong together", "PADDOCK_GITHUB_CLIENT_ID=a")]
    [InlineData("set all three or none", "PADDOCK_OIDC_CLIENT_ID=a", "PADDOCK_OIDC_CLIENT_SECRET=b")]
    [InlineData(
        "http only to this machine",
        "PADDOCK_OIDC_CLIENT_ID=a",
        "PADDOCK_OIDC_CLIENT_SECRET=b",
        "PADDOCK_OIDC_ISSUER=http://id.example.com"
    )]
    public void An_invalid_provider_setting_is_refused_at_startup(string reason, params string[] settings)
    {
        var environment = settings.Select(one => one.Split('=', 2)).ToDictionary(one => one[0], one => one[1]);

        Assert.Contains(
            reason,
            Assert
                .Throws<FormatException>(() => ProviderOptions.FromEnvironment(environment.GetValueOrDefault))
                .Message,
            StringComparison.Ordinal
        );
    }

    private static async Task<TestServer> StartAsync(
        Engine engine,
        OpenIdServer provider,
        string[]? domains = null,
        AccessOptions? access = null,
        TimeProvider? time = null
    )
    {
        provider.Redirect = "http://localhost:6610/auth/oidc";
        return await TestServer.StartAsync(engine, time, options =>
            options with
            {
                Access = access ?? options.Access,
                Providers =
                [
                    new(
                        "oidc",
                        "Example",
                        new(provider.Issuer.OriginalString.TrimEnd('/') + "/"),
                        OpenIdServer.ClientId,
                        OpenIdServer.ClientSecret
                    )
                    {
                        Domains = domains,
                    },
                ],
            }
        );
    }

    private static async Task<Reply> SignInAsync(TestServer server, OpenIdServer provider, string query = "")
    {
        var (state, code) = await AttemptAsync(server, provider, query);
        return await EndAsync(server, state, code);
    }

    private static Task<Reply> EndAsync(TestServer server, string state, string code) =>
        server.PostAsync(Path, new { state, code });

    /// <summary>Visits the provider like a browser, and returns with a code.</summary>
    private static async Task<(string State, string Code)> AttemptAsync(
        TestServer server,
        OpenIdServer provider,
        string query = ""
    )
    {
        var address = new Uri((string)(await server.GetAsync(Path + query)).Expect(200)["url"]!);
        Assert.Equal(provider.Issuer.Authority, address.Authority);
        var back = HttpUtility.ParseQueryString((await FollowAsync(address)).Query);
        return (back["state"]!, back["code"]!);
    }

    private static async Task<Uri> FollowAsync(Uri address)
    {
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        using var answer = await browser.GetAsync(address);
        Assert.True(answer.StatusCode == HttpStatusCode.Found, await answer.Content.ReadAsStringAsync());
        return answer.Headers.Location!;
    }
}
