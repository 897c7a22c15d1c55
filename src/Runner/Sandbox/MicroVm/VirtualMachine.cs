using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Paddock.Runner.Native;

namespace Paddock.Runner.Sandbox.MicroVm;

/// <summary>The parts of a virtual machine.</summary>
/// <param name="Disk">An ext4 file that is only read; writes go to <paramref name="Folder"/>. Null for no disk.</param>
/// <param name="Folder">The folder of this machine alone: its sockets, its initramfs and its writes.</param>
internal sealed record MachineParts(
    string Qemu,
    string Kernel,
    bool Emulated,
    int Cpus,
    long MemoryBytes,
    string? Disk,
    bool Network,
    string Folder
)
{
    public const string Initramfs = "initramfs";

    /// <summary>Prefix of the name on QEMU's command line, by which machines of a killed runner are found.</summary>
    public const string NamePrefix = "paddock-";

    // The least hardware that a benchmark needs. The legacy timers stay, because an emulated kernel cannot keep time
    // without them; ACPI announces the devices. Address randomization is off, so that addresses are the same each time.
    // Programs get no transparent huge pages.
    private const string Board = "microvm,acpi=on,pit=on,pic=on,rtc=on",
        KernelOptions =
            "console=ttyS0 quiet loglevel=4 reboot=t panic=-1 nokaslr norandmaps transparent_hugepage=never";

    // An emulated machine passes the host's time stamp counter through. The guest cannot calibrate it, because emulated
    // timers fire late, so the rate is passed on its command line.
    private static long TicksPerMillisecond() =>
        Paddock.Host.Platform.CpuInfo(new(), "cpu MHz") is { } rate
        && double.TryParse(rate, CultureInfo.InvariantCulture, out var megahertz)
            ? (long)(megahertz * 1000)
            : 2_000_000;

    /// <param name="paused">True to create the machine paused.</param>
    public IReadOnlyList<string> Arguments(string name, bool paused)
    {
        var arguments = new List<string>
        {
            "-name",
            $"{NamePrefix}{name},debug-threads=on",
            "-nodefaults",
            "-no-user-config",
            "-display",
            "none",
            "-no-reboot",
            "-sandbox",
            "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
            "-M",
            Board,
            "-accel",
            Emulated ? "tcg,thread=multi" : "kvm",
            "-cpu",
            Emulated ? "max" : "host",
            "-smp",
            Cpus.ToString(CultureInfo.InvariantCulture),
            "-m",
            ((MemoryBytes + (1 << 20) - 1) >> 20).ToString(CultureInfo.InvariantCulture),
            "-kernel",
            Kernel,
            "-initrd",
            Initramfs,
            "-append",
            Emulated ? $"{KernelOptions} tsc_early_khz={TicksPerMillisecond()}" : KernelOptions,
            "-device",
            "virtio-serial-device",
        };
        foreach (var port in VirtualMachine.Ports)
        {
            arguments.AddRange(["-chardev", $"socket,id={port},path={port}"]);
            arguments.AddRange(
                port switch
                {
                    VirtualMachine.Console => ["-serial", $"chardev:{port}"],
                    VirtualMachine.Monitor => ["-mon", $"chardev={port},mode=control"],
                    _ =>
                    [
                        "-device",
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"virtserialport,chardev={port},nr={Array.IndexOf(VirtualMachine.Ports, port) + 1}"
                        ),
                    ],
                }
            );
        }
        if (Disk is not null)
            arguments.AddRange([
                "-drive",
                $"id=disk,if=none,format=raw,snapshot=on,file={Disk.Replace(",", ",,", StringComparison.Ordinal)}",
                "-device",
                "virtio-blk-device,drive=disk",
            ]);
        if (Network)
            arguments.AddRange(["-netdev", "user,id=net", "-device", "virtio-net-device,netdev=net"]);
        if (paused)
            arguments.Add("-S");
        return arguments;
    }
}

/// <summary>One QEMU process and its sockets. Disposing it kills the process.</summary>
internal sealed class VirtualMachine : IAsyncDisposable
{
    public const string Control = "control",
        Stdout = "stdout",
        Stderr = "stderr",
        Files = "files",
        Console = "console",
        Monitor = "monitor";

    /// <summary>The first four are the guest's ports, numbered from 1.</summary>
    public static readonly string[] Ports = [Control, Stdout, Stderr, Files, Console, Monitor];

    private const int ErrorMax = 2000;
    private readonly Process process;
    private readonly StringBuilder error = new();
    private readonly Dictionary<string, Socket> sockets = [];

    private VirtualMachine(Process process)
    {
        this.process = process;
        process.ErrorDataReceived += (_, line) =>
        {
            lock (error)
                if (line.Data is not null && error.Length < ErrorMax)
                    error.Append(line.Data).Append(' ');
        };
        process.BeginErrorReadLine();
    }

    public int Id => process.Id;

    /// <summary>QEMU's own error output.</summary>
    public string Error
    {
        get
        {
            lock (error)
                return error.ToString().Trim();
        }
    }

    public Task Ended(CancellationToken ct) => process.WaitForExitAsync(ct);

    public Socket Port(string name) => sockets[name];

    /// <exception cref="IOException">QEMU is missing or rejected its arguments.</exception>
    public static async Task<VirtualMachine> StartAsync(
        MachineParts parts,
        string name,
        bool paused,
        CancellationToken ct
    )
    {
        using var folder = Linux.OpenFolder(parts.Folder);
        var listening = Ports.ToDictionary(port => port, port => Listen(folder, port));
        try
        {
            var start = Programs.Of(parts.Qemu, parts.Arguments(name, paused));
            (start.WorkingDirectory, start.RedirectStandardOutput) = (parts.Folder, false); // QEMU's stdout is empty.
            start.Environment["TMPDIR"] = parts.Folder; // QEMU keeps the guest's writes there.
            Process process;
            try
            {
                process = Process.Start(start)!;
            }
            catch (Win32Exception e)
            {
                throw new IOException($"{parts.Qemu} cannot be started: {e.Message}", e);
            }
            process.StandardInput.Close();
            var machine = new VirtualMachine(process);
            try
            {
                foreach (var (port, socket) in listening)
                    machine.sockets[port] = await machine.AcceptAsync(socket, ct);
                return machine;
            }
            catch
            {
                await machine.DisposeAsync();
                throw;
            }
        }
        finally
        {
            foreach (var socket in listening.Values)
                socket.Dispose();
        }
    }

    private static Socket Listen(SafeFileHandle folder, string port)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Linux.PathOf(folder, port))); // The real path may be too long.
        socket.Listen(1);
        return socket;
    }

    private async Task<Socket> AcceptAsync(Socket listening, CancellationToken ct)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var accepted = listening.AcceptAsync(either.Token).AsTask();
        if (await Task.WhenAny(accepted, Ended(either.Token)) == accepted)
            return await accepted;
        await either.CancelAsync();
        ct.ThrowIfCancellationRequested();
        process.WaitForExit(); // So that all its error output has arrived.
        throw new IOException($"QEMU ended at once: {Error}");
    }

    /// <summary>Kills QEMU and waits for its end. Data that it had sent can still be read.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        process.Dispose();
        foreach (var socket in sockets.Values)
            socket.Dispose();
    }
}
