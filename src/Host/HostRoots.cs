namespace Paddock.Host;

/// <summary>Where the kernel's files are; a test has a folder tree of its own.</summary>
public sealed record HostRoots(string Proc = "/proc", string Sys = "/sys", string Dev = "/dev", string Run = "/run")
{
    /// <summary>The same folders below another root.</summary>
    public static HostRoots Below(string root) => new($"{root}/proc", $"{root}/sys", $"{root}/dev", $"{root}/run");

    /// <summary>
    /// A kernel's file without the end of its line; null where it is missing or may not be read. The kernel bounds its
    /// length.
    /// </summary>
    public static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path).TrimEnd('\n', ' ', '\0');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
