using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Paddock.Core.Names;

/// <summary>The id of a git commit. Its case is kept, and comparisons are case-sensitive.</summary>
[JsonConverter(typeof(TextConverter<GitHash>))]
public sealed record GitHash : IText<GitHash>
{
    public const int Length = 40;

    private GitHash(string value) => Value = value;

    public string Value { get; }

    public override string ToString() => Value;

    public static string Noun => "git hash";
    public static string Rule => "exactly 40 hexadecimal digits";

    public static bool TryParse([NotNullWhen(true)] string? text, [MaybeNullWhen(false)] out GitHash value) =>
        (value = text is { Length: Length } && text.All(char.IsAsciiHexDigit) ? new(text) : null) is not null;
}
