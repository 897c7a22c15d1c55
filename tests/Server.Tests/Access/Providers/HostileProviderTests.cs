using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Access.Providers;

/// <summary>
/// An OpenID Connect provider, or an impostor, that answers maliciously. Nobody is signed in by a token that was not
/// issued for this attempt, and the server does not fail.
/// </summary>
public sealed class HostileProviderTests : IAsyncLifetime
{
    private const string Client = "paddock",
        Email = "ada@example.com";

    private readonly RSA key = RsaKeys.Get(0),
        otherKey = RsaKeys.Get(1);
    private WebApplication app = null!;
    private string keys = "";
    private string answer = "";

    private string Address => app.Urls.Single();

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapGet("/.well-known/openid-configuration", () => TypedResults.Json(
                new
                {
                    issuer = Address,
                    authorization_endpoint = $"{Address}/authorize",
                    token_endpoint = $"{Address}/token",
                    jwks_uri = $"{Address}/keys",
                },
                JsonSerializerOptions.Default
            ));
        app.MapGet("/keys", () => TypedResults.Text(keys, "application/json"));
        app.MapPost("/token", () => TypedResults.Text(answer, "application/json"));
        await app.StartAsync();
        var open = key.ExportParameters(includePrivateParameters: false);
        keys = $$"""{"keys":[{"kty":"RSA","kid":"own","n":"{{Base64UrlEncoder.Encode(open.Modulus)}}","e":"AQAB"}]}""";
    }

    public async Task DisposeAsync()
    {
        await app.DisposeAsync();
        key.Dispose();
        otherKey.Dispose();
    }

    [Fact]
    public async Task A_token_that_was_not_issued_for_this_attempt_is_refused()
    {
        await using var server = await StartAsync();
        (string What, Func<string, string> Token)[] forged =
        [
            ("no algorithm", nonce => Sign(Claims(nonce), algorithm: "none")),
            ("the public key as a secret", nonce => Sign(Claims(nonce), algorithm: "HS256")),
            ("another key of the same name", nonce => Sign(Claims(nonce), by: otherKey)),
            ("another key without a name", nonce => Sign(Claims(nonce), by: otherKey, named: null)),
            ("another key with a path as its name", nonce => Sign(Claims(nonce), by: otherKey, named: "../../keys")),
            ("another issuer", nonce => Sign(Claims(nonce, ("iss", "https://evil.example")))),
            ("another audience", nonce => Sign(Claims(nonce, ("aud", "other")))),
            ("made for another", nonce => Sign(Claims(nonce, ("aud", new[] { Client, "other" }), ("azp", "other")))),
            ("another attempt", _ => Sign(Claims("other"))),
            ("no attempt", nonce => Sign(Claims(nonce, ("nonce", null)))),
            ("expired", nonce => Sign(Claims(nonce, ("exp", 1_000_000_000)))),
            ("no end", nonce => Sign(Claims(nonce, ("exp", null)))),
            ("not valid yet", nonce => Sign(Claims(nonce, ("nbf", 4_000_000_000)))),
            ("an address that nobody has proven", nonce => Sign(Claims(nonce, ("email_verified", 1)))),
            ("two addresses", nonce => Sign(Claims(nonce, ("email", "ada@example.com,eve@evil.example")))),
            ("an address with a line break", nonce => Sign(Claims(nonce, ("email", "ada@example.com\nBcc: x@y.z")))),
            ("no token", _ => "abc"),
        ];

        foreach (var (what, token) in forged)
        {
            var refused = await SignInAsync(server, token);
            Assert.True(refused.Status == 401, $"{what}: {refused.Status} {refused.Text}");
        }
        Assert.Equal(0, await server.CountAsync("users"));
        (await SignInAsync(server, nonce => Sign(Claims(nonce)))).Expect(202);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("\"x\"")]
    [InlineData("""{"keys":"x"}""")]
    [InlineData("""{"keys":[{"kty":"RSA","kid":"own","n":"!","e":"AQAB"}]}""")]
    [InlineData("""{"keys":[{"kty":"RSA","kid":"own","x5c":["AAAA"]}]}""")]
    public async Task An_unreadable_key_set_refuses_the_sign_in_and_does_not_fail_the_server(string published)
    {
        keys = published;
        await using var server = await StartAsync();

        var begun = await server.GetAsync("/v0/auth/oidc");
        if (begun.Status == 200)
            begun = await SignInAsync(server, nonce => Sign(Claims(nonce)));

        Assert.Equal(401, begun.Status);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("<html>")]
    [InlineData("""{"id_token":5}""")]
    public async Task An_unreadable_token_response_refuses_the_sign_in_and_does_not_fail_the_server(string text)
    {
        await using var server = await StartAsync();

        var refused = await SignInAsync(server, _ => null);

        Assert.Equal(401, refused.Status);

        answer = text;
        var (state, _) = await BeginAsync(server);
        Assert.Equal(401, (await server.PostAsync("/v0/auth/oidc", new { code = "c", state })).Status);
    }

    private Task<TestServer> StartAsync() =>
        TestServer.StartAsync(Engine.Sqlite, time: null, options =>
            options with
            {
                Providers = [new("oidc", "Example", new(Address), Client, ClientSecret: "secret")],
            }
        );

    private static async Task<(string State, string Nonce)> BeginAsync(TestServer server)
    {
        var url = new Uri((string)(await server.GetAsync("/v0/auth/oidc")).Expect(200)["url"]!);
        var query = HttpUtility.ParseQueryString(url.Query);
        return (query["state"]!, query["nonce"]!);
    }

    private async Task<Reply> SignInAsync(TestServer server, Func<string, string?> token)
    {
        var (state, nonce) = await BeginAsync(server);
        answer = JsonSerializer.Serialize(new { id_token = token(nonce), access_token = "x" });
        return await server.PostAsync("/v0/auth/oidc", new { code = "c", state });
    }

    private Dictionary<string, object?> Claims(string nonce, params (string Name, object? Value)[] changed)
    {
        var claims = new Dictionary<string, object?>
        {
            ["iss"] = Address,
            ["aud"] = Client,
            ["sub"] = "1",
            ["nonce"] = nonce,
            ["email"] = Email,
            ["email_verified"] = true,
            ["name"] = "Ada",
            ["exp"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 3600,
        };
        foreach (var (name, value) in changed)
        {
            claims.Remove(name);
            if (value is not null)
                claims[name] = value;
        }
        return claims;
    }

    private string Sign(
        Dictionary<string, object?> claims,
        string algorithm = "RS256",
        RSA? by = null,
        string? named = "own"
    )
    {
        var header = new Dictionary<string, string> { ["alg"] = algorithm, ["typ"] = "JWT" };
        if (named is not null)
            header["kid"] = named;
        var text =
            $"{Base64UrlEncoder.Encode(JsonSerializer.Serialize(header))}."
            + Base64UrlEncoder.Encode(JsonSerializer.Serialize(claims));
        var bytes = Encoding.ASCII.GetBytes(text);
        var signature = algorithm switch
        {
            "RS256" => (by ?? key).SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            "HS256" => HMACSHA256.HashData(Encoding.ASCII.GetBytes(key.ExportSubjectPublicKeyInfoPem()), bytes),
            _ => [],
        };
        return $"{text}.{Base64UrlEncoder.Encode(signature)}";
    }
}
