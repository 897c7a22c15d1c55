using System.Collections.Concurrent;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground;

namespace Paddock.Server.Access.Sessions;

/// <summary>The purpose of a token.</summary>
internal enum Audience
{
    Auth,
    Client,
    ApiKey,
    Invite,

    /// <summary>A credential of a project for a CI job; its subject is the trust rule.</summary>
    Ci,

    /// <summary>
    /// A credential for the reruns of one report that was sent anonymously; its subject is the report.
    /// </summary>
    Reruns,
}

/// <summary>Signs and checks tokens: HS256, with the server's key and issuer. Neither takes a database row.</summary>
internal sealed class Jwt(BaseOptions options, TimeProvider time)
{
    public static readonly TimeSpan ConfirmFor = TimeSpan.FromMinutes(30);
    public static readonly TimeSpan SessionFor = TimeSpan.FromDays(30);
    public static readonly TimeSpan InviteFor = TimeSpan.FromDays(7);
    private const int CheckedMax = 1024;
    private const string EmailClaim = "email";

    // The key is the bytes of the configured text, as for existing tokens.
    private readonly SymmetricSecurityKey key = new(PaddedKey(options.SecretKey))
    {
        CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = true },
    };

    // A cache, since a client sends the same token with every request.
    private readonly ConcurrentDictionary<string, Checked> checkedTokens = new();
    private readonly JsonWebTokenHandler handler = new()
    {
        SetDefaultTimesOnTokenCreation = false,
        MapInboundClaims = false,
    };

    /// <summary>Signs a token that names a user and the user's current address.</summary>
    public (string Text, DateTimeOffset Created, DateTimeOffset Expires) Sign(
        Audience audience,
        UserRow user,
        TimeSpan lifetime
    ) => Sign(Word(audience), user.Uuid.ToString(), lifetime, (EmailClaim, user.Email));

    /// <summary>Signs a token whose subject is not a user.</summary>
    public (string Text, DateTimeOffset Created, DateTimeOffset Expires) Sign(
        Audience audience,
        Guid subject,
        TimeSpan lifetime
    ) => Sign(Word(audience), subject.ToString(), lifetime);

    /// <summary>Signs an API token, with the UUID of its row.</summary>
    public string SignToken(UserRow user, Guid token, TimeSpan lifetime) =>
        Sign(
            Word(Audience.ApiKey),
            user.Uuid.ToString(),
            lifetime,
            (EmailClaim, user.Email),
            (JwtRegisteredClaimNames.Jti, token.ToString())
        ).Text;

    /// <summary>Signs an invitation as in v0, with the UUID of its row.</summary>
    public string SignInvitation(string email, Guid organization, Guid invitation) =>
        Sign(
            Word(Audience.Invite),
            email,
            InviteFor,
            ("org", new Dictionary<string, object> { ["uuid"] = organization.ToString(), ["role"] = "leader" }),
            (JwtRegisteredClaimNames.Jti, invitation.ToString())
        ).Text;

    /// <param name="extra">Additional claims.</param>
    public (string Text, DateTimeOffset Created, DateTimeOffset Expires) Sign(
        string audience,
        string? subject,
        TimeSpan lifetime,
        params ReadOnlySpan<(string Name, object Value)> extra
    )
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds());
        var expires = now + lifetime;
        var claims = new Dictionary<string, object>
        {
            ["aud"] = audience,
            ["exp"] = expires.ToUnixTimeSeconds(),
            ["iat"] = now.ToUnixTimeSeconds(),
            ["iss"] = options.ConsoleUrl,
        };
        if (subject is not null)
            claims["sub"] = subject;
        foreach (var (name, value) in extra)
            claims[name] = value;
        var token = handler.CreateToken(
            new SecurityTokenDescriptor
            {
                Claims = claims,
                SigningCredentials = new(key, SecurityAlgorithms.HmacSha256),
            }
        );
        return (token, now, expires);
    }

    private sealed record Checked(Claims Claims, Audience Audience, DateTime Expires);

    /// <summary>
    /// Returns the claims of a token that this server signed for one of these purposes and that has not expired, else
    /// null.
    /// </summary>
    public Claims? Check(string text, params ReadOnlySpan<Audience> audiences)
    {
        if (!checkedTokens.TryGetValue(text, out var known))
        {
            if (Validate(text) is not { } valid)
                return null;
            if (checkedTokens.Count >= CheckedMax)
                checkedTokens.Clear();
            checkedTokens[text] = known = valid;
        }
        return audiences.Contains(known.Audience) && known.Expires >= time.GetUtcNow().UtcDateTime
            ? known.Claims
            : null;
    }

    private Checked? Validate(string text)
    {
        if (Check(text, Enum.GetValues<Audience>().Select(Word)) is not { Subject.Length: > 0 } token)
            return null;
        Guid? organization =
            token.TryGetPayloadValue<System.Text.Json.JsonElement>("org", out var org)
            && org.ValueKind == System.Text.Json.JsonValueKind.Object
            && org.TryGetProperty("uuid", out var uuid)
            && uuid.TryGetGuid(out var found)
                ? found
                : null;
        return new(
            ClaimsOf(token) with
            {
                Organization = organization,
            },
            Enum.GetValues<Audience>().First(audience => token.Audiences.Contains(Word(audience))),
            token.ValidTo
        );
    }

    public static Claims ClaimsOf(JsonWebToken token) =>
        new(
            token.Subject,
            token.IssuedAt == DateTime.MinValue
                ? DateTimeOffset.MinValue
                : new DateTimeOffset(token.IssuedAt, TimeSpan.Zero),
            token.TryGetPayloadValue<string>(EmailClaim, out var email) ? email : null,
            Guid.TryParse(token.Id, out var id) ? id : null,
            Organization: null
        );

    /// <summary>
    /// Returns a token that this server signed for one of these audiences and that has not expired, else null.
    /// </summary>
    public JsonWebToken? Check(string text, IEnumerable<string> audiences)
    {
        var validation = new TokenValidationParameters
        {
            IssuerSigningKey = key,
            // Older tokens may have the issuer with a slash at the end.
            ValidIssuers = [options.ConsoleUrl, new Uri(options.ConsoleUrl).AbsoluteUri],
            ValidAudiences = audiences,
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            ClockSkew = TimeSpan.Zero,
            RequireExpirationTime = true,
            LifetimeValidator = (_, expires, _, _) => expires is { } end && end >= time.GetUtcNow().UtcDateTime,
        };
        // The check of a symmetric key completes synchronously.
        var result = handler.ValidateTokenAsync(text, validation).GetAwaiter().GetResult();
        return result.IsValid ? result.SecurityToken as JsonWebToken : null;
    }

    /// <summary>True when a text has the form of a token: three parts of base64url without padding.</summary>
    public static bool LooksLikeOne(string text)
    {
        var parts = text.Split('.');
        return parts.Length == 3
            && parts.All(part =>
                part.Length > 0
                && part.Length % 4 != 1
                && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            );
    }

    private static string Word(Audience audience) =>
        audience switch
        {
            Audience.Auth => "auth",
            Audience.Client => "client",
            Audience.ApiKey => "api_key",
            Audience.Invite => "invite",
            Audience.Ci => "ci",
            Audience.Reruns => "reruns",
        };

    // The key of the recorded v0 traffic is shorter than the library requires. HMAC itself pads keys with zeros, so
    // padding changes no signature.
    private static byte[] PaddedKey(string secret)
    {
        var bytes = Encoding.UTF8.GetBytes(secret);
        if (bytes.Length < 32)
            Array.Resize(ref bytes, 32);
        return bytes;
    }
}
