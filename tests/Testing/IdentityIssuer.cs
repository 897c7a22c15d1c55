using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Paddock.Testing;

/// <summary>
/// A CI service that issues identity tokens and publishes its keys. It also serves the address at which a GitHub
/// Actions job requests its token.
/// </summary>
public sealed class IdentityIssuer : IAsyncDisposable
{
    /// <summary>The token that a job must send to get its identity token.</summary>
    public const string RequestToken = "the-job-s-own-token";

    private readonly WebApplication app;
    private readonly TimeProvider time;
    private readonly List<RsaSecurityKey> published = [];
    private RsaSecurityKey signing;
    private int keys;

    private IdentityIssuer(WebApplication app, TimeProvider time)
    {
        (this.app, this.time) = (app, time);
        published.Add(signing = NewKey());
    }

    public string Address =>
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    /// <summary>How often the published keys were requested.</summary>
    public int KeyRequests { get; private set; }

    /// <summary>A key set as JSON that is published instead of the issuer's own keys.</summary>
    public string? OtherKeys { get; set; }

    /// <summary>The claims of the token that a job gets at <see cref="RequestUrl"/>.</summary>
    public Dictionary<string, object> Claims { get; } =
        new() { ["repository"] = "acme/rocket", ["ref"] = "refs/heads/main" };

    public string RequestUrl => $"{Address}/token?api-version=2.0";

    public static async Task<IdentityIssuer> StartAsync(TimeProvider? time = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var issuer = new IdentityIssuer(app, time ?? TimeProvider.System);
        app.MapGet("/.well-known/openid-configuration", () =>
            TypedResults.Json(new { issuer = issuer.Address, jwks_uri = issuer.Address + "/keys" })
        );
        app.MapGet("/keys", issuer.Keys);
        app.MapGet("/token", issuer.Token);
        await app.StartAsync();
        return issuer;
    }

    /// <summary>Switches to a new signing key and publishes it.</summary>
    public void Rotate() => published.Add(signing = NewKey());

    /// <summary>Switches to a new signing key without publishing it, as a forger would.</summary>
    public void Forge() => signing = NewKey();

    /// <summary>Signs a token for an audience with these claims.</summary>
    public string Sign(string audience, IReadOnlyDictionary<string, object> claims, TimeSpan? lifetime = null)
    {
        var now = time.GetUtcNow();
        var all = new Dictionary<string, object>(claims)
        {
            ["iss"] = Address,
            ["aud"] = audience,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = (now + (lifetime ?? TimeSpan.FromMinutes(5))).ToUnixTimeSeconds(),
        };
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(
            new SecurityTokenDescriptor
            {
                Claims = all,
                SigningCredentials = new(signing, SecurityAlgorithms.RsaSha256),
            }
        );
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        foreach (var key in published.Append(signing).Distinct())
            key.Rsa.Dispose();
    }

    private IResult Keys()
    {
        KeyRequests++;
        if (OtherKeys is { } others)
            return Results.Text(others, "application/json");
        var keys = published.Select(key =>
        {
            var open = key.Rsa.ExportParameters(includePrivateParameters: false);
            return new
            {
                kty = "RSA",
                use = "sig",
                alg = "RS256",
                kid = key.KeyId,
                n = Base64UrlEncoder.Encode(open.Modulus),
                e = Base64UrlEncoder.Encode(open.Exponent),
            };
        });
        return Results.Json(new { keys }, JsonSerializerOptions.Default);
    }

    private IResult Token(HttpRequest request) =>
        request.Headers.Authorization == $"Bearer {RequestToken}"
            ? TypedResults.Json(new { value = Sign(request.Query["audience"].ToString(), Claims) })
            : TypedResults.Unauthorized();

    private RsaSecurityKey NewKey() => RsaKeys.Signing(keys++, Guid.NewGuid().ToString("N"));
}
