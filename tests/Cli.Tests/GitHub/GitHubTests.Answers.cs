using System.Diagnostics;
using System.Text.Json;
using Paddock.Cli.Tests.Commands;

namespace Paddock.Cli.Tests.GitHub;

/// <summary>GitHub fails, throttles requests, or answers something unexpected.</summary>
public sealed partial class GitHubTests
{
    [Theory]
    [InlineData("POST /repos/acme/rocket/check-runs", 500)]
    [InlineData("POST /repos/acme/rocket/check-runs", 429)]
    [InlineData("PATCH /repos/acme/rocket/check-runs/7", 502)]
    [InlineData("PATCH /repos/acme/rocket/check-runs/7", RecordingServer.Reset)]
    [InlineData("GET /repos/acme/rocket/issues/12/comments?per_page=100&page=1", 503)]
    [InlineData("GET /repos/acme/rocket/issues/12/comments?per_page=100&page=1", RecordingServer.Reset)]
    [InlineData("POST /repos/acme/rocket/issues/12/comments", 500)]
    [InlineData("POST /repos/acme/rocket/issues/12/comments", 502)]
    [InlineData("POST /repos/acme/rocket/issues/12/comments", 429)]
    [InlineData("POST /repos/acme/rocket/issues/12/comments", RecordingServer.Reset)]
    public async Task A_request_is_retried_when_GitHub_fails(string line, int status)
    {
        FailOnce(line, status);

        var ended = await PullRequestAsync();

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Equal(2, github.Requests.Count(r => r.Line == line));
        Assert.Contains("Waiting 1 s before attempt 2 of ", ended.Error);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(429)]
    [InlineData(RecordingServer.Reset)]
    public async Task An_update_of_a_comment_is_retried_when_GitHub_fails(int status)
    {
        comments.Add((500, $"earlier{Tag}"));
        FailOnce("PATCH /repos/acme/rocket/issues/comments/500", status);

        var ended = await PullRequestAsync();

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Equal(2, github.Requests.Count(r => r.Line == "PATCH /repos/acme/rocket/issues/comments/500"));
    }

    [Fact]
    public async Task A_comment_is_not_written_twice_when_GitHubs_answer_is_lost()
    {
        refusal = r =>
        {
            if (r.Line != "POST /repos/acme/rocket/issues/12/comments")
                return null;
            comments.Add((9, (string)System.Text.Json.Nodes.JsonNode.Parse(r.Body)!["body"]!));
            return (RecordingServer.Reset, "");
        };

        var ended = await PullRequestAsync();

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Single(github.Requests, r => r.Line == "POST /repos/acme/rocket/issues/12/comments");
    }

    [Theory]
    [InlineData(429, "Retry-After", "2")]
    [InlineData(403, "Retry-After", "2")]
    [InlineData(503, "Retry-After", "2")]
    public async Task A_retry_waits_as_long_as_GitHub_asks_for(int status, string header, string value)
    {
        const string line = "GET /repos/acme/rocket/issues/12/comments?per_page=100&page=1";
        FailOnce(line, status);
        var failed = false;
        github.Header = r => r.Line == line && !failed && (failed = true) ? (header, value) : null;
        var clock = Stopwatch.StartNew();

        var ended = await PullRequestAsync();

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.True(clock.Elapsed >= TimeSpan.FromSeconds(2));
        Assert.Contains("Waiting 2 s before attempt 2 of ", ended.Error);
    }

    [Fact]
    public async Task A_run_fails_without_waiting_when_GitHub_asks_for_too_long_a_wait()
    {
        refusal = r => r.Target.Contains("comments") ? (429, "{}") : null;
        github.Header = r => r.Target.Contains("comments") ? ("Retry-After", "3600") : null;

        var ended = await PullRequestAsync();

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("GitHub asks to wait for 60 minutes, which is too long.", ended.Error);
    }

    [Fact]
    public async Task Retries_stop_after_the_last_attempt_when_GitHub_does_not_recover()
    {
        refusal = _ => (503, "busy");

        var ended = await PullRequestAsync("--attempts", "2");

        Assert.Equal(1, ended.ExitCode);
        Assert.Equal(6, github.Requests.Count); // The check before and after the run, the list of comments.
        Assert.Contains("GitHub answered 503 Service Unavailable to GET /issues/12/comments", ended.Error);
    }

    [Theory]
    [InlineData("GET", "{}")]
    [InlineData("GET", "null")]
    [InlineData("GET", "<html>")]
    [InlineData("GET", "")]
    [InlineData("POST", "{}")]
    [InlineData("POST", "null")]
    [InlineData("POST", "[]")]
    [InlineData("POST", "<html>")]
    [InlineData("POST", """{"id":"7"}""")]
    [InlineData("POST", """{"id":-7}""")]
    public async Task An_unexpected_answer_about_comments_fails_the_run(string method, string body)
    {
        refusal = r => r.Target.Contains("comments") && r.Method == method ? (200, body) : null;

        var ended = await PullRequestAsync();

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("The comment could not be written. GitHub's answer to ", ended.Error);
        Assert.DoesNotContain("   at ", ended.Error);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("<html>")]
    [InlineData("")]
    public async Task An_unexpected_answer_about_a_check_is_logged_and_does_not_fail_the_run(string body)
    {
        refusal = r => r.Target.Contains("check-runs") ? (200, body) : null;

        var ended = await PullRequestAsync();

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Contains("The check could not be opened. GitHub's answer to ", ended.Error);
    }

    [Theory]
    [InlineData("""[{"id":1},{"id":2,"body":null},{"id":3,"body":7},null,5,[]]""")]
    [InlineData("""[{"id":1,"body":"\ud800"}]""")]
    public async Task A_comment_without_valid_text_is_not_taken_for_an_earlier_report(string list)
    {
        refusal = r => r.Method == "GET" ? (200, list) : null;

        var ended = await PullRequestAsync();

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Equal("POST /repos/acme/rocket/issues/12/comments", github.Requests[^1].Line);
    }

    [Theory]
    [InlineData("nonsense", "secret", "GITHUB_API_URL is \"nonsense\"")]
    [InlineData("/api/v3", "secret", "GITHUB_API_URL is \"/api/v3\"")]
    [InlineData("ftp://github.example.com", "secret", "GITHUB_API_URL is \"ftp://github.example.com\"")]
    [InlineData("http://", "secret", "GITHUB_API_URL is \"http://\"")]
    [InlineData(null, "ghs_two\nlines", "The token of --github-actions contains a line break")]
    [InlineData(null, "ghs_schlüssel", "The token of --github-actions contains a line break or another character")]
    public async Task An_invalid_API_address_or_token_fails_the_run(string? address, string token, string reason)
    {
        var ended = await EventAsync(JsonSerializer.Serialize(PullRequest), "pull_request", address, token);

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains($"The comment could not be written. {reason}", ended.Error);
        Assert.DoesNotContain("ghs_", ended.Error);
        Assert.Empty(github.Requests);
    }

    [Theory]
    [InlineData("push", "{}")]
    [InlineData("schedule", """{"schedule":"0 0 * * *"}""")]
    [InlineData("push", "[]")]
    [InlineData("", "null")]
    public async Task An_event_without_a_repository_fails_the_run_only_if_a_pull_request_is_meant(
        string name,
        string text
    )
    {
        var ended = await EventAsync(text, name);

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Empty(github.Requests);
        Assert.True(File.Exists(Path.Combine(folder.Path, "summary.md")));
        Assert.Equal(1, (await EventAsync(text, name, options: ["--ci-number", "3"])).ExitCode);
    }

    [Theory]
    [InlineData("pull_request_target", """{"repository":{"full_name":"acme/rocket"}}""", "names no pull request")]
    [InlineData(
        "pull_request_target",
        """{"repository":{"full_name":"acme/rocket"},"number":-1}""",
        "names no pull request"
    )]
    [InlineData(
        "pull_request_target",
        """{"repository":{"full_name":"acme/rocket"},"number":"12"}""",
        "names no pull request"
    )]
    [InlineData("pull_request_target", """{"number":12}""", "names no repository")]
    [InlineData("pull_request", """{"number":12}""", "names no repository")]
    [InlineData(
        "push",
        """{"repository":{"full_name":"rocket"}}""",
        "\"rocket\", which does not have the form OWNER/NAME"
    )]
    [InlineData(
        "push",
        """{"repository":{"full_name":"/rocket"}}""",
        "\"/rocket\", which does not have the form OWNER/NAME"
    )]
    [InlineData(
        "pull_request",
        """{"number":12,"repository":{"full_name":"acme/rocket"},"pull_request":{"head":{"repo":{"full_name":"acme"}}}}""",
        "\"acme\", which does not have the form OWNER/NAME"
    )]
    [InlineData("push", "{", "could not be read")]
    [InlineData("push", """{"repository":{"full_name":"\ud800/a"}}""", "could not be read")]
    public async Task An_event_without_its_required_fields_fails_the_run(string name, string text, string reason)
    {
        var ended = await EventAsync(text, name);

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains(reason, ended.Error);
        Assert.DoesNotContain(github.Requests, r => r.Target.Contains("comments"));
    }

    [Fact]
    public async Task The_ci_number_option_replaces_the_number_that_an_event_lacks()
    {
        var ended = await EventAsync(
            """{"repository":{"full_name":"acme/rocket"}}""",
            "pull_request_target",
            options: ["--ci-number", "0"]
        );

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Equal("POST /repos/acme/rocket/issues/0/comments", github.Requests[^1].Line);
    }

    [Theory]
    [InlineData("a & b <\"c\"> 'd'")]
    [InlineData("")]
    [InlineData("größe/🐎")]
    public async Task The_comment_contains_the_CI_id_unchanged(string id)
    {
        await PullRequestAsync("--ci-id", id);

        Assert.EndsWith($"<div id=\"bencher.dev/projects/rocket/id/{id}\"></div>", Text(Json(3), "body"));
    }

    [Fact]
    public async Task The_check_has_the_name_given_by_the_check_name_option()
    {
        await PullRequestAsync("--check-name", "Bencher Report (Rocket)", "--ci-id", "nightly");

        Assert.Equal(
            ("Bencher Report (Rocket)", "Bencher Report (Rocket)"),
            (Text(Json(0), "name"), Text(Json(1), "name"))
        );
    }

    [Theory]
    [InlineData("bencher", "Bencher Report (Rocket)")]
    [InlineData("other", "Paddock Report (Rocket)")]
    public async Task The_check_is_named_after_Bencher_when_the_program_is_called_bencher(string link, string name)
    {
        var program = File.CreateSymbolicLink(Path.Combine(folder.Path, link), BuiltProgram.Cli).FullName;

        var ended = await EventAsync(JsonSerializer.Serialize(PullRequest), "pull_request", program: program);

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Equal((name, name), (Text(Json(0), "name"), Text(Json(1), "name")));
    }

    [Theory]
    [InlineData("x", 300)]
    [InlineData("ä", 200)]
    [InlineData("🐎", 100)]
    public void A_shortened_check_name_keeps_its_closing_bracket(string letter, int count)
    {
        var name = Cli.GitHub.Check.NameFor(string.Concat(Enumerable.Repeat(letter, count)));

        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(name), 252, 255);
        Assert.StartsWith($"Paddock Report ({letter}{letter}", name);
        Assert.EndsWith($"{letter})", name);
    }

    private void FailOnce(string line, int status)
    {
        var failed = false;
        refusal = r => r.Line == line && !failed && (failed = true) ? (status, """{"message":"not now"}""") : null;
    }

    private Task<Ended> EventAsync(
        string text,
        string name,
        string? address = null,
        string token = "secret",
        string? program = null,
        params string[] options
    ) =>
        BuiltProgram.RunAsync(
            program ?? BuiltProgram.Cli,
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
                token,
                .. options,
                """echo '{"a":{"latency":{"value":1}}}'""",
            ],
            new Dictionary<string, string>
            {
                ["GITHUB_ACTIONS"] = "true",
                ["GITHUB_API_URL"] = address ?? github.Host,
                ["GITHUB_EVENT_NAME"] = name,
                ["GITHUB_SHA"] = Sha,
                ["GITHUB_EVENT_PATH"] = folder.Write("event.json", text),
                ["GITHUB_STEP_SUMMARY"] = Path.Combine(folder.Path, "summary.md"),
            },
            folder: folder.Path
        );
}
