using System.Globalization;
using System.Reflection;
using System.Text;

namespace Paddock.Runner.Sandbox.MicroVm;

/// <summary>Writes a guest's initial file system: its init program, its drivers and the command to run.</summary>
internal static class Guest
{
    // The busybox applets that the two scripts call, both outside and inside the image.
    private static readonly string[] Applets =
    [
        "sh",
        "cat",
        "chroot",
        "echo",
        "env",
        "grep",
        "head",
        "hostname",
        "ifconfig",
        "insmod",
        "ln",
        "ls",
        "mkdir",
        "mkfifo",
        "mount",
        "poweroff",
        "printf",
        "route",
        "sed",
        "sleep",
        "start-stop-daemon",
        "stat",
        "unshare",
        "usleep",
        "wc",
    ];

    /// <summary>Writes an archive that boots. Without a job the guest reports that it is ready, and waits.</summary>
    /// <param name="busybox">The static program that implements all applets.</param>
    public static void WriteBase(Stream to, byte[] busybox, IReadOnlyList<GuestModule> modules)
    {
        var archive = new Cpio(to);
        foreach (var folder in new[] { "bin", "dev", "image", "job", "modules", "proc", "sys" })
            archive.Folder(folder);
        archive.File("bin/busybox", busybox, executable: true);
        foreach (var applet in Applets)
            archive.Link($"bin/{applet}", "busybox");
        foreach (var module in modules)
            archive.File($"modules/{module.Name}", module.Content);
        archive.File("modules/order", Encoding.UTF8.GetBytes(string.Concat(modules.Select(m => $"{m.Name}\n"))));
        archive.File("init", Resource("guest-init.sh"), executable: true);
        archive.File("command-init", Resource("guest-command.sh"));
        archive.End();
    }

    /// <summary>Writes a second archive, which the kernel unpacks over the first.</summary>
    public static void WriteJob(Stream to, SandboxRun run, string mark)
    {
        var archive = new Cpio(to);
        archive.Folder("job");
        archive.File("job/command", Encoding.UTF8.GetBytes(Command(run, mark)));
        archive.File("bin/launch", Encoding.UTF8.GetBytes(Launch(run)));
        archive.End();
    }

    /// <summary>Why this run cannot be expressed in a guest's scripts; null when it can.</summary>
    public static string? Refusal(SandboxRun run)
    {
        var texts = run
            .Command.Concat(run.Environment.Keys)
            .Concat(run.Environment.Values)
            .Append(run.WorkingDirectory);
        return texts.Any(t => t.Contains('\0', StringComparison.Ordinal))
                ? "The command, a variable or the working directory contains a NUL character."
            : run.Environment.Keys.Any(k => k.Length == 0 || k.Contains('=', StringComparison.Ordinal))
                ? "The name of a variable is empty or contains \"=\"."
            : null;
    }

    /// <summary>The settings and files for the init program, as a shell script.</summary>
    internal static string Command(SandboxRun run, string mark)
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"mark={mark}\nnetwork={(run.Limits.Network ? "yes" : "no")}\nuser={run.User.Uid}:{run.User.Gid}\n"
        );
        text.Append(CultureInfo.InvariantCulture, $"pids={run.Limits.Pids}\nroom={run.Limits.FileBytes}\n");
        text.Append("set --").AppendJoin("", run.Command.Select(word => $" {Quote(word)}")).Append('\n');
        text.Append("collect() {\n:\n");
        for (var i = 0; i < Math.Min(run.Files.Count, run.Limits.Files); i++)
            if (!run.Files[i].Contains('\0', StringComparison.Ordinal))
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"file {i} {Quote(Absolute(run.Files[i], run.WorkingDirectory))}\n"
                );
        return text.Append("}\n").ToString();
    }

    /// <summary>
    /// The script that becomes the command, inside the image. `env` sets the variables, because shells drop variables
    /// with unusual names.
    /// </summary>
    internal static string Launch(SandboxRun run)
    {
        const string busybox = "/.paddock/busybox";
        var folder = Quote(run.WorkingDirectory);
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"echo 0 > /proc/self/oom_score_adj\n{busybox} mkdir -p {folder} 2> /dev/null\ncd {folder} || exit "
                + $"126\nexec "
        );
        if (run.User != RunUser.Root)
            text.Append(
                CultureInfo.InvariantCulture,
                $"{busybox} start-stop-daemon -S -p /.paddock/none -c {run.User.Uid}:{run.User.Gid} -x {busybox} -a "
                    + $"env -- "
            );
        else
            text.Append(CultureInfo.InvariantCulture, $"{busybox} env ");
        return text.Append("-i")
            .AppendJoin("", run.Environment.Select(v => $" {Quote($"{v.Key}={v.Value}")}"))
            .Append(" \"$@\"\n")
            .ToString();
    }

    internal static string Quote(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static string Absolute(string path, string folder) =>
        path.StartsWith('/') ? path : $"{folder.TrimEnd('/')}/{path}";

    private static byte[] Resource(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not embedded.");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
