using System.Text;
using Paddock.Runner.Images;
using Paddock.Runner.Sandbox;
using Paddock.Runner.Tests.Neighbors;
using Paddock.Runner.Tests.Sandbox;

namespace Paddock.Runner.Tests.MicroVm;

/// <summary>
/// Two microVMs on one machine at once. One of them tries the attacks that containers try in <see
/// cref="NeighborTests"/>.
/// </summary>
public sealed class MicroVmNeighborTests(EmulatedMicroVm micro) : IClassFixture<EmulatedMicroVm>
{
    [Fact]
    public async Task A_hostile_guest_cannot_see_its_neighbor_and_leaves_nothing_behind()
    {
        await using var machine = new TestMachine();
        using var image = NeighborImage.Make();
        using var held = await machine.Images.GetAsync(
            new LayoutSource(image.Folder),
            LayoutSource.Index,
            CancellationToken.None
        );
        SandboxRun Made(int core, params string[] command) =>
            micro.Run(command) with
            {
                Root = held.Layers[^1],
                Layers = held.Layers,
                Cores = [core],
                Timeout = TimeSpan.FromMinutes(5),
                Environment = new Dictionary<string, string>
                {
                    ["PATH"] = "/bin:/usr/bin",
                    ["NEIGHBOR"] = core == 0 ? "neighbor-secret" : "",
                },
            };
        var neighbor = micro.Sandbox.RunAsync(Made(0, "sh", "/neighbor", "60"), CancellationToken.None);
        var first = await micro.Sandbox.RunAsync(Made(1, "sh", "/driver", "microvm"), CancellationToken.None);
        var second = await micro.Sandbox.RunAsync(Made(1, "sh", "/driver", "microvm"), CancellationToken.None);
        var undisturbed = await neighbor;

        NeighborImage.AllRefused("microvm", Encoding.UTF8.GetString(first.Stdout.Bytes));
        NeighborImage.AllRefused("microvm", Encoding.UTF8.GetString(second.Stdout.Bytes));
        Assert.True(
            undisturbed is { Ending: Ending.Exited, ExitCode: 0 },
            $"{undisturbed.Ending} {undisturbed.Sentence} "
                + $"{Encoding.UTF8.GetString([.. undisturbed.Stdout.Bytes, .. undisturbed.Stderr.Bytes])}"
        );
    }
}
