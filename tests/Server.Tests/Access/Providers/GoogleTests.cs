using System.Security.Cryptography;
using System.Text;
using System.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Paddock.Server.Access.Providers;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Access.Providers;

/// <summary>Signing in by Google, against a fake that checks every request.</summary>
public sealed class GoogleTests
{
    private const string Path = "/v0/auth/google";

    [Fact]
    public void Google_settings_configure_its_issuer_and_the_allowed_domains()
    {
        var google = Assert.Single(
            ProviderOptions.FromEnvironment(name =>
                name switch
                {
                    "PADDOCK_GOOGLE_CLIENT_ID" => FakeGoogle.ClientId,
                    "PADDOCK_GOOGLE_CLIENT_SECRET" => FakeGoogle.ClientSecret,
                    "PADDOCK_GOOGLE_DOMAINS" => "example.com",
                    _ => null,
                }
            )
        );

        Assert.Equal(
            ("google", "https://accounts.google.com", (Uri?)null),
            (google.Word, google.Issuer.OriginalString, google.Api)
        );
        Assert.True(google.Admits("ada@Example.com"));
        Assert.False(google.Admits("ada@gmail.com"));
    }

    [Theory, EveryDatabase]
    public async Task A_user_signs_in_with_a_verified_address_and_the_requested_plan_is_returned(Engine engine)
    {
        await using var google = await FakeGoogle.StartAsync();
        await using var server = await StartAsync(engine, google);
        var asked = await BeginAsync(server, google, "?plan=free");

        var session = (await server.PostAsync(Path, new { state = asked["state"], code = FakeGoogle.Code })).Expect(
            202
        );

        Assert.Equal(
            ("code", "openid profile email", "http://localhost:6610/auth/google", "S256"),
            (asked["response_type"], asked["scope"], asked["redirect_uri"], asked["code_challenge_method"])
        );
        Assert.Equal(
            ("ada@example.com", "Ada Lovelace", "free"),
            (
                (string?)session["user"]!["user"]!["email"],
                (string?)session["user"]!["user"]!["name"],
                (string?)session["plan"]
            )
        );
        Assert.Empty(google.Wrong);
    }

    [Theory]
    [InlineData(false, "another", "has not verified the e-mail address")]
    [InlineData(true, "wrong nonce", "belongs to another attempt")]
    public async Task A_token_is_refused_when_its_address_is_unverified_or_its_nonce_is_wrong(
        bool isVerified,
        string nonce,
        string reason
    )
    {
        await using var google = await FakeGoogle.StartAsync();
        await using var server = await StartAsync(Engine.Sqlite, google);
        var asked = await BeginAsync(server, google);
        google.IsVerified = isVerified;
        if (isVerified)
            google.Nonce = nonce;

        var refused = await server.PostAsync(Path, new { state = asked["state"], code = FakeGoogle.Code });

        Assert.Equal(401, refused.Status);
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, await server.CountAsync("users"));
    }

    private static Task<TestServer> StartAsync(Engine engine, FakeGoogle google) =>
        TestServer.StartAsync(engine, time: null, options =>
            options with
            {
                Providers =
                [
                    new("google", "Google", new(google.Address), FakeGoogle.ClientId, FakeGoogle.ClientSecret),
                ],
            }
        );

    private static async Task<System.Collections.Specialized.NameValueCollection> BeginAsync(
        TestServer server,
        FakeGoogle google,
        string query = ""
    )
    {
        var address = new Uri((string)(await server.GetAsync(Path + query)).Expect(200)["url"]!);
        Assert.Equal("/o/oauth2/v2/auth", address.AbsolutePath);
        var asked = HttpUtility.ParseQueryString(address.Query);
        (google.Challenge, google.Nonce) = (asked["code_challenge"], asked["nonce"]);
        return asked;
    }

    private sealed class FakeGoogle : IAsyncDisposable
    {
        public const string ClientId = "paddock.apps.googleusercontent.com",
            ClientSecret = "GOCSPX-hush",
            Code = "4/a-code";

        private readonly WebApplication app;
        private readonly RsaSecurityKey key = RsaKeys.Signing(0, "g1");

        private FakeGoogle(WebApplication app) => this.app = app;

        public string Address =>
            app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        public string? Challenge { get; set; }
        public string? Nonce { get; set; }
        public bool IsVerified { get; set; } = true;
        public List<string> Wrong { get; } = [];

        public static async Task<FakeGoogle> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            var app = builder.Build();
            app.Urls.Add("http://127.0.0.1:0");
            var fake = new FakeGoogle(app);
            app.MapGet("/.well-known/openid-configuration", () => TypedResults.Json(
                    new
                    {
                        issuer = fake.Address,
                        authorization_endpoint = fake.Address + "/o/oauth2/v2/auth",
                        token_endpoint = fake.Address + "/token",
                        jwks_uri = fake.Address + "/oauth2/v3/certs",
                    }
                ));
            app.MapGet("/oauth2/v3/certs", fake.Certificates);
            app.MapPost("/token", fake.ExchangeAsync);
            await app.StartAsync();
            return fake;
        }

        private IResult Certificates()
        {
            var open = key.Rsa.ExportParameters(includePrivateParameters: false);
            var (n, e) = (Base64UrlEncoder.Encode(open.Modulus), Base64UrlEncoder.Encode(open.Exponent));
            return Microsoft.AspNetCore.Http.Results.Json(
                new
                {
                    keys = new[]
                    {
                        new
                        {
                            kty = "RSA",
                            use = "sig",
                            alg = "RS256",
                            kid = key.KeyId,
                            n,
                            e,
                        },
                    },
                }
            );
        }

        private async Task<IResult> ExchangeAsync(HttpRequest request)
        {
            var form = await request.ReadFormAsync();
            foreach (
                var (name, expected) in new[]
                {
                    ("grant_type", "authorization_code"),
                    ("code", Code),
                    ("client_id", ClientId),
                    ("client_secret", ClientSecret),
                    ("redirect_uri", "http://localhost:6610/auth/google"),
                }
            )
                if (form[name] != expected)
                    Wrong.Add(name);
            var verifier = Encoding.ASCII.GetBytes(form["code_verifier"].ToString());
            if (Base64UrlEncoder.Encode(SHA256.HashData(verifier)) != Challenge)
                Wrong.Add("code_verifier");
            var now = TimeProvider.System.GetUtcNow();
            var token = new JsonWebTokenHandler().CreateToken(
                new SecurityTokenDescriptor
                {
                    Claims = new Dictionary<string, object>
                    {
                        ["iss"] = Address,
                        ["aud"] = ClientId,
                        ["sub"] = "1234567890",
                        ["email"] = "ada@example.com",
                        ["email_verified"] = IsVerified,
                        ["name"] = "Ada Lovelace",
                        ["nonce"] = Nonce!,
                        ["iat"] = now.ToUnixTimeSeconds(),
                        ["exp"] = now.AddMinutes(60).ToUnixTimeSeconds(),
                    },
                    SigningCredentials = new(key, SecurityAlgorithms.RsaSha256),
                }
            );
            return TypedResults.Json(
                new
                {
                    access_token = "ya29.a",
                    token_type = "Bearer",
                    id_token = token,
                }
            );
        }

        public async ValueTask DisposeAsync()
        {
            await app.DisposeAsync();
            key.Rsa.Dispose();
        }
    }
}
