namespace Paddock.Cli;

/// <summary>The name that this program was called by.</summary>
internal static class ProgramName
{
    private const string Original = "bencher";

    /// <summary>
    /// The product's name in texts that other programs look for: the original's when the program is called through a
    /// link of its name.
    /// </summary>
    public static string Product { get; } = Called() == Original ? "Bencher" : "Paddock";

    private static string? Called() =>
        Path.GetFileNameWithoutExtension(FirstWord() ?? Environment.GetCommandLineArgs().FirstOrDefault());

    // The runtime knows only the file that a link leads to.
    private static string? FirstWord()
    {
        try
        {
            return File.ReadAllText("/proc/self/cmdline").Split('\0')[0];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
