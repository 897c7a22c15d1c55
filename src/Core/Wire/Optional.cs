using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Paddock.Core.Wire;

/// <summary>A field of a PATCH body. Absent (keep the value) and null (clear the value) are not the same.</summary>
public readonly record struct Optional<T>
{
    public Optional(T? value) => (IsSet, Value) = (true, value);

    /// <summary>True when the field was present, also as null.</summary>
    public bool IsSet { get; }
    public T? Value { get; }
}

/// <summary>Reads a field that must not be null.</summary>
public sealed class RequiredOptionalConverter<T> : JsonConverter<Optional<T>>
{
    public override bool HandleNull => true;

    public override Optional<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null
            ? throw new JsonException("must not be null; leave the field out to keep its value")
            : new(OptionalField.Read<T>(ref reader, options));

    public override void Write(Utf8JsonWriter writer, Optional<T> value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value.Value!, (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T)));
}

/// <summary>Reads a field that null clears.</summary>
public sealed class NullableOptionalConverter<T> : JsonConverter<Optional<T>>
{
    public override bool HandleNull => true;

    public override Optional<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? new(default) : new(OptionalField.Read<T>(ref reader, options));

    public override void Write(Utf8JsonWriter writer, Optional<T> value, JsonSerializerOptions options)
    {
        if (value.Value is null)
            writer.WriteNullValue();
        else
            JsonSerializer.Serialize(writer, value.Value, (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T)));
    }
}

internal static class OptionalField
{
    // Uses the value's own converter. The serializer would report an error in the value with this field as the root.
    public static T? Read<T>(ref Utf8JsonReader reader, JsonSerializerOptions options) =>
        ((JsonConverter<T>)options.GetTypeInfo(typeof(T)).Converter).Read(ref reader, typeof(T), options);
}
