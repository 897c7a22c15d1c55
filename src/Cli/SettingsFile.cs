using System.Text;
using Paddock.Core.Names;

namespace Paddock.Cli;

/// <summary>
/// <c>paddock.toml</c> in the current folder or the nearest one above that has it: what is the same in every run of a project, so that no
/// command line has to repeat it. Of TOML it knows what settings need: comments, and keys with a string each.
/// </summary>
internal static class SettingsFile
{
    public const string Name = "paddock.toml";
    private const int BytesMax = 64 * 1024;

    // How output is read, and nothing else: a file that came with a clone should not decide where anything is sent.
    private static readonly string[] Keys = ["adapter", "average", "measures", "pattern"];

    private static readonly Lazy<(string Path, Dictionary<string, string> Values)?> File = new(Load);

    /// <exception cref="Failure">The file is not as it must be.</exception>
    public static (string Value, string Variable)? Find(string setting)
    {
        var key = setting.ToLowerInvariant();
        if (!Keys.Contains(key) || File.Value is not { } file || !file.Values.TryGetValue(key, out var value)) return null;
        return (value, $"{key} in {file.Path}");
    }

    private static (string, Dictionary<string, string>)? Load()
    {
        for (var folder = WorkingFolder.Find() is { } start ? new DirectoryInfo(start) : null; folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, Name);
            if (!System.IO.File.Exists(path)) continue;
            try
            {
                if (new FileInfo(path).Length > BytesMax) throw new Failure($"{path} is larger than {BytesMax / 1024} KiB.");
                return (path, Parse(System.IO.File.ReadAllText(path), path));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw new Failure($"The file {path} could not be read: {e.Message}", e); }
        }
        return null;
    }

    /// <exception cref="Failure">A line that is none of a file of settings; the message names it.</exception>
    internal static Dictionary<string, string> Parse(string text, string path)
    {
        var values = new Dictionary<string, string>();
        var number = 0;
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = raw.AsSpan().Trim();
            if (line.IsEmpty || line[0] == '#') continue;
            var equals = line.IndexOf('=');
            if (equals < 0) throw Wrong("must be a key, an equals sign and a string in quotation marks");
            var key = line[..equals].Trim().ToString();
            if (!Keys.Contains(key)) throw Wrong($"{Text.Quote(key)} is none of {string.Join(", ", Keys)}");
            if (Value(line[(equals + 1)..].Trim()) is not { } value) throw Wrong($"the value of {key} must be one string, in '…' as it is or in \"…\" with escapes");
            if (!values.TryAdd(key, value)) throw Wrong($"{key} is there twice");
        }
        return values;

        Failure Wrong(string why) => new($"{path}, line {number}: {why}.");
    }

    private static string? Value(ReadOnlySpan<char> text)
    {
        if (text.Length < 2 || text[0] is not ('"' or '\'')) return null;
        var value = new StringBuilder();
        for (var at = 1; at < text.Length; at++)
        {
            if (text[at] == text[0]) return IsComment(text[(at + 1)..]) ? value.ToString() : null;
            if (text[0] == '\'' || text[at] != '\\') value.Append(text[at]);
            else if (++at < text.Length && Escaped(text[at]) is { } meant) value.Append(meant);
            else return null;
        }
        return null;
    }

    private static char? Escaped(char letter) => letter switch { 'n' => '\n', 't' => '\t', 'r' => '\r', '"' => '"', '\\' => '\\', _ => null };

    private static bool IsComment(ReadOnlySpan<char> rest) => rest.Trim() is [] or ['#', ..];
}
