using System.Text;

namespace Paddock.Core.Adapters.Reading;

/// <summary>Recognizes blanks, numbers and units of time in the text that harnesses print.</summary>
internal static class Lexing
{
    private const double SecondNanoseconds = 1e9;

    // A double holds every integer up to this limit exactly. Dividing such an integer by an exact power of ten rounds
    // only once.
    private const ulong ExactMax = 1UL << 53;
    private static readonly double[] PowersOfTen =
    [
        1e0,
        1e1,
        1e2,
        1e3,
        1e4,
        1e5,
        1e6,
        1e7,
        1e8,
        1e9,
        1e10,
        1e11,
        1e12,
        1e13,
        1e14,
        1e15,
        1e16,
        1e17,
        1e18,
        1e19,
        1e20,
        1e21,
        1e22,
    ];

    public static bool IsBlank(byte b) => b is (byte)' ' or (byte)'\t';

    public static bool IsIntPart(byte b) => (uint)(b - '0') <= 9 || b == ',';

    public static bool IsNumberPart(byte b) => (uint)(b - '0') <= 9 || b is (byte)',' or (byte)'.';

    /// <summary>
    /// Parses digits, optionally in groups of three with commas between them, as an unsigned 64-bit integer.
    /// </summary>
    public static bool Int(ReadOnlySpan<byte> text, out double value)
    {
        var (sum, digits, commas) = (0UL, 0, false);
        value = 0;
        foreach (var b in text)
        {
            if (b == ',')
            {
                commas = true;
                continue;
            }
            var digit = (ulong)(b - '0');
            if (sum > (ulong.MaxValue - digit) / 10)
                return false;
            sum = sum * 10 + digit;
            digits++;
        }
        value = sum;
        return digits > 0 && (!commas || DecimalText.IsGrouped(text, (byte)','));
    }

    /// <summary>
    /// Parses a number as printed for people: 5, 5., .5, 1,234.5, 1.234,5, 0,5, each optionally with an exponent. A
    /// single comma separates thousands if it can, as in 1,234, and decimals if it cannot.
    /// </summary>
    /// <param name="commaIsDecimal">True when the harness never separates thousands, so that 1,234 is a little more
    /// than one.</param>
    public static bool Number(ReadOnlySpan<byte> text, out double value, bool commaIsDecimal = false) =>
        ShortNumber(text, out value) || DecimalText.TryParse(text, commaIsDecimal, out value);

    /// <summary>
    /// Fast path: parses about 15 digits at most with at most one point. On false, the text may still be a number.
    /// </summary>
    public static bool ShortNumber(ReadOnlySpan<byte> text, out double value)
    {
        var (sum, digits, decimals) = (0UL, 0, -1);
        value = 0;
        foreach (var b in text)
        {
            var digit = (uint)(b - '0');
            if (digit <= 9)
            {
                sum = sum * 10 + digit;
                if (sum > ExactMax)
                    return false;
                digits++;
                if (decimals >= 0)
                    decimals++;
            }
            else if (b == '.' && decimals < 0)
                decimals = 0;
            else
                return false;
        }
        if (digits == 0 || decimals >= PowersOfTen.Length)
            return false;
        value = decimals > 0 ? sum / PowersOfTen[decimals] : sum;
        return true;
    }

    /// <summary>
    /// The length of the number at the start of the text, including its exponent; 0 if there is none.
    /// </summary>
    public static int NumberAtStart(ReadOnlySpan<byte> text)
    {
        var end = 0;
        while (end < text.Length && IsNumberPart(text[end]))
            end++;
        if (end == 0 || end + 1 >= text.Length || text[end] is not ((byte)'e' or (byte)'E'))
            return end;
        var power = text[end + 1] is (byte)'+' or (byte)'-' ? end + 2 : end + 1;
        var last = power;
        while (last < text.Length && IsDigit(text[last]))
            last++;
        return last > power ? last : end;
    }

    /// <summary>The length of the number at the end of the text, including its exponent; 0 if there is none.</summary>
    public static int NumberAtEnd(ReadOnlySpan<byte> text)
    {
        var start = text.Length;
        while (start > 0 && IsNumberPart(text[start - 1]))
            start--;
        var power = start > 0 && text[start - 1] is (byte)'+' or (byte)'-' ? start - 1 : start;
        if (
            start == text.Length
            || power < 2
            || text[power - 1] is not ((byte)'e' or (byte)'E')
            || !IsNumberPart(text[power - 2])
            || text[start..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0
        )
            return text.Length - start;
        start = power - 1;
        while (start > 0 && IsNumberPart(text[start - 1]))
            start--;
        return text.Length - start;
    }

    /// <summary>
    /// The byte offset of a column, counted in characters; the end of the text if the text is shorter.
    /// </summary>
    public static int Column(ReadOnlySpan<byte> text, int characters)
    {
        var at = 0;
        for (; characters > 0 && at < text.Length; characters--)
        {
            at++;
            while (at < text.Length && (text[at] & 0xc0) == 0x80)
                at++;
        }
        return at;
    }

    private static bool IsDigit(byte b) => (uint)(b - '0') <= 9;

    /// <summary>
    /// The length of the unit of time at the start of the text, 0 if there is none, and its nanoseconds.
    /// </summary>
    public static int UnitAtStart(ReadOnlySpan<byte> text, out double nanoseconds)
    {
        nanoseconds = SecondNanoseconds;
        if (text.Length > 0 && text[0] == 's')
            return 1;
        if (text.Length > 1 && text[1] == 's')
            return (nanoseconds = Prefixed(text[0])) > 0 ? 2 : 0;
        if (text.Length > 2 && text[2] == 's' && IsMicro(text[0], text[1]))
        {
            nanoseconds = 1e3;
            return 3;
        }
        return 0;
    }

    /// <summary>
    /// The length of the unit of time at the end of the text, 0 if there is none, and its nanoseconds.
    /// </summary>
    public static int UnitAtEnd(ReadOnlySpan<byte> text, out double nanoseconds)
    {
        nanoseconds = SecondNanoseconds;
        if (text.IsEmpty || text[^1] != 's')
            return 0;
        if (text.Length > 1 && Prefixed(text[^2]) is > 0 and var scaled)
        {
            nanoseconds = scaled;
            return 2;
        }
        if (text.Length > 2 && IsMicro(text[^3], text[^2]))
        {
            nanoseconds = 1e3;
            return 3;
        }
        return 1;
    }

    /// <summary>The nanoseconds of a unit of time; null if the whole text is not a unit.</summary>
    public static double? Unit(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        return UnitAtStart(utf8, out var nanoseconds) is > 0 and var length && length == utf8.Length
            ? nanoseconds
            : null;
    }

    /// <summary>
    /// The nanoseconds of a unit, which may be a word: "second", "minutes"; null if the text is not a unit.
    /// </summary>
    public static double? UnitWord(string text) =>
        text switch
        {
            "nanosecond" or "nanoseconds" => 1,
            "microsecond" or "microseconds" => 1e3,
            "millisecond" or "milliseconds" => 1e6,
            "second" or "seconds" or "sec" => SecondNanoseconds,
            "min" or "minute" or "minutes" => 60 * SecondNanoseconds,
            "hr" or "hour" or "hours" => 3600 * SecondNanoseconds,
            "day" or "days" => 86400 * SecondNanoseconds,
            _ => Unit(text),
        };

    private static double Prefixed(byte prefix) =>
        prefix switch
        {
            (byte)'p' => 1e-3,
            (byte)'n' => 1,
            (byte)'u' => 1e3,
            (byte)'m' => 1e6,
            _ => 0,
        };

    // The Greek letter mu, or the micro sign that looks like it.
    private static bool IsMicro(byte first, byte second) => (first, second) is (0xce, 0xbc) or (0xc2, 0xb5);
}
