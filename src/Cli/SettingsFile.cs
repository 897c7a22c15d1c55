using Paddock.Core.Names;
using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Paddock.Cli;

/// <summary>
/// <c>paddock.toml</c> in the current folder or the nearest one above that has it: what is the same in every run of a
/// project, so that no command line has to repeat it.
/// </summary>
internal static class SettingsFile
{
    public const string Name = "paddock.toml";
    private const int BytesMax = 64 * 1024;
    private const int DepthMax = 64;

    // How output is read, and nothing else: a file that came with a clone should not decide where anything is sent.
    private static readonly string[] Keys = ["adapter", "average", "measures", "pattern"];

    private static readonly Lazy<(string Path, Dictionary<string, string> Values)?> File = new(Load);

    /// <exception cref="Failure">The file is not as it must be.</exception>
    public static (string Value, string Variable)? Find(string setting)
    {
        var key = setting.ToLowerInvariant();
        if (!Keys.Contains(key) || File.Value is not { } file || !file.Values.TryGetValue(key, out var value))
            return null;
        return (value, $"{key} in {file.Path}");
    }

    private static (string, Dictionary<string, string>)? Load()
    {
        for (
            var folder = WorkingFolder.Find() is { } start ? new DirectoryInfo(start) : null;
            folder is not null;
            folder = folder.Parent
        )
        {
            var path = Path.Combine(folder.FullName, Name);
            if (!System.IO.File.Exists(path))
                continue;
            try
            {
                if (new FileInfo(path).Length > BytesMax)
                    throw new Failure($"{path} is larger than {BytesMax / 1024} KiB.");
                return (path, Parse(System.IO.File.ReadAllText(path), path));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new Failure($"The file {path} could not be read: {e.Message}", e);
            }
        }
        return null;
    }

    /// <exception cref="Failure">The text is not valid TOML, or has what is no setting; the message names the
    /// line.</exception>
    internal static Dictionary<string, string> Parse(string text, string path)
    {
        var document = SyntaxParser.Parse(
            text,
            new TomlSerializerOptions { MaxDepth = DepthMax },
            path,
            validate: true
        );
        foreach (var wrong in document.Diagnostics)
            if (wrong.Kind == DiagnosticMessageKind.Error)
                throw Wrong(wrong.Span, $"this is not valid TOML: {FirstLine(wrong.Message)}");

        var values = new Dictionary<string, string>();
        foreach (var setting in document.KeyValues)
        {
            var key = NameOf(setting.Key!);
            if (!Keys.Contains(key))
                throw Wrong(setting.Span, $"{Text.Quote(key)} is none of {string.Join(", ", Keys)}");
            if (setting.Value is not StringValueSyntax { Value: { } value })
                throw Wrong(setting.Span, $"the value of {key} must be one string");
            values.Add(key, value);
        }
        // A table holds nothing that is a setting today; one in silence would look as if it counted.
        foreach (var table in document.Tables)
            throw Wrong(
                table.Span,
                $"the table {Text.Quote(NameOf(table.Name!))} is not known; only {string.Join(", ", Keys)} may stand "
                    + $"here"
            );
        return values;

        Failure Wrong(SourceSpan where, string why) => new($"{path}, line {where.Start.Line + 1}: {why}.");
    }

    private static string NameOf(KeySyntax key) =>
        string.Join('.', [PartOf(key.Key), .. key.DotKeys.Select(dotted => PartOf(dotted.Key))]);

    private static string PartOf(BareKeyOrStringValueSyntax? part) =>
        part switch
        {
            BareKeySyntax bare => bare.Key?.Text ?? "",
            StringValueSyntax quoted => quoted.Value ?? "",
            _ => "",
        };

    private static string FirstLine(string message) => message.Split('\n')[0].TrimEnd('.', ' ', '\r');
}
