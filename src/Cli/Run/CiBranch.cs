using System.Text.RegularExpressions;
using Paddock.Core.Names;

namespace Paddock.Cli.Run;

/// <summary>
/// The branch that a CI system names for a job. CI systems check out a bare commit, so git itself cannot tell the
/// branch. Each CI system has its own variables for the branch and, in a pull request, for the source branch.
/// </summary>
internal static partial class CiBranch
{
    /// <summary>The variables of one CI system.</summary>
    /// <param name="System">The CI system's name, for people.</param>
    /// <param name="Source">The source branch of a pull request.</param>
    /// <param name="Target">The target branch of a pull request.</param>
    /// <param name="Number">Set, and not to "false", only in a pull request.</param>
    /// <param name="Branch">The branch of any other job. In a pull request its value is undefined.</param>
    /// <param name="Tag">Set in a job for a tag, where <paramref name="Branch"/> may hold the tag's name.</param>
    /// <param name="Commit">The commit that <paramref name="Branch"/> points to.</param>
    internal sealed record Row(
        string System,
        string? Source = null,
        string? Target = null,
        string? Number = null,
        string? Branch = null,
        string? Tag = null,
        string? Commit = null
    );

    /// <param name="Name">Null when the CI system knows that the job has no branch: the job is for a tag, or another
    /// commit is checked out.</param>
    /// <param name="Target">The target branch of a pull request; null in any other job.</param>
    internal sealed record Found(string System, BranchName? Name, BranchName? Target = null);

    // The first row with a variable that is set decides. Systems that imitate others come first.
    internal static readonly Row[] Table =
    [
        new("Forgejo Actions", "FORGEJO_HEAD_REF", "FORGEJO_BASE_REF", null, "FORGEJO_REF", null, "FORGEJO_SHA"),
        new("Gitea Actions", "GITEA_HEAD_REF", "GITEA_BASE_REF", null, "GITEA_REF", null, "GITEA_SHA"),
        new("GitHub Actions", "GITHUB_HEAD_REF", "GITHUB_BASE_REF", null, "GITHUB_REF", null, "GITHUB_SHA"),
        new("GitHub Actions", Branch: "GITHUB_REF_NAME", Commit: "GITHUB_SHA"),
        new("Woodpecker", "CI_COMMIT_SOURCE_BRANCH", "CI_COMMIT_TARGET_BRANCH", "CI_COMMIT_PULL_REQUEST", null),
        new(
            "GitLab",
            "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME",
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
            "CI_MERGE_REQUEST_IID"
        ),
        new(
            "GitLab",
            "CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME",
            "CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME",
            "CI_EXTERNAL_PULL_REQUEST_IID"
        ),
        new("GitLab or Woodpecker", Branch: "CI_COMMIT_BRANCH", Tag: "CI_COMMIT_TAG", Commit: "CI_COMMIT_SHA"),
        new("GitLab", Branch: "CI_COMMIT_REF_NAME", Tag: "CI_COMMIT_TAG", Commit: "CI_COMMIT_SHA"),
        new(
            "Bitbucket Pipelines",
            "BITBUCKET_BRANCH",
            "BITBUCKET_PR_DESTINATION_BRANCH",
            "BITBUCKET_PR_ID",
            "BITBUCKET_BRANCH",
            "BITBUCKET_TAG",
            "BITBUCKET_COMMIT"
        ),
        new(
            "Buildkite",
            "BUILDKITE_BRANCH",
            "BUILDKITE_PULL_REQUEST_BASE_BRANCH",
            "BUILDKITE_PULL_REQUEST",
            "BUILDKITE_BRANCH",
            "BUILDKITE_TAG",
            "BUILDKITE_COMMIT"
        ),
        new("CircleCI", Branch: "CIRCLE_BRANCH", Tag: "CIRCLE_TAG", Commit: "CIRCLE_SHA1"),
        new(
            "Azure Pipelines",
            "SYSTEM_PULLREQUEST_SOURCEBRANCH",
            "SYSTEM_PULLREQUEST_TARGETBRANCH",
            "SYSTEM_PULLREQUEST_PULLREQUESTID",
            "BUILD_SOURCEBRANCH",
            null,
            "BUILD_SOURCEVERSION"
        ),
        new(
            "Drone",
            "DRONE_SOURCE_BRANCH",
            "DRONE_TARGET_BRANCH",
            "DRONE_PULL_REQUEST",
            "DRONE_BRANCH",
            "DRONE_TAG",
            "DRONE_COMMIT"
        ),
        new(
            "Travis CI",
            "TRAVIS_PULL_REQUEST_BRANCH",
            "TRAVIS_BRANCH",
            "TRAVIS_PULL_REQUEST",
            "TRAVIS_BRANCH",
            "TRAVIS_TAG",
            "TRAVIS_COMMIT"
        ),
        new(
            "AppVeyor",
            "APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH",
            "APPVEYOR_REPO_BRANCH",
            "APPVEYOR_PULL_REQUEST_NUMBER",
            "APPVEYOR_REPO_BRANCH",
            "APPVEYOR_REPO_TAG_NAME",
            "APPVEYOR_REPO_COMMIT"
        ),
        new(
            "Semaphore",
            "SEMAPHORE_GIT_PR_BRANCH",
            "SEMAPHORE_GIT_BRANCH",
            "SEMAPHORE_GIT_PR_NUMBER",
            "SEMAPHORE_GIT_BRANCH",
            "SEMAPHORE_GIT_TAG_NAME",
            "SEMAPHORE_GIT_SHA"
        ),
        new("Cirrus CI", Branch: "CIRRUS_BRANCH", Tag: "CIRRUS_TAG", Commit: "CIRRUS_CHANGE_IN_REPO"),
        // Jenkins is last, because others may use its variable names.
        new("Jenkins", "CHANGE_BRANCH", "CHANGE_TARGET", "CHANGE_ID", "BRANCH_NAME", "TAG_NAME", "GIT_COMMIT"),
        new("Jenkins", "ghprbSourceBranch", "ghprbTargetBranch", "ghprbPullId", "GIT_BRANCH", "TAG_NAME", "GIT_COMMIT"),
    ];

    /// <summary>The branch that the CI system names; null when no known CI system runs this.</summary>
    /// <param name="commit">The commit that is checked out, if known. A variable about another commit says nothing
    /// about this one.</param>
    public static Found? Find(Func<string, string?> variable, string? commit)
    {
        foreach (var row in Table)
            if (Find(row, Value, commit) is { } found)
                return found;
        return null;

        string? Value(string? name) => name is not null && variable(name) is { Length: > 0 } value ? value : null;
    }

    private static Found? Find(Row row, Func<string?, string?> variable, string? commit)
    {
        var number = variable(row.Number) is { } said and not "false" ? said : null;
        var (source, branch) = (variable(row.Source), variable(row.Branch));
        if (number is not null || (source is not null && row.Source != row.Branch))
        {
            // A fork's main is not this repository's: when both ends have the same name, the pull request gets its own
            // branch.
            var isForks =
                source is not null
                && NameOf(source) == NameOf(variable(row.Target) ?? "")
                && (number is not null || row.Number is null);
            if (isForks)
                source = (number ?? PullRequestOf(branch)) is { } pull ? $"pull/{pull}" : null;
            return new(
                row.System,
                source is null ? null : NameOf(source),
                variable(row.Target) is { } target ? NameOf(target) : null
            );
        }
        if (branch is null)
            return null;
        var isOfAnother =
            commit is not null
            && GitHash.TryParse(variable(row.Commit), out var of)
            && !of.Value.Equals(commit, StringComparison.OrdinalIgnoreCase);
        var isNone = isOfAnother || variable(row.Tag) is not null || PullRequestOf(branch) is not null;
        return new(row.System, isNone ? null : NameOf(branch));
    }

    /// <summary>
    /// The branch's name without <c>refs/heads/</c> or a remote before it; null for a tag. Buildkite's "ada:fix", from
    /// a fork, becomes "ada/fix".
    /// </summary>
    private static BranchName? NameOf(string text)
    {
        if (text.StartsWith("refs/tags/", StringComparison.Ordinal))
            return null;
        foreach (
            var prefix in (ReadOnlySpan<string>)["refs/heads/", "refs/remotes/origin/", "remotes/origin/", "origin/"]
        )
        {
            if (!text.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            text = text[prefix.Length..];
            break;
        }
        return BranchName.TryParse(text.Replace(':', '/'), out var name) ? name : null;
    }

    /// <summary>
    /// The number in refs/pull/12/merge or 12/merge, which are commits created by a forge and not a branch.
    /// </summary>
    private static string? PullRequestOf(string? text) =>
        text is not null && MergeRef.Match(text) is { Success: true } match ? match.Groups["number"].Value : null;

    [GeneratedRegex(@"^(refs/(pull|merge-requests|pull-requests)/)?(?<number>\d+)/(merge|head)$")]
    private static partial Regex MergeRef { get; }
}
