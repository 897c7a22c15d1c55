using System.Text.Json.Nodes;
using Paddock.Runner.Native;
using Paddock.Runner.Tests.Images;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Signals;

namespace Paddock.Runner.Tests.Daemon;

/// <summary>Server, registry, runner and container together: a run with an image becomes a report.</summary>
public sealed class EndToEndTests
{
    private const string Results = """echo '{"sort":{"latency":{"value":42.5}}}'""";

    [Theory, EveryDatabase]
    public async Task A_run_with_an_image_becomes_a_report(Engine engine)
    {
        await using var world = await World.MakeAsync(engine);
        using var image = TestImage.Busybox();
        await world.PushAsync(image, "v1");
        await using var runner = await world.StartRunnerAsync("Box");

        var job = await world.UntilAsync(
            await world.SubmitAsync(
                new
                {
                    image = "app:v1",
                    spec = "fast-box",
                    cmd = new[] { "sh", "-c", Results },
                    iter = 2,
                }
            ),
            "processed",
            "failed"
        );

        Assert.Equal("processed", (string)job["status"]!);
        Assert.Equal("container", (string)job["environment"]!["sandbox"]!);
        Assert.StartsWith("runc", (string)job["environment"]!["runtime"]!, StringComparison.Ordinal);
        Assert.All(job["output"]!["results"]!.AsArray(), result => Assert.InRange((double)result!["duration"]!, 0, 30));
        var report = (await world.Admin.GetAsync($"/v0/projects/app/reports/{(string)job["report"]!}")).Expect(200);
        Assert.Equal(
            [42.5, 42.5],
            report["results"]!
                .AsArray()
                .Select(iteration => (double)iteration![0]!["measures"]![0]!["metric"]!["value"]!)
        );
        var known = (await world.Admin.GetAsync($"/v0/runners/box")).Expect(200);
        Assert.Contains("container", known.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_waits_with_a_reason_when_the_runner_cannot_provide_its_sandbox()
    {
        await using var world = await World.MakeAsync();
        await world.CreateSpecAsync("Sealed Box", "firecracker");
        using var image = TestImage.Busybox();
        await world.PushAsync(image, "v1");
        await using var runner = await world.StartRunnerAsync("Box", "sealed-box");
        await runner.SaysAsync("connected");
        var job = await world.SubmitAsync(
            new
            {
                image = "app:v1",
                spec = "sealed-box",
                cmd = new[] { "true" },
            }
        );
        var waiting = await world.UntilAsync(job, "pending", "failed");
        Assert.Equal("pending", (string)waiting["status"]!);
        Assert.NotEmpty((string)waiting["reason"]!);
    }

    [Fact]
    public async Task A_canceled_job_is_stopped_at_once()
    {
        await using var world = await World.MakeAsync();
        using var image = TestImage.Busybox();
        await world.PushAsync(image, "v1");
        await using var runner = await world.StartRunnerAsync("Box");
        var job = await world.SubmitAsync(
            new
            {
                image = "app:v1",
                spec = "fast-box",
                cmd = new[] { "sleep", "1000" },
            }
        );
        await world.UntilAsync(job, "running");
        (await world.Admin.PostAsync($"/v0/projects/app/jobs/{job}/cancel", new { })).Expect(200);
        Assert.Equal("canceled", (string)(await world.UntilAsync(job, "canceled"))["status"]!);
        await NextWorksAsync(world);
    }

    [Fact]
    public async Task A_runner_killed_during_a_benchmark_reports_the_failed_job_on_restart_and_takes_the_next_job()
    {
        await using var world = await World.MakeAsync();
        using var image = TestImage.Busybox();
        await world.PushAsync(image, "v1");
        await using var runner = await world.StartRunnerAsync("Box");
        var job = await world.SubmitAsync(
            new
            {
                image = "app:v1",
                spec = "fast-box",
                cmd = new[] { "sh", "-c", $"sleep 1000; {Results}" },
            }
        );
        await runner.BeganAsync();
        runner.Kill();
        runner.Start();
        var ended = await world.UntilAsync(job, "processed", "failed");
        Assert.Equal(
            ("failed", "The runner was stopped while the benchmark ran."),
            ((string)ended["status"]!, (string)ended["reason"]!)
        );
        Assert.Empty(Mounts.Below(runner.Folder));
        await NextWorksAsync(world);
    }

    [Fact]
    public async Task A_runner_killed_while_unpacking_an_image_cleans_up_on_restart_and_completes_the_job()
    {
        await using var world = await World.MakeAsync();
        using var image = TestImage.Busybox(layer => layer.File("takes-its-time", new byte[192 << 20]));
        await world.PushAsync(image, "v1");
        await using var runner = await world.StartRunnerAsync("Box");
        var job = await world.SubmitAsync(
            new
            {
                image = "app:v1",
                spec = "fast-box",
                cmd = new[] { "sh", "-c", Results },
            }
        );
        await runner.UnpacksAsync();
        runner.Kill();
        Assert.NotEmpty(Directory.GetDirectories(Path.Combine(runner.Folder, "layers"), "new-*"));
        runner.Start();
        Assert.Equal("processed", (string)(await world.UntilAsync(job, "processed", "failed"))["status"]!);
        Assert.Empty(Directory.GetDirectories(Path.Combine(runner.Folder, "layers"), "new-*"));
    }

    [Fact]
    public async Task A_server_killed_during_a_benchmark_gets_the_result_after_its_restart()
    {
        await using var world = await World.MakeAsync();
        using var image = TestImage.Busybox();
        await world.PushAsync(image, "v1");
        await using var runner = await world.StartRunnerAsync("Box");
        var job = await world.SubmitAsync(
            new
            {
                image = "app:v1",
                spec = "fast-box",
                cmd = new[] { "sh", "-c", $"sleep 2.25; {Results}" },
            }
        );
        await world.UntilAsync(job, "running");
        await BegunAsync("sleep\02.25\0"); // A job is running from the image pull on, which needs the server.
        world.Server.Kill();
        await world.Server.StartAsync();
        var ended = await world.UntilAsync(job, "processed", "failed", "pending");
        Assert.True((string)ended["status"]! == "processed", ended.ToJsonString() + runner.Log);
        await NextWorksAsync(world);
    }

    private static async Task BegunAsync(string commandLine)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!Directory.GetDirectories("/proc").Any(process => CommandLine(process) == commandLine))
            await Task.Delay(20, patience.Token);

        static string CommandLine(string process)
        {
            try
            {
                return File.ReadAllText(Path.Combine(process, "cmdline"));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return "";
            }
        }
    }

    public static TheoryData<string, string[], string> Faults =>
        new()
        {
            { "failed", ["sh", "-c", "echo so far; exit 7"], "exit code 7" },
            { "failed", ["no-such-program"], "\"no-such-program\" is not in the image" },
            { "failed", ["tail", "/dev/zero"], "256 MiB of memory" },
            { "failed", ["dd", "if=/dev/zero", "of=/full", "bs=1M"], "exit code 1" },
            { "failed", ["sh", "-c", "trap '' TERM; while :; do sleep 100; done"], "exceeded its timeout of 2 s" },
            { "failed", ["sh", "-c", "b() { b | b & }; b; sleep 100"], "exceeded its timeout of 2 s" },
            { "processed", ["sh", "-c", "yes | head -c 40000000 >&2; " + Results], "" },
            { "failed", ["echo", "no results"], "" },
        };

    [Theory, MemberData(nameof(Faults))]
    public async Task A_faulty_job_ends_in_the_expected_state_with_a_reason_and_the_next_job_works(
        string state,
        string[] cmd,
        string reason
    )
    {
        await using var world = await World.MakeAsync();
        using var image = TestImage.Busybox();
        await world.PushAsync(image, "v1");
        await using var runner = await world.StartRunnerAsync("Box");
        var ended = await world.UntilAsync(
            await world.SubmitAsync(
                new
                {
                    image = "app:v1",
                    spec = "fast-box",
                    cmd,
                    timeout = reason.Contains("timeout", StringComparison.Ordinal) ? 2 : 60,
                }
            ),
            "processed",
            "failed",
            "canceled"
        );
        Assert.True(
            (string)ended["status"]! == state,
            ended.ToJsonString()[..Math.Min(2000, ended.ToJsonString().Length)]
        );
        Assert.Contains(
            reason,
            ended
                .ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })
                .Replace("\\\"", "\"", StringComparison.Ordinal),
            StringComparison.Ordinal
        );
        await NextWorksAsync(world);
    }

    [Fact]
    public async Task Two_slots_run_jobs_at_once_and_SIGTERM_lets_both_jobs_finish()
    {
        await using var world = await World.MakeAsync();
        using var image = TestImage.Busybox();
        await world.PushAsync(image, "v1");
        await using var runner = await world.StartRunnerAsync("Box", "fast-box", "--slots", "2", "--no-isolation");
        Guid[] jobs = [await world.SubmitAsync(Slow()), await world.SubmitAsync(Slow())];
        foreach (var job in jobs)
            await world.UntilAsync(job, "running");
        runner.Signal(Processes.Terminate);
        foreach (var job in jobs)
            Assert.Equal("processed", (string)(await world.UntilAsync(job, "processed", "failed"))["status"]!);
        Assert.Equal(0, await runner.ExitedAsync());

        static object Slow() =>
            new
            {
                image = "app:v1",
                spec = "fast-box",
                cmd = new[] { "sh", "-c", $"sleep 3; {Results}" },
            };
    }

    [Fact]
    public async Task The_run_command_pulls_an_image_with_a_token_from_the_registry()
    {
        await using var world = await World.MakeAsync();
        using var image = TestImage.Busybox();
        await world.PushAsync(image, "v1");
        var data = Directory.CreateTempSubdirectory("paddock-data-").FullName;
        try
        {
            var ran = await RunAsync(world.Admin.Token);
            Assert.True((ran.ExitCode, ran.Output) == (0, "by hand\n"), ran.Error);
            var refused = await RunAsync("wrong");
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains("refused a token for the registry", refused.Error, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }

        Task<Ended> RunAsync(string password) =>
            BuiltProgram.RunAsync(
                BuiltProgram.Runner,
                [
                    "run",
                    "--data",
                    data,
                    "--noise-duration",
                    "0",
                    "--image",
                    $"{world.Address.Authority}/{World.Project}:v1",
                    "--user",
                    world.Admin.Email,
                    "--cmd",
                    "echo",
                    "by hand",
                ],
                new Dictionary<string, string> { ["PADDOCK_REGISTRY_TOKEN"] = password }
            );
    }

    [Fact]
    public async Task A_key_given_as_an_argument_or_a_variable_is_erased_from_the_process_information()
    {
        await using var world = await World.MakeAsync();
        // Nothing listens on this port, so the runner keeps retrying. A runner that a server does not know would exit.
        await using var runner = await world.StartRunnerAsync(
            "Box",
            "fast-box",
            new Uri("http://127.0.0.1:1"),
            "--key",
            "an-argument-that-is-secret"
        );
        await runner.SaysAsync("trying again");
        var seen = File.ReadAllText($"/proc/{runner.Id}/cmdline");
        Assert.DoesNotContain("an-argument-that-is-secret", seen, StringComparison.Ordinal);
        Assert.Contains("--key\0**", seen, StringComparison.Ordinal);

        await using var other = await world.StartRunnerAsync("Bench");
        await other.SaysAsync("connected");
        Assert.DoesNotContain(
            "paddock_runner_",
            File.ReadAllText($"/proc/{other.Id}/environ"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_runner_with_a_wrong_key_exits_with_an_error()
    {
        await using var world = await World.MakeAsync();
        await using var stranger = new RunnerProcess(world.Address, "nobody", "paddock_runner_wrong");
        Assert.Equal(1, await stranger.ExitedAsync());
        Assert.Contains("key", stranger.Log, StringComparison.Ordinal);
    }

    private static async Task NextWorksAsync(World world)
    {
        var next = await world.UntilAsync(
            await world.SubmitAsync(
                new
                {
                    image = "app:v1",
                    spec = "fast-box",
                    cmd = new[] { "sh", "-c", Results },
                }
            ),
            "processed",
            "failed"
        );
        Assert.Equal("processed", (string)next["status"]!);
    }
}
