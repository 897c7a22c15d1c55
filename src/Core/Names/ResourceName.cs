using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json.Serialization;

namespace Paddock.Core.Names;

/// <summary>
/// The display name of an organization, project, testbed, measure, key, plot, spec or runner, and the units of a
/// measure.
/// </summary>
[JsonConverter(typeof(TextConverter<ResourceName>))]
public sealed record ResourceName : IText<ResourceName>
{
    public const int BytesMax = 64;

    private ResourceName(string value) => Value = value;

    public string Value { get; }

    public override string ToString() => Value;

    public static string Noun => "name";
    public static string Rule =>
        "1 to 64 bytes of UTF-8 on one line, without control characters, and without white space at either end";

    public static bool TryParse([NotNullWhen(true)] string? text, [MaybeNullWhen(false)] out ResourceName value) =>
        (value = IsValid(text) ? new(text!) : null) is not null;

    private static bool IsValid(string? text) =>
        text is { Length: > 0 }
        && text.Length == text.AsSpan().Trim().Length
        && Encoding.UTF8.GetByteCount(text) <= BytesMax
        && !ControlCharacters.AreIn(text);
}
