using System.Diagnostics;
using System.Text;
using Paddock.Runner.Sandbox;
using Paddock.Runner.Sandbox.MicroVm;

namespace Paddock.Bench;

/// <summary>
/// The time of a microVM from its start to the end of <c>/bin/true</c>, compared with QEMU booting the same kernel and
/// powering off.
/// </summary>
internal static class MicroVms
{
    private const string Figure = "microvm/true";
    private const int Runs = 5;
    private const long MemoryBytes = 192 << 20;

    public static async Task MeasureAsync(Figures figures)
    {
        if (!figures.Wants(Figure))
            return;
        var folder = Directory.CreateTempSubdirectory("paddock-bench-").FullName;
        try
        {
            using var sandbox = new MicroVmSandbox(
                new()
                {
                    Folder = folder,
                    Group = $"paddock-bench-{Environment.ProcessId}",
                    AllowEmulation = true,
                }
            );
            if (await sandbox.ProbeAsync(CancellationToken.None) is { Ok: false } not)
            {
                Console.Error.WriteLine($"{Figure} is skipped: {not.Sentence}");
                return;
            }
            var image = Image(Path.Combine(folder, "image"));
            var (ours, bare) = (new List<TimeSpan>(), new List<TimeSpan>());
            await OnceAsync(sandbox, image, folder, -1); // Creates the disk.
            for (var run = 0; run < Runs; run++)
            {
                bare.Add(Bare(folder, sandbox.Emulated));
                ours.Add(await OnceAsync(sandbox, image, folder, run));
            }
            ours.Sort();
            bare.Sort();
            figures.Add(
                Figure,
                $"p50 {ours.At(0.5).Ms()}, {ours.At(0.5) / bare.At(0.5):0.00} times QEMU alone "
                    + $"({bare.At(0.5).Ms()}){(sandbox.Emulated ? ", emulated" : "")}",
                ("latency", Metric.Latency(ours))
            );
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Image(string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "bin"));
        File.Copy("/bin/busybox", Path.Combine(folder, "bin", "busybox"));
        File.CreateSymbolicLink(Path.Combine(folder, "bin", "true"), "busybox");
        return folder;
    }

    private static async Task<TimeSpan> OnceAsync(MicroVmSandbox sandbox, string image, string folder, int run)
    {
        var began = Stopwatch.GetTimestamp();
        var result = await sandbox.RunAsync(
            new()
            {
                Id = $"bench-{run}",
                Root = image,
                Layers = [image],
                Scratch = Directory.CreateDirectory(Path.Combine(folder, $"run{run}")).FullName,
                Command = ["/bin/true"],
                Environment = new Dictionary<string, string> { ["PATH"] = "/bin" },
                WorkingDirectory = "/",
                Timeout = TimeSpan.FromMinutes(1),
                Limits = new(1, MemoryBytes, 64 << 20, Network: false),
            },
            CancellationToken.None
        );
        return result is { Ending: Ending.Exited, ExitCode: 0 }
            ? Stopwatch.GetElapsedTime(began)
            : throw new InvalidOperationException(result.Sentence);
    }

    // Boots the same board and kernel with an init program that powers off at once.
    private static TimeSpan Bare(string folder, bool emulated)
    {
        var parts = new MachineParts(
            "qemu-system-x86_64",
            GuestKernel.Find(image: null)!.Image,
            emulated,
            Cpus: 1,
            MemoryBytes,
            Disk: null,
            Network: false,
            folder
        );
        using (var file = File.Create(Path.Combine(folder, MachineParts.Initramfs)))
        {
            var archive = new Cpio(file);
            archive.Folder("bin");
            archive.File("bin/busybox", File.ReadAllBytes("/bin/busybox"), executable: true);
            archive.File(
                "init",
                Encoding.ASCII.GetBytes("#!/bin/busybox sh\nexec /bin/busybox poweroff -f\n"),
                executable: true
            );
            archive.End();
        }
        string[] board = [.. parts.Arguments("bare", paused: false).TakeWhile(a => a != "-device")];
        var began = Stopwatch.GetTimestamp();
        using var process = Process.Start(
            new ProcessStartInfo("qemu-system-x86_64", [.. board, "-serial", "null"]) { WorkingDirectory = folder }
        )!;
        process.WaitForExit();
        return process.ExitCode == 0
            ? Stopwatch.GetElapsedTime(began)
            : throw new InvalidOperationException($"QEMU ended with {process.ExitCode}");
    }
}
