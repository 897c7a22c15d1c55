using Paddock.Runner.Images;
using Paddock.Runner.Native;
using Paddock.Runner.Sandbox;
using Paddock.Runner.Sandbox.Container;
using Paddock.Runner.Tests.Images;

namespace Paddock.Runner.Tests.Sandbox;

/// <summary>A data folder of its own, and the real container sandbox over it.</summary>
internal sealed class TestMachine : IAsyncDisposable
{
    private static int count;
    private readonly string group = $"paddock-test-{Environment.ProcessId}-{Interlocked.Increment(ref count)}";

    public string Folder { get; } = Directory.CreateTempSubdirectory("paddock-machine-").FullName;
    public ImageStore Images => field ??= new(Folder, Limits, TimeProvider.System);
    public ImageLimits Limits { get; init; } = ImageLimits.Default;
    public ContainerSandbox Container => field ??= new("/usr/sbin/runc", "runc", ContainerProbe.FindInit(), Path.Combine(Folder, "disks"), group);
    public string Group => group;

    public async Task<SandboxResult> RunAsync(TestImage image, string[] command, Func<SandboxRun, SandboxRun>? change = null, ISandbox? sandbox = null, CancellationToken abort = default)
    {
        using var held = await Images.GetAsync(new LayoutSource(image.Folder), LayoutSource.Index, CancellationToken.None);
        var id = $"t{Guid.NewGuid():n}"[..20];
        var run = new SandboxRun
        {
            Id = id, Root = held.Layers[^1], Layers = held.Layers, Scratch = Directory.CreateDirectory(Path.Combine(Folder, "runs", id)).FullName, Command = command,
            Environment = new Dictionary<string, string> { ["PATH"] = "/bin" }, WorkingDirectory = "/", Limits = new(1, 128 << 20, 64 << 20, Network: false), Timeout = TimeSpan.FromSeconds(60),
        };
        run = change?.Invoke(run) ?? run;
        return await (sandbox ?? Container).RunAsync(run, abort);
    }

    /// <summary>What a run must not leave: mounts, control groups, disks.</summary>
    public void IsClean()
    {
        Assert.Empty(Mounts.Below(Folder));
        Assert.Empty(Directory.GetDirectories("/sys/fs/cgroup").SelectMany(tree => Directory.Exists($"{tree}/{group}") ? Directory.GetDirectories($"{tree}/{group}") : []));
        Assert.DoesNotContain(Directory.Exists(Path.Combine(Folder, "runs")) ? Directory.GetFiles(Path.Combine(Folder, "runs"), "*.ext4", SearchOption.AllDirectories) : [], _ => true);
    }

    public async ValueTask DisposeAsync()
    {
        await Container.SweepAsync(Path.Combine(Folder, "runs"), CancellationToken.None);
        Mounts.UnmountBelow(Folder);
        Directory.Delete(Folder, recursive: true);
    }
}
