using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Paddock.Server.Access.Providers;

/// <summary>
/// Any OpenID Connect provider. It is discovered by its issuer and uses the code flow with PKCE; its ID token is
/// checked against its published keys.
/// </summary>
internal sealed class OpenIdProvider(ProviderOptions options, ProviderHttp http, TimeProvider time)
    : IIdentityProvider,
        IDisposable
{
    private static readonly TimeSpan KnownFor = TimeSpan.FromHours(1),
        RefreshAfter = TimeSpan.FromMinutes(1),
        Leeway = TimeSpan.FromMinutes(2);

    // No HS256, since public keys must not serve as signing secrets, and never "none".
    private static readonly string[] Algorithms =
    [
        "RS256",
        "RS384",
        "RS512",
        "PS256",
        "PS384",
        "PS512",
        "ES256",
        "ES384",
        "ES512",
    ];

    private readonly JsonWebTokenHandler handler = new() { MapInboundClaims = false };
    private readonly SemaphoreSlim one = new(1, 1);
    private Discovered? discovered;

    private sealed record Discovered(Uri Authorize, Uri Token, IList<SecurityKey> Keys, DateTimeOffset At);

    public ProviderOptions Options => options;

    public async Task<Uri> AuthorizeAsync(ProviderAttempt attempt, CancellationToken ct)
    {
        var found = await DiscoverAsync(KnownFor, ct);
        var challenge = Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(attempt.Verifier)));
        return ProviderHttp.With(
            found.Authorize,
            [
                ("response_type", "code"),
                ("client_id", options.ClientId),
                ("redirect_uri", attempt.Redirect.AbsoluteUri),
                ("scope", "openid profile email"),
                ("state", attempt.State),
                ("nonce", attempt.Nonce),
                ("code_challenge", challenge),
                ("code_challenge_method", "S256"),
            ]
        );
    }

    public async Task<ProvenPerson> ExchangeAsync(ProviderAttempt attempt, string code, CancellationToken ct)
    {
        var found = await DiscoverAsync(KnownFor, ct);
        var answer = await http.PostAsync(
            found.Token,
            new Dictionary<string, string>
            {
                ["grant_type"] = "authorization_code",
                ["code"] = code,
                ["redirect_uri"] = attempt.Redirect.AbsoluteUri,
                ["client_id"] = options.ClientId,
                ["client_secret"] = options.ClientSecret,
                ["code_verifier"] = attempt.Verifier,
            },
            ct
        );
        if (TextOf(answer, "id_token") is not { } text)
            throw new ProviderException("the provider returned no ID token");
        var token = await CheckAsync(text, found, ct);
        if (!token.TryGetPayloadValue<string>("nonce", out var nonce) || nonce != attempt.Nonce)
            throw new ProviderException("the ID token belongs to another attempt to sign in");
        // When a token is for several audiences, azp names the one it was made for.
        if (token.TryGetPayloadValue<object>("azp", out var azp) && azp as string != options.ClientId)
            throw new ProviderException("the ID token was issued for another application");
        if (!token.TryGetPayloadValue<string>("email", out var email) || string.IsNullOrEmpty(email))
            throw new ProviderException("the ID token has no e-mail address");
        if (!IsVerified(token))
            throw new ProviderException("the provider has not verified the e-mail address");
        return new(email, token.TryGetPayloadValue<string>("name", out var name) ? name : email);
    }

    public void Dispose() => one.Dispose();

    // Most providers send a boolean, some a string.
    private static bool IsVerified(JsonWebToken token) =>
        token.TryGetPayloadValue<bool>("email_verified", out var verified)
            ? verified
            : token.TryGetPayloadValue<string>("email_verified", out var text) && text == "true";

    private async Task<JsonWebToken> CheckAsync(string text, Discovered found, CancellationToken ct)
    {
        var result = await handler.ValidateTokenAsync(text, Validation(found));
        if (result.Exception is SecurityTokenSignatureKeyNotFoundException)
            // The provider may have new keys.
            result = await handler.ValidateTokenAsync(text, Validation(await DiscoverAsync(RefreshAfter, ct)));
        return result is { IsValid: true, SecurityToken: JsonWebToken token }
            ? token
            : throw new ProviderException("the ID token is not valid", result.Exception);
    }

    private TokenValidationParameters Validation(Discovered found) =>
        new()
        {
            ValidIssuer = options.Issuer.OriginalString,
            ValidAudience = options.ClientId,
            IssuerSigningKeys = found.Keys,
            ValidAlgorithms = Algorithms,
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            LifetimeValidator = (begins, ends, _, _) =>
                time.GetUtcNow().UtcDateTime is var now
                && ends is { } end
                && end + Leeway >= now
                && (begins is null || begins - Leeway <= now),
        };

    private async Task<Discovered> DiscoverAsync(TimeSpan ageMax, CancellationToken ct)
    {
        if (discovered is { } known && time.GetUtcNow() - known.At < ageMax)
            return known;
        await one.WaitAsync(ct);
        try
        {
            if (discovered is { } meanwhile && time.GetUtcNow() - meanwhile.At < ageMax)
                return meanwhile;
            var document = await http.GetAsync(
                new($"{options.Issuer.OriginalString.TrimEnd('/')}/.well-known/openid-configuration"),
                ct
            );
            if (TextOf(document, "issuer") != options.Issuer.OriginalString)
                throw new ProviderException(
                    $"the provider calls itself {TextOf(document, "issuer")}, but {options.Issuer.OriginalString} is "
                        + $"configured; the two must be equal, letter by letter"
                );
            var keys = await http.GetAsync(AddressOf(document, "jwks_uri"), ct);
            return discovered = new(
                AddressOf(document, "authorization_endpoint"),
                AddressOf(document, "token_endpoint"),
                KeysOf(keys),
                time.GetUtcNow()
            );
        }
        finally
        {
            one.Release();
        }
    }

    private static IList<SecurityKey> KeysOf(JsonElement keys)
    {
        try
        {
            return new JsonWebKeySet(keys.GetRawText()).GetSigningKeys();
        }
        catch (ArgumentException e)
        {
            throw new ProviderException("the provider's keys cannot be read", e);
        }
    }

    // A provider reached over TLS must not redirect this server to an address without TLS.
    private Uri AddressOf(JsonElement document, string name) =>
        Uri.TryCreate(TextOf(document, name), UriKind.Absolute, out var uri)
        && (uri.Scheme == "https" || uri.Scheme == options.Issuer.Scheme)
            ? uri
            : throw new ProviderException($"the provider's configuration has no usable {name}");

    private static string? TextOf(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object
        && json.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
