using System.Diagnostics.CodeAnalysis;
using Paddock.Core.Names;

namespace Paddock.Server.Registry;

/// <summary>A name for a manifest in its repository. A tag can later move to another manifest.</summary>
internal sealed record Tag : IText<Tag>
{
    private const int LengthMax = 128;

    private Tag(string value) => Value = value;

    public string Value { get; }

    public override string ToString() => Value;

    public static string Noun => "tag";
    public static string Rule =>
        $"1 to {LengthMax} ASCII letters, digits, \"_\", \".\" and \"-\", not beginning with \".\" or \"-\"";

    public static bool TryParse([NotNullWhen(true)] string? text, [MaybeNullWhen(false)] out Tag value)
    {
        var isTag =
            text is { Length: >= 1 and <= LengthMax }
            && text[0] is not ('.' or '-')
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');
        value = isTag ? new(text!) : null;
        return isTag;
    }
}
