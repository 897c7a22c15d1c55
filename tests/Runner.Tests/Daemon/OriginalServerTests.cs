using System.Text.Json.Nodes;
using Paddock.Runner.Native;
using Paddock.Runner.Tests.Images;

namespace Paddock.Runner.Tests.Daemon;

/// <summary>
/// The runner process with an existing v0 server: the runner's messages, their order, and what happens when the
/// connection is lost or the runner is killed.
/// </summary>
public sealed class OriginalServerTests
{
    private static readonly Guid Job = Guid.Parse("550e8400-e29b-41d4-a716-446655440000");

    [Fact]
    public async Task Messages_about_a_success_a_failure_and_two_iterations_with_a_file_are_as_recorded()
    {
        using var image = TestImage.Busybox();
        await using var server = await OriginalServer.StartAsync(image);
        await using var runner = Start(server, "--poll-timeout", "10");
        var session = await server.ConnectedAsync();

        var ready = await session.HearAsync("ready");
        Assert.Equal("""{"event":"ready","poll_timeout":10}""", ready.ToJsonString());
        await session.SayAsync(server.Job(Job, ["sh", "-c", "echo warming >&2; echo '{}'"]));
        await session.HearAsync("running");
        await session.AckAsync(Job);
        var completed = await session.HearAsync("completed", Job);
        Assert.Equal(
            """{"event":"completed","job":"550e8400-e29b-41d4-a716-446655440000","results":[{"exit_code":0,"stdout":"{}\n","stderr":"warming\n"}]}""",
            completed.ToJsonString()
        );
        await session.AckAsync(Job);

        await session.GiveAsync(server.Job(Job, ["sh", "-c", "echo bad >&2; exit 3"]));
        var failed = await session.HearAsync("failed", Job);
        Assert.Equal("""[{"exit_code":3,"stderr":"bad\n"}]""", failed["results"]!.ToJsonString());
        Assert.Equal("The benchmark ended with exit code 3.", (string)failed["error"]!);
        await session.AckAsync(Job);

        await session.GiveAsync(
            server.Job(Job, ["sh", "-c", "echo file > /out.txt"], config: c =>
                (c["iter"], c["file_paths"]) = (2, new JsonArray("/out.txt"))
            )
        );
        var twice = await session.HearAsync("completed", Job);
        Assert.Equal(
            """[{"exit_code":0,"output":{"/out.txt":"file\n"}},{"exit_code":0,"output":{"/out.txt":"file\n"}}]""",
            twice["results"]!.ToJsonString()
        );
        await session.AckAsync(Job);
        await session.HearAsync("ready");
    }

    [Fact]
    public async Task Build_time_and_file_size_are_measured_for_the_command_alone()
    {
        using var image = TestImage.Busybox();
        await using var server = await OriginalServer.StartAsync(image);
        await using var runner = Start(server);
        var session = await server.ConnectedAsync();
        await session.GiveAsync(
            server.Job(Job, ["sh", "-c", "sleep 0.3; echo 12345 > /out.txt"], config: c =>
                (c["build_time"], c["file_size"], c["file_paths"]) = (true, true, new JsonArray("/out.txt"))
            )
        );
        var completed = await session.HearAsync("completed", Job);
        var measured = JsonNode.Parse((string)completed["results"]![0]!["output"]!["\0bencher"]!)!;
        Assert.InRange((double)measured["sh -c sleep 0.3; echo 12345 > /out.txt"]!["build-time"]!["value"]!, 0.3, 30);
        Assert.Equal(6, (double)measured["out.txt"]!["file-size"]!["value"]!);
        await session.AckAsync(Job);
    }

    [Fact]
    public async Task The_ack_of_a_heartbeat_is_not_taken_for_the_ack_of_a_result()
    {
        using var image = TestImage.Busybox();
        await using var server = await OriginalServer.StartAsync(image);
        await using var runner = Start(server);
        var session = await server.ConnectedAsync();
        await session.GiveAsync(server.Job(Job, ["sh", "-c", "sleep 2"]));
        var beats = 0;
        while ((string)(await session.HearAsync())["event"]! == "heartbeat")
            beats++; // Heartbeats are answered only after the result has arrived.
        Assert.InRange(beats, 1, 100);
        for (var i = 0; i < beats; i++)
            await session.AckAsync(Job);
        session.Drop(); // The result was not acknowledged, so the runner must deliver it again.

        var next = await server.ConnectedAsync();
        Assert.Equal(Job, (Guid)(await next.HearAsync("completed"))["job"]!);
        await next.AckAsync(Job);
        await next.HearAsync("ready");
    }

    [Fact]
    public async Task A_result_is_delivered_before_the_next_ready_message_after_a_lost_connection()
    {
        using var image = TestImage.Busybox();
        await using var server = await OriginalServer.StartAsync(image);
        await using var runner = Start(server);
        var session = await server.ConnectedAsync();
        await session.GiveAsync(server.Job(Job, ["sh", "-c", "sleep 2; echo survived"]));
        session.Drop();

        var next = await server.ConnectedAsync();
        var completed = await next.HearAsync("completed");
        Assert.Equal("survived\n", (string)completed["results"]![0]!["stdout"]!);
        await next.AckAsync(Job);
        await next.HearAsync("ready");
    }

    [Fact]
    public async Task A_canceled_job_is_stopped_and_the_next_job_works()
    {
        using var image = TestImage.Busybox();
        await using var server = await OriginalServer.StartAsync(image);
        await using var runner = Start(server);
        var session = await server.ConnectedAsync();
        await session.GiveAsync(server.Job(Job, ["sleep", "1000"]));
        Assert.Equal("heartbeat", (string)(await session.HearAsync())["event"]!);
        await session.SayAsync(new { @event = "cancel" });
        Assert.Equal(Job, (Guid)(await session.HearAsync("canceled", Job))["job"]!);
        await session.AckAsync(Job);
        await session.GiveAsync(server.Job(Job, ["true"]));
        await session.HearAsync("completed", Job);
    }

    [Theory]
    [InlineData("firecracker", "requires the sandbox microvm, which this runner does not offer")]
    [InlineData(null, "cannot be used: The registry")]
    public async Task A_job_that_the_runner_cannot_execute_fails_with_the_reason(string? sandbox, string sentence)
    {
        using var image = TestImage.Busybox();
        await using var server = await OriginalServer.StartAsync(image);
        await using var runner = Start(server);
        var session = await server.ConnectedAsync();
        await session.GiveAsync(
            server.Job(Job, ["true"], sandbox, c =>
                c["digest"] = sandbox is null ? "sha256:" + new string('0', 64) : (string)c["digest"]!
            )
        );
        var failed = await session.HearAsync("failed", Job);
        Assert.Contains(sentence, (string)failed["error"]!, StringComparison.Ordinal);
        Assert.Empty(failed["results"]!.AsArray());
        await session.AckAsync(Job);
        await session.GiveAsync(server.Job(Job, ["true"]));
        await session.HearAsync("completed", Job);
    }

    [Fact]
    public async Task Results_over_the_message_limit_of_the_server_are_truncated()
    {
        using var image = TestImage.Busybox();
        await using var server = await OriginalServer.StartAsync(image);
        await using var runner = Start(server);
        var session = await server.ConnectedAsync();
        await session.GiveAsync(server.Job(Job, ["sh", "-c", "yes '\"\\' | head -c 9000000; echo short >&2"]));
        var completed = await session.HearAsync("completed", Job);
        Assert.Equal("short\n", (string)completed["results"]![0]!["stderr"]!);
        Assert.InRange(completed.ToJsonString().Length, 3 << 20, 4 << 20);
    }

    [Fact]
    public async Task A_runner_killed_during_a_benchmark_reports_the_failed_job_on_restart_and_cleans_up()
    {
        using var image = TestImage.Busybox();
        await using var server = await OriginalServer.StartAsync(image);
        await using var runner = Start(server);
        var session = await server.ConnectedAsync();
        await session.GiveAsync(server.Job(Job, ["sh", "-c", "while :; do sleep 1000; done"]));
        await runner.BeganAsync();
        runner.Kill();
        Assert.NotEmpty(Mounts.Below(runner.Folder));
        session.Drop();

        runner.Start();
        var next = await server.ConnectedAsync();
        var failed = await next.HearAsync("failed");
        Assert.Contains("was stopped while the benchmark ran", (string)failed["error"]!, StringComparison.Ordinal);
        Assert.Empty(Mounts.Below(runner.Folder));
        Assert.Empty(Directory.GetDirectories(Path.Combine(runner.Folder, "runs")));
        await next.AckAsync(Job);
        await next.GiveAsync(server.Job(Job, ["true"]));
        await next.HearAsync("completed", Job);
    }

    [Fact]
    public async Task A_runner_killed_before_the_ack_of_a_result_delivers_the_result_on_restart()
    {
        using var image = TestImage.Busybox();
        await using var server = await OriginalServer.StartAsync(image);
        await using var runner = Start(server);
        var session = await server.ConnectedAsync();
        await session.GiveAsync(server.Job(Job, ["echo", "worth an hour"]));
        await session.HearAsync("completed", Job);
        runner.Kill();
        session.Drop();

        runner.Start();
        var next = await server.ConnectedAsync();
        var completed = await next.HearAsync("completed");
        Assert.Equal("worth an hour\n", (string)completed["results"]![0]!["stdout"]!);
        next.Drop(); // Drops again, because the result is still not acknowledged.
        var third = await server.ConnectedAsync();
        await third.HearAsync("completed");
        await third.AckAsync(Job);
        await third.HearAsync("ready");
    }

    [Fact]
    public async Task The_first_SIGTERM_lets_the_job_finish_and_delivers_its_result()
    {
        using var image = TestImage.Busybox();
        await using var server = await OriginalServer.StartAsync(image);
        await using var runner = Start(server);
        var session = await server.ConnectedAsync();
        await session.GiveAsync(server.Job(Job, ["sh", "-c", "sleep 2; echo finished"]));
        runner.Signal(Processes.Terminate);
        var completed = await session.HearAsync("completed", Job);
        Assert.Equal("finished\n", (string)completed["results"]![0]!["stdout"]!);
        await session.AckAsync(Job);
        Assert.Equal(0, await runner.ExitedAsync());
    }

    [Fact]
    public async Task The_second_SIGTERM_stops_the_job_and_reports_it_as_failed()
    {
        using var image = TestImage.Busybox();
        await using var server = await OriginalServer.StartAsync(image);
        await using var runner = Start(server);
        var session = await server.ConnectedAsync();
        await session.GiveAsync(server.Job(Job, ["sh", "-c", "echo begun; sleep 1000"]));
        await runner.BeganAsync();
        runner.Signal(Processes.Terminate);
        await runner.SaysAsync("draining");
        runner.Signal(Processes.Terminate);
        var failed = await session.HearAsync("failed", Job);
        Assert.Contains(
            "The operator stopped the runner while this job ran.",
            (string)failed["error"]!,
            StringComparison.Ordinal
        );
        await session.AckAsync(Job);
        Assert.Equal(0, await runner.ExitedAsync());
    }

    [Fact]
    public async Task A_waiting_runner_exits_at_once_on_SIGINT()
    {
        using var image = TestImage.Busybox();
        await using var server = await OriginalServer.StartAsync(image);
        await using var runner = Start(server);
        var session = await server.ConnectedAsync();
        await session.HearAsync("ready");
        runner.Signal(2);
        Assert.Equal(0, await runner.ExitedAsync());
    }

    [Fact]
    public async Task A_runner_works_on_when_the_server_never_acknowledges_a_result()
    {
        using var image = TestImage.Busybox();
        await using var server = await OriginalServer.StartAsync(image);
        await using var runner = Start(server);
        var session = await server.ConnectedAsync();
        await session.GiveAsync(server.Job(Job, ["true"]));
        await session.HearAsync("completed", Job);
        session.Drop();
        for (var i = 0; i < 4; i++)
        {
            session = await server.ConnectedAsync();
            await session.HearAsync("completed");
            session.Drop();
        }
        session = await server.ConnectedAsync();
        await session.HearAsync("ready");
    }

    private static RunnerProcess Start(OriginalServer server, params string[] arguments) =>
        new(server.Address, OriginalServer.Runner, OriginalServer.Key, arguments);
}
