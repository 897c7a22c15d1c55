using Paddock.Cli.Run;

namespace Paddock.Cli.Tests.Run;

/// <summary>The branch on which a run is recorded when no option names one.</summary>
public sealed class RunBranchTests
{
    private const string Commit = "0123456789abcdef0123456789abcdef01234567",
        Other = "fedcba9876543210fedcba9876543210fedcba98";

    // The variables that each CI system sets: in a pull request, and on a branch.
    [Theory]
    [InlineData("feature/x", "GITHUB_HEAD_REF=feature/x")]
    [InlineData(
        "feature/x",
        "GITHUB_HEAD_REF=feature/x",
        "GITHUB_BASE_REF=main",
        "GITHUB_REF=refs/pull/12/merge",
        "GITHUB_REF_NAME=12/merge",
        $"GITHUB_SHA={Commit}"
    )]
    [InlineData(
        "feature/x",
        "GITHUB_HEAD_REF=",
        "GITHUB_BASE_REF=",
        "GITHUB_REF=refs/heads/feature/x",
        "GITHUB_REF_NAME=feature/x",
        $"GITHUB_SHA={Commit}"
    )]
    [InlineData("feature/x", "GITHUB_REF_NAME=feature/x")]
    [InlineData(
        "feature/x",
        "FORGEJO_HEAD_REF=feature/x",
        "FORGEJO_BASE_REF=main",
        "FORGEJO_REF=refs/pull/3/head",
        "GITHUB_HEAD_REF=feature/x"
    )]
    [InlineData(
        "feature/x",
        "GITEA_ACTIONS=true",
        "GITHUB_HEAD_REF=feature/x",
        "GITHUB_BASE_REF=main",
        "GITHUB_REF=refs/pull/3/head"
    )]
    [InlineData(
        "feature/x",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME=feature/x",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main",
        "CI_MERGE_REQUEST_IID=4",
        "CI_COMMIT_REF_NAME=feature/x"
    )]
    [InlineData(
        "feature/x",
        "CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME=feature/x",
        "CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME=main",
        "CI_EXTERNAL_PULL_REQUEST_IID=4"
    )]
    [InlineData("feature/x", "CI_COMMIT_BRANCH=feature/x", "CI_COMMIT_REF_NAME=feature/x", $"CI_COMMIT_SHA={Commit}")]
    [InlineData(
        "feature/x",
        "CI_COMMIT_SOURCE_BRANCH=feature/x",
        "CI_COMMIT_TARGET_BRANCH=main",
        "CI_COMMIT_BRANCH=main",
        "CI_COMMIT_PULL_REQUEST=7"
    )] // Woodpecker
    [InlineData("feature/x", "BITBUCKET_BRANCH=feature/x", "BITBUCKET_PR_DESTINATION_BRANCH=main", "BITBUCKET_PR_ID=2")]
    [InlineData("feature/x", "BITBUCKET_BRANCH=feature/x", $"BITBUCKET_COMMIT={Commit}")]
    // Jenkins
    [InlineData("feature/x", "CHANGE_BRANCH=feature/x", "CHANGE_TARGET=main", "CHANGE_ID=5", "BRANCH_NAME=PR-5")]
    [InlineData("feature/x", "BRANCH_NAME=feature/x", $"GIT_COMMIT={Commit}", "GIT_BRANCH=feature/x")]
    [InlineData("feature/x", "GIT_BRANCH=origin/feature/x", $"GIT_COMMIT={Commit}")]
    [InlineData(
        "feature/x",
        "ghprbSourceBranch=feature/x",
        "ghprbTargetBranch=main",
        "ghprbPullId=8",
        "GIT_BRANCH=origin/pr/8/merge"
    )]
    [InlineData(
        "feature/x",
        "BUILDKITE_BRANCH=feature/x",
        "BUILDKITE_PULL_REQUEST=9",
        "BUILDKITE_PULL_REQUEST_BASE_BRANCH=main"
    )]
    [InlineData(
        "ada/fix",
        "BUILDKITE_BRANCH=ada:fix",
        "BUILDKITE_PULL_REQUEST=9",
        "BUILDKITE_PULL_REQUEST_BASE_BRANCH=main"
    )]
    [InlineData(
        "feature/x",
        "BUILDKITE_BRANCH=feature/x",
        "BUILDKITE_PULL_REQUEST=false",
        $"BUILDKITE_COMMIT={Commit}"
    )]
    [InlineData("feature/x", "CIRCLE_BRANCH=feature/x", $"CIRCLE_SHA1={Commit}")]
    [InlineData("pull/12", "CIRCLE_BRANCH=pull/12", $"CIRCLE_SHA1={Commit}")]
    [InlineData(
        "feature/x",
        "SYSTEM_PULLREQUEST_SOURCEBRANCH=refs/heads/feature/x",
        "SYSTEM_PULLREQUEST_TARGETBRANCH=refs/heads/main",
        "SYSTEM_PULLREQUEST_PULLREQUESTID=11",
        "BUILD_SOURCEBRANCH=refs/pull/11/merge"
    )]
    [InlineData(
        "feature/x",
        "BUILD_SOURCEBRANCH=refs/heads/feature/x",
        "BUILD_SOURCEBRANCHNAME=x",
        $"BUILD_SOURCEVERSION={Commit}"
    )]
    [InlineData(
        "feature/x",
        "DRONE_SOURCE_BRANCH=feature/x",
        "DRONE_TARGET_BRANCH=main",
        "DRONE_BRANCH=main",
        "DRONE_PULL_REQUEST=13"
    )]
    [InlineData(
        "feature/x",
        "DRONE_SOURCE_BRANCH=feature/x",
        "DRONE_TARGET_BRANCH=feature/x",
        "DRONE_BRANCH=feature/x"
    )]
    [InlineData("feature/x", "TRAVIS_PULL_REQUEST=14", "TRAVIS_PULL_REQUEST_BRANCH=feature/x", "TRAVIS_BRANCH=main")]
    [InlineData(
        "feature/x",
        "TRAVIS_PULL_REQUEST=false",
        "TRAVIS_PULL_REQUEST_BRANCH=",
        "TRAVIS_BRANCH=feature/x",
        $"TRAVIS_COMMIT={Commit}"
    )]
    [InlineData(
        "feature/x",
        "APPVEYOR_PULL_REQUEST_NUMBER=1",
        "APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH=feature/x",
        "APPVEYOR_REPO_BRANCH=main"
    )]
    [InlineData(
        "feature/x",
        "SEMAPHORE_GIT_PR_NUMBER=1",
        "SEMAPHORE_GIT_PR_BRANCH=feature/x",
        "SEMAPHORE_GIT_BRANCH=main"
    )]
    [InlineData("feature/x", "CIRRUS_BRANCH=feature/x")]
    public void The_branch_comes_from_the_variables_of_the_CI_system(string branch, params string[] variables) =>
        Assert.Equal(branch, Find(variables)?.Name?.Value);

    // A fork's branch may have the same name as the branch that its pull request targets.
    [Theory]
    [InlineData("pull/12", "GITHUB_HEAD_REF=main", "GITHUB_BASE_REF=main", "GITHUB_REF=refs/pull/12/merge")]
    [InlineData(
        "pull/4",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME=main",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main",
        "CI_MERGE_REQUEST_IID=4"
    )]
    [InlineData(
        "pull/7",
        "CI_COMMIT_SOURCE_BRANCH=main",
        "CI_COMMIT_TARGET_BRANCH=main",
        "CI_COMMIT_BRANCH=main",
        "CI_COMMIT_PULL_REQUEST=7"
    )]
    [InlineData("pull/5", "CHANGE_BRANCH=main", "CHANGE_TARGET=main", "CHANGE_ID=5", "BRANCH_NAME=PR-5")]
    [InlineData(
        "pull/11",
        "SYSTEM_PULLREQUEST_SOURCEBRANCH=refs/heads/main",
        "SYSTEM_PULLREQUEST_TARGETBRANCH=refs/heads/main",
        "SYSTEM_PULLREQUEST_PULLREQUESTID=11"
    )]
    [InlineData("pull/14", "TRAVIS_PULL_REQUEST=14", "TRAVIS_PULL_REQUEST_BRANCH=main", "TRAVIS_BRANCH=main")]
    public void A_pull_request_from_a_forks_main_is_not_recorded_on_main(string branch, params string[] variables) =>
        Assert.Equal(branch, Find(variables)?.Name?.Value);

    [Theory]
    [InlineData("GITHUB_HEAD_REF=main", "GITHUB_BASE_REF=main", "GITHUB_REF=refs/heads/main")] // pull_request_target
    [InlineData("GITHUB_REF=refs/tags/v1", "GITHUB_REF_NAME=v1", $"GITHUB_SHA={Commit}")]
    [InlineData("GITHUB_REF=refs/pull/12/merge", "GITHUB_REF_NAME=12/merge")]
    [InlineData("GITHUB_REF_NAME=12/merge")]
    // issue_comment, workflow_run: the job runs on main, but the commit is not on main.
    [InlineData("GITHUB_REF=refs/heads/main", $"GITHUB_SHA={Other}")]
    [InlineData("CI_COMMIT_REF_NAME=v1", "CI_COMMIT_TAG=v1")]
    [InlineData("CI_COMMIT_BRANCH=main", "CI_COMMIT_PULL_REQUEST=7")]
    [InlineData("CI_COMMIT_BRANCH=main", $"CI_COMMIT_SHA={Other}")]
    [InlineData("DRONE_BRANCH=main", "DRONE_PULL_REQUEST=7")]
    [InlineData("TRAVIS_BRANCH=main", "TRAVIS_PULL_REQUEST=7")]
    [InlineData("BRANCH_NAME=PR-5", "CHANGE_ID=5")]
    [InlineData("BRANCH_NAME=v1", "TAG_NAME=v1")]
    [InlineData("CIRCLE_TAG=v1", "CIRCLE_BRANCH=v1")]
    [InlineData("BUILD_SOURCEBRANCH=refs/tags/v1")]
    [InlineData("BUILD_SOURCEBRANCH=refs/pull/11/merge")]
    public void No_branch_is_guessed_when_the_CI_system_names_none_for_the_commit(params string[] variables)
    {
        var found = Find(variables);

        Assert.NotNull(found);
        Assert.Null(found.Name);
    }

    [Fact]
    public void No_branch_is_found_without_a_CI_system() =>
        Assert.Null(Find(["PATH=/bin", "CI=true", "GITHUB_HEAD_REF="]));

    [Fact]
    public async Task A_run_with_a_detached_head_uses_the_branch_of_the_CI_system_and_says_so()
    {
        using var folder = Detached();
        await using var server = await Commands.RecordingServer.StartAsync();

        var ended = await PaddockProgram.RunAsync(
            ["run", "--host", server.Host, "--project", "p", "--dry-run", "echo '{}'"],
            folder: folder.Path,
            env: ["GITHUB_HEAD_REF", "feature/x"]
        );

        Assert.Equal(0, ended.ExitCode);
        Assert.Contains("\"branch\": \"feature/x\"", ended.Output, StringComparison.Ordinal);
        Assert.Contains("Branch feature/x, according to GitHub Actions.", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_branch_option_wins_over_the_checked_out_branch_which_wins_over_the_CI_system()
    {
        using var folder = Folder.NewRepository("mine");
        await using var server = await Commands.RecordingServer.StartAsync();
        string[] run = ["run", "--host", server.Host, "--project", "p", "--dry-run"];

        var checkedOut = await PaddockProgram.RunAsync(
            [.. run, "echo '{}'"],
            folder: folder.Path,
            env: ["GITHUB_HEAD_REF", "feature/x"]
        );
        var given = await PaddockProgram.RunAsync(
            [.. run, "--branch", "other", "echo '{}'"],
            folder: folder.Path,
            env: ["GITHUB_HEAD_REF", "feature/x"]
        );

        Assert.DoesNotContain("feature/x", checkedOut.Output, StringComparison.Ordinal);
        Assert.Contains("\"bencher.dev/v0/branch/ref/name\": \"mine\"", checkedOut.Output, StringComparison.Ordinal);
        Assert.Contains("\"branch\": \"other\"", given.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "No branch is checked out here (HEAD is detached)")]
    [InlineData(true, "No branch is checked out here (HEAD is detached)", "--quiet", "--format", "json")]
    [InlineData(false, "This is not a git repository, and no variable")]
    [InlineData(false, "This is not a git repository, and no variable", "--quiet")]
    [InlineData(false, "This is not a git repository, and no variable", "--format", "json")]
    public async Task A_run_without_a_known_branch_is_refused_and_asks_for_the_branch_option(
        bool isRepository,
        string why,
        params string[] options
    )
    {
        using var folder = isRepository ? Detached() : Folder.New();

        // Nothing listens on this port, so a request would fail with another message.
        var ended = await PaddockProgram.RunAsync(
            ["run", "--host", "http://127.0.0.1:9", "--attempts", "1", "--project", "p", .. options, "echo '{}'"],
            folder: folder.Path
        );

        Assert.Equal((2, ""), (ended.ExitCode, ended.Output));
        Assert.Contains(why, ended.Error, StringComparison.Ordinal);
        Assert.Contains("--branch", ended.Error, StringComparison.Ordinal);
    }

    // v0 scripts rely on this; the server then uses branch "main".
    [Theory]
    [InlineData("")]
    [InlineData("true")]
    public void A_script_that_prints_only_JSON_needs_no_branch_outside_a_repository(string ci) =>
        Assert.Equal(new(), RunBranch.Of(git: null, name => name == "CI" ? ci : null, isForScripts: true));

    private static CiBranch.Found? Find(string[] variables)
    {
        var environment = variables.ToDictionary(line => line.Split('=')[0], line => line.Split('=', 2)[1]);
        return CiBranch.Find(environment.GetValueOrDefault, Commit);
    }

    private static Folder Detached()
    {
        var folder = Folder.NewRepository();
        folder.Write(".git/HEAD", Commit + "\n");
        return folder;
    }
}
