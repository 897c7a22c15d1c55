using System.CommandLine.Parsing;

namespace Paddock.Cli.Tests.Commands;

/// <summary>
/// The server is not a Paddock server. Whatever the server answers, every command ends with an exit code and a message.
/// </summary>
public sealed class GarbageTests
{
    private const string Id = "01890000-0000-7000-8000-000000000001",
        Key = "bencher_user_0123456789abcdefghijABCDEFGHIJ";
    private const string Page = "<!doctype html><html><body>Welcome</body></html>";

    private static readonly string[] Others =
    [
        $"perf p --table --branches {Id} --testbeds {Id} --benchmarks {Id} --measures {Id}",
        $"job logs p {Id}",
        "fleet",
        "fleet --json",
        "archive --project p --branch main",
        "unarchive --project p --benchmark a::b",
        "run --project p --quiet echo 1",
        "run --project p --image p:v1 --quiet",
        "run --project p --format html echo 1",
    ];

    private static readonly string[] Lines = [.. RequestTests.OneOfEach, "server version", .. Others];

    public static TheoryData<string> EachLine => [.. Lines];

    [Theory, MemberData(nameof(EachLine))]
    public async Task Every_command_exits_with_1_when_the_answer_is_not_JSON(string line)
    {
        var answer = (Status: 200, Body: "");
        await using var server = await RecordingServer.StartAsync(_ => answer);
        foreach (
            var garbage in ((int, string)[])
                [
                    (200, Page),
                    (201, Page),
                    (200, ""),
                    (201, ""),
                    (200, "{"),
                    (200, "{} {}"),
                    (200, "\ufeff"),
                    (200, """{"a":"\ud800"}"""),
                ]
        )
        {
            (answer, server.VersionAnswer) = (garbage, null);
            if (line != "server version")
                Assert.Equal((garbage, Exit.Failure), (garbage, await InvokeAsync(server, line)));
            server.VersionAnswer = garbage;
            Assert.Equal((garbage, Exit.Failure), (garbage, await InvokeAsync(server, line)));
        }
    }

    [Theory, MemberData(nameof(EachLine))]
    public async Task Only_delete_commands_accept_an_answer_without_content(string line)
    {
        if (line == "server version")
            return;
        await using var server = await RecordingServer.StartAsync(204, "");

        var code = await InvokeAsync(server, line);

        Assert.Equal(server.Requests[0].Method == "DELETE" ? Exit.Success : Exit.Failure, code);
    }

    [Theory, MemberData(nameof(EachLine))]
    public async Task Every_command_exits_with_0_or_1_when_the_answer_is_unexpected_JSON(string line)
    {
        var answer = "";
        await using var server = await RecordingServer.StartAsync(_ => (200, answer));
        foreach (
            var body in (string[])
                [
                    "null",
                    "[]",
                    "{}",
                    "1",
                    "\"x\"",
                    "[null]",
                    "[[1]]",
                    """{"uuid":1,"version":null,"url":7,"results":[null],"job":{}}""",
                ]
        )
        {
            (answer, server.VersionAnswer) = (body, null);
            Assert.InRange(await InvokeAsync(server, line), Exit.Success, Exit.Failure);
            server.VersionAnswer = (200, body);
            Assert.InRange(await InvokeAsync(server, line), Exit.Success, Exit.Failure);
        }
    }

    [Theory]
    [InlineData("project list")]
    [InlineData("archive --project=p --branch main")]
    [InlineData("run --project=p --quiet echo 1")]
    public async Task The_error_message_for_an_HTML_answer_names_the_answer_and_the_likely_mistake(string line)
    {
        await using var server = await RecordingServer.StartAsync(200, Page);
        server.ContentType = "text/html";
        server.VersionAnswer = (200, Page);

        string[] words = [.. CommandLineParser.SplitCommandLine(line)];
        var ended = await PaddockProgram.RunAsync([.. words[..2], "--host", server.Host, "--key", Key, .. words[2..]]);

        Assert.Equal((1, ""), (ended.ExitCode, ended.Output));
        Assert.Equal(
            $"\nThe answer of {server.Host} to GET /v0/server/version is not JSON but text/html (200 OK). Check "
                + $"that --host is the address of the API, and not of a web page.\n",
            ended.Error
        );
    }

    [Fact]
    public async Task Archiving_reports_success_only_after_a_JSON_answer()
    {
        await using var server = await RecordingServer.StartAsync(200, Page);

        var ended = await AnswerTests.PaddockAsync(server, $"archive --project p --branch main --key {Key}");

        Assert.Equal((1, ""), (ended.ExitCode, ended.Output));
        Assert.Contains("PATCH /v0/projects/p/branches/main is not JSON", ended.Error);
    }

    [Fact]
    public async Task An_unexpected_exception_ends_the_command_as_a_failure()
    {
        Assert.Equal(Exit.Failure, await Unexpected.GuardAsync(() => throw new InvalidCastException("one\ntwo")));
        Assert.Equal(
            Exit.Failure,
            await Unexpected.GuardAsync(async () =>
            {
                await Task.Yield();
                throw new TypeInitializationException("T", new FormatException());
            })
        );
    }

    [Theory]
    [InlineData("parse", "nonsense")]
    [InlineData("mock", "--count", "1")]
    [InlineData("server", "version", "--attempts", "1", "--host", "http://127.0.0.1:9")]
    [InlineData(
        "run",
        "--dry-run",
        "--attempts",
        "1",
        "--host",
        "http://127.0.0.1:9",
        "--project",
        "p",
        "--branch",
        "b",
        "echo 1"
    )]
    [InlineData(
        "run",
        "--attempts",
        "1",
        "--host",
        "http://127.0.0.1:9",
        "--project",
        "p",
        "--branch",
        "b",
        "echo",
        "1"
    )]
    [InlineData(
        "run",
        "--attempts",
        "1",
        "--host",
        "http://127.0.0.1:9",
        "--project",
        "p",
        "--branch",
        "b",
        "--file-size",
        "."
    )]
    [InlineData(
        "run",
        "--attempts",
        "1",
        "--host",
        "http://127.0.0.1:9",
        "--project",
        "p",
        "--branch",
        "b",
        "--file",
        "results"
    )]
    public async Task A_command_does_not_crash_in_a_deleted_working_folder(params string[] args)
    {
        var script = "folder=$(mktemp -d); cd \"$folder\"; rmdir \"$folder\"; \"$0\" \"$@\" < /dev/null";

        var ended = await BuiltProgram.RunAsync("/bin/sh", ["-c", script, BuiltProgram.Cli, .. args]);

        Assert.InRange(ended.ExitCode, 0, 1);
        Assert.DoesNotContain("   at ", ended.Error);
        Assert.DoesNotContain("Internal error in paddock", ended.Error);
    }

    [Theory]
    [InlineData("PADDOCK_HOST", "::")]
    [InlineData("BENCHER_API_KEY", "a\nb")]
    [InlineData("PADDOCK_API_TOKEN", "YQ.YQ.YQ\n")]
    [InlineData("http_proxy", "::nonsense::")]
    [InlineData("ALL_PROXY", "http://:x")]
    [InlineData("SSL_CLIENT_CERT", "/dev/null")]
    [InlineData("SSL_CLIENT_CERT", "/")]
    [InlineData("TMPDIR", "/nowhere")]
    [InlineData("TERM", "nonsense")]
    [InlineData("LANG", "xx_YY.nonsense")]
    public async Task A_command_does_not_crash_on_an_invalid_environment_variable(string variable, string value)
    {
        string[] host = variable == "PADDOCK_HOST" ? [] : ["--host", "http://127.0.0.1:9"];
        var ended = await PaddockProgram.RunAsync(
            ["project", "list", "--attempts", "1", .. host],
            env: [variable, value]
        );

        Assert.InRange(ended.ExitCode, 1, 2);
        Assert.DoesNotContain("   at ", ended.Error);
        Assert.DoesNotContain("Internal error in paddock", ended.Error);
    }

    private static Task<int> InvokeAsync(RecordingServer server, string line)
    {
        string[] words = [.. CommandLineParser.SplitCommandLine(line)];
        string[] ours = ["--host", server.Host, "--key", Key, "--attempts", "1"];
        return Root.InvokeAsync(words[0] == "run" ? ["run", .. ours, .. words[1..]] : [.. words, .. ours]);
    }
}
