namespace Paddock.Cli;

/// <summary>The name by which this program was called.</summary>
internal static class ProgramName
{
    private const string Original = "bencher";

    /// <summary>
    /// The product's name in texts that other programs look for. It is the original's name when the program is called
    /// through a link named after the original.
    /// </summary>
    public static string Product { get; } = Called() == Original ? "Bencher" : "Paddock";

    private static string? Called() =>
        Path.GetFileNameWithoutExtension(FirstWord() ?? Environment.GetCommandLineArgs().FirstOrDefault());

    // The runtime knows only the target of a link, so the link's name is read from the command line.
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
