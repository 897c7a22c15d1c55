using System.Globalization;
using Paddock.Cli.GitHub;

namespace Paddock.Cli.Forges;

/// <summary>
/// Reads from the CI service's variables which forge a run belongs to, and which repository, pull request and commit.
/// </summary>
internal static class CiForge
{
    /// <summary>Null, with a note to the user, when no CI service of a known forge runs this.</summary>
    public static ICiReport? Begin(
        CiSettings settings,
        ApiOptions patience,
        Action<string> note,
        Func<string, string?> environment
    )
    {
        if (environment("GITLAB_CI") == "true")
            return OfGitLab(settings, patience, note, environment);
        if (environment("GITEA_ACTIONS") == "true" || environment("FORGEJO_ACTIONS") == "true")
            return OfGitea(settings, patience, note, environment);
        if (environment("BITBUCKET_REPO_FULL_NAME") is { Length: > 0 })
            return OfBitbucket(settings, patience, note, environment);
        if (BitbucketServer.PlaceOf(environment("CHANGE_URL")) is { } page)
        {
            var place = new ForgePlace(
                page.Server,
                settings.Token,
                page.Repository,
                settings.Number ?? page.Number,
                environment("GIT_COMMIT")
            );
            return new ForgeReport(settings, new BitbucketServer(place, patience, note), place, note);
        }
        note(
            "--forge-token has no effect: this is not a job of GitLab CI, Gitea or Forgejo Actions, or Bitbucket "
                + "Pipelines. For GitHub, use --github-actions."
        );
        return null;
    }

    private static ForgeReport OfGitLab(
        CiSettings settings,
        ApiOptions patience,
        Action<string> note,
        Func<string, string?> environment
    )
    {
        var place = new ForgePlace(
            Address("CI_API_V4_URL", environment("CI_API_V4_URL")),
            settings.Token,
            Uri.EscapeDataString(Needed("CI_PROJECT_ID", environment)),
            settings.Number ?? Number(environment("CI_MERGE_REQUEST_IID")),
            environment("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") is { Length: > 0 } head
                ? head
                : environment("CI_COMMIT_SHA")
        );
        return new(settings, new GitLab(place, patience, note), place, note);
    }

    // Gitea and Forgejo use the variables of GitHub Actions.
    private static ForgeReport OfGitea(
        CiSettings settings,
        ApiOptions patience,
        Action<string> note,
        Func<string, string?> environment
    )
    {
        var server = Address("GITHUB_SERVER_URL", environment("GITHUB_SERVER_URL"));
        var cause = WorkflowEvent.Read();
        if (cause.IsFromFork && !settings.IgnorePwnRequests)
            throw new Failure(
                $"This pull request comes from a fork ({cause.HeadRepository ?? "since deleted"}): its code would "
                    + $"run with the secrets of {cause.Repository}."
            );
        var place = new ForgePlace(
            new($"{server.AbsoluteUri.TrimEnd('/')}/api/v1"),
            settings.Token,
            cause.Repository ?? Needed("GITHUB_REPOSITORY", environment),
            settings.Number ?? (cause.IsPullRequest ? cause.Number : null),
            cause.HeadSha
        );
        return new(settings, new Gitea(place, patience, note), place, note);
    }

    private static ForgeReport OfBitbucket(
        CiSettings settings,
        ApiOptions patience,
        Action<string> note,
        Func<string, string?> environment
    )
    {
        var place = new ForgePlace(
            Address("BITBUCKET_API_URL", environment("BITBUCKET_API_URL") ?? "https://api.bitbucket.org/2.0"),
            settings.Token,
            Needed("BITBUCKET_REPO_FULL_NAME", environment),
            settings.Number ?? Number(environment("BITBUCKET_PR_ID")),
            environment("BITBUCKET_COMMIT")
        );
        return new(settings, new Bitbucket(place, patience, note), place, note);
    }

    private static ulong? Number(string? text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string Needed(string name, Func<string, string?> environment) =>
        environment(name) is { Length: > 0 } value
            ? value
            : throw new Failure($"{name} is not set, so the repository to comment on is unknown.");

    private static Uri Address(string name, string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? uri
            : throw new Failure($"{name} is {Core.Names.Text.Quote(text)}, which is not an http or https address.");
}
