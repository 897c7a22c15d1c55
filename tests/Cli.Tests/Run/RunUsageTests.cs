namespace Paddock.Cli.Tests.Run;

/// <summary>Command lines of <c>paddock run</c> that are refused before the benchmark or a request starts.</summary>
public sealed class RunUsageTests
{
    private const string Sha = "0123456789abcdef0123456789abcdef01234567";

    [Theory]
    [InlineData("--project \"no slug\" true", "--project: \"no slug\" is not a valid UUID or slug")]
    [InlineData("--branch a..b true", "--branch: \"a..b\" is not a valid UUID, slug or branch name")]
    [InlineData("--if-branch a..b true", "\"a..b\" is not a valid UUID, slug or branch name")]
    [InlineData(
        "--hash 0123 true",
        "--hash: \"0123\" is not a valid git hash; allowed: exactly 40 hexadecimal digits."
    )]
    [InlineData($"--start-point-hash {Sha} true", "--start-point-hash needs --start-point.")]
    [InlineData($"--branch-start-point-hash {Sha} true", "--start-point-hash needs --start-point.")]
    [InlineData("--start-point-max-versions 5 true", "--start-point-max-versions needs --start-point.")]
    [InlineData(
        "--start-point main --start-point-max-versions -1 true",
        "--start-point-max-versions: \"-1\" is not a number from 0 to 4294967295."
    )]
    [InlineData("--start-point-clone-thresholds true", "--start-point-clone-thresholds needs --start-point.")]
    [InlineData("--testbed \" box\" true", "--testbed: \" box\" is not a valid")]
    [InlineData("--spec-reset true", "--spec-reset needs --testbed.")]
    [InlineData("--adapter fortran true", "--adapter: \"fortran\" is not one of magic, json,")]
    [InlineData("--adapter rust_gungraun_json true", "--adapter: \"rust_gungraun_json\" is not one of magic, json,")]
    [InlineData("--adapter Json true", "--adapter: \"Json\" is not one of")]
    [InlineData("--average mode true", "--average: \"mode\" is not one of mean, median.")]
    [InlineData("--iter -1 true", "--iter: \"-1\" is not a number from 0 to 4294967295.")]
    [InlineData("--fold min true", "--fold needs --iter.")]
    [InlineData("--iter 2 --fold sum true", "--fold: \"sum\" is not one of min, max, mean, median.")]
    [InlineData("--backdate yesterday true", "--backdate: \"yesterday\" is not a number")]
    [InlineData("--format pdf true", "--format: \"pdf\" is not one of human, json, html.")]
    [InlineData("--html --format json true", "Give either --html or --format, not both.")]
    [InlineData("--ci-only-thresholds true", "--ci-only-thresholds needs --github-actions or --forge-token.")]
    [InlineData("--ci-only-on-alert true", "--ci-only-on-alert needs --github-actions or --forge-token.")]
    [InlineData("--ci-public-links true", "--ci-public-links needs --github-actions or --forge-token.")]
    [InlineData("--ci-id a true", "--ci-id needs --github-actions or --forge-token.")]
    [InlineData("--ci-number 1 true", "--ci-number needs --github-actions or --forge-token.")]
    [InlineData(
        "--ci-i-am-vulnerable-to-pwn-requests true",
        "--ci-i-am-vulnerable-to-pwn-requests needs --github-actions or --forge-token."
    )]
    [InlineData("--github-actions t --ci-number -1 true", "--ci-number: \"-1\" is not a number")]
    [InlineData("--build-time --file a true", "Give either --build-time or --file, not both.")]
    [InlineData("--file a --file-size b true", "Give either --file or --file-size, not both.")]
    [InlineData("--exec", "--exec needs a command.")]
    [InlineData("--exec --shell /bin/sh true", "Give either --exec or --shell, not both.")]
    [InlineData("--exec --flag -c true", "Give either --exec or --flag, not both.")]
    [InlineData("--threshold-test t_test true", "--threshold-test needs --threshold-measure.")]
    [InlineData(
        "--threshold-measure latency --threshold-upper-boundary 0.9 true",
        "--threshold-upper-boundary needs --threshold-test."
    )]
    [InlineData(
        "--threshold-measure latency --threshold-lower-boundary 0.9 true",
        "--threshold-lower-boundary needs --threshold-test."
    )]
    [InlineData(
        "--threshold-measure latency --threshold-min-sample-size 2 true",
        "--threshold-min-sample-size needs --threshold-test."
    )]
    [InlineData(
        "--threshold-measure latency --threshold-max-sample-size 2 true",
        "--threshold-max-sample-size needs --threshold-test."
    )]
    [InlineData("--threshold-measure latency --threshold-window 2 true", "--threshold-window needs --threshold-test.")]
    [InlineData(
        "--threshold-measure latency --threshold-test guess true",
        "--threshold-test: \"guess\" is not one of static,"
    )]
    [InlineData(
        "--threshold-measure latency --threshold-test t --threshold-window 0 true",
        "--threshold-window: \"0\" is not a number from 1 to"
    )]
    [InlineData("--image \"\" true", "--image: must not be empty.")]
    [InlineData("--github-actions t --check-name \"\" true", "--check-name: must not be empty.")]
    [InlineData("--github-actions t --ci-id a-->b true", "--ci-id: \"a-->b\" cannot stand in a comment")]
    [InlineData("--check-name a true", "--check-name needs --github-actions or --forge-token.")]
    [InlineData("--spec fast true", "--spec needs --image.")]
    [InlineData("--entrypoint sh true", "--entrypoint needs --image.")]
    [InlineData("--env A=B true", "--env needs --image.")]
    [InlineData("--job-timeout 3 true", "--job-timeout needs --image.")]
    [InlineData("--poll-interval 3 true", "--job-poll-interval needs --image.")]
    [InlineData("--detach true", "--detach needs --image.")]
    [InlineData(
        "--image app --detach --job-poll-interval 3 true",
        "Give either --detach or --job-poll-interval, not both."
    )]
    [InlineData("--image app --testbed box --spec-reset true", "Give either --spec-reset or --image, not both.")]
    [InlineData(
        "--image app --env =B true",
        "--env: \"=B\" is not a variable; allowed: NAME=VALUE, where VALUE may be empty."
    )]
    [InlineData("--image app --env A true", "--env: \"A\" is not a variable;")]
    [InlineData("--image app --job-timeout 0 true", "--job-timeout: \"0\" is not a number from 1 to 2147483647.")]
    [InlineData(
        "--image app --job-poll-interval 901 true",
        "--job-poll-interval: \"901\" is not a number from 1 to 900."
    )]
    [InlineData("--image app --spec \"no slug\" true", "--spec: \"no slug\" is not a valid UUID or slug")]
    [InlineData("--image app --exec", "--exec needs a command.")]
    [InlineData("--nonsense true", "\"--nonsense\" is not an option of `paddock run`.")]
    [InlineData("--quiet --nonsense=3 true", "\"--nonsense\" is not an option of `paddock run`.")]
    [InlineData("-z true", "\"-z\" is not an option of `paddock run`.")]
    [InlineData("--project p --project q true", "'--project' expects a single argument but 2 were provided.")]
    [InlineData("--host example.com true", "--host: \"example.com\" is not an address; allowed: an http or https URL.")]
    [InlineData("--host /srv true", "--host: \"/srv\" is not an address; allowed: an http or https URL.")]
    [InlineData(
        "--host //example.com true",
        "--host: \"//example.com\" is not an address; allowed: an http or https URL."
    )]
    [InlineData("--token a.b.c true", "--token: this is not a token")]
    [InlineData("--token nonsense true", "--token: this is not a token")]
    [InlineData(
        "--token bencher_user_0123456789abcdefghijABCDEFGHIJ true",
        "--token: this is an API key; give it with --key."
    )]
    [InlineData("--key a.b.c true", "--key: this is a token; give it with --token.")]
    [InlineData("--key bencher_user_short true", "--key: this is not an API key")]
    [InlineData(
        "--token YQ.YQ.YQ --key bencher_run_0123456789abcdefghijABCDEFGHIJ true",
        "Give either --token or --key, not both."
    )]
    [InlineData("--timeout 0 true", "--timeout: \"0\" is not a number from 1 to 900.")]
    [InlineData("--attempts 65536 true", "--attempts: \"65536\" is not a number from 1 to 65535.")]
    [InlineData("--retry-after 901 true", "--retry-after: \"901\" is not a number from 1 to 900.")]
    [InlineData("--max-retry-after x true", "--max-retry-after: \"x\" is not a number from 1 to 900.")]
    public async Task An_invalid_command_line_is_refused_with_the_reason(string line, string reason)
    {
        var ended = await PaddockProgram.RunAsync([
            "run",
            .. System.CommandLine.Parsing.CommandLineParser.SplitCommandLine(line),
        ]);

        Assert.Equal((2, ""), (ended.ExitCode, ended.Output));
        Assert.Contains(reason, ended.Error);
        Assert.EndsWith("See `paddock run --help`.\n", ended.Error);
    }

    [Theory]
    [InlineData("PADDOCK_PROJECT", "no slug", "PADDOCK_PROJECT: \"no slug\" is not a valid UUID or slug")]
    [InlineData("BENCHER_PROJECT", "no slug", "BENCHER_PROJECT: \"no slug\" is not a valid UUID or slug")]
    [InlineData("BENCHER_ADAPTER", "fortran", "BENCHER_ADAPTER: \"fortran\" is not one of")]
    [InlineData("PADDOCK_HOST", "nowhere", "PADDOCK_HOST: \"nowhere\" is not an address")]
    [InlineData("BENCHER_API_KEY", "secret!", "BENCHER_API_KEY: this is not an API key")]
    public async Task An_invalid_variable_is_refused_like_an_invalid_option_and_a_secret_is_not_printed(
        string variable,
        string value,
        string reason
    )
    {
        var ended = await PaddockProgram.RunAsync(["run", "true"], env: [variable, value]);

        Assert.Equal((2, ""), (ended.ExitCode, ended.Output));
        Assert.Contains(reason, ended.Error);
        Assert.DoesNotContain("secret!", ended.Error);
    }

    [Fact]
    public async Task A_BENCHER_variable_that_existing_clients_do_not_read_is_ignored()
    {
        string[] theirs = ["BENCHER_AVERAGE", "nonsense", "BENCHER_MEASURES", "nonsense", "BENCHER_PATTERN", "("];
        var ended = await PaddockProgram.RunAsync(["run"], env: theirs);
        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("There is nothing to report", ended.Error);

        foreach (var pair in theirs.Chunk(2))
        {
            var ours = pair[0].Replace("BENCHER_", "PADDOCK_", StringComparison.Ordinal);
            var refused = await PaddockProgram.RunAsync(["run"], env: [ours, pair[1]]);
            Assert.Equal(2, refused.ExitCode);
            Assert.Contains(ours, refused.Error);
        }
    }

    [Fact]
    public async Task A_variable_conflicts_with_an_option_as_its_own_option_would()
    {
        var both = await PaddockProgram.RunAsync(
            ["run", "--token", "YQ.YQ.YQ", "true"],
            env: ["BENCHER_API_KEY", "bencher_run_0123456789abcdefghijABCDEFGHIJ"]
        );

        Assert.Equal(2, both.ExitCode);
        Assert.Contains("Give either --token or --key, not both.", both.Error);
    }

    [Theory]
    [InlineData("", "There is nothing to report")]
    [InlineData("--build-time", "--build-time needs a command to time.")]
    [InlineData("--shell /bin/sh echo hello", "--shell and --flag are for a command that is one string")]
    [InlineData("--flag -c echo hello", "--shell and --flag are for a command that is one string")]
    [InlineData("--threshold-measure latency true", "The threshold of measure latency has no test")]
    [InlineData("--threshold-measure latency --threshold-test _ true", "The threshold of measure latency has no test")]
    [InlineData(
        "--threshold-measure latency --threshold-test t --threshold-test z true",
        "--threshold-test was given 2 times for 1 measures"
    )]
    [InlineData(
        "--threshold-measure latency --threshold-test t_test --threshold-upper-boundary 1 true",
        "The threshold of measure latency is not valid: upper_boundary"
    )]
    [InlineData(
        "--threshold-measure latency --threshold-test static --threshold-upper-boundary 1 --threshold-window 60 true",
        "window is 60"
    )]
    [InlineData(
        "--threshold-measure latency --threshold-test iqr --threshold-upper-boundary 1 --threshold-min-sample-size 0 "
            + "true",
        "min_sample_size of a iqr model is 0"
    )]
    [InlineData(
        "--threshold-measure latency --threshold-test percentage --threshold-upper-boundary 1 "
            + "--threshold-max-sample-size 0 true",
        "max_sample_size of a percentage model is 0"
    )]
    [InlineData("--backdate 99999999999999 true", "--backdate: 99999999999999 seconds since 1970 is out of range")]
    [InlineData("--backdate -9223372036854775808 true", "is out of range")]
    [InlineData(
        "--threshold-measure latency --threshold-test iqr true",
        "needs lower_boundary, upper_boundary or both"
    )]
    [InlineData("--key bencher_run_0123456789abcdefghijABCDEFGHIJ true", "requires `--project`")]
    public async Task A_run_that_cannot_be_done_fails_before_a_request_is_sent(string line, string reason)
    {
        // Nothing listens on this port, so a request would fail with another message.
        var ended = await PaddockProgram.RunAsync([
            "run",
            "--host",
            "http://127.0.0.1:9",
            "--attempts",
            "1",
            .. System.CommandLine.Parsing.CommandLineParser.SplitCommandLine(line),
        ]);

        Assert.Equal((1, ""), (ended.ExitCode, ended.Output));
        Assert.Contains(reason, ended.Error);
    }

    [Theory]
    [InlineData("--file \"\" --file \"\"", "The file  could not be read: The path is empty.")]
    [InlineData("--file-size \"\"", "The size of  could not be measured: The path is empty.")]
    [InlineData("--file-size missing --allow-failure false", "The size of missing could not be measured")]
    [InlineData(
        "--file .",
        "The file . could not be read: The path is a folder. To read its files, give a pattern such as './*.json'."
    )]
    [InlineData("--file missing --allow-failure false", "The file missing could not be read")]
    public async Task A_missing_or_unreadable_file_fails_the_run_and_no_report_is_sent(string line, string reason)
    {
        await using var server = await Commands.RecordingServer.StartAsync();

        var ended = await PaddockProgram.RunAsync([
            "run",
            "--host",
            server.Host,
            "--project",
            "p",
            .. System.CommandLine.Parsing.CommandLineParser.SplitCommandLine(line),
        ]);

        Assert.Equal((1, ""), (ended.ExitCode, ended.Output));
        Assert.Contains(reason, ended.Error);
        Assert.DoesNotContain(server.Requests, request => request.Line == "POST /v0/run");
    }

    [Theory]
    [InlineData("ftp://example.com")]
    [InlineData("localhost:6610")]
    [InlineData("mailto:me@example.com")]
    public async Task A_server_address_without_http_or_https_is_a_failure(string host)
    {
        var option = await PaddockProgram.RunAsync(["run", "--host", host, "true"]);
        var variable = await PaddockProgram.RunAsync(["run", "true"], env: ["BENCHER_HOST", host]);

        Assert.Equal((1, 1), (option.ExitCode, variable.ExitCode));
        Assert.Equal(
            $"\nThe server \"{host}\" cannot be reached: its address must begin with http:// or https://.\n",
            option.Error
        );
        Assert.Equal(option.Error, variable.Error);
    }

    [Fact]
    public async Task A_run_in_CI_creates_a_project_only_with_ci_on_the_fly()
    {
        var ended = await PaddockProgram.RunAsync(["run", "true"], env: ["CI", "true"]);

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("--ci-on-the-fly", ended.Error);
    }

    [Fact]
    public async Task More_than_255_files_are_refused()
    {
        var ended = await PaddockProgram.RunAsync([
            "run",
            .. Enumerable.Range(0, 256).SelectMany(i => new[] { "--file", $"f{i}" }),
        ]);

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("at most 255", ended.Error);
    }
}
