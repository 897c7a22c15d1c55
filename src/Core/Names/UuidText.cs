using System.Diagnostics.CodeAnalysis;

namespace Paddock.Core.Names;

/// <summary>
/// Parses a UUID in any accepted form: hyphenated, 32 hexadecimal digits, braced, or a URN; in upper or lower case.
/// </summary>
public static class UuidText
{
    private const string Urn = "urn:uuid:";

    public static bool TryParse([NotNullWhen(true)] string? text, out Guid uuid)
    {
        uuid = default;
        if (text is null)
            return false;
        if (text.StartsWith(Urn, StringComparison.OrdinalIgnoreCase))
            return Guid.TryParseExact(text.AsSpan(Urn.Length), "D", out uuid);
        return text.Length switch
        {
            32 => Guid.TryParseExact(text, "N", out uuid),
            36 => Guid.TryParseExact(text, "D", out uuid),
            38 => Guid.TryParseExact(text, "B", out uuid),
            _ => false,
        };
    }
}
