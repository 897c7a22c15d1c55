namespace Paddock.Cli.Tests.Commands;

public sealed class ArchiveTests
{
    private const string Key = "--key bencher_user_0123456789abcdefghijABCDEFGHIJ";
    private const string Found = """[{"uuid":"01890000-0000-7000-8000-000000000001","name":"feature/x"}]""",
        None = "[]";

    [Theory]
    [InlineData(
        "archive",
        "--branch feature-branch",
        "PATCH /v0/projects/p/branches/feature-branch {\"archived\":true}",
        "archived the branch (feature-branch)"
    )]
    [InlineData(
        "unarchive",
        "--branch feature-branch",
        "PATCH /v0/projects/p/branches/feature-branch {\"archived\":false}",
        "unarchived the branch (feature-branch)"
    )]
    [InlineData(
        "archive",
        "--testbed 0189000000007000800000000000000A",
        "PATCH /v0/projects/p/testbeds/01890000-0000-7000-8000-00000000000a {\"archived\":true}",
        "archived the testbed (0189000000007000800000000000000A)"
    )]
    [InlineData(
        "archive",
        "--benchmark ab",
        "PATCH /v0/projects/p/benchmarks/ab {\"archived\":true}",
        "archived the benchmark (ab)"
    )]
    [InlineData(
        "unarchive",
        "--measure latency",
        "PATCH /v0/projects/p/measures/latency {\"archived\":false}",
        "unarchived the measure (latency)"
    )]
    public async Task A_UUID_or_slug_is_archived_or_unarchived_without_a_lookup(
        string command,
        string what,
        string request,
        string done
    )
    {
        await using var server = await RecordingServer.StartAsync();

        var ended = await AnswerTests.PaddockAsync(server, $"{command} --project p {what} {Key}");

        Assert.Equal((0, $"Successfully {done}.\n", ""), (ended.ExitCode, ended.Output, ended.Error));
        var sent = Assert.Single(server.Requests);
        Assert.Equal(request, $"{sent.Line} {sent.Body}");
    }

    [Theory]
    [InlineData("archive", "", "true")]
    [InlineData("unarchive", "&archived=true", "false")]
    public async Task A_name_is_looked_up_only_among_branches_that_would_change(
        string command,
        string filter,
        string archived
    )
    {
        await using var server = await RecordingServer.StartAsync(200, Found);

        var ended = await AnswerTests.PaddockAsync(server, $"{command} --project p --branch feature/x {Key}");

        Assert.Equal((0, $"Successfully {command}d the branch (feature/x).\n"), (ended.ExitCode, ended.Output));
        Assert.Equal(
            [
                $"GET /v0/projects/p/branches?name=feature%2Fx{filter} ",
                $"PATCH /v0/projects/p/branches/01890000-0000-7000-8000-000000000001 {{\"archived\":{archived}}}",
            ],
            server.Requests.Select(r => $"{r.Line} {r.Body}")
        );
    }

    [Fact]
    public async Task Archiving_an_archived_branch_succeeds_without_a_change()
    {
        await using var server = await RecordingServer.StartAsync(request =>
            (200, request.Target.Contains("archived=true", StringComparison.Ordinal) ? Found : None)
        );

        var ended = await AnswerTests.PaddockAsync(server, $"archive --project p --branch feature/x {Key}");

        Assert.Equal((0, "The branch (feature/x) is already archived.\n"), (ended.ExitCode, ended.Output));
        Assert.DoesNotContain(server.Requests, r => r.Method == "PATCH");
    }

    [Theory]
    [InlineData(None, "No entry is named \"feature/x\".")]
    [InlineData("""[{"uuid":"a"},{"uuid":"b"}]""", "More than one entry is named \"feature/x\"")]
    [InlineData("{}", "not a list")]
    public async Task Archiving_fails_when_the_name_does_not_match_exactly_one_branch(string list, string reason)
    {
        await using var server = await RecordingServer.StartAsync(200, list);

        var ended = await AnswerTests.PaddockAsync(server, $"archive --project p --branch feature/x {Key}");

        Assert.Equal((1, ""), (ended.ExitCode, ended.Output));
        Assert.Contains(reason, ended.Error);
    }

    [Fact]
    public async Task The_project_can_come_from_an_environment_variable()
    {
        await using var server = await RecordingServer.StartAsync();
        var environment = new Dictionary<string, string> { ["PADDOCK_PROJECT"] = "p" };

        var ended = await BuiltProgram.RunAsync(
            BuiltProgram.Cli,
            ["archive", "--branch", "main", .. Key.Split(' '), "--host", server.Host],
            environment
        );

        Assert.Equal(0, ended.ExitCode);
        Assert.Equal("PATCH /v0/projects/p/branches/main", Assert.Single(server.Requests).Line);
    }
}
