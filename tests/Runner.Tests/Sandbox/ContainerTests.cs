using System.Text;
using Paddock.Runner.Sandbox;
using Paddock.Runner.Sandbox.Container;
using Paddock.Runner.Tests.Images;

namespace Paddock.Runner.Tests.Sandbox;

public sealed class ContainerTests
{
    [Fact]
    public async Task A_command_runs_and_its_output_code_and_time_come_back()
    {
        await using var machine = new TestMachine();
        using var image = TestImage.Busybox();

        var result = await machine.RunAsync(image, ["/bin/sh", "-c", "echo out; echo err >&2; exit 3"]);

        Assert.Equal((Ending.Exited, 3), (result.Ending, result.ExitCode));
        Assert.Equal(("out\n", "err\n"), (Text(result.Stdout), Text(result.Stderr)));
        Assert.InRange(result.Duration, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(30));
        machine.IsClean();
    }

    [Fact]
    public async Task The_probe_runs_a_container()
    {
        await using var machine = new TestMachine();
        var found = await machine.Container.ProbeAsync(CancellationToken.None);
        Assert.True(found.Ok, found.Sentence);
    }

    private static string Text(Captured captured) => Encoding.UTF8.GetString(captured.Bytes);
}
