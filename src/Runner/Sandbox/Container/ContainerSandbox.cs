using System.Diagnostics;
using System.Globalization;
using System.Text;
using Paddock.Runner.Native;

namespace Paddock.Runner.Sandbox.Container;

/// <summary>
/// A container created by an OCI runtime: separate processes, mounts, network and control groups on the host's kernel.
/// </summary>
/// <remarks>
/// The runtime creates the container and exits. The runner starts the command through the container's pipe and waits
/// for it directly, so only the kernel is involved while the benchmark runs, and the duration is the command's alone.
/// </remarks>
internal sealed class ContainerSandbox : ISandbox, IDisposable
{
    // Unlike the data folder, every user may traverse this folder, as the users of containers must.
    private const string Host = "/run/paddock-runner";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60),
        DrainPatience = TimeSpan.FromSeconds(5);

    private readonly string runtime;
    private readonly string? init;
    private readonly ControlGroups groups;
    private readonly WritableDisks disks;
    private readonly IdRanges ranges = new($"{Host}/ids");
    private readonly string roots;

    /// <param name="runtime">The path of runc or crun.</param>
    /// <param name="cache">A folder that outlives runs.</param>
    /// <param name="group">The name of the parent of all runs' control groups; it has no other children.</param>
    public ContainerSandbox(string runtime, string version, string? init, string cache, string group)
    {
        (this.runtime, Runtime, this.init, groups, disks) = (
            runtime,
            version,
            init,
            new(group),
            new(cache, Path.Combine(cache, Path.GetFileName(runtime)))
        );
        Cache = cache;
        (roots, WithoutUsers) = ($"{Host}/roots/{group}", IdRange.Missing());
        Processes.AdoptOrphans();
    }

    public string Name => "container";
    public string Runtime { get; }

    /// <summary>A folder that outlives runs, on the disk of the layers.</summary>
    public string Cache { get; }

    /// <summary>
    /// Why containers use this machine's users instead of a user namespace; null when they have a user namespace.
    /// </summary>
    public string? WithoutUsers { get; set; }

    /// <summary>Completes when the cleanup of earlier runs is done.</summary>
    public Task Settled => disks.Settled;

    public void Dispose()
    {
        disks.Dispose();
        ranges.Dispose();
        groups.Close();
    }

    public async Task<Finding> ProbeAsync(CancellationToken ct) =>
        await ContainerProbe.RunAsync(this, init is not null, ct);

    public async Task SweepAsync(string scratch, CancellationToken ct)
    {
        await groups.SweepAsync();
        ContainerRoot.Sweep(roots);
        disks.Sweep();
        if (Directory.Exists(scratch))
            Mounts.UnmountBelow(scratch);
    }

    public async Task<SandboxResult> RunAsync(SandboxRun run, CancellationToken abort)
    {
        var (disk, ids, root, clock) = (
            (WritableDisk?)null,
            (IdRange?)null,
            new ContainerRoot(roots, run.Id),
            new RunClock(run)
        );
        using var preparing = clock.Preparing(abort);
        try
        {
            if (WithoutUsers is null && Math.Max(run.User.Uid, run.User.Gid) >= IdRange.Count)
                return SandboxResult.NotStarted(
                    $"The image's user is {run.User.Uid}:{run.User.Gid}; a container has only the users and groups 0 "
                        + $"to {IdRange.Count - 1}."
                );
            if (run.Limits.Counters && PerformanceCounters.Refusal() is { } shared)
                return SandboxResult.NotStarted(shared);
            disk = await disks.TakeAsync(run.Limits.DiskBytes, preparing.Token);
            if (WithoutUsers is null)
                ids = await ranges.TakeAsync(preparing.Token);
            root.Mount(run.Layers, disk, ids);
            if (AccountFiles.Refusal(root.Path) is { } refusal)
                return SandboxResult.NotStarted(refusal);
            await WriteBundleAsync(run, root, ids);
            return await ExecuteAsync(run, root.Path, clock, preparing.Token, abort);
        }
        catch (OperationCanceledException)
        {
            return RunClock.Unprepared(abort);
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            return SandboxResult.NotStarted($"The container could not be created: {e.Message}");
        }
        finally
        {
            await CleanAsync(run, disk, ids, root);
        }
    }

    private async Task WriteBundleAsync(SandboxRun run, ContainerRoot root, IdRange? ids)
    {
        var file = Path.Combine(run.Scratch, "config.json");
        await using var stream = new FileStream(
            file,
            new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }
        ); // The file contains the job's secrets.
        await stream.WriteAsync(Bundle.Write(run, root.Path, groups.PathOf(run.Id), init, root.Hosts, ids));
    }

    private async Task<SandboxResult> ExecuteAsync(
        SandboxRun run,
        string rootfs,
        RunClock clock,
        CancellationToken preparing,
        CancellationToken abort
    )
    {
        var (state, pidFile) = (Path.Combine(run.Scratch, "state"), Path.Combine(run.Scratch, "pid"));
        using var creator = Process.Start(
            Programs.Of(runtime, ["--root", state, "create", "--bundle", run.Scratch, "--pid-file", pidFile, run.Id])
        )!;
        creator.StandardInput.Close();
        // The command inherits the pipes, and they stay open as long as any of its processes lives.
        var stdout = Capture.AllAsync(
            creator.StandardOutput.BaseStream,
            $"{run.Outputs}/stdout",
            run.Limits.OutputBytes,
            run.Live
        );
        var stderr = Capture.AllAsync(
            creator.StandardError.BaseStream,
            $"{run.Outputs}/stderr",
            run.Limits.OutputBytes,
            run.Live
        );
        try
        {
            await creator.WaitForExitAsync(preparing).WaitAsync(Patience, preparing);
        }
        catch (Exception e) when (e is OperationCanceledException or TimeoutException)
        {
            creator.Kill();
            await groups.RemoveAsync(run.Id);
            if (e is OperationCanceledException)
                throw;
            return SandboxResult.NotStarted(
                $"{Runtime} did not create the container within {Patience.TotalSeconds} s."
            );
        }
        if (creator.ExitCode != 0)
            return SandboxResult.NotStarted(
                $"{Runtime} could not create the container: "
                    + $"{LastLine(await stderr.WaitAsync(DrainPatience, CancellationToken.None))}"
            );

        var pid = int.Parse(await File.ReadAllTextAsync(pidFile, CancellationToken.None), CultureInfo.InvariantCulture);
        using var child = new ContainerProcess(pid);
        if (run.Cores is { } cores)
            child.StayOn(cores);
        if (!child.Begin(Path.Combine(state, run.Id, "exec.fifo")))
            return SandboxResult.NotStarted($"{Runtime} created the container but did not start the command.");
        var (ending, sentence) = await WatchAsync(run, child, clock.OfCommand, abort);
        var (exitCode, duration) = await child.Exited;
        (ending, sentence) = Judge(run, ending, sentence, exitCode);
        var captured = await Task.WhenAll(
            Within(stdout, creator.StandardOutput),
            Within(stderr, creator.StandardError)
        );
        return new(
            ending,
            exitCode,
            captured[0],
            captured[1],
            CollectFiles.From(rootfs, run.WorkingDirectory, run.Files, run.Limits, run.Outputs),
            duration,
            sentence
        )
        {
            MemoryPeakBytes = groups.MemoryPeak(run.Id),
        };
    }

    private async Task<(Ending, string?)> WatchAsync(
        SandboxRun run,
        ContainerProcess child,
        TimeSpan timeout,
        CancellationToken abort
    )
    {
        try
        {
            await child.Exited.WaitAsync(timeout, abort);
            return (Ending.Exited, null);
        }
        catch (OperationCanceledException)
        {
            child.Kill();
            return (Ending.Aborted, "The command was aborted.");
        }
        catch (TimeoutException)
        {
            groups.Signal(run.Id, Processes.Terminate);
            var ended = await Task.WhenAny(child.Exited, Task.Delay(run.Grace, abort)) == child.Exited;
            child.Kill(); // Kills process 1; the kernel then kills its whole namespace.
            var sentence = string.Create(
                CultureInfo.InvariantCulture,
                $"The command did not end within {timeout.TotalSeconds:0.###} "
                    + $"s{(ended ? "" : ", ignored SIGTERM, and was killed")}."
            );
            return (Ending.TimedOut, sentence);
        }
    }

    private (Ending, string?) Judge(SandboxRun run, Ending ending, string? sentence, int exitCode) =>
        ending == Ending.Exited && exitCode != 0 && groups.OutOfMemoryKills(run.Id) > 0
            ? (
                Ending.OutOfMemory,
                $"The command used more than the {run.Limits.MemoryBytes >> 20} MiB of memory that its spec allows, "
                    + "and was killed."
            )
            : (ending, sentence);

    private async Task CleanAsync(SandboxRun run, WritableDisk? disk, IdRange? ids, ContainerRoot root)
    {
        // The user range is not reused while any process of the container is left.
        var isGone = await groups.RemoveAsync(run.Id);
        root.Remove();
        if (ids is not null && isGone)
            ranges.Return(ids);
        if (disk is not null)
            disks.Return(disk);
    }

    private static async Task<Captured> Within(Task<Captured> reading, StreamReader reader)
    {
        if (await Task.WhenAny(reading, Task.Delay(DrainPatience)) != reading)
            reader.Dispose();
        return await reading;
    }

    // Runtimes log the reason for a failure in the last line, as logfmt: time="…" level=error msg="…".
    private static string LastLine(Captured text)
    {
        const string Message = "msg=\"";
        const int TextMax = 64 << 10;
        var line = Encoding
            .UTF8.GetString(text.Head(TextMax))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .LastOrDefault()
            ?? "no reason was given";
        if (line.IndexOf(Message, StringComparison.Ordinal) is >= 0 and var at)
            line = line[(at + Message.Length)..].TrimEnd('"').Replace("\\\"", "\"", StringComparison.Ordinal);
        return line.Length > 500 ? line[..500] : line;
    }
}
