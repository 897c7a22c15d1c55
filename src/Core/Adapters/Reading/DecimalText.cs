using System.Buffers;
using System.Globalization;
using System.Text;

namespace Paddock.Core.Adapters.Reading;

/// <summary>
/// Parses numbers as people write them, with a comma or a point as separator of thousands or decimals. A thousands
/// separator has three digits after it each time, and before it one to three digits that do not begin with zero: 0,160
/// is less than one, 1,234 more than a thousand.
/// </summary>
internal static class DecimalText
{
    private static readonly SearchValues<byte> NumberBytes = SearchValues.Create("0123456789,."u8);
    private const int OnStackMax = 128;

    /// <summary>True when the text is digits in groups of three with this separator between them.</summary>
    public static bool IsGrouped(ReadOnlySpan<byte> text, byte separator)
    {
        var first = text.IndexOf(separator);
        if (first is < 1 or > 3 || text[0] == '0')
            return false;
        if (text[..first].IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0)
            return false;
        for (var rest = text[first..]; !rest.IsEmpty; rest = rest[4..])
            if (
                rest.Length < 4
                || rest[0] != separator
                || rest[1..4].IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0
            )
                return false;
        return true;
    }

    /// <summary>
    /// True when the comma in the number can only be a decimal separator. Other numbers beside it are then read
    /// likewise.
    /// </summary>
    public static bool HasDecimalComma(ReadOnlySpan<byte> text)
    {
        var mantissa = Mantissa(text);
        var comma = mantissa.IndexOf((byte)',');
        return comma > 0
            && comma < mantissa.Length - 1
            && mantissa[(comma + 1)..].IndexOfAny((byte)',', (byte)'.') < 0
            && !IsGrouped(mantissa, (byte)',')
            && TryParse(text, commaIsDecimal: false, out _);
    }

    /// <summary>Parses a number with separators and an exponent, but without a sign.</summary>
    /// <param name="commaIsDecimal">True when a single comma separates decimals even if it could separate
    /// thousands.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, bool commaIsDecimal, out double value)
    {
        value = 0;
        if (text.IsEmpty)
            return false;
        var mantissa = Mantissa(text);
        if (Separators(mantissa, commaIsDecimal) is not var (grouping, point))
            return false;
        Span<byte> plain = text.Length <= OnStackMax ? stackalloc byte[OnStackMax] : new byte[text.Length];
        var length = 0;
        foreach (var b in mantissa)
            if (b != grouping)
                plain[length++] = b == point ? (byte)'.' : b;
        text[mantissa.Length..].CopyTo(plain[length..]);
        plain = plain[..(length + text.Length - mantissa.Length)];
        if (Lexing.ShortNumber(plain, out value))
            return true;
        return double.TryParse(
                plain,
                NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
                CultureInfo.InvariantCulture,
                out value
            ) && double.IsFinite(value);
    }

    /// <inheritdoc cref="TryParse(ReadOnlySpan{byte}, bool, out double)"/>
    public static bool TryParse(string text, bool commaIsDecimal, out double value) =>
        TryParse(Encoding.UTF8.GetBytes(text), commaIsDecimal, out value);

    // The separators of thousands and of decimals, 0 for none; null if the text is not a number.
    private static (byte Grouping, byte Point)? Separators(ReadOnlySpan<byte> text, bool commaIsDecimal)
    {
        const byte Comma = (byte)',',
            Point = (byte)'.';
        var (firstComma, lastComma) = (text.IndexOf(Comma), text.LastIndexOf(Comma));
        var (firstPoint, lastPoint) = (text.IndexOf(Point), text.LastIndexOf(Point));
        if (text.IndexOfAnyExcept(NumberBytes) >= 0)
            return null;
        if (firstComma < 0)
            return firstPoint == lastPoint ? ((byte)0, Point)
                : IsGrouped(text, Point) ? (Point, (byte)0)
                : null;
        if (firstPoint < 0)
        {
            if (!(commaIsDecimal && firstComma == lastComma) && IsGrouped(text, Comma))
                return (Comma, (byte)0);
            return firstComma == lastComma && firstComma > 0 && firstComma < text.Length - 1 ? ((byte)0, Comma) : null;
        }
        if (lastComma < firstPoint)
            return firstPoint == lastPoint && IsGrouped(text[..firstPoint], Comma) ? (Comma, Point) : null;
        return
            lastPoint < firstComma
            && firstComma == lastComma
            && firstComma < text.Length - 1
            && IsGrouped(text[..firstComma], Point)
            ? (Point, Comma)
            : null;
    }

    private static ReadOnlySpan<byte> Mantissa(ReadOnlySpan<byte> text) =>
        text.IndexOfAny((byte)'e', (byte)'E') is >= 0 and var end ? text[..end] : text;
}
