using System.Diagnostics;
using System.Globalization;

namespace Paddock.Runner.Sandbox.Container;

/// <summary>Finds an OCI runtime and tests whether containers work by running one.</summary>
internal static class ContainerProbe
{
    public static readonly IReadOnlyList<string> Runtimes = ["runc", "crun"];
    private static readonly string[] Inits = ["tini-static", "docker-init", "catatonit"];

    /// <summary>The runtimes that are installed, with their versions.</summary>
    public static async Task<IReadOnlyList<(string Path, string Version)>> FindAsync(string? only, CancellationToken ct)
    {
        var found = new List<(string, string)>();
        foreach (var name in only is null ? Runtimes : [only])
            if (Programs.OnHost(name) is { } path && await VersionAsync(path, ct) is { } version)
                found.Add((path, version));
        return found;
    }

    /// <summary>Finds a small static init program, like that of `docker run --init`.</summary>
    public static string? FindInit() => Inits.Select(Programs.OnHost).FirstOrDefault(path => path is not null);

    public static async Task<Finding> RunAsync(ContainerSandbox sandbox, bool hasInit, CancellationToken ct)
    {
        if (!Environment.IsPrivilegedProcess)
            return No("it needs root");
        if (ControlGroups.Missing() is { } missing)
            return No(missing);
        if (WritableDisks.Missing() is { } noDisk)
            return No(noDisk);
        var result = await TryAsync(sandbox, ct);
        if (!Worked(result) && sandbox.WithoutUsers is null)
        {
            // Some kernels and file systems cannot translate owners. Then only capabilities and seccomp separate the
            // container's root user from the machine's.
            sandbox.WithoutUsers = Why(result);
            result = await TryAsync(sandbox, ct);
        }
        if (!Worked(result))
            return No(ControlGroups.MixedFor(sandbox.Runtime) ?? Why(result));
        var groups = ControlGroups.IsUnified ? "cgroup v2" : "cgroup v1";
        var init = hasInit
            ? ""
            : "; commands are process 1 of their container, so signals that they do not handle do not end them "
                + "(Debian's tini changes that)";
        var users = sandbox.WithoutUsers is { } without
            ? $"NO user namespace: root in the container is root on this host ({without.TrimEnd('.')})"
            : "root in the container is an unprivileged user on this host";
        return new(
            sandbox.Name,
            Ok: true,
            $"{sandbox.Runtime} ran a trial container; {users}; {groups}; written files go to an ext4 image "
                + $"of the spec's size{init}"
        );

        Finding No(string why) => new(sandbox.Name, Ok: false, $"{sandbox.Runtime}: {why.TrimEnd('.')}");
    }

    private static bool Worked(SandboxResult result) => result is { Ending: Ending.Exited, ExitCode: 0 };

    private static string Why(SandboxResult result) =>
        result.Sentence ?? $"a trial container ended with {result.ExitCode}";

    // Runs the trial program, since no other program is sure to exist on this machine.
    private static async Task<SandboxResult> TryAsync(ContainerSandbox sandbox, CancellationToken ct)
    {
        // On the disk of the layers, because the file system decides whether owners can be translated.
        var scratch = Directory
            .CreateDirectory(
                Path.Combine(sandbox.Cache, $"probe-{Guid.NewGuid():n}"),
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            )
            .FullName;
        try
        {
            var (image, work) = (
                Directory.CreateDirectory(Path.Combine(scratch, "image")).FullName,
                Directory.CreateDirectory(Path.Combine(scratch, "work")).FullName
            );
            TrialProgram.Write(Path.Combine(image, "trial"));
            return await sandbox.RunAsync(
                new SandboxRun
                {
                    Id = string.Create(
                        CultureInfo.InvariantCulture,
                        $"probe-{Environment.ProcessId}-{Guid.NewGuid():n}"
                    )[..40],
                    Root = image,
                    Layers = [image],
                    Scratch = work,
                    Command = ["/trial"],
                    Environment = new Dictionary<string, string>(),
                    WorkingDirectory = "/",
                    Limits = new(1, 256 << 20, 16 << 20, Network: false),
                    Timeout = TimeSpan.FromSeconds(20),
                },
                ct
            );
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    private static async Task<string?> VersionAsync(string path, CancellationToken ct)
    {
        try
        {
            using var process = Process.Start(Programs.Of(path, ["--version"]))!;
            process.StandardInput.Close();
            var text = await process.StandardOutput.ReadToEndAsync(ct);
            await process.WaitForExitAsync(ct);
            if (process.ExitCode != 0)
                return null;
            var words = text.Split('\n')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return $"{Path.GetFileName(path)} {words[^1].Split('+')[0]}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
