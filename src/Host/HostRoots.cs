namespace Paddock.Host;

/// <summary>The folders of the kernel's files; tests use a folder tree instead.</summary>
public sealed record HostRoots(string Proc = "/proc", string Sys = "/sys", string Dev = "/dev", string Run = "/run")
{
    /// <summary>The same folders below another root.</summary>
    public static HostRoots Below(string root) => new($"{root}/proc", $"{root}/sys", $"{root}/dev", $"{root}/run");

    /// <summary>
    /// The text of a kernel file without its line end; null when the file is missing or may not be read. The kernel
    /// bounds its length.
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
