using System.Text.Json;
using System.Text.Json.Nodes;
using Paddock.Cli.Forges;
using Paddock.Cli.Tests.Commands;
using Paddock.Server.Ground.Database;

namespace Paddock.Cli.Tests.Forges;

/// <summary>
/// A run in the CI of GitLab, Gitea and Bitbucket, with the real server and a fake forge that records its requests.
/// </summary>
public sealed class ForgeTests : IAsyncLifetime
{
    private const string Sha = "0123456789abcdef0123456789abcdef01234567";
    private const string Tag = "<div id=\"bencher.dev/projects/rocket/id/main/box/magic\"></div>";

    private readonly Folder folder = Folder.New();
    private readonly List<object> comments = [];
    private Func<Recorded, (int, string)?> refusal = _ => null;
    private readonly string own = """{"username":"bot","login":"bot","uuid":"{bot}"}""";
    private TestServer server = null!;
    private TestUser ada = null!;
    private RecordingServer forge = null!;

    public async Task InitializeAsync()
    {
        server = await TestServer.StartAsync(Engine.Sqlite);
        ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Rocket");
        forge = await RecordingServer.StartAsync(request => refusal(request) ?? Answer(request));
    }

    public async Task DisposeAsync()
    {
        folder.Dispose();
        ada.Dispose();
        await forge.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_GitLab_merge_request_gets_a_status_and_a_note()
    {
        var ended = await RunAsync(GitLab());

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Equal(
            [
                $"POST /api/v4/projects/42/statuses/{Sha}",
                $"POST /api/v4/projects/42/statuses/{Sha}",
                "GET /api/v4/projects/42/merge_requests/7/notes?per_page=100&page=1",
                "POST /api/v4/projects/42/merge_requests/7/notes",
            ],
            forge.Requests.Select(request => request.Line)
        );
        Assert.Equal(["running", "success"], Bodies(0, 2).Select(body => (string?)body["state"]));
        Assert.All(Bodies(0, 2), body => Assert.Equal("Paddock Report (Rocket)", (string?)body["name"]));
        Assert.Contains("/perf/rocket/reports/", (string?)Body(1)["target_url"], StringComparison.Ordinal);
        Assert.EndsWith(Tag, (string?)Body(3)["body"]);
    }

    [Fact]
    public async Task The_token_is_not_sent_along_when_a_forge_redirects_to_another_host()
    {
        await using var elsewhere = await RecordingServer.StartAsync();
        refusal = _ => (307, "");
        forge.Header = _ => ("Location", $"{elsewhere.Host}/steal");

        var ended = await RunAsync(GitLab());

        Assert.NotEmpty(forge.Requests);
        Assert.Empty(elsewhere.Requests);
        Assert.Contains("The token is not sent there", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Control_characters_in_a_forges_answer_are_escaped_on_the_terminal()
    {
        refusal = _ => (403, "\u001b[2Jforged\u009b");

        var ended = await RunAsync(GitLab());

        Assert.Contains("^[[2Jforged<U+009B>", ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', ended.Error);
    }

    [Fact]
    public async Task A_Gitea_pull_request_gets_a_status_and_a_comment()
    {
        var ended = await RunAsync(Gitea());

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Equal(
            [
                $"POST /api/v1/repos/acme/rocket/statuses/{Sha}",
                $"POST /api/v1/repos/acme/rocket/statuses/{Sha}",
                "GET /api/v1/repos/acme/rocket/issues/12/comments",
                "POST /api/v1/repos/acme/rocket/issues/12/comments",
            ],
            forge.Requests.Select(request => request.Line)
        );
        Assert.All(forge.Requests, request => Assert.Equal("token secret", request.Authorization));
        Assert.Equal(["pending", "success"], Bodies(0, 2).Select(body => (string?)body["state"]));
        Assert.EndsWith(Tag, (string?)Body(3)["body"]);
    }

    [Fact]
    public async Task A_Bitbucket_pull_request_gets_a_build_status_and_a_Markdown_comment()
    {
        var ended = await RunAsync(Bitbucket());

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Equal(
            [
                $"POST /2.0/repositories/acme/rocket/commit/{Sha}/statuses/build",
                $"POST /2.0/repositories/acme/rocket/commit/{Sha}/statuses/build",
                "GET /2.0/repositories/acme/rocket/pullrequests/12/comments?pagelen=100&page=1",
                "POST /2.0/repositories/acme/rocket/pullrequests/12/comments",
            ],
            forge.Requests.Select(request => request.Line)
        );
        Assert.All(forge.Requests, request => Assert.Equal("Bearer secret", request.Authorization));
        Assert.Equal(["INPROGRESS", "SUCCESSFUL"], Bodies(0, 2).Select(body => (string?)body["state"]));
        Assert.Equal((string?)Body(0)["key"], (string?)Body(1)["key"]);
        Assert.InRange(((string)Body(0)["key"]!).Length, 1, 40);
        var comment = (string)Body(3)["content"]!["raw"]!;
        Assert.StartsWith("**[Paddock Report](http", comment, StringComparison.Ordinal);
        Assert.EndsWith("[](#bencher.dev/projects/rocket/id/main/box/magic)", comment);
        Assert.DoesNotContain("<div", comment, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Bitbucket_Server_pull_request_gets_a_build_status_and_keeps_one_comment()
    {
        const string path = "/bb/rest/api/1.0/projects/ACME/repos/rocket/pull-requests/12";
        string[] jenkins =
        [
            "CHANGE_URL",
            forge.Host + "/bb/projects/ACME/repos/rocket/pull-requests/12/overview",
            "CHANGE_BRANCH",
            "main",
            "GIT_COMMIT",
            Sha,
        ];

        var first = await RunAsync(jenkins);
        Assert.True(first.ExitCode == 0, first.Error);
        Assert.Equal(
            [
                $"POST /bb/rest/build-status/1.0/commits/{Sha}",
                $"POST /bb/rest/build-status/1.0/commits/{Sha}",
                $"GET {path}/activities?limit=100&start=0",
                $"POST {path}/comments",
            ],
            forge.Requests.Select(request => request.Line)
        );
        Assert.All(forge.Requests, request => Assert.Equal("Bearer secret", request.Authorization));
        Assert.Equal(["INPROGRESS", "SUCCESSFUL"], Bodies(0, 2).Select(body => (string?)body["state"]));
        var text = (string)Body(3)["text"]!;
        Assert.StartsWith("**[Paddock Report](http", text, StringComparison.Ordinal);
        refusal = request =>
            request.Method != "GET"
                ? null
                : (
                    200,
                    JsonSerializer.Serialize(
                        new
                        {
                            isLastPage = true,
                            values = new object[]
                            {
                                new { action = "APPROVED" },
                                new
                                {
                                    action = "COMMENTED",
                                    comment = new
                                    {
                                        id = 7,
                                        version = 3,
                                        text,
                                    },
                                },
                            },
                        }
                    )
                );

        await RunAsync(jenkins);

        Assert.Equal($"PUT {path}/comments/7", forge.Requests[^1].Line);
        Assert.Equal(3, (int)Body(forge.Requests.Count - 1)["version"]!);
    }

    [Theory]
    [InlineData(
        "https://bb.example.com/projects/ACME/repos/rocket/pull-requests/12/overview",
        "projects/ACME/repos/rocket"
    )]
    [InlineData("https://example.com/bb/users/ada/repos/r/pull-requests/3", "projects/~ada/repos/r")]
    [InlineData("https://github.com/acme/rocket/pull/12", null)]
    [InlineData(null, null)]
    public void A_Bitbucket_Server_pull_request_is_recognized_by_the_URL_of_its_page(
        string? address,
        string? repository
    ) => Assert.Equal(repository, BitbucketServer.PlaceOf(address)?.Repository);

    [Theory]
    [InlineData("bot", true)]
    [InlineData("mallory", false)]
    public async Task Only_a_comment_written_by_the_user_of_the_token_is_updated(string author, bool isOwn)
    {
        comments.Add(
            new
            {
                id = 500,
                body = "earlier " + Tag,
                author = new { username = author },
            }
        );

        var ended = await RunAsync(GitLab());

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Equal(
            isOwn
                ? "PUT /api/v4/projects/42/merge_requests/7/notes/500"
                : "POST /api/v4/projects/42/merge_requests/7/notes",
            forge.Requests[^1].Line
        );
    }

    [Theory]
    [InlineData("""{"id":7}""", false)]
    [InlineData("""{"id":7,"creator":{"login":"bot"}}""", true)]
    public async Task A_token_that_cannot_query_its_own_user_updates_no_comment_of_other_users(
        string status,
        bool tells
    )
    {
        comments.Add(
            new
            {
                id = 500,
                body = "mine " + Tag,
                user = new { login = "mallory" },
            }
        );
        comments.Add(
            new
            {
                id = 501,
                body = "ours " + Tag,
                user = new { login = "bot" },
            }
        );
        refusal = request =>
            request.Target.EndsWith("/user", StringComparison.Ordinal) ? (403, "{}")
            : request.Target.Contains("/statuses/", StringComparison.Ordinal) ? (201, status)
            : null;

        var ended = await RunAsync(Gitea());

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Equal(
            tells
                ? "PATCH /api/v1/repos/acme/rocket/issues/comments/501"
                : "POST /api/v1/repos/acme/rocket/issues/12/comments",
            forge.Requests[^1].Line
        );
        Assert.Equal(
            !tells,
            ended.Error.Contains("does not tell which user the token belongs to", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_new_comment_is_written_when_the_old_one_cannot_be_updated()
    {
        comments.Add(new { id = 500, body = Tag });
        refusal = request => request.Method == "PUT" ? (403, "{}") : null;

        var ended = await RunAsync(GitLab());

        Assert.Equal(0, ended.ExitCode);
        Assert.Equal("POST /api/v4/projects/42/merge_requests/7/notes", forge.Requests[^1].Line);
    }

    [Theory]
    [InlineData(401, "{\"message\":\"401 Unauthorized\"}")]
    [InlineData(429, "slow down")]
    [InlineData(200, "<html>")]
    [InlineData(500, "you sent PRIVATE-TOKEN: secret")]
    public async Task A_request_refused_by_the_forge_is_reported_and_loses_no_run(int status, string body)
    {
        refusal = _ => (status, body);

        var ended = await RunAsync(GitLab(), "--attempts", "1");

        Assert.Equal(0, ended.ExitCode);
        Assert.Contains("The status of the commit could not be set. GitLab", ended.Error, StringComparison.Ordinal);
        Assert.Contains("The comment could not be written. GitLab", ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", ended.Error, StringComparison.Ordinal);
        Assert.Equal(1, await server.CountAsync("reports"));
    }

    [Theory]
    [InlineData("""[{"\ud800":1,"id":500,"body":"\ud800"}]""")]
    [InlineData("""[{"id":500,"body":"x","author":{"\udfff":"y","username":"\ud800"}}]""")]
    public async Task Invalid_Unicode_and_an_unknown_encoding_in_a_forges_answer_lose_no_run(string list)
    {
        forge.ContentType = "application/json; charset=no-such-one";
        refusal = request => request.Method == "GET" ? (200, list) : null;

        var ended = await RunAsync(GitLab());

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.DoesNotContain("Internal error in paddock", ended.Error, StringComparison.Ordinal);
        Assert.Equal("POST /api/v4/projects/42/merge_requests/7/notes", forge.Requests[^1].Line);
    }

    [Fact]
    public async Task A_failed_run_sets_the_commit_status_to_failed()
    {
        var ended = await RunAsync(GitLab(), "exit 3", []);

        Assert.Equal(1, ended.ExitCode);
        Assert.Equal("failed", (string?)Body(1)["state"]);
    }

    [Fact]
    public async Task A_Gitea_pull_request_from_a_fork_is_refused()
    {
        var ended = await RunAsync(Gitea("mallory/rocket"));

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("comes from a fork (mallory/rocket)", ended.Error, StringComparison.Ordinal);
        Assert.Equal(0, await server.CountAsync("reports"));
    }

    [Fact]
    public async Task A_push_gets_a_status_but_no_comment_and_outside_CI_the_token_has_no_effect()
    {
        var push = await RunAsync([.. GitLab().SkipLast(2)]);
        Assert.Equal(0, push.ExitCode);
        Assert.Equal(2, forge.Requests.Count);
        Assert.Contains("--ci-number", push.Error, StringComparison.Ordinal);

        var nowhere = await RunAsync([]);
        Assert.Equal(0, nowhere.ExitCode);
        Assert.Contains("--forge-token has no effect", nowhere.Error, StringComparison.Ordinal);
    }

    private string[] GitLab() =>
        [
            "GITLAB_CI",
            "true",
            "CI_API_V4_URL",
            forge.Host + "/api/v4",
            "CI_PROJECT_ID",
            "42",
            "CI_COMMIT_SHA",
            Sha,
            "CI_MERGE_REQUEST_IID",
            "7",
        ];

    private string[] Gitea(string head = "acme/rocket")
    {
        var cause = JsonSerializer.Serialize(
            new
            {
                number = 12,
                repository = new { full_name = "acme/rocket" },
                pull_request = new { head = new { sha = Sha, repo = new { full_name = head } } },
            }
        );
        return
        [
            "GITEA_ACTIONS",
            "true",
            "GITHUB_ACTIONS",
            "true",
            "GITHUB_SERVER_URL",
            forge.Host,
            "GITHUB_EVENT_NAME",
            "pull_request",
            "GITHUB_EVENT_PATH",
            folder.Write("event.json", cause),
        ];
    }

    private string[] Bitbucket() =>
        [
            "BITBUCKET_REPO_FULL_NAME",
            "acme/rocket",
            "BITBUCKET_API_URL",
            forge.Host + "/2.0",
            "BITBUCKET_COMMIT",
            Sha,
            "BITBUCKET_PR_ID",
            "12",
        ];

    private Task<Ended> RunAsync(string[] environment, params string[] options) =>
        RunAsync(environment, """echo '{"b":{"latency":{"value":9}}}'""", options);

    private Task<Ended> RunAsync(string[] environment, string benchmark, string[]? options = null) =>
        PaddockProgram.RunAsync(
            [
                "run",
                "--host",
                server.Address.ToString(),
                "--token",
                ada.Token,
                "--project",
                "rocket",
                "--branch",
                "main",
                "--testbed",
                "box",
                "--retry-after",
                "1",
                .. options ?? [],
                benchmark,
            ],
            folder: folder.Path,
            env: ["CI", "true", "PADDOCK_FORGE_TOKEN", "secret", .. environment]
        );

    private (int, string) Answer(Recorded request) =>
        request.Target.EndsWith("/user", StringComparison.Ordinal) ? (200, own)
        : request.Method != "GET" ? (201, """{"id":7}""")
        : request.Target.Contains("/2.0/", StringComparison.Ordinal)
            ? (200, JsonSerializer.Serialize(new { values = comments }))
        : (200, JsonSerializer.Serialize(comments));

    private JsonNode Body(int request) => JsonNode.Parse(forge.Requests[request].Body)!;

    private IEnumerable<JsonNode> Bodies(int from, int count) => Enumerable.Range(from, count).Select(Body);
}
