using System.Globalization;
using System.Security.Cryptography;
using Paddock.Runner.Native;

namespace Paddock.Runner.Sandbox.MicroVm;

/// <summary>
/// Runs each command in a separate virtual machine with its own kernel: QEMU's microvm on KVM. Runs share only a
/// read-only disk.
/// </summary>
internal sealed class MicroVmSandbox(MicroVmOptions options) : ISandbox, IDisposable
{
    public const string Kind = "microvm";
    public const long MemoryBytesMin = 128L << 20;

    // How long the output and files may take to arrive after the command has ended.
    private static readonly TimeSpan ResultPatience = TimeSpan.FromSeconds(60);
    private readonly DiskImages disks = new(Path.Combine(options.Folder, "disks"), options.DisksBytesMax);
    private readonly ControlGroups groups = new(options.Group);
    private readonly MicroVmProbe probe = new(options);

    public string Name => Kind;

    public string Runtime => probe.Runtime;

    /// <summary>True when guests run under emulation (no KVM). Set by the probe.</summary>
    public bool Emulated => probe.Emulated;

    public Task<Finding> ProbeAsync(CancellationToken ct) => probe.ProbeAsync(ct);

    public async Task<SandboxResult> RunAsync(SandboxRun run, CancellationToken abort)
    {
        var (isGrouped, clock) = (false, new RunClock(run));
        using var preparing = clock.Preparing(abort);
        try
        {
            if (await ProbeAsync(preparing.Token) is { Ok: false } not)
                return SandboxResult.NotStarted(not.Sentence);
            if (Guest.Refusal(run) is { } refusal)
                return SandboxResult.NotStarted(refusal);
            if (run.Limits.MemoryBytes < MemoryBytesMin)
                return SandboxResult.NotStarted(
                    $"A micro VM needs at least {MemoryBytesMin >> 20} MiB of memory, including its kernel; the "
                        + $"spec has {run.Limits.MemoryBytes >> 20}."
                );
            var mark = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
            var disk = await disks.PrepareAsync(run.Layers, run.Root, run.Limits.DiskBytes, preparing.Token);
            await using (var file = File.Create(Path.Combine(run.Scratch, MachineParts.Initramfs)))
            {
                await file.WriteAsync(probe.Initramfs, preparing.Token);
                Guest.WriteJob(file, run, mark);
            }
            var parts = new MachineParts(
                options.Qemu,
                probe.Kernel!.Image,
                Emulated,
                run.Limits.Cpus,
                run.Limits.MemoryBytes,
                disk,
                run.Limits.Network,
                run.Scratch
            );
            await using var machine = await VirtualMachine.StartAsync(
                parts,
                run.Id,
                paused: run.Cores is not null,
                preparing.Token
            );
            isGrouped = run.Cores is not null && groups.Join(run.Id, machine.Id);
            if (run.Cores is not null)
                await TieAsync(machine, run.Cores, isGrouped, preparing.Token);
            using var guest = new Conversation(machine, mark, run.Limits, run.Files, run.Outputs, run.Live);
            return await CarryOutAsync(guest, run, clock, abort);
        }
        catch (OperationCanceledException)
        {
            return RunClock.Unprepared(abort);
        }
        catch (IOException e)
        {
            return SandboxResult.NotStarted($"The micro VM could not be started: {e.Message}");
        }
        finally
        {
            if (isGrouped)
                await groups.RemoveAsync(run.Id); // The machine was disposed before.
        }
    }

    // Pins each virtual CPU to one core. QEMU's other threads stay on the runner's cores or, when a partition confines
    // all of QEMU, go to the last core.
    private static async Task TieAsync(
        VirtualMachine machine,
        IReadOnlyList<int> cores,
        bool isGrouped,
        CancellationToken ct
    )
    {
        if (isGrouped)
            Processes.AllStayOn(machine.Id, [cores[^1]]);
        using var monitor = new Qmp(new System.Net.Sockets.NetworkStream(machine.Port(VirtualMachine.Monitor)));
        await monitor.GreetAsync(ct);
        var threads = await monitor.ProcessorThreadsAsync(ct);
        for (var i = 0; i < threads.Count; i++)
            Processes.StayOn(threads[i], [cores[i % cores.Count]]);
        await monitor.ContinueAsync(ct);
    }

    private async Task<SandboxResult> CarryOutAsync(
        Conversation guest,
        SandboxRun run,
        RunClock clock,
        CancellationToken abort
    )
    {
        Ending? ending = null;
        string? sentence = null;
        try
        {
            await guest.GreetAsync();
            var patience = Emulated ? options.EmulatedBootPatience : options.BootPatience;
            var begun =
                await guest.UntilAsync(() => guest.Started || guest.Failure is not null, clock.Within(patience), abort)
                && guest.Started;
            var timeout = clock.OfCommand;
            if (!begun && clock.IsOver)
                (ending, sentence) = (Ending.TimedOut, "The timeout was over before the command began.");
            if (begun && !await guest.UntilAsync(() => guest.Exited, timeout, abort) && guest.Running >= timeout)
            {
                (ending, sentence) = (
                    Ending.TimedOut,
                    $"The command did not end within {timeout.TotalSeconds:0.###} s."
                );
                await guest.AskToEndAsync();
                await guest.UntilAsync(() => guest.Exited, run.Grace, abort);
            }
            if (guest.Exited && !await guest.UntilAsync(() => guest.IsComplete, clock.Within(ResultPatience), abort))
                sentence ??= "A part of the command's output did not arrive from the micro VM.";
        }
        catch (OperationCanceledException)
        {
            (ending, sentence) = (Ending.Aborted, "The run was aborted.");
        }
        await guest.EndAsync();
        if (guest.FilesGarbled)
            sentence ??= "The files that the micro VM sent could not be read.";
        if (ending is null)
            (ending, sentence) = Judge(guest, sentence);
        return new(
            ending.Value,
            guest.ExitCode,
            guest.Stdout,
            guest.Stderr,
            guest.CollectedFiles,
            guest.Duration,
            sentence
        );
    }

    private static (Ending, string?) Judge(Conversation guest, string? sentence) =>
        guest switch
        {
            { Started: false, Failure: { } why } => (
                Ending.NotStarted,
                $"The micro VM could not start the command: {why}."
            ),
            { Started: false } => (Ending.NotStarted, $"The micro VM did not start the command{guest.Because}."),
            { KilledForMemory: true, ExitCode: not 0 } => (
                Ending.OutOfMemory,
                "The command used more memory than the micro VM has, and the guest kernel killed it."
            ),
            { Exited: true } => (Ending.Exited, sentence),
            _ => (
                Ending.Broken,
                $"The micro VM ended while the command ran: it was powered off from inside, or its kernel "
                    + $"stopped{guest.Because}."
            ),
        };

    /// <summary>
    /// Kills machines that a killed runner left. Most have already ended when they lost their runner.
    /// </summary>
    public async Task SweepAsync(string scratch, CancellationToken ct)
    {
        await groups.SweepAsync();
        var below = Path.GetFullPath(scratch).TrimEnd('/') + "/";
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (
                !int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                || Processes.Open(id) is not { } process
            )
                continue;
            using (process)
            {
                try
                {
                    var arguments = File.ReadAllText($"{folder}/cmdline").Split('\0');
                    var isPaddock =
                        arguments
                            .SkipWhile(a => a != "-name")
                            .Skip(1)
                            .FirstOrDefault()
                            ?.StartsWith(MachineParts.NamePrefix, StringComparison.Ordinal) == true;
                    if (
                        isPaddock
                        && File.ResolveLinkTarget($"{folder}/cwd", returnFinalTarget: false)
                            ?.FullName.StartsWith(below, StringComparison.Ordinal) == true
                    )
                        Processes.Signal(process, Processes.Kill);
                }
                // The process has ended, or belongs to another user.
                catch (Exception e) when (e is IOException or UnauthorizedAccessException) { }
            }
        }
    }

    public void Dispose()
    {
        disks.Dispose();
        probe.Dispose();
    }
}
