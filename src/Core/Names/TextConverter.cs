using System.Text.Json;
using System.Text.Json.Serialization;

namespace Paddock.Core.Names;

/// <summary>
/// Reads and writes a validated text as a JSON string. An invalid text is refused with the rule that it breaks.
/// </summary>
public sealed class TextConverter<T> : JsonConverter<T>
    where T : IText<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Parse(ref reader);

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());

    public override T ReadAsPropertyName(
        ref Utf8JsonReader reader,
        Type typeToConvert,
        JsonSerializerOptions options
    ) => Parse(ref reader);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WritePropertyName(value.ToString()!);

    private static T Parse(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName))
            throw new JsonException($"a {T.Noun} must be a string");
        string text;
        try
        {
            text = reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new JsonException($"a {T.Noun} must be valid UTF-8");
        } // GetString throws for a lone surrogate.
        return T.TryParse(text, out var value) ? value : throw new JsonException(Text.Refusal<T>(text));
    }
}
