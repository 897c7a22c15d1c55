using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Paddock.Runner.Tests.Images;

namespace Paddock.Runner.Tests.Neighbors;

/// <summary>
/// The image of the jobs in these tests: busybox, perl for system calls, and the programs beside this file.
/// </summary>
internal static partial class NeighborImage
{
    private static readonly string Folder = Path.GetDirectoryName(ThisFile())!;
    private static readonly string[] Applets = ["cut", "tr", "readlink", "setsid", "chmod", "rm"];

    public static TestImage Make() =>
        TestImage.Busybox(layer =>
        {
            layer.Folder("usr").Folder("usr/bin").Folder("lib").Folder("lib/x86_64-linux-gnu").Folder("lib64");
            foreach (var applet in Applets)
                layer.Link($"bin/{applet}", "busybox");
            layer.File("usr/bin/perl", File.ReadAllBytes("/usr/bin/perl"), mode: 0x1ed);
            foreach (var library in Libraries("/usr/bin/perl"))
                layer.File(library.TrimStart('/'), File.ReadAllBytes(library), mode: 0x1ed);
            foreach (
                var (name, file) in new[]
                {
                    ("driver", "driver.sh"),
                    ("neighbor", "neighbor.sh"),
                    ("attempts", "attempts.txt"),
                    ("bin/call", "call.pl"),
                    ("bin/perf", "perf.pl"),
                }
            )
                layer.File(name, File.ReadAllBytes(Path.Combine(Folder, file)), mode: 0x1ed);
        });

    /// <summary>The names of the attempts for a kind of sandbox.</summary>
    public static IReadOnlyList<string> Rows(string kind) =>
        [
            .. File.ReadLines(Path.Combine(Folder, "attempts.txt"))
                .Where(line => line.Length > 0 && line[0] != '#')
                .Select(line => line.Split('\t'))
                .Where(row => row[1] == "all" || row[1] == kind)
                .Select(row => row[0]),
        ];

    /// <summary>Asserts that each attempt was made, and refused.</summary>
    public static void AllRefused(string kind, string output)
    {
        var said = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var got = string.Join('\n', said.Where(line => !line.StartsWith("ok ", StringComparison.Ordinal)));
        Assert.True(got.Length == 0, got);
        Assert.Equal([.. Rows(kind), "all"], said.Select(line => line["ok ".Length..]));
    }

    private static IEnumerable<string> Libraries(string program)
    {
        using var ldd = Process.Start(new ProcessStartInfo("ldd", [program]) { RedirectStandardOutput = true })!;
        var said = ldd.StandardOutput.ReadToEnd();
        ldd.WaitForExit();
        return LibraryPath.Matches(said).Select(match => match.Value);
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;

    [GeneratedRegex(@"/lib\S+")]
    private static partial Regex LibraryPath { get; }
}
