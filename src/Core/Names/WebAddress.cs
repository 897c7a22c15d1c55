using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Paddock.Core.Names;

/// <summary>An absolute URL, kept exactly as it was given.</summary>
[JsonConverter(typeof(TextConverter<WebAddress>))]
public sealed record WebAddress : IText<WebAddress>
{
    public const int LengthMax = 2048;

    private WebAddress(string value) => Value = value;

    public string Value { get; }

    public override string ToString() => Value;

    public static string Noun => "URL";
    public static string Rule => "an absolute URL of at most 2048 characters, like https://example.com/";

    public static bool TryParse([NotNullWhen(true)] string? text, [MaybeNullWhen(false)] out WebAddress value) =>
        (
            value =
                text is { Length: > 0 and <= LengthMax }
                && Uri.TryCreate(text, UriKind.Absolute, out var uri)
                && text.Contains(':')
                && text[0] != '/'
                && uri.Scheme.Length > 0
                && !text.Contains('\0')
                    ? new(text)
                    : null
        )
            is not null;
}
