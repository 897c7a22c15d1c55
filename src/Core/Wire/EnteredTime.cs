using System.Text.Json;
using System.Text.Json.Serialization;

namespace Paddock.Core.Wire;

/// <summary>
/// A time that a client sends to be stored: read like <see cref="TimeConverter"/>, but only years in which a benchmark
/// can have run are accepted. Later arithmetic (a window before it, a duration after it) then never leaves the
/// calendar's range.
/// </summary>
public sealed class EnteredTime : JsonConverter<DateTimeOffset>
{
    public const int YearMin = 1970;
    public const int YearMax = 2200;

    private static readonly TimeConverter Any = new();

    public static bool IsAllowed(DateTimeOffset time) => time.UtcDateTime.Year is >= YearMin and <= YearMax;

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Any.Read(ref reader, typeToConvert, options) is var time && IsAllowed(time)
            ? time
            : throw new JsonException($"must be a time in the years {YearMin} to {YearMax}");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        Any.Write(writer, value, options);
}
