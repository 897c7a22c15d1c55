using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Paddock.Core.Wire;

/// <summary>
/// Times travel as RFC 3339 in UTC, in whole seconds; input may carry any offset, and fractions, which are cut.
/// </summary>
public sealed class TimeConverter : JsonConverter<DateTimeOffset>
{
    public const string Rule = "a time as in RFC 3339 with an offset, like 2026-01-31T12:00:00Z";

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && TryParse(reader.GetString()!, out var time)
            ? time
            : throw new JsonException($"must be {Rule}");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        Span<byte> text = stackalloc byte[20];
        Format(value, text);
        writer.WriteStringValue(text);
    }

    /// <summary>Writes a time in UTC as 20 bytes or characters: 2026-01-31T12:00:00Z.</summary>
    public static void Format<T>(DateTimeOffset time, Span<T> text)
        where T : unmanaged, IBinaryInteger<T>
    {
        var utc = time.UtcDateTime;
        Digits(utc.Year, text[..4]);
        text[4] = T.CreateTruncating('-');
        Digits(utc.Month, text[5..7]);
        text[7] = T.CreateTruncating('-');
        Digits(utc.Day, text[8..10]);
        text[10] = T.CreateTruncating('T');
        Digits(utc.Hour, text[11..13]);
        text[13] = T.CreateTruncating(':');
        Digits(utc.Minute, text[14..16]);
        text[16] = T.CreateTruncating(':');
        Digits(utc.Second, text[17..19]);
        text[19] = T.CreateTruncating('Z');
    }

    public static bool TryParse(string text, out DateTimeOffset time)
    {
        time = default;
        // The framework would read a time without an offset as local time. Here it is refused as ambiguous.
        if (text.Length < 20 || !(text[^1] is 'Z' or 'z' || text[^6] is '+' or '-'))
            return false;
        if (text[10] is not ('T' or 't' or ' ') || text[4] != '-' || text[13] != ':')
            return false;
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var parsed))
            return false;
        time = DateTimeOffset.FromUnixTimeSeconds(parsed.ToUnixTimeSeconds());
        return true;
    }

    private static void Digits<T>(int number, Span<T> text)
        where T : unmanaged, IBinaryInteger<T>
    {
        for (var i = text.Length - 1; i >= 0; i--, number /= 10)
            text[i] = T.CreateTruncating('0' + number % 10);
    }
}
