using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json.Serialization;

namespace Paddock.Core.Names;

/// <summary>A git ref name of one or more levels, short enough for a database index.</summary>
[JsonConverter(typeof(TextConverter<BranchName>))]
public sealed record BranchName : IText<BranchName>
{
    public const int BytesMax = 256;
    private static readonly SearchValues<char> Forbidden = SearchValues.Create([
        .. Enumerable.Range(0, 0x20).Select(c => (char)c),
        '\x7f',
        ' ',
        '~',
        '^',
        ':',
        '?',
        '*',
        '[',
        '\\',
    ]);

    private BranchName(string value) => Value = value;

    public string Value { get; }

    public override string ToString() => Value;

    public static string Noun => "branch name";
    public static string Rule => "a git ref name of at most 256 bytes";

    public static bool TryParse([NotNullWhen(true)] string? text, [MaybeNullWhen(false)] out BranchName value) =>
        (value = IsValid(text) ? new(text!) : null) is not null;

    // The rules of git-check-ref-format(1), except that one level is enough. As in existing clients, only the whole
    // name must not begin with a dot or end with ".lock", and both "@" and a dot at the end are allowed.
    private static bool IsValid(string? text)
    {
        if (
            string.IsNullOrEmpty(text)
            || text[0] is '.' or '/'
            || text[^1] == '/'
            || text.EndsWith(".lock", StringComparison.Ordinal)
        )
            return false;
        if (text.AsSpan().ContainsAny(Forbidden) || ControlCharacters.AreIn(text))
            return false;
        foreach (var part in (ReadOnlySpan<string>)["..", "//", "@{"])
            if (text.Contains(part, StringComparison.Ordinal))
                return false;
        return Encoding.UTF8.GetByteCount(text) <= BytesMax;
    }
}
