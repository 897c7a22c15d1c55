using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Organizations;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Access.Providers;

/// <summary>
/// What the user wants besides signing in. The state token carries it while the user is at the provider.
/// </summary>
internal sealed record SignInWish(string? Invite, string? Claim, string? Plan, string? Next)
{
    public static SignInWish Of(Call call) =>
        new(call.Query("invite"), call.Query("claim"), call.Query("plan"), call.Query("next"));
}

/// <summary>
/// Signs in a person whose address a provider has verified, as the user with that address or a new one. The state is a
/// signed token, valid for ten minutes. The nonce and the PKCE secret are computed from its UUID, so nothing is stored
/// while the user is at the provider.
/// </summary>
internal sealed partial class ProviderSignIn(
    Db db,
    Jwt jwt,
    SignUp signUp,
    Invitation invitations,
    BaseOptions server,
    IEnumerable<IIdentityProvider> providers,
    TimeProvider time,
    ILogger<ProviderSignIn> log
)
{
    public static readonly TimeSpan StateFor = TimeSpan.FromMinutes(10);
    private const string Audience = "oauth",
        Provider = "provider",
        Invite = "invite",
        Claim = "claim",
        Plan = "plan",
        Next = "next";

    public IReadOnlyList<ProviderOptions> Configured => [.. providers.Select(provider => provider.Options)];

    /// <exception cref="Refusal">The provider is not configured, or the name is unknown.</exception>
    public IIdentityProvider Find(string word) =>
        providers.FirstOrDefault(provider => provider.Options.Word == word)
        ?? throw (
            word is "github" or "google" or "oidc"
                ? new Refusal(
                    Because.NeedsPlan,
                    $"Signing in with {word} is not configured on this server: "
                        + $"PADDOCK_{word.ToUpperInvariant()}_CLIENT_ID is not set."
                )
                : Refusal.NotFound("provider", word)
        );

    /// <returns>The address at the provider, and the UUID of the attempt.</returns>
    public async Task<(Uri Address, Guid Attempt)> BeginAsync(
        IIdentityProvider provider,
        SignInWish wish,
        CancellationToken ct
    )
    {
        var id = Guid.NewGuid();
        List<(string, object)> claims =
        [
            (JwtRegisteredClaimNames.Jti, id.ToString()),
            (Provider, provider.Options.Word),
        ];
        foreach (
            var (name, value) in new[]
            {
                (Invite, wish.Invite),
                (Claim, wish.Claim),
                (Plan, wish.Plan),
                (Next, wish.Next),
            }
        )
            if (value is not null)
                claims.Add((name, value));
        var (state, _, _) = jwt.Sign(Audience, subject: null, StateFor, [.. claims]);
        try
        {
            return (await provider.AuthorizeAsync(AttemptOf(provider, state, id), ct), id);
        }
        catch (ProviderException e)
        {
            throw Failed(provider, e);
        }
    }

    /// <summary>True when a state token belongs to this attempt.</summary>
    public bool IsOf(string state, string? attempt) =>
        attempt is not null && jwt.Check(state, [Audience]) is { } token && token.Id == attempt;

    /// <exception cref="Refusal">The state is not valid, the provider's answer is not valid, or the person is not
    /// admitted.</exception>
    public async Task<(UserRow User, SignInWish Wish, Guid Attempt)> EndAsync(
        IIdentityProvider provider,
        string state,
        string code,
        CancellationToken ct
    )
    {
        if (
            jwt.Check(state, [Audience]) is not { } token
            || !Guid.TryParse(token.Id, out var id)
            || TextOf(token, Provider) != provider.Options.Word
        )
            throw Refusal.NotSignedIn(
                "state: does not belong to an attempt to sign in on this server within the last ten minutes; start "
                    + "again"
            );
        ProvenPerson person;
        try
        {
            person = await provider.ExchangeAsync(AttemptOf(provider, state, id), code, ct);
        }
        catch (ProviderException e)
        {
            throw Failed(provider, e);
        }
        var wish = new SignInWish(
            TextOf(token, Invite),
            TextOf(token, Claim),
            TextOf(token, Plan),
            TextOf(token, Next)
        );
        var user = await UserAsync(provider.Options, person, wish);
        await SsoTable.JoinAsync(db, user, time.GetUtcNow());
        return (user, wish, id);
    }

    private async Task<UserRow> UserAsync(ProviderOptions provider, ProvenPerson person, SignInWish wish)
    {
        if (!Email.TryParse(person.Email, out var email))
            throw Refusal.NotSignedIn($"{provider.Label} returned an e-mail address that is not valid.");
        if (!provider.Admits(email.Value))
            throw Refusal.NotAllowed(
                $"This server does not allow addresses of this domain to sign in with {provider.Label}."
            );
        var invitation = wish.Invite is { } invite ? invitations.Check(invite, email.Value) : null;
        Guid? claim = UuidText.TryParse(wish.Claim, out var uuid) ? uuid : null;
        return await db.WriteAsync(async sql =>
        {
            var now = time.GetUtcNow();
            if (await UserTable.ByEmailAsync(sql, email.Value) is { } user)
            {
                if (user.Locked)
                    throw Refusal.NotAllowed("This account is locked.");
                if (invitation is not null)
                    await Invitation.AcceptAsync(sql, invitation, user, now);
                else if (claim is { } organization)
                    await OrganizationTable.ClaimAsync(sql, ResourceId.Of(organization), user, now);
                return user;
            }
            signUp.DemandAdmitted(email, invitation);
            return await signUp.InsertAsync(
                sql,
                new Signup(NameOf(person, email), email, IAgree: true, Claim: claim),
                invitation,
                now
            );
        });
    }

    // GitHub logins may contain characters that user names here may not.
    private static UserName NameOf(ProvenPerson person, Email email)
    {
        foreach (var text in (string[])[person.Name, email.Value[..email.Value.LastIndexOf('@')]])
        {
            var plain = string.Concat(
                    text.Select(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '.' or '\'' ? c : ' ')
                )
                .Trim();
            if (UserName.TryParse(plain, out var name))
                return name;
        }
        return Text.Parse<UserName>("User");
    }

    private ProviderAttempt AttemptOf(IIdentityProvider provider, string state, Guid id) =>
        new(
            state,
            Secret($"nonce {id}"),
            Secret($"verifier {id}"),
            new($"{server.ConsoleUrl.TrimEnd('/')}/auth/{provider.Options.Word}")
        );

    // 43 characters, the minimum that PKCE allows.
    private string Secret(string what) =>
        Base64UrlEncoder.Encode(
            HMACSHA256.HashData(Encoding.UTF8.GetBytes(server.SecretKey), Encoding.UTF8.GetBytes("signing in: " + what))
        );

    private Refusal Failed(IIdentityProvider provider, ProviderException e)
    {
        LogFailed(provider.Options.Word, e.Message, e);
        return Refusal.NotSignedIn($"Signing in with {provider.Options.Label} failed: {e.Message}.");
    }

    private static string? TextOf(JsonWebToken token, string claim) =>
        token.TryGetPayloadValue<string>(claim, out var text) ? text : null;

    [LoggerMessage(LogLevel.Warning, "Signing in with {Provider} failed: {Why}")]
    private partial void LogFailed(string provider, string why, Exception e);
}
