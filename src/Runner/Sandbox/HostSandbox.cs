using System.Diagnostics;
using Paddock.Runner.Native;

namespace Paddock.Runner.Sandbox;

/// <summary>
/// No isolation: the command sees the image's root folder, writable, and this machine's processes, network, memory and
/// devices. Only cores, time and output are limited, so it is only for operators who trust every image.
/// </summary>
internal sealed class HostSandbox : ISandbox
{
    private static readonly string[] Needed = ["unshare", "setsid", "taskset"];
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(5);

    public string Name => "host";
    public string Runtime => "none";

    public Task<Finding> ProbeAsync(CancellationToken ct) =>
        Task.FromResult(
            Needed.FirstOrDefault(program => Programs.OnHost(program) is null) is { } missing
                ? new Finding(Name, Ok: false, $"{missing} is not installed (Debian: util-linux)")
                : new Finding(
                    Name,
                    Ok: true,
                    "allowed by the operator: jobs that ask for the host sandbox run without isolation"
                )
        );

    public async Task<SandboxResult> RunAsync(SandboxRun run, CancellationToken abort)
    {
        var root = Path.Combine(run.Scratch, "root");
        try
        {
            foreach (var folder in (ReadOnlySpan<string>)["root", "upper", "work"])
                Directory.CreateDirectory(Path.Combine(run.Scratch, folder));
            Overlay.Mount(run.Layers, Path.Combine(run.Scratch, "upper"), Path.Combine(run.Scratch, "work"), root);
            foreach (
                var (type, at) in (ReadOnlySpan<(string, string)>)
                    [("proc", "proc"), ("sysfs", "sys"), ("devtmpfs", "dev")]
            )
                Provide(root, type, at);
            return await ExecuteAsync(run, root, abort);
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            return SandboxResult.NotStarted($"The command could not be started: {e.Message}");
        }
        finally
        {
            if (Directory.Exists(root))
                Mounts.UnmountBelow(run.Scratch);
        }
    }

    // Mounts the host's own file systems that programs expect, such as /proc.
    private static void Provide(string root, string type, string at)
    {
        using var folder = Linux.OpenFolder(root);
        if (!Linux.MakeFolder(folder, at, 0x1ed) && Linux.Kind(folder, at) != FileKind.Directory)
            return;
        try
        {
            Linux.Mount(type, Linux.PathOf(folder, at), type, MountFlags.NoSuid, null);
        }
        catch (LinuxException) { } // Some kernels have no devtmpfs.
    }

    private static async Task<SandboxResult> ExecuteAsync(SandboxRun run, string root, CancellationToken abort)
    {
        WorkingFolder.Make(root, run.WorkingDirectory);
        // Each program executes the next one. They set the cores, a new session, so that one signal reaches all
        // processes, and the root folder.
        string[] words =
        [
            .. run.Cores is { } cores ? (string[])["taskset", "-c", string.Join(',', cores)] : [],
            "setsid",
            "unshare",
            $"--root={root}",
            $"--wd={run.WorkingDirectory}",
            $"--setgid={run.User.Gid}",
            $"--setuid={run.User.Uid}",
            .. run.Command,
        ];
        var start = Programs.Of(Programs.OnHost(words[0])!, words[1..]);
        foreach (var (name, value) in run.Environment)
            start.Environment[name] = value;
        var began = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (stdout, stderr) = (
            Capture.AllAsync(
                process.StandardOutput.BaseStream,
                $"{run.Outputs}/stdout",
                run.Limits.OutputBytes,
                run.Live
            ),
            Capture.AllAsync(
                process.StandardError.BaseStream,
                $"{run.Outputs}/stderr",
                run.Limits.OutputBytes,
                run.Live
            )
        );
        var (ending, sentence) = (Ending.Exited, (string?)null);
        try
        {
            await process.WaitForExitAsync(abort).WaitAsync(new RunClock(run).OfCommand, abort);
        }
        catch (OperationCanceledException)
        {
            (ending, sentence) = (Ending.Aborted, "The command was aborted.");
        }
        catch (TimeoutException)
        {
            Processes.Signal(-process.Id, Processes.Terminate);
            await Task.WhenAny(process.WaitForExitAsync(CancellationToken.None), Task.Delay(run.Grace, abort));
            (ending, sentence) = (
                Ending.TimedOut,
                $"The command did not end within {run.Timeout.TotalSeconds:0.###} s."
            );
        }
        Processes.Signal(-process.Id, Processes.Kill); // Background processes of the command, too.
        await process.WaitForExitAsync(CancellationToken.None);
        var duration = Stopwatch.GetElapsedTime(began);
        var captured = await Task.WhenAll(
            Within(stdout, process.StandardOutput),
            Within(stderr, process.StandardError)
        );
        return new(
            ending,
            process.ExitCode,
            captured[0],
            captured[1],
            CollectFiles.From(root, run.WorkingDirectory, run.Files, run.Limits, run.Outputs),
            duration,
            sentence
        );
    }

    private static async Task<Captured> Within(Task<Captured> reading, StreamReader reader)
    {
        if (await Task.WhenAny(reading, Task.Delay(DrainPatience)) != reading)
            reader.Dispose();
        return await reading;
    }
}
