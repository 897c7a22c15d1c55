using System.IO.Enumeration;

namespace Paddock.Cli.Run;

/// <summary>The size of a file, or of all files below a folder.</summary>
internal static class FileSize
{
    private static readonly EnumerationOptions Everything = new()
    {
        RecurseSubdirectories = true,
        IgnoreInaccessible = true,
        AttributesToSkip = FileAttributes.ReparsePoint,
    };

    /// <summary>
    /// The last part of a path; the whole path when that part is not a name: <c>/</c>, <c>.</c> or <c>..</c>.
    /// </summary>
    public static string NameOf(string path)
    {
        var last = path.Split(
                [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar],
                StringSplitOptions.RemoveEmptyEntries
            )
            .LastOrDefault(part => part != ".");
        return last is null or ".." ? path : last;
    }

    /// <summary>
    /// The size in bytes. Links below a folder are neither followed nor counted, so that no file counts twice.
    /// </summary>
    /// <exception cref="Failure">The path does not exist or cannot be read.</exception>
    public static double Of(string path)
    {
        try
        {
            if (path.Length == 0)
                throw new FileNotFoundException("The path is empty.");
            return Directory.Exists(path)
                ? new FileSystemEnumerable<double>(
                    path,
                    (ref FileSystemEntry entry) => entry.IsDirectory ? 0 : entry.Length,
                    Everything
                ).Sum()
                : ((FileInfo?)File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path)).Length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new Failure($"The size of {path} could not be measured: {e.Message}", e);
        }
    }
}
