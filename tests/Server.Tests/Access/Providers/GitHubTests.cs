using System.Security.Cryptography;
using System.Text;
using System.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Access.Providers;

/// <summary>Signing in by GitHub, against a fake that checks every request.</summary>
public sealed class GitHubTests
{
    [Fact]
    public async Task A_user_signs_in_with_the_verified_primary_address_and_a_sanitized_name()
    {
        await using var gitHub = await FakeGitHub.StartAsync();
        await using var server = await StartAsync(gitHub);
        var address = new Uri((string)(await server.GetAsync("/v0/auth/github")).Expect(200)["url"]!);
        var query = HttpUtility.ParseQueryString(address.Query);
        gitHub.Challenge = query["code_challenge"];

        var session = (
            await server.PostAsync("/v0/auth/github", new { state = query["state"], code = FakeGitHub.Code })
        ).Expect(202);

        Assert.Equal("/login/oauth/authorize", address.AbsolutePath);
        Assert.Equal(
            (FakeGitHub.ClientId, "S256", null),
            (query["client_id"], query["code_challenge_method"], query["redirect_uri"])
        );
        Assert.Equal(
            ("ada@example.com", "ada lovelace"),
            ((string?)session["user"]!["user"]!["email"], (string?)session["user"]!["user"]!["name"])
        );
        Assert.Empty(gitHub.Wrong);
        Assert.Equal(3, gitHub.Requests);
    }

    [Theory]
    [InlineData("""[{"email":"ada@example.com","primary":true,"verified":false}]""")]
    [InlineData("""[{"email":"ada@example.com","primary":false,"verified":true}]""")]
    [InlineData("""{"message":"Not Found"}""")]
    public async Task An_address_that_is_not_primary_and_verified_is_refused(string emails)
    {
        await using var gitHub = await FakeGitHub.StartAsync();
        gitHub.Emails = emails;
        await using var server = await StartAsync(gitHub);
        var query = HttpUtility.ParseQueryString(
            new Uri((string)(await server.GetAsync("/v0/auth/github")).Expect(200)["url"]!).Query
        );
        gitHub.Challenge = query["code_challenge"];

        var refused = await server.PostAsync("/v0/auth/github", new { state = query["state"], code = FakeGitHub.Code });

        Assert.Equal(401, refused.Status);
        Assert.Contains("no verified primary address", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, await server.CountAsync("users"));
    }

    [Fact]
    public async Task The_sign_in_page_shows_only_known_error_codes_and_no_text_from_the_link()
    {
        await using var gitHub = await FakeGitHub.StartAsync();
        await using var server = await StartAsync(gitHub);

        var written = await server.Http.GetAsync("/auth/github?error=Your+account+is+locked.+Call+555-0100");
        var word = await server.Http.GetAsync("/auth/github?error=access_denied");

        Assert.DoesNotContain("555", await written.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains(
            "GitHub answered: access_denied",
            await word.Content.ReadAsStringAsync(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_code_that_GitHub_does_not_know_is_refused()
    {
        await using var gitHub = await FakeGitHub.StartAsync();
        await using var server = await StartAsync(gitHub);
        var query = HttpUtility.ParseQueryString(
            new Uri((string)(await server.GetAsync("/v0/auth/github")).Expect(200)["url"]!).Query
        );

        Assert.Equal(
            401,
            (await server.PostAsync("/v0/auth/github", new { state = query["state"], code = "another" })).Status
        );
        Assert.Equal(0, await server.CountAsync("users"));
    }

    private static Task<TestServer> StartAsync(FakeGitHub gitHub) =>
        TestServer.StartAsync(Engine.Sqlite, time: null, options =>
            options with
            {
                Providers =
                [
                    new(
                        "github",
                        "GitHub",
                        gitHub.Address,
                        FakeGitHub.ClientId,
                        FakeGitHub.ClientSecret,
                        new(gitHub.Address, "api/v3/")
                    ),
                ],
            }
        );

    private sealed class FakeGitHub : IAsyncDisposable
    {
        public const string ClientId = "Iv1.paddock",
            ClientSecret = "hush",
            Code = "a code",
            Token = "gho_token";

        private readonly WebApplication app;

        private FakeGitHub(WebApplication app) => this.app = app;

        public Uri Address =>
            new(
                app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()
                    + "/"
            );
        public string? Challenge { get; set; }
        public string Emails { get; set; } =
            """[{"email":"old@example.com","primary":false,"verified":true},{"email":"ada@example.com","primary":true,"verified":true}]""";
        public int Requests { get; private set; }
        public List<string> Wrong { get; } = [];

        public static async Task<FakeGitHub> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            var app = builder.Build();
            app.Urls.Add("http://127.0.0.1:0");
            var fake = new FakeGitHub(app);
            app.MapPost("/login/oauth/access_token", fake.ExchangeAsync);
            app.MapGet("/api/v3/user", (HttpRequest request) =>
                fake.Show(request, """{"login":"ada_lovelace","id":1}""")
            );
            app.MapGet("/api/v3/user/emails", (HttpRequest request) => fake.Show(request, fake.Emails));
            await app.StartAsync();
            return fake;
        }

        private async Task<IResult> ExchangeAsync(HttpRequest request)
        {
            Requests++;
            var form = await request.ReadFormAsync();
            if (form["client_id"] != ClientId || form["client_secret"] != ClientSecret)
                Wrong.Add("client");
            if (request.Headers.Accept != "application/json")
                Wrong.Add("accept");
            var challenge = Base64UrlEncoder.Encode(
                SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString()))
            );
            if (form["code"] != Code || challenge != Challenge)
                return TypedResults.Json(new { error = "bad_verification_code" });
            return TypedResults.Json(new { access_token = Token, token_type = "bearer" });
        }

        private ContentHttpResult Show(HttpRequest request, string json)
        {
            Requests++;
            if (request.Headers.Authorization != $"Bearer {Token}")
                Wrong.Add(request.Path);
            if (request.Headers.UserAgent.Count == 0)
                Wrong.Add("user agent");
            return TypedResults.Text(json, "application/json");
        }

        public async ValueTask DisposeAsync()
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }
    }
}
