using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Paddock.Core.Names;
using Paddock.Server.Access.Sessions;

namespace Paddock.Server.Registry;

/// <summary>The kind of bearer that a registry token was issued to.</summary>
internal enum OciBearer
{
    Anonymous,
    User,
    Project,
    Runner,
}

/// <param name="Subject">The UUID of the user, project or runner; null for anonymous tokens. In v0's tokens the user's
/// email address.</param>
/// <param name="Key">The key that was exchanged for the token; null when none was.</param>
internal sealed record OciToken(
    OciBearer Bearer,
    string? Subject,
    OciScope Scope,
    Guid? Key = null,
    DateTimeOffset Issued = default
);

/// <summary>Signs and checks the registry's tokens. They live for minutes and are not stored.</summary>
internal sealed class OciTokens(Jwt jwt)
{
    /// <summary>How long a token lives, unless it is a runner's.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(300);

    /// <summary>How long a runner's token lives; the runner must have requested the job's image by then.</summary>
    public static readonly TimeSpan RunnerLifetime = TimeSpan.FromSeconds(600);

    /// <summary>
    /// How long a pull token is reused for the same runner. Short, so that a reused token still has nearly its whole
    /// lifetime left.
    /// </summary>
    public static readonly TimeSpan RunnerReuse = TimeSpan.FromSeconds(5);

    private const string Claim = "oci";
    private const string KeyClaim = "key";
    private static readonly Dictionary<string, OciBearer> Audiences = new()
    {
        ["oci_public"] = OciBearer.Anonymous,
        ["oci_auth"] = OciBearer.User,
        ["oci_project"] = OciBearer.Project,
        ["oci_runner"] = OciBearer.Runner,
    };

    /// <summary>Signs the token with which a runner pulls a job's image; valid only for the job's project.</summary>
    public string ForRunner(Guid project, Guid runner) =>
        Sign(new(OciBearer.Runner, runner.ToString(), OciScope.Pull(project.ToString())), RunnerLifetime).Text;

    public (string Text, DateTimeOffset Issued) Sign(OciToken token) => Sign(token, Lifetime);

    /// <summary>Parses a token; null unless this server signed it and it has not expired.</summary>
    public OciToken? Check(string text)
    {
        if (!Jwt.LooksLikeOne(text) || jwt.Check(text, Audiences.Keys) is not { } token)
            return null;
        if (token.Audiences.FirstOrDefault() is not { } audience || !Audiences.TryGetValue(audience, out var bearer))
            return null;
        if (!token.TryGetPayloadValue<JsonElement>(Claim, out var claim) || claim.ValueKind != JsonValueKind.Object)
            return null;
        Guid? key =
            token.TryGetPayloadValue<string>(KeyClaim, out var keyText) && Guid.TryParse(keyText, out var uuid)
                ? uuid
                : null;
        return new(
            bearer,
            string.IsNullOrEmpty(token.Subject) ? null : token.Subject,
            ScopeOf(claim),
            key,
            Jwt.ClaimsOf(token).Issued
        );
    }

    private (string Text, DateTimeOffset Issued) Sign(OciToken token, TimeSpan lifetime)
    {
        var audience = Audiences.First(pair => pair.Value == token.Bearer).Key;
        // The first repository has its own claims, as in v0's tokens; further repositories are in another claim.
        var grants = token.Scope.Grants;
        var claim = new Dictionary<string, object?>
        {
            ["repository"] = grants is [var only, ..] ? only.Repository : null,
            ["actions"] = grants is [var first, ..] ? first.Actions.ToArray() : [],
        };
        if (grants.Count > 1)
            claim["more"] = grants.Skip(1).Select(grant => grant.ToString()).ToArray();
        var (text, issued, _) = token.Key is { } key
            ? jwt.Sign(audience, token.Subject, lifetime, (Claim, claim), (KeyClaim, key.ToString()))
            : jwt.Sign(audience, token.Subject, lifetime, (Claim, claim));
        return (text, issued);
    }

    private static OciScope ScopeOf(JsonElement claim)
    {
        var repository =
            claim.TryGetProperty("repository", out var name) && name.ValueKind == JsonValueKind.String
                ? name.GetString()
                : null;
        return OciScope.Of([
            repository is null ? null : $"{OciScope.Type}:{repository}:{string.Join(',', Texts(claim, "actions"))}",
            .. Texts(claim, "more"),
        ]);
    }

    private static IEnumerable<string?> Texts(JsonElement claim, string name) =>
        claim.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray()
                .Where(text => text.ValueKind == JsonValueKind.String)
                .Select(text => text.GetString())
            : [];
}
