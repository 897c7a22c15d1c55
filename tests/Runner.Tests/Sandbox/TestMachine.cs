using Paddock.Runner.Images;
using Paddock.Runner.Native;
using Paddock.Runner.Sandbox;
using Paddock.Runner.Sandbox.Container;
using Paddock.Runner.Tests.Images;

namespace Paddock.Runner.Tests.Sandbox;

/// <summary>A temporary data folder, and the real container sandbox in it.</summary>
internal sealed class TestMachine : IAsyncDisposable
{
    private static int count;
    private readonly string group = $"paddock-test-{Environment.ProcessId}-{Interlocked.Increment(ref count)}";
    private readonly Lazy<ImageStore> images;
    private readonly Lazy<ContainerSandbox> container;

    // One instance of each, as in a runner, also when two runs start at once: two instances would create the same
    // files.
    public TestMachine()
    {
        images = new(() => new(Folder, Limits, TimeProvider.System));
        container = new(() => new("/usr/sbin/runc", "runc", Init, Path.Combine(Folder, "disks"), group));
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("paddock-machine-").FullName;
    public ImageStore Images => images.Value;
    public ImageLimits Limits { get; init; } = ImageLimits.Default;

    /// <summary>Process 1 of a container; null when the command itself is process 1.</summary>
    public string? Init { get; init; } = ContainerProbe.FindInit();
    public ContainerSandbox Container => container.Value;
    public string Group => group;
    private string Roots => $"/run/paddock-runner/roots/{group}";
    private string Disks => Path.Combine(Folder, "disks", "runc");

    public async Task<SandboxResult> RunAsync(
        TestImage image,
        string[] command,
        Func<SandboxRun, SandboxRun>? change = null,
        ISandbox? sandbox = null,
        CancellationToken abort = default
    )
    {
        using var held = await Images.GetAsync(
            new LayoutSource(image.Folder),
            LayoutSource.Index,
            CancellationToken.None
        );
        var id = $"t{Guid.NewGuid():n}"[..20];
        var run = new SandboxRun
        {
            Id = id,
            Root = held.Layers[^1],
            Layers = held.Layers,
            Scratch = Directory.CreateDirectory(Path.Combine(Folder, "runs", id)).FullName,
            Command = command,
            Environment = new Dictionary<string, string> { ["PATH"] = "/bin" },
            WorkingDirectory = "/",
            Limits = new(1, 128 << 20, 64 << 20, Network: false),
            Timeout = TimeSpan.FromSeconds(60),
        };
        run = change?.Invoke(run) ?? run;
        return await (sandbox ?? Container).RunAsync(run, abort);
    }

    /// <summary>Asserts that a run leaves no mounts, control groups or disks.</summary>
    public void IsClean()
    {
        Container.Settled.Wait();
        Assert.Empty(Mounts.Below(Path.Combine(Folder, "runs")));
        Assert.Empty(Directory.Exists(Roots) ? Directory.GetDirectories(Roots) : []);
        Assert.Empty(
            Directory
                .GetDirectories("/sys/fs/cgroup")
                .SelectMany(tree =>
                    Directory.Exists($"{tree}/{group}") ? Directory.GetDirectories($"{tree}/{group}") : []
                )
        );
        Assert.InRange(
            Directory.Exists(Disks) ? Directory.GetFiles(Disks, "*.ext4", SearchOption.AllDirectories).Length : 0,
            0,
            1
        ); // The disk that is prepared for the next run.
    }

    public async ValueTask DisposeAsync()
    {
        Container.Dispose();
        Assert.Empty(Directory.Exists(Disks) ? Mounts.Below(Disks) : []);
        await Container.SweepAsync(Path.Combine(Folder, "runs"), CancellationToken.None);
        Mounts.UnmountBelow(Folder);
        if (Directory.Exists(Roots))
            Directory.Delete(Roots);
        Directory.Delete(Folder, recursive: true);
    }
}
