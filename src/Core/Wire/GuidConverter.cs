using System.Text.Json;
using System.Text.Json.Serialization;
using Paddock.Core.Names;

namespace Paddock.Core.Wire;

/// <summary>Reads a UUID in any of its forms and writes the hyphenated one.</summary>
public sealed class GuidConverter : JsonConverter<Guid>
{
    public override Guid Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && UuidText.TryParse(reader.GetString(), out var uuid)
            ? uuid
            : throw new JsonException("must be a UUID");

    public override void Write(Utf8JsonWriter writer, Guid value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value);
}
