using System.Text.Json.Serialization;
using Paddock.Core.Names;

namespace Paddock.Core.Wire;

public sealed record User(
    Guid Uuid,
    string Name,
    string Slug,
    string Email,
    bool Admin,
    bool Locked,
    DateTimeOffset Created
);

/// <summary>The public part of a user.</summary>
public sealed record PublicUser(Guid Uuid, string Name, string Slug);

public sealed record UserPatch(
    UserName? Name = null,
    Slug? Slug = null,
    Email? Email = null,
    bool? Admin = null,
    bool? Locked = null
);

public sealed record Signup(
    UserName Name,
    Email Email,
    bool IAgree,
    Slug? Slug = null,
    string? Plan = null,
    string? Invite = null,
    Guid? Claim = null,
    string? RecaptchaToken = null
);

public sealed record Login(Email Email, string? Plan = null, string? Invite = null, string? RecaptchaToken = null);

public sealed record Confirm(string Token);

public sealed record Accept(string Invite);

/// <summary>Makes the owner of the setup token the first administrator.</summary>
public sealed record Setup(string Token, UserName Name, Email Email);

/// <summary>The answer to every request that sends an e-mail.</summary>
public sealed record AuthAck(string Email);

/// <summary>A signed-in user with a session token.</summary>
public sealed record Session(User User, string Token, DateTimeOffset Creation, DateTimeOffset Expiration);

/// <param name="Url">The address at which the browser signs in.</param>
public sealed record ProviderAddress(string Url);

/// <summary>The parameters with which a provider redirects the browser back.</summary>
public sealed record ProviderCode(string State, string Code);

public sealed record ProviderSession(Session User, string? Plan);

public sealed record NewKey(ResourceName Name, uint? Ttl = null);

public sealed record KeyPatch(ResourceName? Name = null);

public sealed record UserKey(
    Guid Uuid,
    Guid User,
    string Name,
    DateTimeOffset Creation,
    DateTimeOffset Expiration,
    DateTimeOffset? Revoked
);

/// <summary>A new key. No other answer shows its text.</summary>
public sealed record NewUserKey(
    Guid Uuid,
    Guid User,
    string Name,
    string Key,
    DateTimeOffset Creation,
    DateTimeOffset Expiration
);

/// <param name="Text">
/// The token itself in the answer that creates it. Other answers have a text of the same form that is not a valid
/// token.
/// </param>
public sealed record Token(
    Guid Uuid,
    Guid User,
    string Name,
    [property: JsonPropertyName("token")] string? Text,
    DateTimeOffset Creation,
    DateTimeOffset Expiration,
    DateTimeOffset? Revoked
);
