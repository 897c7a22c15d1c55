using Paddock.Runner.Native;
using Paddock.Runner.Tests.Images;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Signals;

namespace Paddock.Runner.Tests.Daemon;

/// <summary>
/// Cuts the connection at each message of a session: before, in the middle of and after the message. Every job still
/// ends once, with its result.
/// </summary>
public sealed class CutConnectionTests
{
    private const string Results = """echo '{"sort":{"latency":{"value":42.5}}}'""";

    [Theory]
    [InlineData("\"event\":\"ready\"")]
    [InlineData("\"event\":\"job\"")]
    [InlineData("\"event\":\"running\"")]
    [InlineData("\"event\":\"ack\"")]
    [InlineData("\"event\":\"heartbeat\"")]
    [InlineData("\"event\":\"completed\"")]
    public async Task A_cut_connection_loses_no_result_and_duplicates_none(string message)
    {
        // A job of two seconds sends heartbeats only if the server asks for one each second.
        var settings = message.Contains("heartbeat", StringComparison.Ordinal)
            ? new Dictionary<string, string> { ["PADDOCK_RUNNER_HEARTBEAT_TIMEOUT_S"] = "11" }
            : null;
        await using var world = await World.MakeAsync(Engine.Sqlite, settings);
        using var image = TestImage.Busybox();
        await world.PushAsync(image, "v1");
        await using var wire = new CuttingWire(world.Address);
        await using var runner = await world.StartRunnerAsync("Box", "fast-box", wire.Address, "--poll-timeout", "2");

        foreach (var cut in Enum.GetValues<Cut>())
        {
            var happened = wire.CutAt(message, cut);
            if (message.Contains("ready", StringComparison.Ordinal))
                await happened.WaitAsync(TimeSpan.FromMinutes(1)); // The job must wait for the next ready message.
            var job = await world.SubmitAsync(
                new
                {
                    image = "app:v1",
                    spec = "fast-box",
                    cmd = new[] { "sh", "-c", $"sleep 1.5; {Results}" },
                }
            );
            var ended = await world.UntilAsync(job, "processed", "failed", "canceled");
            Assert.True(
                (string)ended["status"]! == "processed",
                $"{cut} {message}: {ended.ToJsonString()}\n{runner.Log}"
            );
            Assert.True(happened.IsCompleted, $"{cut} {message} was not cut.\n{runner.Log}");
            var report = (await world.Admin.GetAsync($"/v0/projects/app/reports/{(string)ended["report"]!}")).Expect(
                200
            );
            Assert.Single(report["results"]!.AsArray());
        }
        runner.Signal(Processes.Terminate);
        Assert.Equal(0, await runner.ExitedAsync()); // The runner has no undelivered result.
    }
}
