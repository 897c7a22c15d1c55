using System.Globalization;
using System.Runtime.InteropServices;

namespace Paddock.Server.Ground;

/// <summary>
/// The pages of the program's own file that starting has mapped. Half of them hold code that runs once, but they count
/// as the server's memory until it ends. Released pages stay in the kernel's page cache, which may now drop them, and
/// are mapped again when they are used.
/// </summary>
/// <param name="mapped">The header lines of the mappings in /proc/self/maps.</param>
internal sealed partial class ProgramMemory(HashSet<string> mapped)
{
    private const string Folder = "/proc/self/";
    private const int DontNeed = 4; // MADV_DONTNEED

    /// <summary>Notes the mappings of what is loaded now. Releasing leaves out what is loaded later, since the runtime
    /// may still be relocating it.</summary>
    public static ProgramMemory Loaded() => new([.. LinesOf("maps").Where(IsOfProgram)]);

    /// <summary>Releases the noted mappings that nobody has written to: a page with changes cannot be read
    /// again.</summary>
    public void Release()
    {
        var header = "";
        foreach (var line in LinesOf("smaps"))
            if (char.IsAsciiHexDigitLower(line[0]))
                header = line;
            else if (
                mapped.Contains(header)
                && line.StartsWith("Anonymous:", StringComparison.Ordinal)
                && KibibytesOf(line) == 0
            )
                Release(header);
    }

    private static void Release(string header)
    {
        var range = header.AsSpan(0, header.IndexOf(' ', StringComparison.Ordinal));
        var dash = range.IndexOf('-');
        var start = nuint.Parse(range[..dash], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        var end = nuint.Parse(range[(dash + 1)..], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        _ = Advise(start, end - start, DontNeed); // If it fails, the pages stay.
    }

    // "7f0-7f8 r-xp 00001000 fe:00 42    /usr/bin/paddock-server": address, rights, offset, device, inode and path.
    private static bool IsOfProgram(string header) =>
        header.EndsWith($" {Environment.ProcessPath}", StringComparison.Ordinal)
        && header.Split(' ', 3)[1] is "r--s" or "r-xp" or "r--p";

    private static long KibibytesOf(string line) =>
        long.Parse(
            line.AsSpan(line.IndexOf(':', StringComparison.Ordinal) + 1)[..^"kB".Length],
            CultureInfo.InvariantCulture
        );

    private static IEnumerable<string> LinesOf(string name)
    {
        try
        {
            return File.ReadLines(Folder + name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // Another system, or /proc is not mounted.
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(nuint address, nuint length, int advice);
}
