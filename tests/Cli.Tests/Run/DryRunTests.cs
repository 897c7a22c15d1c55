using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;

namespace Paddock.Cli.Tests.Run;

/// <summary>A dry run shows the request that a run would send.</summary>
public sealed class DryRunTests : IAsyncLifetime
{
    private readonly Folder folder = Folder.NewRepository();
    private TestServer server = null!;

    public async Task InitializeAsync() => server = await TestServer.StartAsync(Engine.Sqlite);

    public async Task DisposeAsync()
    {
        folder.Dispose();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_dry_run_sends_nothing()
    {
        await BodyAsync(["--project", "acme", "echo '{}'"]);

        Assert.Equal(0, await server.CountAsync("reports"));
    }

    [Fact]
    public async Task The_request_has_no_fields_for_omitted_options()
    {
        var body = await BodyAsync(["--project", "acme", "echo '{}'"]);

        Assert.Equal(
            ["start_time", "end_time", "results", "project", "idempotency_key", "settings", "context"],
            body.Select(f => f.Key)
        );
        Assert.Equal("""{"adapter":"magic"}""", body["settings"]!.ToJsonString());
        Assert.Equal("acme", (string)body["project"]!);
        Assert.True(Guid.TryParse((string)body["idempotency_key"]!, out _));
    }

    [Fact]
    public async Task The_request_contains_every_given_option()
    {
        const string hash = "0123456789abcdef0123456789abcdef01234567";
        var body = await BodyAsync([
            "--project",
            "acme",
            "--if-branch",
            "feature/fast",
            "--hash",
            hash,
            "--else-if-branch",
            "main",
            "--branch-start-point-hash",
            hash,
            "--start-point-max-versions",
            "0",
            "--start-point-clone-thresholds",
            "--branch-reset",
            "--testbed",
            "My Box",
            "--spec-reset",
            "--adapter",
            "json",
            "--average",
            "median",
            "--iter",
            "1",
            "--fold",
            "max",
            "--deprecated",
            "echo '{}'",
        ]);

        Assert.Equal(
            ("feature/fast", hash, "My Box", true),
            ((string)body["branch"]!, (string)body["hash"]!, (string)body["testbed"]!, (bool)body["spec_reset"]!)
        );
        Assert.Equal(
            $$"""{"branch":"main","hash":"{{hash}}","max_versions":0,"clone_thresholds":true,"reset":true}""",
            body["start_point"]!.ToJsonString()
        );
        Assert.Equal("""{"adapter":"json","average":"median","fold":"max"}""", body["settings"]!.ToJsonString());
    }

    [Fact]
    public async Task Variables_replace_options_and_PADDOCK_variables_win_over_BENCHER_variables()
    {
        var body = await BodyAsync(
            ["--branch", "given"],
            "PADDOCK_PROJECT",
            "ours",
            "BENCHER_PROJECT",
            "theirs",
            "BENCHER_BRANCH",
            "theirs",
            "BENCHER_TESTBED",
            "box",
            "BENCHER_ADAPTER",
            "json",
            "BENCHER_CMD",
            "echo '{}'"
        );

        Assert.Equal(
            ("ours", "given", "box"),
            ((string)body["project"]!, (string)body["branch"]!, (string)body["testbed"]!)
        );
        Assert.Equal("json", (string)body["settings"]!["adapter"]!);
        Assert.Equal("{}", ((string)body["results"]![0]!).Trim());
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("a..b", null)]
    public async Task An_invalid_start_point_branch_is_ignored(string startPoint, string? expected)
    {
        var body = await BodyAsync(["--project", "acme", "--start-point", startPoint, "echo '{}'"]);

        Assert.Equal(expected, body["start_point"]?.ToJsonString());
    }

    [Fact]
    public async Task A_branch_can_be_reset_without_a_start_point()
    {
        var body = await BodyAsync(["--project", "acme", "--start-point-reset", "echo '{}'"]);

        Assert.Equal(
            """{"max_versions":255,"clone_thresholds":false,"reset":true}""",
            body["start_point"]!.ToJsonString()
        );
    }

    [Fact]
    public async Task Threshold_options_are_matched_by_position_and_an_underscore_omits_a_value()
    {
        var body = await BodyAsync([
            "--project",
            "acme",
            "--threshold-measure",
            "latency",
            "--threshold-test",
            "t_test",
            "--threshold-max-sample-size",
            "_",
            "--threshold-upper-boundary",
            "0.98",
            "--threshold-measure",
            "My Heap",
            "--threshold-test",
            "percentage",
            "--threshold-max-sample-size",
            "64",
            "--threshold-upper-boundary",
            "_",
            "--threshold-lower-boundary",
            "_",
            "--threshold-lower-boundary",
            "0.1",
            "--thresholds-reset",
            "echo '{}'",
        ]);

        Assert.True(
            JsonNode.DeepEquals(
                JsonNode.Parse(
                    """
                    {"models":{"latency":{"test":"t_test","upper_boundary":0.98},"My Heap":{"test":"percentage","max_sample_size":64,"lower_boundary":0.1}},"reset":true}
                    """
                ),
                body["thresholds"]
            ),
            body["thresholds"]!.ToJsonString()
        );
    }

    [Fact]
    public async Task A_backdated_run_keeps_its_real_duration()
    {
        var body = await BodyAsync(["--project", "acme", "--backdate", "1500000000", "echo '{}'"]);

        Assert.Equal("2017-07-14T02:40:00Z", (string)body["start_time"]!);
        Assert.StartsWith("2017-07-14T02:4", (string)body["end_time"]!);
    }

    [Fact]
    public async Task A_single_string_is_run_by_the_shell_and_several_words_are_run_directly()
    {
        Assert.Equal("a b\n", await ResultAsync("echo a b"));
        Assert.Equal("a   b && c\n", await ResultAsync("echo", "a   b", "&&", "c"));
        Assert.Equal("--quiet --nonsense -x\n", await ResultAsync("echo", "--quiet", "--nonsense", "-x"));
        Assert.Equal("b\n", await ResultAsync("--shell", "/bin/bash", "--flag", "-c", "[[ a < b ]] && echo b"));
        Assert.Equal("-n\n", await ResultAsync("--", "printf '%s\\n' -n"));
        Assert.Matches(@"^\d{4}\n$", await ResultAsync("--exec", Executable("date +%Y")));
    }

    [Fact]
    public async Task Each_iteration_is_a_separate_result()
    {
        var body = await BodyAsync(["--project", "acme", "--iter", "3", "echo '{}'"]);

        Assert.Equal(3, body["results"]!.AsArray().Count);
    }

    [Fact]
    public async Task The_request_names_the_working_folder_when_results_contain_paths_into_it()
    {
        var with = await BodyAsync(["--project", "acme", "echo $PWD/test/a.js"]);
        var without = await BodyAsync(["--project", "acme", "echo $PWD; echo /elsewhere/a.js"]);

        Assert.Equal(folder.Path, (string?)with["context"]!["paddock/v0/folder"]);
        Assert.Null(without["context"]!["paddock/v0/folder"]);
    }

    [Fact]
    public async Task Zero_iterations_make_an_empty_report()
    {
        var body = await BodyAsync(["--project", "acme", "--iter", "0", "exit 1"]);

        Assert.Empty(body["results"]!.AsArray());
    }

    [Fact]
    public async Task Each_file_is_a_separate_result_and_printed_output_is_not_a_result()
    {
        var file = folder.Write("a.json", "first");
        var body = await BodyAsync([
            "--project",
            "acme",
            "--iter",
            "2",
            "--file",
            file,
            "--file",
            folder.Write("b.json", "second"),
            $"echo printed; echo more >> {file}",
        ]);

        Assert.Equal(
            ["firstmore\n", "second", "firstmore\nmore\n", "second"],
            body["results"]!.AsArray().Select(r => (string)r!)
        );
    }

    [Fact]
    public async Task Result_files_need_no_command()
    {
        var body = await BodyAsync(["--project", "acme", "--file", folder.Write("a.json", "first")]);

        Assert.Equal(["first"], body["results"]!.AsArray().Select(r => (string)r!));
    }

    [Fact]
    public async Task Build_time_and_file_sizes_form_one_result()
    {
        var file = folder.Write("bin/app", "12345");
        var body = await BodyAsync(["--project", "acme", "--build-time", "--file-size", file, "echo built"]);

        var result = JsonNode.Parse((string)body["results"]!.AsArray().Single()!)!;
        Assert.Equal(["/bin/sh -c echo built", "app"], result.AsObject().Select(b => b.Key));
        Assert.InRange((double)result["/bin/sh -c echo built"]!["build-time"]!["value"]!, 0, 60);
        Assert.Equal(
            """{"file-size":{"value":5,"lower_value":null,"upper_value":null}}""",
            result["app"]!.ToJsonString()
        );
    }

    [Fact]
    public async Task File_sizes_need_no_command()
    {
        var body = await BodyAsync([
            "--project",
            "acme",
            "--file-size",
            folder.Write("a", "1"),
            "--file-size",
            folder.Write("x/a", "123"),
        ]);

        Assert.Equal(3, (double)JsonNode.Parse((string)body["results"]![0]!)!["a"]!["file-size"]!["value"]!);
    }

    [Theory]
    [InlineData("magic", "--build-time", "true")]
    [InlineData("magic", "--file-size", "paddock.toml", "true")]
    [InlineData("magic", "--file-size", "paddock.toml")]
    [InlineData("magic", "--image", "acme:v1", "--build-time", "true")]
    [InlineData("json", "--build-time", "--adapter", "json", "true")]
    [InlineData("rust_bench", "echo '{}'")]
    public async Task The_adapter_in_paddock_toml_does_not_apply_to_build_times_and_file_sizes(
        string adapter,
        params string[] args
    )
    {
        folder.Write("paddock.toml", "adapter = 'rust_bench'\n");

        Assert.Equal(adapter, (string)(await BodyAsync(["--project", "acme", .. args]))["settings"]!["adapter"]!);
    }

    [Fact]
    public async Task A_pattern_in_paddock_toml_is_not_sent_with_a_build_time()
    {
        folder.Write("paddock.toml", "adapter = 'pattern'\npattern = '(?<benchmark>a)(?<value>1)'\n");

        Assert.Equal(
            """{"adapter":"magic"}""",
            (await BodyAsync(["--project", "acme", "--build-time", "true"]))["settings"]!.ToJsonString()
        );
    }

    [Fact]
    public async Task A_failed_iteration_is_dropped_when_failures_are_allowed()
    {
        var flag = Path.Combine(folder.Path, "flag");
        var body = await BodyAsync([
            "--project",
            "acme",
            "--iter",
            "2",
            "--allow-failure",
            $"echo result; test -e {flag} || {{ touch {flag}; exit 3; }}",
        ]);

        Assert.Equal(["result\n"], body["results"]!.AsArray().Select(r => (string)r!));
    }

    [Fact]
    public async Task A_run_for_a_runner_sends_every_option_of_the_job()
    {
        var body = await BodyAsync([
            "--image",
            "acme:v1",
            "--spec",
            "fast",
            "--entrypoint",
            "/bin/run",
            "--env",
            "A=1",
            "--env",
            "B=x=y",
            "--env",
            "A=",
            "--job-timeout",
            "60",
            "--poll-interval",
            "1",
            "--iter",
            "3",
            "--fold",
            "min",
            "--allow-failure",
            "--backdate",
            "1500000000",
            "--build-time",
            "--file-size",
            "/out/app",
            "echo a b",
        ]);

        Assert.Equal(
            ["start_time", "end_time", "results", "idempotency_key", "settings", "context", "job"],
            body.Select(f => f.Key)
        );
        Assert.Empty(body["results"]!.AsArray());
        Assert.Equal((string)body["start_time"]!, (string)body["end_time"]!);
        Assert.Equal(
            """{"image":"acme:v1","spec":"fast","entrypoint":["/bin/run"],"cmd":["/bin/sh","-c","echo a b"],"env":{"A":"","B":"x=y"},"timeout":60,"file_paths":["/out/app"],"build_time":true,"file_size":true,"iter":3,"allow_failure":true,"backdate":"2017-07-14T02:40:00Z"}""",
            body["job"]!.ToJsonString()
        );
    }

    [Fact]
    public async Task A_run_for_a_runner_needs_only_an_image()
    {
        Assert.Equal("""{"image":"acme","iter":1}""", (await BodyAsync(["--image", "acme"]))["job"]!.ToJsonString());
        Assert.Equal(
            """{"image":"acme","cmd":["bench","-x"],"iter":1}""",
            (await BodyAsync(["--image", "acme", "bench", "-x"]))["job"]!.ToJsonString()
        );
        Assert.Equal(
            """{"image":"acme","cmd":["bench"],"file_paths":["a.json","b.json"],"iter":1}""",
            (await BodyAsync(["--image", "acme", "--file", "a.json", "--file", "b.json", "--exec", "bench"]))[
                "job"
            ]!.ToJsonString()
        );
        Assert.Equal(
            """{"image":"acme","cmd":["/bin/bash","-c","x"],"iter":1}""",
            (await BodyAsync(["--image", "acme", "--shell", "/bin/bash", "x"]))["job"]!.ToJsonString()
        );
    }

    [Fact]
    public async Task An_image_name_replaces_the_project_option_only_if_it_names_a_project()
    {
        string[] run = ["run", "--host", server.Address.ToString(), "--dry-run", "--quiet"];
        const string key = "bencher_run_0123456789abcdefghijklmnopqrst";

        Assert.Equal(
            0,
            (
                await PaddockProgram.RunAsync([.. run, "--image", "registry.example.com/acme:v1"], env: ["CI", "true"])
            ).ExitCode
        );
        Assert.Equal(
            0,
            (await PaddockProgram.RunAsync([.. run, "--key", key, "--image", "registry.example.com/acme:v1"])).ExitCode
        );
        Assert.Equal(
            1,
            (
                await PaddockProgram.RunAsync(
                    [.. run, "--image", "registry.example.com/acme/bench:v1"],
                    env: ["CI", "true"]
                )
            ).ExitCode
        );
        var refused = await PaddockProgram.RunAsync([
            .. run,
            "--key",
            key,
            "--image",
            "registry.example.com/acme/bench:v1",
        ]);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("requires `--project`", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_invalid_byte_in_the_output_does_not_lose_the_rest()
    {
        Assert.Equal("a\ufffdb\nc\n", await ResultAsync(@"printf 'a\377b\nc\n'"));
    }

    private async Task<string> ResultAsync(params string[] command) =>
        (string)(await BodyAsync(["--project", "acme", .. command]))["results"]!.AsArray().Single()!;

    private async Task<JsonObject> BodyAsync(string[] args, params string[] env)
    {
        var ended = await PaddockProgram.RunAsync(
            ["run", "--host", server.Address.ToString(), "--dry-run", .. args],
            folder: folder.Path,
            env: env
        );
        Assert.True(ended.ExitCode == 0, ended.Error);
        const string heading = "\nWould send:\n";
        return JsonNode
            .Parse(ended.Output[(ended.Output.IndexOf(heading, StringComparison.Ordinal) + heading.Length)..])!
            .AsObject();
    }

    private string Executable(string script)
    {
        var file = folder.Write("program", $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return file;
    }
}
