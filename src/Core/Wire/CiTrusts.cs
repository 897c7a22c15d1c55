using System.Text.Json.Serialization;

namespace Paddock.Core.Wire;

/// <summary>The CI services whose identity tokens a project can trust.</summary>
[JsonConverter(typeof(WordConverter<CiService>))]
public enum CiService
{
    Github,
    Gitlab,
    Forgejo,
}

/// <summary>
/// A project's rule that selects CI jobs. They can exchange their service's identity token for a credential.
/// </summary>
/// <param name="Issuer">The issuer of the tokens, exactly as in their <c>iss</c> claim.</param>
/// <param name="Repository">Path of the repository at the service: <c>acme/rocket</c>.</param>
/// <param name="Ref">Full git ref, with * for any text: <c>refs/heads/*</c>; null for every ref.</param>
/// <param name="Environment">Deployment environment of the job; null for every job.</param>
/// <param name="PullRequestTarget">True when jobs of the event <c>pull_request_target</c> are trusted, too.</param>
/// <param name="LastUsed">Time of the last exchange; null before the first.</param>
public sealed record CiTrust(
    Guid Uuid,
    Guid Project,
    CiService Service,
    string Issuer,
    string Repository,
    string? Ref,
    string? Environment,
    bool PullRequestTarget,
    DateTimeOffset Created,
    DateTimeOffset? LastUsed
);

/// <param name="Issuer">Needed only for a self-hosted server; GitHub's and gitlab.com's are known.</param>
public sealed record NewCiTrust(
    CiService Service,
    string Repository,
    string? Issuer = null,
    string? Ref = null,
    string? Environment = null,
    bool? PullRequestTarget = null
);

/// <param name="Token">The identity token that the CI service has issued to the job.</param>
public sealed record CiIdentity(string Token);

/// <summary>A short-lived credential of one project, with the permissions of a project key.</summary>
public sealed record CiCredential(string Token, Guid Project, DateTimeOffset Expiration);
