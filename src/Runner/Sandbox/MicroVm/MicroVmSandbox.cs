using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Paddock.Runner.Native;

namespace Paddock.Runner.Sandbox.MicroVm;

/// <summary>
/// Runs each command in a separate virtual machine with its own kernel: QEMU's microvm on KVM. Runs share only a
/// read-only disk.
/// </summary>
internal sealed partial class MicroVmSandbox(MicroVmOptions options) : ISandbox, IDisposable
{
    private const long MemoryBytesMin = 128L << 20;

    // How long the output and files may take to arrive after the command has ended.
    private static readonly TimeSpan ResultPatience = TimeSpan.FromSeconds(60);
    private readonly DiskImages disks = new(Path.Combine(options.Folder, "disks"), options.DisksBytesMax);
    private readonly ControlGroups groups = new(options.Group);
    private readonly SemaphoreSlim probing = new(1);
    private Finding? finding;
    private byte[] initramfs = [];
    private GuestKernel? kernel;
    private string version = "";

    public string Name => "microvm";

    public string Runtime => $"QEMU {version}{(Emulated ? ", emulated" : "")}, Linux {kernel?.Version}";

    /// <summary>True when guests run under emulation (no KVM). Set by the probe.</summary>
    public bool Emulated { get; private set; }

    public async Task<Finding> ProbeAsync(CancellationToken ct)
    {
        await probing.WaitAsync(ct);
        try
        {
            return finding ??= await LookAsync(ct);
        }
        finally
        {
            probing.Release();
        }
    }

    private async Task<Finding> LookAsync(CancellationToken ct)
    {
        if (RuntimeInformation.OSArchitecture != Architecture.X64)
            return No("Micro VMs need an x86-64 machine: QEMU's microvm exists only for x86-64.");
        var (code, said) = await OneShot.RunAsync(options.Qemu, ["--version"], ct);
        if (code != 0 || VersionLine().Match(said) is not { Success: true } match)
            return No($"{options.Qemu} does not start: install qemu-system-x86.");
        version = match.Groups[1].Value;
        if ((await OneShot.RunAsync("mkfs.ext4", ["-V"], ct)).Code != 0)
            return No("mkfs.ext4 does not start: install e2fsprogs.");
        if (GuestKernel.Find(options.Kernel) is not { } found)
            return No(
                options.Kernel is null
                    ? "No kernel for guests was found in /boot: install linux-image-cloud-amd64."
                    : $"The kernel {options.Kernel} was not found."
            );
        kernel = found;
        try
        {
            using var archive = new MemoryStream();
            Guest.WriteBase(archive, await File.ReadAllBytesAsync(options.Busybox, ct), kernel.Modules());
            initramfs = archive.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return No(
                $"The guest's initramfs cannot be created: {e.Message} Guests need busybox-static and the drivers "
                    + $"of kernel {kernel.Version}."
            );
        }

        var kvm = await RememberedAsync(() => BootAsync(emulated: false, ct), ct);
        if (kvm is null)
            return new(Name, Ok: true, $"{Runtime}: a guest boots on KVM.");
        if (!options.AllowEmulation)
            return No(
                $"{kvm} Without KVM guests can only be emulated, so measured times would be meaningless; "
                    + "--allow-emulation allows it."
            );
        if (await BootAsync(emulated: true, ct) is { } why)
            return No(why);
        Emulated = true;
        return new(Name, Ok: true, $"{Runtime}: guests are emulated; use this for tests only. {kvm}");

        Finding No(string why) => new(Name, Ok: false, why);
    }

    // Caches the probe's result, because a guest that does not boot takes the whole timeout. The result is valid until
    // the programs change or the machine reboots.
    private async Task<string?> RememberedAsync(Func<Task<string?>> look, CancellationToken ct)
    {
        var path = Path.Combine(options.Remembered, "kvm");
        var boot = await File.ReadAllTextAsync("/proc/sys/kernel/random/boot_id", ct);
        var programs = $"{version} {kernel!.Image} {kernel.Version}";
        var key = $"{boot} {programs} {options.KvmDevice} {options.BootPatience}".ReplaceLineEndings(" ");
        try
        {
            if (!options.LookAgain && await File.ReadAllLinesAsync(path, ct) is [var about, var found] && about == key)
                return found.Length == 0 ? null : found;
        }
        catch (IOException) { } // No result is cached yet.
        var answer = await look();
        try
        {
            Directory.CreateDirectory(options.Remembered);
            await File.WriteAllLinesAsync(path, [key, answer?.ReplaceLineEndings(" ") ?? ""], ct);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { } // Then every probe is slow.
        return answer;
    }

    // Boots a minimal guest, because many machines have the KVM device but cannot use it.
    private async Task<string?> BootAsync(bool emulated, CancellationToken ct)
    {
        var means = emulated ? "emulated" : "on KVM";
        if (!emulated && !File.Exists(options.KvmDevice))
            return $"There is no {options.KvmDevice}: this machine has no hardware virtualization, or it is turned "
                + $"off.";
        var folder = Directory.CreateTempSubdirectory("paddock-probe-").FullName;
        try
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, MachineParts.Initramfs), initramfs, ct);
            var parts = new MachineParts(
                options.Qemu,
                kernel!.Image,
                emulated,
                Cpus: 1,
                MemoryBytesMin,
                Disk: null,
                Network: false,
                folder
            );
            await using var machine = await VirtualMachine.StartAsync(parts, "probe", paused: false, ct);
            using var conversation = new Conversation(
                machine,
                mark: "-",
                new(Cpus: 1, MemoryBytesMin, DiskBytes: 0, Network: false),
                [],
                folder
            );
            await conversation.GreetAsync();
            var patience = emulated ? options.EmulatedBootPatience : options.BootPatience;
            var ready = await conversation.UntilAsync(() => conversation.Ready, patience, ct);
            await conversation.EndAsync();
            return ready
                ? null
                : $"A guest {means} did not boot within {patience.TotalSeconds:0} "
                    + $"s{Because(machine, conversation)}.";
        }
        catch (IOException e)
        {
            return $"A guest {means} did not start: {e.Message}.";
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

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
                await file.WriteAsync(initramfs, preparing.Token);
                Guest.WriteJob(file, run, mark);
            }
            var parts = new MachineParts(
                options.Qemu,
                kernel!.Image,
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
            return await CarryOutAsync(machine, guest, run, clock, abort);
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
        VirtualMachine machine,
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
            (ending, sentence) = Judge(machine, guest, sentence);
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

    private static (Ending, string?) Judge(VirtualMachine machine, Conversation guest, string? sentence) =>
        guest switch
        {
            { Started: false, Failure: { } why } => (
                Ending.NotStarted,
                $"The micro VM could not start the command: {why}."
            ),
            { Started: false } => (
                Ending.NotStarted,
                $"The micro VM did not start the command{Because(machine, guest)}."
            ),
            { KilledForMemory: true, ExitCode: not 0 } => (
                Ending.OutOfMemory,
                "The command used more memory than the micro VM has, and the guest kernel killed it."
            ),
            { Exited: true } => (Ending.Exited, sentence),
            _ => (
                Ending.Broken,
                $"The micro VM ended while the command ran: it was powered off from inside, or its kernel "
                    + $"stopped{Because(machine, guest)}."
            ),
        };

    private static string Because(VirtualMachine machine, Conversation guest) =>
        machine.Error is { Length: > 0 } said ? $" (QEMU says: {said})"
        : guest.LastKernelLine is { } line ? $" (last line of its kernel: {line})"
        : "";

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

    [GeneratedRegex(@"version (\d+(\.\d+)+)")]
    private static partial Regex VersionLine();

    public void Dispose()
    {
        disks.Dispose();
        probing.Dispose();
    }
}
