using Paddock.Server.Access.Providers;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Catalog.CiTrusts;

/// <summary>Exchanging the identity tokens of CI jobs for credentials, against an issuer with real keys.</summary>
public sealed class CiTrustTests
{
    private const string Audience = "http://localhost:6610";
    private const string Rules = "/v0/projects/demo/ci-trusts";
    private const string Exchange = "/v0/projects/demo/ci-credential";

    private static readonly Dictionary<string, object> OnMain = new()
    {
        ["repository"] = "acme/rocket",
        ["repository_id"] = "42",
        ["ref"] = "refs/heads/main",
        ["event_name"] = "push",
    };

    [Theory, EveryDatabase]
    public async Task A_trusted_job_gets_a_credential_that_records_in_its_project_only(Engine engine)
    {
        await using var issuer = await IdentityIssuer.StartAsync();
        await using var server = await StartAsync(engine, issuer);
        var ada = await OwnerAsync(server);
        await ada.CreateProjectAsync("Other");
        await TrustAsync(ada, issuer);

        var made = (await server.PostAsync(Exchange, new { token = issuer.Sign(Audience, OnMain) })).Expect(201);

        using var job = server.With((string)made["token"]!);
        (await job.PostAsync("/v0/run", new Run("demo", Run.Latencies(("a", 1))).ToJson())).Expect(201);
        Assert.Equal(401, (await job.PostAsync("/v0/run", new Run("other", Run.Latencies(("a", 1))).ToJson())).Status);
        Assert.InRange((await job.GetAsync("/v0/projects/demo/keys")).Status, 400, 403);
        Assert.InRange((await job.DeleteAsync("/v0/projects/demo")).Status, 400, 403);
        Assert.NotNull((await ada.GetAsync(Rules)).Expect(200)[0]!["last_used"]);
        Assert.Equal(0, await server.CountAsync("project_keys"));
    }

    [Theory, EveryDatabase]
    public async Task A_credential_ends_when_its_rule_is_deleted_and_after_an_hour(Engine engine)
    {
        var clock = new HandClock();
        await using var issuer = await IdentityIssuer.StartAsync(clock);
        await using var server = await StartAsync(engine, issuer, clock);
        var ada = await OwnerAsync(server);
        var rule = await TrustAsync(ada, issuer);
        using var first = await JobAsync(server, issuer);

        clock.Advance(TimeSpan.FromMinutes(59));
        (await first.PostAsync("/v0/run", new Run("demo", Run.Latencies(("a", 1))).ToJson())).Expect(201);
        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.InRange(
            (await first.PostAsync("/v0/run", new Run("demo", Run.Latencies(("a", 1))).ToJson())).Status,
            400,
            401
        );
        using var second = await JobAsync(server, issuer);
        Assert.Equal(204, (await ada.DeleteAsync($"{Rules}/{rule}")).Status);

        Assert.Equal(
            401,
            (await second.PostAsync("/v0/run", new Run("demo", Run.Latencies(("a", 1))).ToJson())).Status
        );
        Assert.Equal(401, (await server.PostAsync(Exchange, new { token = issuer.Sign(Audience, OnMain) })).Status);
    }

    [Theory]
    [InlineData("repository", "evil/rocket", "its repository is evil/rocket, not acme/rocket")]
    [InlineData("ref", "refs/heads/feature", "its ref is refs/heads/feature, not refs/heads/main")]
    [InlineData("event_name", "pull_request_target", "it was triggered by pull_request_target")]
    public async Task A_job_that_matches_no_rule_is_refused_with_the_reason(string claim, string value, string reason)
    {
        await using var issuer = await IdentityIssuer.StartAsync();
        await using var server = await StartAsync(Engine.Sqlite, issuer);
        await TrustAsync(await OwnerAsync(server), issuer, "refs/heads/main");

        var refused = await server.PostAsync(
            Exchange,
            new { token = issuer.Sign(Audience, new Dictionary<string, object>(OnMain) { [claim] = value }) }
        );

        Assert.Equal(403, refused.Status);
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rule_that_allows_pull_request_target_trusts_such_jobs()
    {
        await using var issuer = await IdentityIssuer.StartAsync();
        await using var server = await StartAsync(Engine.Sqlite, issuer);
        var ada = await OwnerAsync(server);
        var body = new
        {
            service = "forgejo",
            issuer = issuer.Address,
            repository = "acme/rocket",
            pull_request_target = true,
        };
        (await ada.PostAsync(Rules, body)).Expect(201);
        var claims = new Dictionary<string, object>(OnMain) { ["event_name"] = "pull_request_target" };

        (await server.PostAsync(Exchange, new { token = issuer.Sign(Audience, claims) })).Expect(201);
    }

    [Fact]
    public async Task GitLab_tokens_are_matched_by_their_own_claims_for_project_ref_and_environment()
    {
        await using var issuer = await IdentityIssuer.StartAsync();
        await using var server = await StartAsync(Engine.Sqlite, issuer);
        var ada = await OwnerAsync(server);
        var body = new
        {
            service = "gitlab",
            issuer = issuer.Address,
            repository = "group/sub/rocket",
            @ref = "refs/heads/*",
            environment = "bench",
        };
        (await ada.PostAsync(Rules, body)).Expect(201);
        Dictionary<string, object> Claims(string kind, string environment) =>
            new()
            {
                ["project_path"] = "group/sub/rocket",
                ["project_id"] = "7",
                ["ref"] = "v1",
                ["ref_type"] = kind,
                ["environment"] = environment,
            };

        (await server.PostAsync(Exchange, new { token = issuer.Sign(Audience, Claims("branch", "bench")) })).Expect(
            201
        );
        Assert.Equal(
            (403, 403),
            (
                (
                    await server.PostAsync(Exchange, new { token = issuer.Sign(Audience, Claims("tag", "bench")) })
                ).Status,
                (
                    await server.PostAsync(Exchange, new { token = issuer.Sign(Audience, Claims("branch", "other")) })
                ).Status
            )
        );
    }

    [Fact]
    public async Task A_token_that_is_forged_expired_or_for_another_audience_is_refused()
    {
        await using var issuer = await IdentityIssuer.StartAsync();
        await using var stranger = await IdentityIssuer.StartAsync();
        await using var server = await StartAsync(Engine.Sqlite, issuer);
        await TrustAsync(await OwnerAsync(server), issuer);
        async Task RefusedAsync(string token, string reason)
        {
            var refused = await server.PostAsync(Exchange, new { token });
            Assert.Equal(401, refused.Status);
            Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        }

        await RefusedAsync(issuer.Sign("https://elsewhere.example.com", OnMain), "the token's audience is not");
        await RefusedAsync(issuer.Sign(Audience, OnMain, TimeSpan.FromHours(-1)), "expired");
        await RefusedAsync(stranger.Sign(Audience, OnMain), "no trust rule");
        Assert.Equal(0, stranger.KeyRequests); // Issuers that no rule names are not contacted.
        issuer.Forge();
        await RefusedAsync(issuer.Sign(Audience, OnMain), "does not publish");
        Assert.Equal(400, (await server.PostAsync(Exchange, new { token = "a.b" })).Status);
    }

    [Theory]
    [InlineData(256, 256)] // An exponent as long as the modulus costs a hundred times the work.
    [InlineData(2048, 3)] // 16,384 bits.
    [InlineData(64, 3)] // 512 bits can be broken in hours.
    public async Task A_key_that_is_expensive_to_check_or_easy_to_break_is_ignored(int modulusBytes, int exponentBytes)
    {
        await using var issuer = await IdentityIssuer.StartAsync();
        await using var server = await StartAsync(Engine.Sqlite, issuer);
        await TrustAsync(await OwnerAsync(server), issuer);
        static string Number(int bytes)
        {
            var number = new byte[bytes];
            Array.Fill(number, (byte)0xff);
            return Microsoft.IdentityModel.Tokens.Base64UrlEncoder.Encode(number);
        }
        issuer.OtherKeys =
            $$"""{"keys":[{"kty":"RSA","n":"{{Number(modulusBytes)}}","e":"{{Number(exponentBytes)}}"}]}""";

        var refused = await server.PostAsync(Exchange, new { token = issuer.Sign(Audience, OnMain) });

        Assert.Equal(401, refused.Status);
        Assert.Contains("publishes 0 usable keys", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Issuer_keys_are_cached_and_refetched_for_an_unknown_key_at_most_once_a_minute()
    {
        var clock = new HandClock();
        await using var issuer = await IdentityIssuer.StartAsync(clock);
        await using var server = await StartAsync(Engine.Sqlite, issuer, clock);
        await TrustAsync(await OwnerAsync(server), issuer);

        for (var i = 0; i < 3; i++)
            (await server.PostAsync(Exchange, new { token = issuer.Sign(Audience, OnMain) })).Expect(201);
        Assert.Equal(1, issuer.KeyRequests);
        clock.Advance(TimeSpan.FromMinutes(2));
        issuer.Rotate();
        (await server.PostAsync(Exchange, new { token = issuer.Sign(Audience, OnMain) })).Expect(201);
        issuer.Forge();
        for (var i = 0; i < 3; i++)
            Assert.Equal(401, (await server.PostAsync(Exchange, new { token = issuer.Sign(Audience, OnMain) })).Status);

        Assert.Equal(2, issuer.KeyRequests);
    }

    [Theory, EveryDatabase]
    public async Task A_repository_recreated_under_a_trusted_name_is_refused(Engine engine)
    {
        await using var issuer = await IdentityIssuer.StartAsync();
        await using var server = await StartAsync(engine, issuer);
        await TrustAsync(await OwnerAsync(server), issuer);
        (await server.PostAsync(Exchange, new { token = issuer.Sign(Audience, OnMain) })).Expect(201);
        var taken = new Dictionary<string, object>(OnMain) { ["repository_id"] = "43" };

        var refused = await server.PostAsync(Exchange, new { token = issuer.Sign(Audience, taken) });

        Assert.Equal(403, refused.Status);
        Assert.Contains("is not the one that first used this rule", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"service":"github","repository":"rocket"}""", "repository")]
    [InlineData("""{"service":"github","repository":"acme/rocket","ref":"main"}""", "ref")]
    [InlineData("""{"service":"forgejo","repository":"acme/rocket"}""", "issuer")]
    [InlineData("""{"service":"gitlab","repository":"acme/rocket","issuer":"http://10.0.0.1"}""", "issuer")]
    public async Task A_rule_that_can_never_match_is_refused_with_its_field(string body, string field)
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var ada = await OwnerAsync(server);

        var refused = await ada.PostAsync(Rules, body);

        Assert.Equal(400, refused.Status);
        Assert.StartsWith(field + ": ", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, await server.CountAsync("ci_trusts"));
    }

    [Fact]
    public async Task An_issuer_in_a_private_network_is_not_contacted_unless_the_operator_names_it()
    {
        await using var issuer = await IdentityIssuer.StartAsync();
        using var keys = new IssuerKeys(new(), TimeProvider.System);

        Assert.False(keys.MayBeAsked(issuer.Address));
        var refused = await Assert.ThrowsAsync<ProviderException>(() =>
            keys.CheckAsync(issuer.Sign(Audience, OnMain), "https://localhost:1", [Audience], CancellationToken.None)
        );
        Assert.Contains("private network", refused.Message, StringComparison.Ordinal);
    }

    private static Task<TestServer> StartAsync(Engine engine, IdentityIssuer issuer, TimeProvider? time = null) =>
        TestServer.StartAsync(engine, time, options => options with { Issuers = new() { Private = [issuer.Address] } });

    private static async Task<TestUser> OwnerAsync(TestServer server)
    {
        var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Demo");
        return ada;
    }

    /// <returns>The UUID of the rule.</returns>
    private static async Task<string> TrustAsync(TestUser owner, IdentityIssuer issuer, string? @ref = null) =>
        (string)
            (
                await owner.PostAsync(
                    Rules,
                    new
                    {
                        service = "github",
                        issuer = issuer.Address,
                        repository = "acme/rocket",
                        @ref,
                    }
                )
            ).Expect(201)["uuid"]!;

    private static async Task<Client> JobAsync(TestServer server, IdentityIssuer issuer) =>
        server.With(
            (string)
                (await server.PostAsync(Exchange, new { token = issuer.Sign(Audience, OnMain) })).Expect(201)["token"]!
        );
}
