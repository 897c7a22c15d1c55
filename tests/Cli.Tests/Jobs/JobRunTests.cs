using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;

namespace Paddock.Cli.Tests.Jobs;

/// <summary>
/// Runs that a runner executes: the built program, the real server, and a fake runner that the test controls.
/// </summary>
public sealed class JobRunTests : IAsyncLifetime
{
    private const string Image = "app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private const string Result = """{"fib":{"latency":{"value":12.5}}}""";
    private TestServer server = null!;
    private TestUser ada = null!;
    private (string Name, string Key) runner;

    public async Task InitializeAsync()
    {
        server = await TestServer.StartAsync(Engine.Sqlite);
        ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("App");
        await AskAsync(
            "spec",
            "create",
            "--name",
            "Fast Box",
            "--os",
            "linux",
            "--architecture",
            "x86_64",
            "--cpu",
            "2",
            "--memory",
            "1073741824",
            "--disk",
            "1073741824",
            "--fallback"
        );
        var made = await AskAsync("runner", "create", "--name", "Box");
        runner = ("box", (string)made["key"]!);
        await AskAsync("runner", "spec", "add", "box", "--spec", "fast-box");
    }

    public async Task DisposeAsync()
    {
        ada.Dispose();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_run_shows_why_its_job_waits_then_its_status_and_finally_the_report()
    {
        // The poll interval is too long for this test, so the result must come through the server's events.
        using var run = Start(server.Address, "--format", "json", "--job-poll-interval", "900", "./bench");
        await run.SaysAsync(
            "Job status: pending: The only runner of the spec \"Fast Box\" is offline. It is next in the queue."
        );
        await using var box = await TestRunner.ConnectAsync(server.Address, runner.Name, runner.Key);
        var job = await box.TakeAsync();
        await box.AskAsync(new { @event = "running" }, "ack");
        await run.SaysAsync("Job status: running");
        await CompleteAsync(
            box,
            job,
            new
            {
                exit_code = 0,
                stdout = Result,
                stderr = "warming up",
            }
        );

        var ended = await run.EndAsync();

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Contains("Job status: processed", ended.Error, StringComparison.Ordinal);
        Assert.Contains($"{Result}\nwarming up", ended.Error, StringComparison.Ordinal);
        var report = JsonNode.Parse(ended.Output[ended.Output.LastIndexOf("\n{\n", StringComparison.Ordinal)..])!;
        Assert.Equal((string)job["uuid"]!, (string?)report["job"]);
        Assert.Equal(12.5, (double)report["results"]![0]![0]!["measures"]![0]!["metric"]!["value"]!);
        Assert.Equal("""["/bin/sh","-c","./bench"]""", job["config"]!["cmd"]!.ToJsonString());
    }

    [Fact]
    public async Task A_run_with_a_suspected_change_waits_for_the_confirming_job()
    {
        await using var box = await TestRunner.ConnectAsync(server.Address, runner.Name, runner.Key, slot: 0);
        for (var commit = 0; commit < 30; commit++)
        {
            await server.KeepImageAsync("app", DigestOf(commit));
            await SubmitAsync(commit);
            var claim = await TakePairedAsync(box);
            await MeasureAsync(box, claim, 100 + commit % 3 * 0.2);
            await ProcessedAsync(claim);
        }
        await server.KeepImageAsync("app", DigestOf(30));

        using var run = RunningPaddock.Start([
            .. Words(server.Address)[..^1],
            $"app@{DigestOf(30)}",
            "--testbed",
            "fast-box",
            "--hash",
            Paddock.Testing.Run.Commit(30),
            "--error-on-alert",
            "./bench",
        ]);
        var job = await TakePairedAsync(box);
        Assert.Null(job["config"]!["pairs"]);
        await MeasureAsync(box, job, 130);
        await run.SaysAsync("A change is suspected. Waiting for the confirming job ");
        var confirming = await TakePairedAsync(box);
        var order = (string)confirming["config"]!["pairs"]!["order"]!;
        await CompleteAsync(box, confirming, [.. order.Select(side => Side(side, side == 'b' ? 100 : 130))]);

        var ended = await run.EndAsync();

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("1 benchmark is slower since 0000000: fib +30 %", ended.Output);
        Assert.Contains("Proven by 12 pairs", ended.Output);
    }

    [Fact]
    public async Task A_server_without_an_event_stream_is_polled()
    {
        using var http = new HttpClient { BaseAddress = server.Address };
        await using var original = await Commands.RecordingServer.StartAsync(asked =>
            asked.Target.EndsWith("/events", StringComparison.Ordinal) ? (404, "{}") : Forward(http, asked)
        );
        using var run = Start(new(original.Host), "--poll-interval", "1", "--quiet", "--format", "json", "./bench");
        await using var box = await TestRunner.ConnectAsync(server.Address, runner.Name, runner.Key);
        var job = await box.TakeAsync();
        await box.AskAsync(new { @event = "running" }, "ack");
        await CompleteAsync(box, job, new { exit_code = 0, stdout = Result });

        var ended = await run.EndAsync();

        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
        Assert.Equal((string)job["uuid"]!, (string?)JsonNode.Parse(ended.Output)!["job"]);
        Assert.Single(original.Requests, request => request.Target.EndsWith("/events", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_failed_job_fails_the_run_and_shows_its_output_before_its_error()
    {
        using var run = Start(server.Address, "./bench");
        await using var box = await TestRunner.ConnectAsync(server.Address, runner.Name, runner.Key);
        var job = await box.TakeAsync();
        await box.AskAsync(new { @event = "running" }, "ack");
        await box.AskAsync(
            new
            {
                @event = "failed",
                job = (string)job["uuid"]!,
                results = new[]
                {
                    new
                    {
                        exit_code = 3,
                        stdout = "half",
                        stderr = "boom",
                    },
                },
                error = "The benchmark ended with exit code 3.",
            },
            "ack"
        );

        var ended = await run.EndAsync();

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("half\nboom\n", ended.Error, StringComparison.Ordinal);
        Assert.Contains(
            "The job failed: The benchmark ended with exit code 3.\n",
            ended.Error,
            StringComparison.Ordinal
        );
        Assert.Contains($"paddock job logs app {(string)job["uuid"]!}", ended.Error, StringComparison.Ordinal);
        var logs = await PaddockAsync("job", "logs", "app", (string)job["uuid"]!);
        Assert.Equal(
            (0, "half\n", "boom\nThe job failed: The benchmark ended with exit code 3.\n"),
            (logs.ExitCode, logs.Output, logs.Error)
        );
    }

    [Fact]
    public async Task Control_characters_in_the_output_of_a_job_are_escaped_unless_raw_output_is_requested()
    {
        const string printed = "a\u001b]0;title\u0007\tb\r\n\u009bc\u202e\n";
        using var run = Start(server.Address, "./bench");
        await using var box = await TestRunner.ConnectAsync(server.Address, runner.Name, runner.Key);
        var job = await box.TakeAsync();
        await box.AskAsync(new { @event = "running" }, "ack");
        await box.AskAsync(
            new
            {
                @event = "failed",
                job = (string)job["uuid"]!,
                results = new[]
                {
                    new
                    {
                        exit_code = 3,
                        stdout = printed,
                        stderr = "\u001b[2J",
                    },
                },
                error = "It \u001b[31mfailed.",
            },
            "ack"
        );

        Assert.DoesNotContain('\u001b', (await run.EndAsync()).Error);
        var logs = await PaddockAsync("job", "logs", "app", (string)job["uuid"]!);
        Assert.Equal("a^[]0;title^G\tb\r\n<U+009B>c<U+202E>\n", logs.Output);
        Assert.DoesNotContain('\u001b', logs.Error);
        Assert.Contains("^[[2J", logs.Error, StringComparison.Ordinal);
        Assert.Equal(printed, (await PaddockAsync("job", "logs", "app", (string)job["uuid"]!, "--raw")).Output);
    }

    private const string Pattern = @"^job (?<benchmark>\w+): (?<value>[0-9.]+) (?<unit>\w+)$";

    [Theory]
    [InlineData(
        "BenchmarkA-8 1 5 ns/op 3 B/op\n",
        "BenchmarkA-8 b-op 3; BenchmarkA-8 latency 5",
        "go_bench read 1 benchmark, 2 measures.",
        "--measures",
        "all"
    )]
    [InlineData("BenchmarkA-8 1 5 ns/op 3 B/op\n", "BenchmarkA-8 latency 5", "go_bench read 1 benchmark, 1 measure.")]
    [InlineData(
        "chatter\njob sort: 2.5 us\n",
        "sort latency 2500",
        "pattern read 1 benchmark, 1 measure.",
        "--adapter",
        "pattern",
        "--pattern",
        Pattern
    )]
    public async Task The_output_of_a_job_is_parsed_with_the_options_of_the_run(
        string output,
        string metrics,
        string remark,
        params string[] options
    )
    {
        using var run = Start(server.Address, ["--format", "json", .. options, "./bench"]);

        Assert.Equal((metrics, remark), await ReadAsync(run, output));
    }

    [Fact]
    public async Task The_output_of_a_job_is_parsed_with_the_settings_of_the_project_unless_the_run_sets_them()
    {
        await AskAsync("project", "update", "app", "--measures", "all", "--pattern", Pattern);
        using var go = Start(server.Address, "--format", "json", "./bench");
        Assert.Equal(
            ("BenchmarkA-8 b-op 3; BenchmarkA-8 latency 5", "go_bench read 1 benchmark, 2 measures."),
            await ReadAsync(go, "BenchmarkA-8 1 5 ns/op 3 B/op\n")
        );
        using var own = Start(server.Address, "--format", "json", "--adapter", "pattern", "./bench");
        Assert.Equal(
            ("sort latency 2500", "pattern read 1 benchmark, 1 measure."),
            await ReadAsync(own, "job sort: 2.5 us\n")
        );
    }

    [Fact]
    public async Task The_output_of_a_job_is_parsed_with_the_settings_in_paddock_toml()
    {
        using var folder = Folder.New();
        folder.Write("paddock.toml", $"adapter = 'pattern'\npattern = '{Pattern}'\nmeasures = 'all'\n");
        using var run = RunningPaddock.StartIn(folder.Path, [.. Words(server.Address), "--format", "json", "./bench"]);

        Assert.Equal(
            ("sort latency 2500", "pattern read 1 benchmark, 1 measure."),
            await ReadAsync(run, "job sort: 2.5 us\n")
        );
    }

    [Fact]
    public async Task A_job_for_the_pattern_adapter_is_refused_without_a_pattern()
    {
        var ended = await PaddockAsync("run", "--project", "app", "--image", Image, "--adapter", "pattern", "./bench");

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains(
            "settings.pattern: the adapter \"pattern\" needs a pattern",
            ended.Error,
            StringComparison.Ordinal
        );
        Assert.Empty((await AskAsync("job", "list", "app")).AsArray());
    }

    // Plays the runner that executes the run's job.
    private async Task<(string Metrics, string Remark)> ReadAsync(RunningPaddock run, string output)
    {
        await using var box = await TestRunner.ConnectAsync(server.Address, runner.Name, runner.Key);
        var job = await box.TakeAsync();
        await box.AskAsync(new { @event = "running" }, "ack");
        await CompleteAsync(box, job, new { exit_code = 0, stdout = output });
        var ended = await run.EndAsync();
        Assert.True(ended.ExitCode == 0, ended.Error);
        var report = JsonNode.Parse(ended.Output[ended.Output.LastIndexOf("\n{\n", StringComparison.Ordinal)..])!;
        var metrics =
            from benchmark in report["results"]!.AsArray().Single()!.AsArray()
            from one in benchmark!["measures"]!.AsArray()
            select $"{benchmark["benchmark"]!["name"]} {one!["measure"]!["slug"]} {one["metric"]!["value"]}";
        return (string.Join("; ", metrics), ended.Error.Split('\n')[^1]);
    }

    [Fact]
    public async Task Unreadable_results_of_a_job_fail_the_run_with_the_reason()
    {
        using var run = Start(server.Address, "--adapter", "json", "./bench");
        await using var box = await TestRunner.ConnectAsync(server.Address, runner.Name, runner.Key);
        var job = await box.TakeAsync();
        await box.AskAsync(new { @event = "running" }, "ack");
        await CompleteAsync(box, job, new { exit_code = 0, stdout = "no JSON" });

        var ended = await run.EndAsync();

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains(
            "The job failed: The benchmark ended well, but its results cannot be read. ",
            ended.Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_canceled_job_fails_the_run()
    {
        using var run = Start(server.Address, "./bench");
        await run.SaysAsync("Job status: pending");
        var job = (string)(await AskAsync("job", "list", "app"))[0]!["uuid"]!;

        Assert.Equal("canceled", (string?)(await AskAsync("job", "cancel", "app", job))["status"]);
        var ended = await run.EndAsync();

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("The job was canceled: Somebody canceled it.", ended.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await PaddockAsync("job", "cancel", "app", job)).ExitCode);
    }

    [Fact]
    public async Task Interrupting_a_waiting_run_does_not_cancel_its_job()
    {
        using var run = Start(server.Address, "./bench");
        await run.SaysAsync("Job status: pending");

        run.Stop();
        var ended = await run.EndAsync();

        Assert.Equal(130, ended.ExitCode);
        var job = Assert.Single((await AskAsync("job", "list", "app")).AsArray())!;
        Assert.Equal("pending", (string?)job["status"]);
        Assert.Contains(
            $"keeps running. To see or stop it:\n  paddock job view app {(string)job["uuid"]!} --host "
                + $"{server.Address.AbsoluteUri.TrimEnd('/')}",
            ended.Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_detached_run_returns_the_empty_report_at_once()
    {
        var ended = await PaddockAsync(
            "run",
            "--project",
            "app",
            "--image",
            Image,
            "--detach",
            "--format",
            "json",
            "./bench"
        );

        Assert.True(ended.ExitCode == 0, ended.Error);
        // Lists the jobs of all projects, because she is an administrator.
        var job = Assert.Single((await AskAsync("job", "list")).AsArray())!;
        Assert.StartsWith(
            $"Job {(string)job["uuid"]!} is in the queue. To see or stop it:\n",
            ended.Error,
            StringComparison.Ordinal
        );
        Assert.Contains($"\"job\": \"{(string)job["uuid"]!}\"", ended.Output, StringComparison.Ordinal);
        Assert.StartsWith(
            "The only runner of the spec",
            (string)(await AskAsync("job", "view", "app", (string)job["uuid"]!))["reason"]!,
            StringComparison.Ordinal
        );
        var logs = await PaddockAsync("job", "logs", "app", (string)job["uuid"]!);
        Assert.Equal(
            (1, "", "\nThe job is pending. Its output is available once it has ended; --follow waits for that.\n"),
            (logs.ExitCode, logs.Output, logs.Error)
        );
    }

    [Fact]
    public async Task A_runner_is_drained_resumed_and_deleted()
    {
        Assert.Equal(
            "a new disk",
            (string?)(await AskAsync("runner", "update", "box", "--drain", "a new disk"))["maintenance"]!["reason"]
        );
        Assert.Null((await AskAsync("runner", "update", "box", "--resume"))["maintenance"]);
        var deleted = await PaddockAsync("runner", "delete", "box");
        Assert.Equal((0, "null\n"), (deleted.ExitCode, deleted.Output));
    }

    private static Task<JsonNode> CompleteAsync(TestRunner box, JsonNode job, object result) =>
        CompleteAsync(box, job, [result]);

    private static async Task<JsonNode> CompleteAsync(TestRunner box, JsonNode job, object[] results)
    {
        if (job["lease"] is { } lease)
            await box.AskAsync(new { @event = "running", lease = (string)lease! }, "ack");
        return await box.AskAsync(
            new
            {
                @event = "completed",
                job = (string)job["uuid"]!,
                results,
                lease = (string?)job["lease"],
            },
            "ack"
        );
    }

    private static string DigestOf(int commit) =>
        "sha256:" + commit.ToString("x64", System.Globalization.CultureInfo.InvariantCulture);

    private static object Side(char side, double value) =>
        new
        {
            exit_code = 0,
            stdout = Paddock.Testing.Run.Latencies(("fib", value)),
            side = side == 'b' ? "base" : "head",
        };

    private static Task<JsonNode> MeasureAsync(TestRunner box, JsonNode job, double value) =>
        CompleteAsync(box, job, new { exit_code = 0, stdout = Paddock.Testing.Run.Latencies(("fib", value)) });

    // Asks for work as a runner that supports pairs.
    private static Task<JsonNode> TakePairedAsync(TestRunner box) =>
        box.AskAsync(
            new
            {
                @event = "ready",
                poll_timeout = 30,
                runner = new
                {
                    os = "linux",
                    arch = "x86_64",
                    version = "1",
                    boot = Guid.Empty,
                    sandboxes = new[] { "container" },
                    pairs = true,
                },
            },
            "job"
        );

    private async Task ProcessedAsync(JsonNode job)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var events = await ada.Http.GetStreamAsync($"/v0/projects/app/jobs/{job["uuid"]}/events", patience.Token);
        using var reader = new StreamReader(events);
        while (await reader.ReadLineAsync(patience.Token) is { } line)
            if (line.Contains("\"status\":\"processed\"", StringComparison.Ordinal))
                return;
        Assert.Equal(
            "processed",
            (string?)(await ada.GetAsync($"/v0/projects/app/jobs/{job["uuid"]}")).Expect(200)["status"]
        );
    }

    private async Task SubmitAsync(int commit) =>
        (
            await ada.PostAsync(
                "/v0/run",
                new
                {
                    project = "app",
                    branch = "main",
                    testbed = "fast-box",
                    hash = Paddock.Testing.Run.Commit(commit),
                    start_time = "2026-11-20T00:00:00Z",
                    end_time = "2026-11-20T00:00:00Z",
                    results = Array.Empty<string>(),
                    job = new { image = $"app@{DigestOf(commit)}", cmd = new[] { "/bin/sh", "-c", "./bench" } },
                }
            )
        ).Expect(201);

    private RunningPaddock Start(Uri host, params string[] more) => RunningPaddock.Start([.. Words(host), .. more]);

    private string[] Words(Uri host) =>
        [
            "run",
            "--host",
            host.AbsoluteUri,
            "--token",
            ada.Token,
            "--project",
            "app",
            "--branch",
            "main",
            "--image",
            Image,
        ];

    private static (int, string) Forward(HttpClient http, Commands.Recorded asked)
    {
        using var request = new HttpRequestMessage(new(asked.Method), asked.Target);
        if (asked.Authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", asked.Authorization);
        if (asked.Body.Length > 0)
            request.Content = new StringContent(asked.Body, System.Text.Encoding.UTF8, "application/json");
        using var answer = http.Send(request);
        using var reader = new StreamReader(answer.Content.ReadAsStream());
        return ((int)answer.StatusCode, reader.ReadToEnd());
    }

    private async Task<JsonNode> AskAsync(params string[] words)
    {
        var ended = await PaddockAsync(words);
        Assert.True(ended.ExitCode == 0, $"{string.Join(' ', words)}: {ended.Error}");
        return JsonNode.Parse(ended.Output)!;
    }

    private Task<Ended> PaddockAsync(params string[] words)
    {
        var depth = words[0] == "run" ? 1 : words.Length; // Everything after the benchmark command belongs to it.
        return PaddockProgram.RunAsync([
            .. words[..depth],
            "--host",
            server.Address.AbsoluteUri,
            "--token",
            ada.Token,
            .. words[depth..],
        ]);
    }
}
