namespace Paddock.Cli.Init;

/// <summary>The file by which a CI service runs benchmarks and reports them.</summary>
/// <param name="ToDo">The steps that the user has to take at the forge before the file works.</param>
internal sealed record CiFile(string Path, string Text, string ToDo)
{
    public static readonly string[] Forges = ["github", "gitlab", "forgejo", "bitbucket"];

    /// <summary>
    /// Guesses the forge from the repository's files, then from the remote address; null when neither tells.
    /// </summary>
    public static string? ForgeOf(string? remote, string folder)
    {
        bool Has(string name) => System.IO.Path.Exists(System.IO.Path.Combine(folder, name));
        if (Has(".forgejo") || Has(".gitea"))
            return "forgejo";
        if (Has(".gitlab-ci.yml"))
            return "gitlab";
        if (Has("bitbucket-pipelines.yml"))
            return "bitbucket";
        if (Has(".github"))
            return "github";
        return remote?.Split('/')[0] switch
        {
            "github.com" => "github",
            "bitbucket.org" => "bitbucket",
            "codeberg.org" => "forgejo",
            { } host when host.Contains("gitlab", StringComparison.Ordinal) => "gitlab",
            { } host
                when host.Contains("gitea", StringComparison.Ordinal)
                    || host.Contains("forgejo", StringComparison.Ordinal) => "forgejo",
            _ => null,
        };
    }

    public static CiFile Of(string forge, string project, string command, string host)
    {
        var run = $"paddock run --project {project} {Quoted(command)}";
        return forge switch
        {
            "github" => new(
                ".github/workflows/benchmarks.yml",
                GitHub(project, command, host),
                "Have the project trust this repository (paddock trust create), or store a key of it as the secret "
                    + "PADDOCK_API_KEY (paddock project key create). paddock has to be in the runner's PATH."
            ),
            "forgejo" => new(
                ".forgejo/workflows/benchmarks.yml",
                Forgejo(run, host),
                "Store a key of the project as the secret PADDOCK_API_KEY, and a token that may write issues as "
                    + "PADDOCK_FORGE_TOKEN. paddock has to be in the runner's PATH."
            ),
            "gitlab" => new(
                ".gitlab-ci.yml",
                GitLab(run, host),
                "Have the project trust this repository (paddock trust create), or store a key of it as the masked "
                    + "variable PADDOCK_API_KEY; store a project's access token (api) as PADDOCK_FORGE_TOKEN. paddock "
                    + "has to be in the job's PATH."
            ),
            _ => new(
                "bitbucket-pipelines.yml",
                Bitbucket(run, host),
                "Store a key of the project as the secured variable PADDOCK_API_KEY, and a repository's access token "
                    + "as PADDOCK_FORGE_TOKEN. paddock has to be in the image."
            ),
        };
    }

    private static string GitHub(string project, string command, string host) =>
        $$$"""
            name: Benchmarks
            on:
              push:
                branches: [main]
              pull_request:
            permissions:
              contents: read
              checks: write
              pull-requests: write
            jobs:
              benchmarks:
                # A pull request from a fork has no secrets.
                if: github.event_name != 'pull_request' || github.event.pull_request.head.repo.full_name == github.repository
                runs-on: ubuntu-latest
                env:
                  PADDOCK_HOST: {{{host}}}
                  PADDOCK_API_KEY: ${{ secrets.PADDOCK_API_KEY }}
                  GITHUB_TOKEN: ${{ secrets.GITHUB_TOKEN }}
                steps:
                  - uses: actions/checkout@v4
                  - run: |
                      paddock run --project {{{project}}} --github-actions "$GITHUB_TOKEN" {{{Quoted(command)}}}

            """;

    private static string Forgejo(string run, string host) =>
        $$$"""
            name: Benchmarks
            on:
              push:
                branches: [main]
              pull_request:
            jobs:
              benchmarks:
                runs-on: docker
                env:
                  PADDOCK_HOST: {{{host}}}
                  PADDOCK_API_KEY: ${{ secrets.PADDOCK_API_KEY }}
                  PADDOCK_FORGE_TOKEN: ${{ secrets.PADDOCK_FORGE_TOKEN }}
                steps:
                  - uses: actions/checkout@v4
                  - run: |
                      {{{run}}}

            """;

    private static string GitLab(string run, string host) =>
        $"""
            benchmarks:
              variables:
                PADDOCK_HOST: {host}
              rules:
                - if: $CI_PIPELINE_SOURCE == "merge_request_event"
                - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
              script:
                - |
                  {run}

            """;

    private static string Bitbucket(string run, string host) =>
        $"""
            definitions:
              steps:
                - step: &benchmarks
                    name: Benchmarks
                    script:
                      - export PADDOCK_HOST={host}
                      - |
                        {run}
            pipelines:
              branches:
                main:
                  - step: *benchmarks
              pull-requests:
                '**':
                  - step: *benchmarks

            """;

    // Quotes the command as one shell word, so that nothing is expanded before the benchmark's own shell reads it.
    private static string Quoted(string command) => $"'{command.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
