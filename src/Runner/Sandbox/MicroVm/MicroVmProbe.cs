using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Paddock.Runner.Sandbox.MicroVm;

/// <summary>Finds out whether this machine can boot micro VMs, and with which kernel.</summary>
internal sealed partial class MicroVmProbe(MicroVmOptions options) : IDisposable
{
    private readonly SemaphoreSlim probing = new(1);
    private Finding? finding;
    private string version = "";

    /// <summary>The guests' kernel; null until the probe has found it.</summary>
    public GuestKernel? Kernel { get; private set; }

    /// <summary>The initramfs that all guests share.</summary>
    public byte[] Initramfs { get; private set; } = [];

    /// <summary>True when guests run under emulation (no KVM).</summary>
    public bool Emulated { get; private set; }

    public string Runtime => $"QEMU {version}{(Emulated ? ", emulated" : "")}, Linux {Kernel?.Version}";

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
        Kernel = found;
        try
        {
            using var archive = new MemoryStream();
            Guest.WriteBase(archive, await File.ReadAllBytesAsync(options.Busybox, ct), Kernel.Modules());
            Initramfs = archive.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return No(
                $"The guest's initramfs cannot be created: {e.Message} Guests need busybox-static and the drivers "
                    + $"of kernel {Kernel.Version}."
            );
        }

        var kvm = await RememberedAsync(() => BootAsync(emulated: false, ct), ct);
        if (kvm is null)
            return new(MicroVmSandbox.Kind, Ok: true, $"{Runtime}: a guest boots on KVM.");
        if (!options.AllowEmulation)
            return No(
                $"{kvm} Without KVM guests can only be emulated, so measured times would be meaningless; "
                    + "--allow-emulation allows it."
            );
        if (await BootAsync(emulated: true, ct) is { } why)
            return No(why);
        Emulated = true;
        return new(MicroVmSandbox.Kind, Ok: true, $"{Runtime}: guests are emulated; use this for tests only. {kvm}");

        Finding No(string why) => new(MicroVmSandbox.Kind, Ok: false, why);
    }

    // Caches the probe's result, because a guest that does not boot takes the whole timeout. The result is valid until
    // the programs change or the machine reboots.
    private async Task<string?> RememberedAsync(Func<Task<string?>> look, CancellationToken ct)
    {
        var path = Path.Combine(options.Remembered, "kvm");
        var boot = await File.ReadAllTextAsync("/proc/sys/kernel/random/boot_id", ct);
        var programs = $"{version} {Kernel!.Image} {Kernel.Version}";
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
            await File.WriteAllBytesAsync(Path.Combine(folder, MachineParts.Initramfs), Initramfs, ct);
            var parts = new MachineParts(
                options.Qemu,
                Kernel!.Image,
                emulated,
                Cpus: 1,
                MicroVmSandbox.MemoryBytesMin,
                Disk: null,
                Network: false,
                folder
            );
            await using var machine = await VirtualMachine.StartAsync(parts, "probe", paused: false, ct);
            using var conversation = new Conversation(
                machine,
                mark: "-",
                new(Cpus: 1, MicroVmSandbox.MemoryBytesMin, DiskBytes: 0, Network: false),
                [],
                folder
            );
            await conversation.GreetAsync();
            var patience = emulated ? options.EmulatedBootPatience : options.BootPatience;
            var ready = await conversation.UntilAsync(() => conversation.Ready, patience, ct);
            await conversation.EndAsync();
            return ready
                ? null
                : $"A guest {means} did not boot within {patience.TotalSeconds:0} s{conversation.Because}.";
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

    [GeneratedRegex(@"version (\d+(\.\d+)+)")]
    private static partial Regex VersionLine();

    public void Dispose() => probing.Dispose();
}
