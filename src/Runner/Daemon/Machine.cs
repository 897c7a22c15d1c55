using Paddock.Core.Wire;
using Paddock.Runner.Images;
using Paddock.Runner.Jobs;
using Paddock.Runner.Sandbox;
using Paddock.Runner.Sandbox.Container;
using Paddock.Runner.Sandbox.MicroVm;
using Paddock.Runner.Tuning;

namespace Paddock.Runner.Daemon;

/// <summary>The operator's permissions and limits for this runner.</summary>
internal sealed record MachineOptions
{
    public required string Data { get; init; }
    public string? Runtime { get; init; }
    public bool AllowHost { get; init; }

    /// <summary>The kernel of microVMs; null for the distribution's.</summary>
    public string? GuestKernel { get; init; }

    /// <summary>True when microVMs may run under emulation on a machine without KVM.</summary>
    public bool AllowEmulation { get; init; }

    /// <summary>Repeats the slow probes instead of using the results cached since the machine booted.</summary>
    public bool LookAgain { get; init; }

    public ImageLimits Images { get; init; } = ImageLimits.Default;
    public int OutputBytesMax { get; init; } = 25 << 20;
    public long JobOutputBytesMax { get; init; } = 128 << 20;
    public int FilesMax { get; init; } = 255;
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(1);

    public TuningOptions Tuning { get; init; } = new();

    /// <summary>How long noise is measured before each job; zero turns the measurement off.</summary>
    public TimeSpan NoiseDuration { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Suppresses log lines about the probes' findings.</summary>
    public bool IsQuiet { get; init; }

    /// <summary>Reserves the benchmark cores for benchmarks; the runner and its helper programs avoid them.</summary>
    public bool Isolate { get; init; } = true;

    public Limits Limit(Limits spec) =>
        spec with
        {
            OutputBytes = OutputBytesMax,
            FileBytes = OutputBytesMax,
            Files = FilesMax,
        };
}

/// <summary>
/// This machine, ready to execute jobs: its data folder, sandboxes and cores. Both `up` and `run` use it.
/// </summary>
internal sealed class Machine : IDisposable
{
    private readonly HttpClient http = new(
        new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(10),
            AutomaticDecompression = System.Net.DecompressionMethods.None,
        }
    )
    {
        Timeout = TimeSpan.FromSeconds(60),
    };
    private readonly ExecuteJob execute;
    private readonly MachineOptions options;
    private readonly HostTuning tuning;

    private Machine(
        MachineOptions options,
        DataFolder data,
        IReadOnlyList<ISandbox> sandboxes,
        HostTuning tuning,
        CpuLayout layout
    )
    {
        (this.options, Data, Sandboxes, this.tuning, Layout) = (options, data, sandboxes, tuning, layout);
        execute = new(
            new(data.Path, options.Images, TimeProvider.System),
            sandboxes.ToDictionary(s => s.Name),
            data.Runs,
            data.Outputs,
            options.JobOutputBytesMax,
            new(),
            ObserveAsync,
            options.Grace,
            TimeProvider.System
        );
    }

    public DataFolder Data { get; }
    public IReadOnlyList<ISandbox> Sandboxes { get; }
    public CpuLayout Layout { get; }
    public HttpClient Http => http;

    /// <summary>Opens the data folder, cleans up after a killed runner, and probes every sandbox.</summary>
    /// <exception cref="Failure">The runner cannot work on this machine.</exception>
    public static async Task<Machine> OpenAsync(MachineOptions options, CancellationToken ct)
    {
        if (!Environment.IsPrivilegedProcess)
            throw new Failure("paddock-runner must run as root: it mounts images and limits the programs in them.");
        var data = DataFolder.Open(options.Data);
        HostTuning? tuning = null;
        try
        {
            var sandboxes = new List<ISandbox>();
            foreach (var sandbox in await FindAsync(options, data, ct))
            {
                await sandbox.SweepAsync(data.Runs, ct);
                if (sandboxes.Exists(s => s.Name == sandbox.Name))
                    continue;
                var found = await sandbox.ProbeAsync(ct);
                if (!options.IsQuiet)
                    Log.Line($"{found.Name}: {found.Sentence}");
                if (found.Ok)
                    sandboxes.Add(sandbox);
            }
            data.Clear();
            tuning = HostTuning.Begin(new(), options.Tuning, Group(data));
            if (!options.IsQuiet)
                foreach (var note in tuning.Notes.Concat(Preflight.Warnings(new())))
                    Log.Line(note);
            var layout = options.Isolate
                ? tuning.Layout
                : new([], [.. tuning.Layout.Housekeeping, .. tuning.Layout.Benchmark]);
            if (layout.IsSplit)
                Native.Processes.StayOn(layout.Housekeeping);
            return new(options, data, sandboxes, tuning, layout);
        }
        catch
        {
            tuning?.Dispose();
            data.Dispose();
            throw;
        }
    }

    /// <summary>Every sandbox that might work on this machine, the preferred one of each kind first.</summary>
    public static async Task<IReadOnlyList<ISandbox>> FindAsync(
        MachineOptions options,
        DataFolder data,
        CancellationToken ct
    )
    {
        var sandboxes = new List<ISandbox>();
        foreach (var (path, version) in await ContainerProbe.FindAsync(options.Runtime, ct))
            sandboxes.Add(
                new ContainerSandbox(
                    path,
                    version,
                    ContainerProbe.FindInit(),
                    Path.Combine(data.Path, "disks"),
                    Group(data)
                )
            );
        sandboxes.Add(
            new MicroVmSandbox(
                new()
                {
                    Folder = Path.Combine(data.Path, "microvm"),
                    Group = Group(data),
                    Kernel = options.GuestKernel,
                    AllowEmulation = options.AllowEmulation,
                    LookAgain = options.LookAgain,
                }
            )
        );
        if (options.AllowHost)
            sandboxes.Add(new HostSandbox());
        return sandboxes;
    }

    /// <param name="slot">The slot's number, below <paramref name="slots"/>; each slot has its own cores.</param>
    /// <param name="begins">See <see cref="ExecuteJob.RunAsync"/>.</param>
    public Task<JobOutcome> ExecuteAsync(
        JobOrder order,
        IImageSource source,
        int slot,
        int slots,
        Func<Task> begins,
        CancellationToken abort
    ) => execute.RunAsync(order, source, CoreShare.Of(Layout, order.Limits.Cpus, slot, slots), begins, abort);

    public Limits Limit(Limits spec) => options.Limit(spec);

    public RunnerFacts Facts() =>
        new(
            "linux",
            JobOrder.Architecture,
            Program.Version,
            Boot: Guid.NewGuid(),
            Hostname: Environment.MachineName,
            Sandboxes: [.. Sandboxes.Select(s => s.Name)],
            Cores: Layout.Benchmark.Count,
            Pairs: true
        );

    public void Dispose()
    {
        http.Dispose();
        foreach (var sandbox in Sandboxes)
            (sandbox as IDisposable)?.Dispose();
        tuning.Dispose();
        Data.Dispose();
    }

    // The parent of the control groups of all running jobs.
    private static string Group(DataFolder data) => $"paddock-{data.Tag}";

    private async Task<RunEnvironment> ObserveAsync(ISandbox sandbox, IReadOnlyList<int>? cores, CancellationToken ct)
    {
        var environment = HostEnvironment.Read(new(), cores);
        return environment with
        {
            Sandbox = sandbox.Name,
            Runtime = sandbox.Runtime,
            Aslr = sandbox is MicroVmSandbox ? false : environment.Aslr, // Off in the guest's kernel.
            Emulated = sandbox is MicroVmSandbox { Emulated: true },
            NoiseScore =
                options.NoiseDuration == TimeSpan.Zero
                    ? null
                    : await CoreNoise.MeasureAsync(cores, Data.Runs, options.NoiseDuration, ct),
            Tuning = tuning.InForce.Count == 0 ? null : tuning.InForce,
        };
    }
}
