using System.Diagnostics;
using System.Globalization;
using System.Text;
using Paddock.Runner.Native;

namespace Paddock.Runner.Sandbox.Container;

/// <summary>A container made by an OCI runtime: its own processes, mounts, network and control groups, on this kernel.</summary>
/// <remarks>
/// The runtime makes the container and ends; the command begins when we read from its pipe, and we wait for it ourselves. So nothing but the
/// kernel is involved while the benchmark runs, and its duration is its own.
/// </remarks>
internal sealed class ContainerSandbox : ISandbox, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60), DrainPatience = TimeSpan.FromSeconds(5);

    private readonly string runtime;
    private readonly string? init;
    private readonly ControlGroups groups;
    private readonly WritableDisks disks;

    /// <param name="runtime">runc or crun, with its path.</param>
    /// <param name="cache">A folder that outlives runs.</param>
    /// <param name="group">The name of the control group that holds those of all runs, and of nobody else.</param>
    public ContainerSandbox(string runtime, string version, string? init, string cache, string group)
    {
        (this.runtime, Runtime, this.init, groups, disks) = (runtime, version, init, new(group), new(cache, Path.Combine(cache, Path.GetFileName(runtime))));
        Processes.AdoptOrphans();
    }

    public string Name => "container";
    public string Runtime { get; }

    /// <summary>Completes when nothing of earlier runs is being cleared away any more.</summary>
    public Task Settled => disks.Settled;

    public void Dispose()
    {
        disks.Dispose();
        groups.Close();
    }

    public async Task<Finding> ProbeAsync(CancellationToken ct) => await ContainerProbe.RunAsync(this, init is not null, ct);

    public async Task SweepAsync(string scratch, CancellationToken ct)
    {
        await groups.SweepAsync();
        disks.Sweep();
        if (Directory.Exists(scratch)) Mounts.UnmountBelow(scratch);
    }

    public async Task<SandboxResult> RunAsync(SandboxRun run, CancellationToken abort)
    {
        var (disk, rootfs) = ((WritableDisk?)null, Path.Combine(run.Scratch, "rootfs"));
        try
        {
            Directory.CreateDirectory(rootfs);
            disk = await disks.TakeAsync(run.Limits.DiskBytes, abort);
            var (upper, work) = (Directory.CreateDirectory(Path.Combine(disk.Path, "upper")).FullName, Directory.CreateDirectory(Path.Combine(disk.Path, "work")).FullName);
            Overlay.Mount(run.Layers, upper, work, rootfs);
            await WriteBundleAsync(run, rootfs);
            return await ExecuteAsync(run, rootfs, abort);
        }
        catch (OperationCanceledException) { return SandboxResult.NotStarted("It was aborted before the command began.") with { Ending = Ending.Aborted }; }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            return SandboxResult.NotStarted($"The container could not be made: {e.Message}");
        }
        finally { await CleanAsync(run, disk, rootfs); }
    }

    private async Task WriteBundleAsync(SandboxRun run, string rootfs)
    {
        var hosts = Path.Combine(run.Scratch, "hosts");
        await File.WriteAllTextAsync(hosts, "127.0.0.1\tlocalhost paddock\n::1\tlocalhost\n");
        await File.WriteAllBytesAsync(Path.Combine(run.Scratch, "config.json"), Bundle.Write(run, rootfs, groups.PathOf(run.Id), init, hosts));
    }

    private async Task<SandboxResult> ExecuteAsync(SandboxRun run, string rootfs, CancellationToken abort)
    {
        var (state, pidFile) = (Path.Combine(run.Scratch, "state"), Path.Combine(run.Scratch, "pid"));
        var start = new ProcessStartInfo(runtime, ["--root", state, "create", "--bundle", run.Scratch, "--pid-file", pidFile, run.Id])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var creator = Process.Start(start)!;
        creator.StandardInput.Close();
        // Inherited by the command, and open as long as anything of it lives.
        var stdout = Capture.AllAsync(creator.StandardOutput.BaseStream, run.Limits.OutputBytes);
        var stderr = Capture.AllAsync(creator.StandardError.BaseStream, run.Limits.OutputBytes);
        try { await creator.WaitForExitAsync(abort).WaitAsync(Patience, abort); }
        catch (Exception e) when (e is OperationCanceledException or TimeoutException)
        {
            creator.Kill();
            await groups.RemoveAsync(run.Id);
            if (e is OperationCanceledException) throw;
            return SandboxResult.NotStarted($"{Runtime} did not make the container within {Patience.TotalSeconds} s.");
        }
        if (creator.ExitCode != 0) return SandboxResult.NotStarted($"{Runtime} could not make the container: {LastLine(await stderr.WaitAsync(DrainPatience, CancellationToken.None))}");

        var pid = int.Parse(await File.ReadAllTextAsync(pidFile, CancellationToken.None), CultureInfo.InvariantCulture);
        using var child = new ContainerProcess(pid);
        if (run.Cores is { } cores) child.StayOn(cores);
        if (!child.Begin(Path.Combine(state, run.Id, "exec.fifo"))) return SandboxResult.NotStarted($"{Runtime} made a container that does not start its command.");
        var (ending, sentence) = await WatchAsync(run, child, abort);
        var (exitCode, duration) = await child.Exited;
        (ending, sentence) = Judge(run, ending, sentence, exitCode);
        var captured = await Task.WhenAll(Within(stdout, creator.StandardOutput), Within(stderr, creator.StandardError));
        return new(ending, exitCode, captured[0], captured[1], CollectFiles.From(rootfs, run.WorkingDirectory, run.Files, run.Limits), duration, sentence)
        {
            MemoryPeakBytes = groups.MemoryPeak(run.Id),
        };
    }

    private async Task<(Ending, string?)> WatchAsync(SandboxRun run, ContainerProcess child, CancellationToken abort)
    {
        try
        {
            await child.Exited.WaitAsync(run.Timeout, abort);
            return (Ending.Exited, null);
        }
        catch (OperationCanceledException)
        {
            child.Kill();
            return (Ending.Aborted, "It was aborted.");
        }
        catch (TimeoutException)
        {
            groups.Signal(run.Id, Processes.Terminate);
            var ended = await Task.WhenAny(child.Exited, Task.Delay(run.Grace, abort)) == child.Exited;
            child.Kill(); // Process 1 of its namespace: the kernel kills all others with it.
            var sentence = string.Create(CultureInfo.InvariantCulture, $"It did not end within its {run.Timeout.TotalSeconds:0.###} s{(ended ? "" : ", nor when it was asked to, and was killed")}.");
            return (Ending.TimedOut, sentence);
        }
    }

    private (Ending, string?) Judge(SandboxRun run, Ending ending, string? sentence, int exitCode) =>
        ending == Ending.Exited && exitCode != 0 && groups.OutOfMemoryKills(run.Id) > 0
            ? (Ending.OutOfMemory, $"It took more than the {run.Limits.MemoryBytes >> 20} MiB of memory that its spec allows, and was killed.")
            : (ending, sentence);

    private async Task CleanAsync(SandboxRun run, WritableDisk? disk, string rootfs)
    {
        await groups.RemoveAsync(run.Id);
        if (Directory.Exists(rootfs))
            try { Linux.Unmount(rootfs); }
            catch (LinuxException) { Linux.Unmount(rootfs, lazily: true); } // Still looked at by somebody; the kernel removes it when they are done.
        if (disk is not null) disks.Return(disk);
    }

    private static async Task<Captured> Within(Task<Captured> reading, StreamReader reader)
    {
        if (await Task.WhenAny(reading, Task.Delay(DrainPatience)) != reading) reader.Dispose();
        return await reading;
    }

    // The runtimes log their reason as the last line, in a form for machines: time="…" level=error msg="…".
    private static string LastLine(Captured text)
    {
        const string Message = "msg=\"";
        var line = Encoding.UTF8.GetString(text.Bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "it did not say why";
        if (line.IndexOf(Message, StringComparison.Ordinal) is >= 0 and var at) line = line[(at + Message.Length)..].TrimEnd('"').Replace("\\\"", "\"", StringComparison.Ordinal);
        return line.Length > 500 ? line[..500] : line;
    }
}
