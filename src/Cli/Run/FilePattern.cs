using System.Text;
using System.Text.RegularExpressions;

namespace Paddock.Cli.Run;

/// <summary>
/// A path that may match many files: <c>*</c> and <c>?</c> match within a name, <c>**</c> any number of folders,
/// <c>[a-z]</c> one letter.
/// </summary>
internal static class FilePattern
{
    private const int DepthMax = 64,
        FilesMax = 100_000;
    private static readonly char[] Special = ['*', '?', '['];

    /// <summary>
    /// The files that a path matches, sorted by name. A path without special characters, or the path of an existing
    /// file, matches only itself.
    /// </summary>
    /// <exception cref="Failure">No file matches.</exception>
    public static IReadOnlyList<string> Expand(string path)
    {
        if (path.IndexOfAny(Special) < 0 || File.Exists(path))
            return [path];
        var parts = path.Replace('\\', '/').Split('/');
        var fixedCount = Array.FindIndex(parts, part => part.IndexOfAny(Special) >= 0);
        var root = string.Join('/', parts[..fixedCount]);
        if (root.Length == 0)
            root = path[0] == '/' ? "/" : "";
        var fits = new Regex(
            $"^{Expression(parts[fixedCount..])}$",
            RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
        );
        var depth = Array.IndexOf(parts, "**", fixedCount) >= 0 ? DepthMax : parts.Length - fixedCount - 1;
        List<string> found = [];
        Walk(root, "", depth);
        if (found.Count == 0)
            throw new Failure($"No file matches {path}.");
        found.Sort(StringComparer.Ordinal);
        return found;

        void Walk(string folder, string below, int depth)
        {
            foreach (var entry in Entries(folder.Length == 0 ? "." : folder))
            {
                var name = entry.Name;
                if (name[0] == '.' && !parts.Any(part => part.StartsWith('.')))
                    continue; // Hidden unless the pattern names it, as in a shell.
                var (whole, relative) = (folder.Length == 0 ? name : Path.Join(folder, name), below + name);
                if (entry is FileInfo)
                {
                    if (fits.IsMatch(relative))
                        found.Add(whole);
                    if (found.Count > FilesMax)
                        throw new Failure($"More than {FilesMax} files match {path}.");
                }
                else if (depth > 0 && entry.LinkTarget is null)
                    Walk(whole, relative + "/", depth - 1);
            }
        }
    }

    private static FileSystemInfo[] Entries(string folder)
    {
        try
        {
            return new DirectoryInfo(folder).GetFileSystemInfos();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string Expression(string[] parts)
    {
        var expression = new StringBuilder();
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i] == "**")
                expression.Append(i == parts.Length - 1 ? ".*" : "([^/]+/)*");
            else
                expression.Append(ExpressionOf(parts[i])).Append(i == parts.Length - 1 ? "" : "/");
        }
        return expression.ToString();
    }

    private static string ExpressionOf(string part)
    {
        var expression = new StringBuilder();
        for (var i = 0; i < part.Length; i++)
        {
            var end = part[i] == '[' ? part.IndexOf(']', Math.Min(i + 2, part.Length)) : -1;
            if (end > 0)
            {
                var set = part[(i + 1)..end]
                    .Replace(@"\", @"\\", StringComparison.Ordinal)
                    .Replace("[", @"\[", StringComparison.Ordinal);
                expression.Append('[').Append(set[0] == '!' ? "^" + set[1..] : set).Append(']');
                i = end;
            }
            else
                expression.Append(
                    part[i] switch
                    {
                        '*' => "[^/]*",
                        '?' => "[^/]",
                        var letter => Regex.Escape(letter.ToString()),
                    }
                );
        }
        return expression.ToString();
    }
}
