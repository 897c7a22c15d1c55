using System.CommandLine.Parsing;

namespace Paddock.Cli.Tests.Commands;

/// <summary>How the built program reports a server's answers: standard output, standard error, exit code.</summary>
public sealed class AnswerTests
{
    private const string Key = "bencher_user_0123456789abcdefghijABCDEFGHIJ";

    [Fact]
    public async Task An_answer_is_printed_as_JSON_indented_by_two_spaces_with_unchanged_numbers()
    {
        await using var server = await RecordingServer.StartAsync(
            200,
            """[{"name":"größe <1>","value":1.50,"big":12345678901234567890}]"""
        );

        var ended = await PaddockAsync(server, "branch ls p");

        Assert.Equal(
            "[\n  {\n    \"name\": \"größe <1>\",\n    \"value\": 1.50,\n    \"big\": 12345678901234567890\n  }\n]\n",
            ended.Output
        );
        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
    }

    [Theory]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true)]
    [InlineData("a trace of ours", false)]
    public async Task A_valid_trace_context_of_the_CI_job_is_forwarded_to_the_server(string trace, bool isSent)
    {
        await using var server = await RecordingServer.StartAsync();

        var ended = await PaddockProgram.RunAsync(
            ["branch", "ls", "p", "--host", server.Host],
            env: ["TRACEPARENT", trace]
        );

        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
        Assert.Equal(isSent ? trace : null, server.Requests.Single().TraceParent);
    }

    [Fact]
    public async Task An_empty_answer_is_printed_as_null()
    {
        await using var server = await RecordingServer.StartAsync(204, "");

        var ended = await PaddockAsync(server, $"branch rm p main --key {Key}");

        Assert.Equal((0, "null\n", ""), (ended.ExitCode, ended.Output, ended.Error));
    }

    [Fact]
    public async Task A_refused_request_exits_with_1_and_prints_the_error_on_standard_error()
    {
        await using var server = await RecordingServer.StartAsync(
            404,
            """{"request_id":"01890000-0000-7000-8000-000000000001","message":"No such branch."}"""
        );

        var ended = await PaddockAsync(server, "branch get p main");

        Assert.Equal((1, ""), (ended.ExitCode, ended.Output));
        Assert.Contains("Status: 404 Not Found\n", ended.Error);
        Assert.Contains("Request ID: 01890000-0000-7000-8000-000000000001\n", ended.Error);
        Assert.StartsWith("\nNo such branch.\n", ended.Error);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_command_without_its_required_credential_exits_with_1_and_sends_nothing()
    {
        await using var server = await RecordingServer.StartAsync();

        var ended = await PaddockAsync(server, "branch create p --name b");

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("--key or --token", ended.Error);
        Assert.Equal((0, 0), (server.Requests.Count, server.VersionCount));
    }

    [Theory]
    [InlineData("PADDOCK_API_KEY")]
    [InlineData("BENCHER_API_KEY")]
    public async Task Host_and_API_key_can_come_from_environment_variables(string variable)
    {
        await using var server = await RecordingServer.StartAsync();

        var ended = await BuiltProgram.RunAsync(
            BuiltProgram.Cli,
            ["org", "ls"],
            new Dictionary<string, string>
            {
                [variable] = Key,
                [variable.Replace("API_KEY", "HOST", StringComparison.Ordinal)] = server.Host,
            }
        );

        Assert.Equal((0, "{}\n"), (ended.ExitCode, ended.Output));
        Assert.Equal($"Bearer {Key}", Assert.Single(server.Requests).Authorization);
    }

    [Fact]
    public async Task Only_strict_mode_validates_the_form_of_an_answer()
    {
        await using var server = await RecordingServer.StartAsync(200, """{"not":"a branch"}""");

        var lenient = await PaddockAsync(server, "branch view p main");
        var strict = await PaddockAsync(server, "branch view p main --strict");

        Assert.Equal((0, 1), (lenient.ExitCode, strict.ExitCode));
        Assert.Contains("expected form", strict.Error);
    }

    [Fact]
    public void Every_answer_type_has_the_metadata_for_its_validation() =>
        Assert.All(
            CommandTree.Leaves.Select(c => c.Command).OfType<Rest.Call>().Select(c => c.Answer).Distinct(),
            answer => Assert.NotNull(Core.Wire.Wire.Default.GetTypeInfo(answer))
        );

    internal static Task<Ended> PaddockAsync(RecordingServer server, string line) =>
        BuiltProgram.RunAsync(BuiltProgram.Cli, [.. CommandLineParser.SplitCommandLine(line), "--host", server.Host]);
}
