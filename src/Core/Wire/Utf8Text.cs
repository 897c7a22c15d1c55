using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Wire;

/// <summary>
/// A JSON string kept as its UTF-8 bytes: the output of a harness is read as bytes, so it never becomes UTF-16.
/// </summary>
[JsonConverter(typeof(Utf8TextConverter))]
public readonly record struct Utf8Text(ReadOnlyMemory<byte> Bytes)
{
    public static Utf8Text Of(string text) => new(Encoding.UTF8.GetBytes(text));

    public override string ToString() => Encoding.UTF8.GetString(Bytes.Span);
}

public sealed class Utf8TextConverter : JsonConverter<Utf8Text>
{
    public override Utf8Text Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String)
            throw new JsonException("must be a string");
        var lengthMax = reader.HasValueSequence ? (int)reader.ValueSequence.Length : reader.ValueSpan.Length;
        var bytes = new byte[lengthMax];
        try
        {
            return new(bytes.AsMemory(0, reader.CopyString(bytes)));
        }
        catch (InvalidOperationException)
        {
            throw new JsonException("must be valid UTF-8");
        } // A lone surrogate.
    }

    // Converted first: other encodings than UTF-8 would not survive in a JSON string.
    public override void Write(Utf8JsonWriter writer, Utf8Text value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Encodings.Utf8Of(value.Bytes.Span));
}
