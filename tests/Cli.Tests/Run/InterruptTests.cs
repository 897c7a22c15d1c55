namespace Paddock.Cli.Tests.Run;

public sealed class InterruptTests
{
    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task An_interrupted_run_stops_its_benchmark_and_sends_no_report(string signal)
    {
        await using var server = await Commands.RecordingServer.StartAsync();
        using var folder = Folder.New();
        // Busy-waits only until the benchmark has written its PID. Without set -m, a background job of bash would
        // ignore SIGINT.
        var script = $$"""
            set -m
            "$0" run --host {{server.Host}} --project p --branch main --quiet 'echo $$ > started; mv started pid; exec sleep 600' &
            while ! [ -e pid ]; do :; done
            kill -{{signal}} $!
            wait $!; echo $?
            # Killed is not gone: the process that takes over orphans may take its time.
            for i in {1..2000}; do kill -0 $(cat pid) 2>&- || exit 0; done
            exit 1
            """;

        var ended = await BuiltProgram.RunAsync("/bin/bash", ["-c", script, BuiltProgram.Cli], folder: folder.Path);

        Assert.Equal("130\n", ended.Output);
        Assert.True(ended.ExitCode == 0, "the benchmark is still running");
        Assert.DoesNotContain(server.Requests, request => request.Line == "POST /v0/run");
    }
}
