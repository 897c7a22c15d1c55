using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Access.Providers;

/// <summary>The issuers of CI identity tokens that the operator trusts.</summary>
internal sealed record IssuerOptions
{
    private const int IssuersMax = 100;

    /// <summary>
    /// Issuers that may be in the server's private network, and without TLS. All others must be public and https.
    /// </summary>
    public IReadOnlyList<string> Private { get; init; } = [];

    /// <exception cref="FormatException">A setting is invalid; the message names it and what is allowed.</exception>
    public static IssuerOptions FromEnvironment(Func<string, string?> environment)
    {
        const string name = "PADDOCK_CI_ISSUERS";
        var all = (environment(name) ?? "").Split(
            ',',
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
        );
        if (
            all.Length > IssuersMax
            || !all.All(text => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http")
        )
            throw new FormatException(
                $"{name} is \"{environment(name)}\"; allowed: up to {IssuersMax} http or https addresses, separated by "
                    + "commas"
            );
        return new() { Private = all };
    }
}

/// <summary>
/// Checks tokens against the published keys of their issuers. Keys are fetched when first needed and cached for an
/// hour. An unknown key causes another fetch, at most once a minute. After a failure an issuer is not asked again for a
/// minute.
/// </summary>
internal sealed class IssuerKeys : IDisposable
{
    private const int IssuersMax = 1024;
    private const int KeysMax = 100;
    private const int BytesMax = 256 << 10;
    private const int ModulusBytesMin = 256,
        ModulusBytesMax = 1024,
        ExponentBytesMax = 4;

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

    private readonly ConcurrentDictionary<string, Issuer> issuers = new(StringComparer.Ordinal);
    private readonly JsonWebTokenHandler handler = new() { MapInboundClaims = false };
    private HttpClient? open; // Made when first used: most servers never fetch keys.
    private HttpClient? inside;
    private readonly IssuerOptions options;
    private readonly TimeProvider time;

    public IssuerKeys(IssuerOptions options, TimeProvider time) => (this.options, this.time) = (options, time);

    /// <summary>The keys of one issuer, or the reason why there are none.</summary>
    private sealed record Fetched(IList<SecurityKey> Keys, string? Problem, DateTimeOffset At);

    private sealed class Issuer : IDisposable
    {
        public SemaphoreSlim One { get; } = new(1, 1);

        public Fetched? Known { get; set; }

        public void Dispose() => One.Dispose();
    }

    /// <summary>True for an issuer whose keys this server would fetch.</summary>
    public bool MayBeAsked(string issuer) =>
        options.Private.Contains(issuer)
        || (Uri.TryCreate(issuer, UriKind.Absolute, out var uri) && uri.Scheme == "https" && uri.UserInfo.Length == 0);

    /// <returns>The token, whose signature, issuer, audience and times are right.</returns>
    /// <exception cref="ProviderException">The token is not valid, or the issuer's keys could not be
    /// fetched.</exception>
    public async Task<JsonWebToken> CheckAsync(
        string text,
        string issuer,
        IReadOnlyList<string> audiences,
        CancellationToken ct
    )
    {
        if (!MayBeAsked(issuer))
            throw new ProviderException($"this server may not fetch keys from the issuer {issuer}");
        var keys = await KeysAsync(issuer, KnownFor, ct);
        if (!Has(keys, text))
            keys = await KeysAsync(issuer, RefreshAfter, ct); // The issuer may have published new keys.
        if (!Has(keys, text))
            throw new ProviderException("the token is signed with a key that its issuer does not publish");
        var result = await handler.ValidateTokenAsync(text, Validation(issuer, audiences, keys));
        return result is { IsValid: true, SecurityToken: JsonWebToken token }
            ? token
            : throw new ProviderException(Why(result.Exception, audiences), result.Exception);
    }

    public void Dispose()
    {
        open?.Dispose();
        inside?.Dispose();
        foreach (var issuer in issuers.Values)
            issuer.Dispose();
    }

    private static bool Has(IList<SecurityKey> keys, string token) =>
        new JsonWebToken(token).Kid is not { Length: > 0 } kid || keys.Any(key => key.KeyId == kid);

    private static string Why(Exception? cause, IReadOnlyList<string> audiences) =>
        cause switch
        {
            SecurityTokenInvalidAudienceException => $"the token's audience is not {audiences[0]}",
            SecurityTokenInvalidLifetimeException or SecurityTokenExpiredException => "the token has expired",
            _ => "the token's signature is not valid",
        };

    private TokenValidationParameters Validation(
        string issuer,
        IReadOnlyList<string> audiences,
        IList<SecurityKey> keys
    ) =>
        new()
        {
            ValidIssuer = issuer,
            ValidAudiences = audiences,
            IssuerSigningKeys = keys,
            ValidAlgorithms = Algorithms,
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            LifetimeValidator = (begins, ends, _, _) =>
                time.GetUtcNow().UtcDateTime is var now
                && ends is { } end
                && end + Leeway >= now
                && (begins is null || begins - Leeway <= now),
        };

    private async Task<IList<SecurityKey>> KeysAsync(string name, TimeSpan ageMax, CancellationToken ct)
    {
        if (issuers.Count >= IssuersMax && !issuers.ContainsKey(name))
            issuers.Clear(); // The keys are fetched again when needed.
        var issuer = issuers.GetOrAdd(name, _ => new Issuer());
        if (Fresh(issuer, ageMax) is { } known)
            return known;
        await issuer.One.WaitAsync(ct);
        try
        {
            if (Fresh(issuer, ageMax) is { } meanwhile)
                return meanwhile;
            issuer.Known = await FetchAsync(name, ct);
            return Fresh(issuer, ageMax)!;
        }
        finally
        {
            issuer.One.Release();
        }
    }

    private IList<SecurityKey>? Fresh(Issuer issuer, TimeSpan ageMax)
    {
        if (issuer.Known is not { } known)
            return null;
        var age = time.GetUtcNow() - known.At;
        if (known.Problem is { } problem && age < RefreshAfter)
            throw new ProviderException(problem);
        return known.Problem is null && age < ageMax ? known.Keys : null;
    }

    private async Task<Fetched> FetchAsync(string issuer, CancellationToken ct)
    {
        try
        {
            var client = options.Private.Contains(issuer)
                ? LazyInitializer.EnsureInitialized(ref inside, () => Client(connect: null))
                : LazyInitializer.EnsureInitialized(ref open, () => Client(PublicOnly.ConnectAsync));
            var document = await GetAsync(
                client,
                new($"{issuer.TrimEnd('/')}/.well-known/openid-configuration"),
                issuer,
                ct
            );
            if (TextOf(document, "issuer") != issuer)
                throw new ProviderException(
                    $"the issuer {issuer} calls itself {TextOf(document, "issuer")}; the two must be equal, letter by "
                        + "letter"
                );
            if (!Uri.TryCreate(TextOf(document, "jwks_uri"), UriKind.Absolute, out var address))
                throw new ProviderException($"the configuration of the issuer {issuer} has no jwks_uri");
            if (address.Scheme != "https" && address.Scheme != new Uri(issuer).Scheme)
                throw new ProviderException($"the keys of the issuer {issuer} are not at an https address");
            var set = new JsonWebKeySet((await GetAsync(client, address, issuer, ct)).GetRawText());
            var keys = set.GetSigningKeys().Where(IsUsual).ToList();
            return keys.Count is > 0 and <= KeysMax
                ? new(keys, Problem: null, time.GetUtcNow())
                : throw new ProviderException(
                    $"the issuer {issuer} publishes {keys.Count} usable keys; allowed: 1 to {KeysMax}, RSA of "
                        + $"{ModulusBytesMin * 8} to {ModulusBytesMax * 8} bits with a small exponent, or elliptic "
                        + $"curve"
                );
        }
        catch (ProviderException e)
        {
            return new([], e.Message, time.GetUtcNow());
        }
        catch (ArgumentException)
        {
            return new([], $"the keys of the issuer {issuer} cannot be read", time.GetUtcNow());
        }
    }

    // Limits the cost of one signature check: a hostile user can trust an issuer of their choice, and then anybody can
    // have its tokens checked. An exponent as long as the modulus makes a check a hundred times slower than usual.
    private static bool IsUsual(SecurityKey key)
    {
        if (key is ECDsaSecurityKey or X509SecurityKey { PublicKey: ECDsa })
            return true;
        var rsa = key switch
        {
            RsaSecurityKey { Rsa: { } given } => given.ExportParameters(includePrivateParameters: false),
            RsaSecurityKey given => given.Parameters,
            X509SecurityKey { PublicKey: RSA given } => given.ExportParameters(includePrivateParameters: false),
            _ => default,
        };
        return rsa.Modulus?.Length is >= ModulusBytesMin and <= ModulusBytesMax
            && rsa.Exponent!.AsSpan().TrimStart((byte)0).Length <= ExponentBytesMax;
    }

    private static async Task<JsonElement> GetAsync(HttpClient client, Uri address, string issuer, CancellationToken ct)
    {
        try
        {
            using var response = await client.GetAsync(address, ct);
            if (!response.IsSuccessStatusCode)
                throw new ProviderException($"{address} answered {(int)response.StatusCode}");
            using var json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(ct));
            return json.RootElement.Clone();
        }
        catch (Exception e)
            when (e is HttpRequestException or JsonException
                || (e is OperationCanceledException && !ct.IsCancellationRequested)
            )
        {
            throw new ProviderException($"the keys of the issuer {issuer} could not be fetched: {e.Message}", e);
        }
    }

    private static string? TextOf(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object
        && json.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static HttpClient Client(Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>>? connect)
    {
        var client = new HttpClient(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseProxy = connect is null, // A proxy would bypass the check for public addresses.
                ConnectTimeout = TimeSpan.FromSeconds(10),
                PooledConnectionLifetime = TimeSpan.FromMinutes(5),
                ConnectCallback = connect,
            }
        )
        {
            Timeout = TimeSpan.FromSeconds(10),
            MaxResponseContentBufferSize = BytesMax,
        };
        client.DefaultRequestHeaders.UserAgent.Add(new("paddock-server", "1"));
        return client;
    }
}
