using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Paddock.Runner.Tests.Images;

namespace Paddock.Runner.Tests.Daemon;

/// <summary>
/// The server sends wrong or false messages. The runner keeps working, reports each job once, and takes the next job.
/// </summary>
public sealed class OddServerTests
{
    private static readonly Guid Job = Guid.Parse("550e8400-e29b-41d4-a716-446655440000"),
        Other = Guid.Parse("550e8400-e29b-41d4-a716-446655440001");

    [Fact]
    public async Task Unknown_fields_of_a_job_are_ignored()
    {
        using var image = TestImage.Busybox();
        await using var server = await OriginalServer.StartAsync(image);
        await using var runner = Start(server);
        var session = await server.ConnectedAsync();
        var job = server.Job(Job, ["echo", "known"], config: c =>
            (c["colour"], c["nested"]) = ("red", new JsonObject { ["deep"] = new JsonArray(1, 2) })
        );
        (job["since"], job["spec"]!["gpu"]) = ("tomorrow", new JsonArray("h100"));
        await session.GiveAsync(job);
        Assert.Equal("known\n", (string)(await session.HearAsync("completed", Job))["results"]![0]!["stdout"]!);
    }

    [Fact]
    public async Task A_job_for_another_OS_and_architecture_fails_with_the_reason()
    {
        using var image = TestImage.Busybox();
        await using var server = await OriginalServer.StartAsync(image);
        await using var runner = Start(server);
        var session = await server.ConnectedAsync();
        var job = server.Job(Job, ["true"]);
        (job["spec"]!["os"], job["spec"]!["architecture"]) = ("macos", "aarch64");
        await session.GiveAsync(job);
        var failed = await session.HearAsync("failed", Job);
        Assert.Contains("requires macos on aarch64", (string)failed["error"]!, StringComparison.Ordinal);
        await session.AckAsync(Job);
        await NextWorksAsync(server, session);
    }

    [Fact]
    public async Task Jobs_sent_while_a_job_runs_are_ignored()
    {
        using var image = TestImage.Busybox();
        await using var server = await OriginalServer.StartAsync(image);
        await using var runner = Start(server);
        var session = await server.ConnectedAsync();
        var job = server.Job(Job, ["sh", "-c", "sleep 1.5; echo once"]);
        await session.GiveAsync(job);
        await session.SayAsync(job);
        await session.SayAsync(server.Job(Other, ["echo", "smuggled"]));
        var completed = await session.HearAsync("completed", Job);
        Assert.Equal((Job, "once\n"), ((Guid)completed["job"]!, (string)completed["results"]![0]!["stdout"]!));
        await session.AckAsync(Job);
        await NextWorksAsync(server, session);
    }

    [Fact]
    public async Task A_job_sent_again_after_its_end_is_executed_again()
    {
        using var image = TestImage.Busybox();
        await using var server = await OriginalServer.StartAsync(image);
        await using var runner = Start(server);
        var session = await server.ConnectedAsync();
        for (var i = 0; i < 2; i++)
        {
            await session.GiveAsync(server.Job(Job, ["echo", $"{i}"]));
            Assert.Equal($"{i}\n", (string)(await session.HearAsync("completed", Job))["results"]![0]!["stdout"]!);
            await session.AckAsync(Job);
        }
    }

    [Theory]
    [InlineData("""{"event":"cancel"}""")]
    [InlineData("""{"event":"cancel","job":"550e8400-e29b-41d4-a716-446655440001"}""")]
    [InlineData("""{"event":"ack","job":"550e8400-e29b-41d4-a716-446655440001"}""")]
    [InlineData("""{"event":"ack"}""")]
    public async Task Unsolicited_messages_do_not_disturb_a_waiting_runner(string unasked)
    {
        using var image = TestImage.Busybox();
        await using var server = await OriginalServer.StartAsync(image);
        await using var runner = Start(server);
        var session = await server.ConnectedAsync();
        await session.HearAsync("ready");
        await session.SayAsync(JsonNode.Parse(unasked)!);
        await session.SayAsync(new byte[] { 0, 1, 2 }, WebSocketMessageType.Binary);
        await session.SayAsync(server.Job(Job, ["echo", "fine"]));
        await session.HearAsync("running");
        await session.AckAsync(Job);
        Assert.Equal("fine\n", (string)(await session.HearAsync("completed", Job))["results"]![0]!["stdout"]!);
    }

    [Fact]
    public async Task A_cancel_message_for_another_job_does_not_stop_the_running_job()
    {
        using var image = TestImage.Busybox();
        await using var server = await OriginalServer.StartAsync(image);
        await using var runner = Start(server);
        var session = await server.ConnectedAsync();
        await session.GiveAsync(server.Job(Job, ["sh", "-c", "sleep 1.5; echo through"]));
        await session.SayAsync(new { @event = "cancel", job = Other });
        Assert.Equal("through\n", (string)(await session.HearAsync("completed", Job))["results"]![0]!["stdout"]!);
    }

    public static TheoryData<string> Nonsense => ["huge", "broken", "unknown", "array", "deep", "no-spec", "zero"];

    [Theory, MemberData(nameof(Nonsense))]
    public async Task An_invalid_message_instead_of_a_job_closes_the_channel_and_the_next_channel_works(string kind)
    {
        using var image = TestImage.Busybox();
        await using var server = await OriginalServer.StartAsync(image);
        await using var runner = Start(server);
        var session = await server.ConnectedAsync();
        await session.HearAsync("ready");
        var text = kind switch
        {
            "huge" => $$"""{"event":"job","padding":"{{new string('x', 5 << 20)}}"}""",
            "broken" => """{"event":"job",""",
            "unknown" => """{"event":"reboot"}""",
            "array" => "[]",
            "deep" => new string('[', 10_000),
            "no-spec" => """{"event":"job","uuid":"550e8400-e29b-41d4-a716-446655440000"}""",
            _ => "",
        };
        await session.SayAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text);
        var next = await server.ConnectedAsync();
        await NextWorksAsync(server, next);
    }

    [Fact]
    public async Task Invalid_messages_do_not_disturb_a_running_job()
    {
        using var image = TestImage.Busybox();
        await using var server = await OriginalServer.StartAsync(image);
        await using var runner = Start(server);
        var session = await server.ConnectedAsync();
        await session.GiveAsync(server.Job(Job, ["sh", "-c", "sleep 1.5; echo through"]));
        await session.SayAsync("{\"event\":"u8.ToArray(), WebSocketMessageType.Text);
        await session.SayAsync("null"u8.ToArray(), WebSocketMessageType.Text);
        Assert.Equal("through\n", (string)(await session.HearAsync("completed", Job))["results"]![0]!["stdout"]!);
    }

    [Fact]
    public async Task An_update_offer_is_declined_and_the_runner_takes_the_next_job()
    {
        using var image = TestImage.Busybox();
        await using var server = await OriginalServer.StartAsync(image);
        await using var runner = Start(server);
        var session = await server.ConnectedAsync();
        await session.HearAsync("ready");
        await session.SayAsync(
            new
            {
                @event = "update",
                version = "9.9.9",
                url = "http://127.0.0.1:1/runner",
                checksum = new string('0', 64),
            }
        );
        await runner.SaysAsync("offers an update of this program");
        await NextWorksAsync(server, await server.ConnectedAsync());
    }

    [Theory, InlineData("before ready"), InlineData("waiting"), InlineData("running"), InlineData("result sent")]
    public async Task The_runner_reconnects_when_the_server_closes_the_channel_at_any_moment(string moment)
    {
        using var image = TestImage.Busybox();
        await using var server = await OriginalServer.StartAsync(image);
        await using var runner = Start(server);
        var session = await server.ConnectedAsync();
        if (moment == "waiting")
            await session.HearAsync("ready");
        if (moment is "running" or "result sent")
            await session.GiveAsync(server.Job(Job, ["sh", "-c", "sleep 1.5; echo kept"]));
        if (moment == "result sent")
            await session.HearAsync("completed", Job);
        await session.CloseAsync();

        var next = await server.ConnectedAsync();
        if (moment is "running" or "result sent")
        {
            Assert.Equal("kept\n", (string)(await next.HearAsync("completed"))["results"]![0]!["stdout"]!);
            await next.AckAsync(Job);
        }
        await NextWorksAsync(server, next);
    }

    [Fact]
    public async Task Results_in_the_spool_are_delivered_after_a_restart_and_unreadable_files_are_set_aside()
    {
        using var image = TestImage.Busybox();
        await using var server = await OriginalServer.StartAsync(image);
        await using var runner = Start(server);
        var session = await server.ConnectedAsync();
        await session.GiveAsync(server.Job(Job, ["echo", "left"]));
        await session.HearAsync("completed", Job);
        runner.Kill();
        session.Drop();
        var kept = Directory
            .GetFiles(Path.Combine(runner.Folder, "spool"), "*.json", SearchOption.AllDirectories)
            .Single();
        var spool = Path.GetDirectoryName(kept)!;
        File.Move(kept, Path.Combine(spool, $"7-{Job}.json")); // A slot that no longer exists.
        File.WriteAllText(Path.Combine(spool, $"0-{Other}.json"), """{"event":"compl""");
        File.WriteAllText(Path.Combine(spool, "notes.json"), "a person's");
        File.WriteAllText(Path.Combine(spool, $"0-{Job}.new"), "{");

        runner.Start();
        var next = await server.ConnectedAsync();
        Assert.Equal("left\n", (string)(await next.HearAsync("completed"))["results"]![0]!["stdout"]!);
        await next.AckAsync(Job);
        await NextWorksAsync(server, next);
        Assert.Equal(
            [$"0-{Other}.json", "notes.json"],
            Directory
                .GetFiles(Path.Combine(spool, "refused"))
                .Select(file => Path.GetFileName(file))
                .Order(StringComparer.Ordinal)
        );
    }

    private static async Task NextWorksAsync(OriginalServer server, OriginalServer.Session session)
    {
        await session.GiveAsync(server.Job(Other, ["echo", "next"]));
        Assert.Equal("next\n", (string)(await session.HearAsync("completed", Other))["results"]![0]!["stdout"]!);
        await session.AckAsync(Other);
    }

    private static RunnerProcess Start(OriginalServer server) =>
        new(server.Address, OriginalServer.Runner, OriginalServer.Key);
}
