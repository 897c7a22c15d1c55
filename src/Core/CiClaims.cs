using System.IO.Enumeration;
using Paddock.Core.Wire;

namespace Paddock.Core;

/// <summary>The claims about a job in the identity token that a CI service issues to the job.</summary>
/// <param name="RepositoryId">The service's own id of the repository. Unlike a name, the id cannot be taken over by
/// somebody else.</param>
/// <param name="Ref">The full git ref.</param>
/// <param name="Event">The event that triggered the job; null if the service does not name it.</param>
public sealed record CiClaims(string Repository, string? RepositoryId, string? Ref, string? Environment, string? Event)
{
    /// <summary>
    /// The event that runs a workflow of the base branch, with its secrets, for anybody's pull request.
    /// </summary>
    public const string PullRequestTarget = "pull_request_target";

    /// <summary>Reads the claims. Null if the token names no repository.</summary>
    public static CiClaims? Of(CiService service, Func<string, string?> claim) =>
        service switch
        {
            CiService.Github or CiService.Forgejo => claim("repository") is { } repository
                ? new(repository, claim("repository_id"), claim("ref"), claim("environment"), claim("event_name"))
                : null,
            CiService.Gitlab => claim("project_path") is { } path
                ? new(path, claim("project_id"), GitLabRef(claim), claim("environment"), claim("pipeline_source"))
                : null,
        };

    /// <summary>The reason why a rule does not trust the job; null if the rule trusts it.</summary>
    public string? WhyNot(CiTrust rule)
    {
        if (!string.Equals(Repository, rule.Repository, StringComparison.OrdinalIgnoreCase))
            return $"its repository is {Repository}, not {rule.Repository}";
        if (
            rule.Ref is { } pattern
            && !(Ref is not null && FileSystemName.MatchesSimpleExpression(pattern, Ref, false))
        )
            return $"its ref is {Ref ?? "unknown"}, not {pattern}";
        if (rule.Environment is { } environment && environment != Environment)
            return $"its environment is {Environment ?? "unknown"}, not {environment}";
        return Event == PullRequestTarget && !rule.PullRequestTarget
            ? $"it was triggered by {PullRequestTarget}, which the rule does not allow"
            : null;
    }

    // Older versions of GitLab only send the short name and the kind of the ref.
    private static string? GitLabRef(Func<string, string?> claim) =>
        claim("ref_path") is { } full ? full
        : claim("ref") is not { } name ? null
        : claim("ref_type") == "tag" ? $"refs/tags/{name}"
        : $"refs/heads/{name}";
}
