using System.Text.Json;
using System.Text.Json.Nodes;
using Paddock.Cli.Tests.Commands;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Registry;
using Paddock.Server.Results.Perf;

namespace Paddock.Cli.Tests.GitHub;

/// <summary>A run inside a workflow, with the real server and a fake GitHub that records its requests.</summary>
public sealed partial class GitHubTests : IAsyncLifetime
{
    private const string Sha = "0123456789abcdef0123456789abcdef01234567";
    private const string Tag = "<div id=\"bencher.dev/projects/rocket/id/main/box/magic\"></div>";
    private static readonly object PullRequest = new
    {
        number = 12,
        repository = new { full_name = "acme/rocket" },
        pull_request = new { head = new { sha = Sha, repo = new { full_name = "Acme/rocket" } } },
    };

    private readonly Folder folder = Folder.New();
    private readonly List<(long Id, string Body)> comments = [];
    private string? author;
    private string? viewer;
    private Func<Recorded, (int, string)?> refusal = _ => null;
    private TestServer server = null!;
    private TestUser ada = null!;
    private RecordingServer github = null!;

    public async Task InitializeAsync()
    {
        server = await TestServer.StartAsync(Engine.Sqlite);
        ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Rocket");
        github = await RecordingServer.StartAsync(request => refusal(request) ?? Answer(request));
    }

    public async Task DisposeAsync()
    {
        folder.Dispose();
        ada.Dispose();
        await github.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_pull_request_gets_a_check_a_summary_and_a_comment()
    {
        var ended = await PullRequestAsync();

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Equal(
            [
                "POST /repos/acme/rocket/check-runs",
                "PATCH /repos/acme/rocket/check-runs/7",
                "GET /repos/acme/rocket/issues/12/comments?per_page=100&page=1",
                "POST /repos/acme/rocket/issues/12/comments",
            ],
            github.Requests.Select(r => r.Line)
        );
        Assert.All(github.Requests, r => Assert.Equal("Bearer secret", r.Authorization));

        var (opened, closed) = (Json(0), Json(1));
        Assert.Equal(
            ("Paddock Report (Rocket)", Sha, "in_progress", ""),
            (Text(opened, "name"), Text(opened, "head_sha"), Text(opened, "status"), Text(opened, "output", "title"))
        );
        Assert.Equal(
            ("Paddock Report (Rocket)", "completed", "success"),
            (Text(closed, "name"), Text(closed, "status"), Text(closed, "conclusion"))
        );
        var comment = Text(Json(3), "body")!;
        Assert.EndsWith(Tag, comment);
        Assert.Equal(comment, Text(closed, "output", "summary"));
        Assert.Equal(comment + "\n", File.ReadAllText(Path.Combine(folder.Path, "summary.md")));
    }

    [Fact]
    public async Task The_comment_of_an_earlier_run_is_updated_even_on_a_later_page_of_comments()
    {
        comments.AddRange(Enumerable.Range(1, 100).Select(i => ((long)i, $"chatter {Tag} and more")));
        comments.Add((500, $"earlier{Tag}"));

        var ended = await PullRequestAsync("--ci-only-on-alert");

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Equal("GET /repos/acme/rocket/issues/12/comments?per_page=100&page=2", github.Requests[^2].Line);
        Assert.Equal("PATCH /repos/acme/rocket/issues/comments/500", github.Requests[^1].Line);
    }

    [Theory]
    [InlineData("mallory", null, false)]
    [InlineData("mallory", "paddock-app[bot]", false)]
    [InlineData("github-actions[bot]", null, true)] // A workflow's token cannot ask for its own name.
    [InlineData("paddock-app[bot]", "paddock-app[bot]", true)]
    [InlineData("github-actions[bot]", "paddock-app[bot]", false)]
    public async Task A_comment_by_another_user_is_not_updated_even_if_it_ends_with_the_tag(
        string wrote,
        string? asked,
        bool isOwn
    )
    {
        comments.Add((500, $"not yours{Tag}"));
        (author, viewer) = (wrote, asked);

        Assert.Equal(0, (await PullRequestAsync()).ExitCode);

        Assert.Equal(
            isOwn ? "PATCH /repos/acme/rocket/issues/comments/500" : "POST /repos/acme/rocket/issues/12/comments",
            github.Requests[^1].Line
        );
    }

    [Fact]
    public async Task A_run_without_an_alert_creates_no_comment_with_ci_only_on_alert()
    {
        await PullRequestAsync("--ci-only-on-alert");

        Assert.DoesNotContain(github.Requests, r => r.Method == "POST" && r.Target.Contains("comments"));
    }

    [Fact]
    public async Task An_alert_fails_the_check_and_creates_a_comment()
    {
        // A result without history is not judged.
        await ada.RunAsync(new("rocket", Paddock.Testing.Run.Latencies(("b", 0.5))));

        var ended = await PullRequestAsync(
            "--ci-only-on-alert",
            "--threshold-measure",
            "latency",
            "--threshold-test",
            "static",
            "--threshold-upper-boundary",
            "1"
        );

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Equal(
            ("failure", "1 alert: b: Latency 9.00 ns, limit 1.00 ns"),
            (Text(Json(1), "conclusion"), Text(Json(1), "output", "title"))
        );
        Assert.Contains("🚨 1 Alert", Text(Json(3), "body"));
    }

    [Fact]
    public async Task One_alert_among_150_results_is_named_in_title_summary_and_comment()
    {
        (string, double)[] results =
        [
            .. Enumerable.Range(0, 150).Select(i => ($"servo/layout/perf_case_{i}::with_a_rather_long_name_{i}", 1e8)),
        ];
        await ada.RunAsync(new("rocket", Paddock.Testing.Run.Latencies(results)));
        var slow = folder.Write(
            "slow.json",
            Paddock.Testing.Run.Latencies([.. results.Select((result, i) => (result.Item1, i == 77 ? 1.5e8 : 1e8))])
        );

        var ended = await BenchmarkAsync(
            $"cat {slow}",
            PullRequest,
            "pull_request",
            "--threshold-measure",
            "latency",
            "--threshold-test",
            "percentage",
            "--threshold-max-sample-size",
            "2",
            "--threshold-upper-boundary",
            "0.10"
        );

        Assert.True(ended.ExitCode == 0, ended.Error);
        foreach (
            var told in (string?[])
                [
                    Text(Json(1), "output", "title"),
                    Text(Json(1), "output", "summary"),
                    Text(Json(3), "body"),
                    File.ReadAllText(Path.Combine(folder.Path, "summary.md")),
                ]
        )
        foreach (
            var part in (string[])["perf_case_77::with_a_rather_long_name_77", "150.00 ms", "+50.00%", "110.00 ms"]
        )
            Assert.Contains(part, told!.Replace('\u00a0', ' '));
        Assert.InRange(Text(Json(3), "body")!.Length, 1, 65_536);
    }

    [Fact]
    public async Task An_improvement_does_not_fail_the_check()
    {
        await ada.RunAsync(new("rocket", Paddock.Testing.Run.Latencies(("b", 50))));
        string[] thresholds =
        [
            "--threshold-measure",
            "latency",
            "--threshold-test",
            "percentage",
            "--threshold-upper-boundary",
            "0.1",
            "--threshold-lower-boundary",
            "0.1",
        ];

        var ended = await PullRequestAsync([.. thresholds, "--error-on-alert"]);

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Equal(
            ("success", "1 improvement: b: Latency 9.00 ns (-82.00%), limit 45.00 ns"),
            (Text(Json(1), "conclusion"), Text(Json(1), "output", "title"))
        );
        Assert.Contains("--error-on-alert accepts improvements", ended.Error);
    }

    [Fact]
    public async Task A_nearly_full_job_summary_gets_a_shortened_report()
    {
        var file = folder.Write(
            "many.json",
            Paddock.Testing.Run.Latencies([
                .. Enumerable.Range(0, 300).Select(i => ($"benchmark {i} {new string('x', 60)}", 1.0)),
            ])
        );
        folder.Write("summary.md", new string('x', 1_048_576 - 20_000));

        var ended = await BenchmarkAsync($"cat {file}", PullRequest, "pull_request");

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.InRange(new FileInfo(Path.Combine(folder.Path, "summary.md")).Length, 1_048_576 - 19_000, 1_048_576);
        Assert.Contains("do not fit in here", File.ReadAllText(Path.Combine(folder.Path, "summary.md")));
    }

    [Fact]
    public async Task A_run_without_a_threshold_creates_no_comment_with_ci_only_thresholds()
    {
        var ended = await PullRequestAsync("--ci-only-thresholds");

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Equal(2, github.Requests.Count);
    }

    [Fact]
    public async Task The_CI_id_names_the_check_and_tags_the_comment()
    {
        await PullRequestAsync("--ci-id", "nightly");

        Assert.Equal("Paddock Report (nightly)", Text(Json(0), "name"));
        Assert.EndsWith("<div id=\"bencher.dev/projects/rocket/id/nightly\"></div>", Text(Json(3), "body"));
    }

    [Fact]
    public async Task A_push_gets_a_check_and_no_comment()
    {
        var ended = await RunAsync(new { repository = new { full_name = "acme/rocket" } }, name: "push");

        Assert.Equal(0, ended.ExitCode);
        Assert.Equal("fedcba9876543210fedcba9876543210fedcba98", Text(Json(0), "head_sha"));
        Assert.DoesNotContain(github.Requests, r => r.Target.Contains("comments"));
        Assert.Contains("--ci-number", ended.Error);
    }

    [Fact]
    public async Task A_workflow_run_comments_on_the_pull_request_given_by_ci_number()
    {
        var cause = new { repository = new { full_name = "acme/rocket" }, workflow_run = new { head_sha = Sha } };
        await RunAsync(cause, name: "workflow_run", "--ci-number", "34");

        Assert.Contains("GET /repos/acme/rocket/pulls/34", github.Requests.Select(r => r.Line));
        Assert.Equal(Sha, Text(Json(1), "head_sha"));
        Assert.Equal("POST /repos/acme/rocket/issues/34/comments", github.Requests[^1].Line);
    }

    [Fact]
    public async Task A_workflow_run_does_not_comment_on_a_pull_request_of_another_commit()
    {
        var cause = new
        {
            repository = new { full_name = "acme/rocket" },
            workflow_run = new { head_sha = new string('f', 40) },
        };

        var refused = await RunAsync(cause, name: "workflow_run", "--ci-number", "34");

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("The pull request 34 is at commit", refused.Error);
        Assert.DoesNotContain(github.Requests, r => r.Target.Contains("comments"));
        Assert.Equal(0, await server.CountAsync("reports"));
    }

    [Theory]
    [InlineData("eve/rocket")]
    [InlineData(null)]
    public async Task A_pull_request_from_a_fork_is_refused_before_anything_runs(string? fork)
    {
        var cause = new
        {
            number = 12,
            repository = new { full_name = "acme/rocket" },
            pull_request = new { head = new { sha = Sha, repo = fork is null ? null : new { full_name = fork } } },
        };

        var refused = await RunAsync(cause, "pull_request");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("fork", refused.Error);
        Assert.Empty(github.Requests);
        Assert.Equal(0, await server.CountAsync("reports"));

        var anyway = await RunAsync(cause, "pull_request", "--ci-i-am-vulnerable-to-pwn-requests");
        Assert.Equal(0, anyway.ExitCode);
        var target = await RunAsync(cause, name: "pull_request_target");
        Assert.Equal(1, target.ExitCode);
        Assert.Contains("fork", target.Error);
    }

    [Fact]
    public async Task A_check_refused_by_GitHub_does_not_fail_the_run()
    {
        refusal = r =>
            r.Target.Contains("check-runs") ? (403, """{"message":"Resource not accessible by integration"}""") : null;

        var ended = await PullRequestAsync();

        Assert.Equal(0, ended.ExitCode);
        Assert.Contains("`checks: write`", ended.Error);
        Assert.Equal("POST /repos/acme/rocket/issues/12/comments", github.Requests[^1].Line);
    }

    [Fact]
    public async Task A_comment_refused_by_GitHub_fails_the_run_and_names_the_missing_permission()
    {
        refusal = r =>
            r.Target.Contains("comments") ? (403, """{"message":"Resource not accessible by integration"}""") : null;

        var ended = await PullRequestAsync();

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("`pull-requests: write`", ended.Error);
    }

    [Fact]
    public async Task A_failed_benchmark_completes_the_check_as_failed()
    {
        var ended = await BenchmarkAsync("exit 3", PullRequest, "pull_request");

        Assert.Equal(1, ended.ExitCode);
        Assert.Equal(
            ("PATCH /repos/acme/rocket/check-runs/7", "failure"),
            (github.Requests[^1].Line, Text(Json(1), "conclusion"))
        );
        Assert.Contains("exit code 3", Text(Json(1), "output", "summary"));
    }

    [Fact]
    public async Task A_dry_run_sends_nothing_to_GitHub()
    {
        var ended = await PullRequestAsync("--dry-run");

        Assert.Equal(0, ended.ExitCode);
        Assert.Empty(github.Requests);
    }

    [Fact]
    public async Task An_unreadable_event_fails_the_run()
    {
        var ended = await RunAsync("not an event", "pull_request");

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("names no repository", ended.Error);
    }

    [Fact]
    public async Task The_token_is_not_used_outside_a_workflow_and_a_note_says_so()
    {
        var ended = await PaddockProgram.RunAsync(
            [
                "run",
                "--host",
                server.Address.ToString(),
                "--token",
                ada.Token,
                "--project",
                "rocket",
                "--github-actions",
                "secret",
                "--allow-empty",
                "echo '{}'",
            ],
            env: ["GITHUB_API_URL", github.Host]
        );

        Assert.Equal(0, ended.ExitCode);
        Assert.Contains("GITHUB_ACTIONS", ended.Error);
        Assert.Empty(github.Requests);
    }

    [Fact]
    public async Task A_report_over_the_size_limit_of_a_comment_is_shortened()
    {
        var file = folder.Write(
            "many.json",
            Paddock.Testing.Run.Latencies([
                .. Enumerable.Range(0, 300).Select(i => ($"benchmark {i} {new string('x', 200)}", 1.0)),
            ])
        );

        var ended = await BenchmarkAsync($"cat {file}", PullRequest, "pull_request");

        Assert.True(ended.ExitCode == 0, ended.Error);
        var comment = Text(Json(3), "body")!;
        Assert.InRange(comment.Length, 1, 65_536);
        Assert.Contains("do not fit", comment);
        Assert.EndsWith(Tag, comment);
    }

    private Task<Ended> PullRequestAsync(params string[] options) => RunAsync(PullRequest, "pull_request", options);

    private Task<Ended> RunAsync(object cause, string name, params string[] options) =>
        BenchmarkAsync("""echo '{"b":{"latency":{"value":9}}}'""", cause, name, options);

    private Task<Ended> BenchmarkAsync(string benchmark, object cause, string name, params string[] options) =>
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
                "--github-actions",
                "secret",
                .. options,
                benchmark,
            ],
            folder: folder.Path,
            env:
            [
                "CI",
                "true",
                "GITHUB_ACTIONS",
                "true",
                "GITHUB_API_URL",
                github.Host,
                "GITHUB_EVENT_NAME",
                name,
                "GITHUB_SHA",
                "fedcba9876543210fedcba9876543210fedcba98",
                "GITHUB_EVENT_PATH",
                folder.Write("event.json", JsonSerializer.Serialize(cause)),
                "GITHUB_STEP_SUMMARY",
                Path.Combine(folder.Path, "summary.md"),
            ]
        );

    private (int, string) Answer(Recorded request)
    {
        if (request.Target == "/graphql")
            return viewer is null
                ? (401, "{}")
                : (200, JsonSerializer.Serialize(new { data = new { viewer = new { login = viewer } } }));
        if (request.Method != "GET")
            return (201, """{"id":7}""");
        if (request.Target.Contains("/pulls/", StringComparison.Ordinal))
            return (200, JsonSerializer.Serialize(new { head = new { sha = Sha } }));
        var page = int.Parse(request.Target.Split("&page=")[1], System.Globalization.CultureInfo.InvariantCulture);
        return (
            200,
            JsonSerializer.Serialize(
                comments
                    .Skip((page - 1) * 100)
                    .Take(100)
                    .Select(c =>
                        author is null
                            ? (object)new { id = c.Id, body = c.Body }
                            : new
                            {
                                id = c.Id,
                                body = c.Body,
                                user = new { login = author },
                            }
                    )
            )
        );
    }

    private JsonNode Json(int request) => JsonNode.Parse(github.Requests[request].Body)!;

    private static string? Text(JsonNode json, params string[] path) =>
        (string?)path.Aggregate((JsonNode?)json, (at, name) => at?[name]);
}
