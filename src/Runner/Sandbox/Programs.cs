using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using Paddock.Runner.Native;

namespace Paddock.Runner.Sandbox;

/// <summary>Finds programs on this machine and in images.</summary>
internal static class Programs
{
    public const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>The path of a program on this machine; null when it is not installed.</summary>
    public static string? OnHost(string name) =>
        name.Contains('/', StringComparison.Ordinal)
            ? File.Exists(name)
                ? name
                : null
            : $"{Environment.GetEnvironmentVariable("PATH")}:{DefaultPath}"
                .Split(':', StringSplitOptions.RemoveEmptyEntries)
                .Select(folder => Path.Combine(folder, name))
                .FirstOrDefault(File.Exists);

    /// <summary>
    /// How to start a program of this machine. Its environment is empty, because the runner's own may contain keys, and
    /// an inherited environment can be read in <c>/proc</c> for as long as the program runs.
    /// </summary>
    public static ProcessStartInfo Of(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        return start;
    }

    /// <summary>
    /// A shell's exit code for a command that cannot be started inside an image: 127 not found, 126 not executable.
    /// Null when it can be started.
    /// </summary>
    public static (int ExitCode, string Sentence)? Refusal(
        string root,
        string command,
        string path,
        string workingDirectory
    )
    {
        using var folder = Linux.OpenFolder(root);
        var candidates = command.Contains('/', StringComparison.Ordinal)
            ? [command.StartsWith('/') ? command : $"{workingDirectory}/{command}"]
            : path.Split(':').Select(part => $"{(part.Length == 0 ? workingDirectory : part)}/{command}").ToList();
        var found = candidates
            .Select(candidate => Executable(folder, candidate))
            .Where(executable => executable is not null)
            .ToList();
        if (found.Contains(true))
            return null;
        return found.Count > 0
            ? (126, $"\"{command}\" of the image is not executable")
            : (
                127,
                command.Contains('/', StringComparison.Ordinal)
                    ? $"\"{command}\" is not in the image"
                    : $"\"{command}\" is not in the image (PATH: {path})"
            );
    }

    private static bool? Executable(SafeFileHandle root, string path)
    {
        try
        {
            using var found = Linux.OpenInRoot(root, path, Linux.PathOnly);
            if (found is null || Linux.Look(found, "") is not { } look)
                return null;
            return look.Kind == FileKind.File
                && (
                    File.GetUnixFileMode(Linux.PathOf(found))
                    & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)
                ) != 0;
        }
        catch (LinuxException)
        {
            return null;
        }
    }
}
