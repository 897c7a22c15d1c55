using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Paddock.Core.Wire;

namespace Paddock.Cli;

/// <summary>
/// How wire types are written into requests, and read from the answers of servers other than Paddock.
/// </summary>
internal static class Body
{
    // Leaves absent fields out. The API does not treat null and absent alike everywhere.
    private static readonly JsonSerializerOptions Terse = new(Wire.Default.Options)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>For answers: a field that may be null may also be absent.</summary>
    public static JsonSerializerOptions Lenient { get; } =
        new(Wire.Default.Options) { TypeInfoResolver = Wire.Default.WithAddedModifier(NullableIsOptional) };

    /// <summary>
    /// For <c>--strict</c>: fields that the documented API requires must be there; Paddock's additions may be absent.
    /// </summary>
    public static JsonSerializerOptions Strict { get; } =
        new(Wire.Default.Options)
        {
            TypeInfoResolver = Wire.Default.WithAddedModifier(NullableIsOptional).WithAddedModifier(OursIsOptional),
        };

    public static byte[] Of<T>(T value, JsonTypeInfo<T> shape) =>
        JsonSerializer.SerializeToUtf8Bytes(value, (JsonTypeInfo<T>)Terse.GetTypeInfo(shape.Type));

    // Fields that the original API lacks or does not require. ServerStats requires none.
    private static readonly Dictionary<Type, string[]> NotRequired = new()
    {
        [typeof(Runner)] = ["id", "state", "labels", "slots", "jobs"],
        [typeof(Report)] = ["counts"],
        [typeof(User)] = ["created"],
        [typeof(Token)] = ["text"],
        [typeof(ServerInstance)] = ["version"],
        [typeof(Usage)] = ["metrics", "runner_minutes"],
    };

    private static void OursIsOptional(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
            if (
                type.Type == typeof(ServerStats)
                || (NotRequired.TryGetValue(type.Type, out var names) && names.Contains(property.Name))
            )
                property.IsRequired = false;
    }

    private static void NullableIsOptional(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
            if (property.IsSetNullable || Nullable.GetUnderlyingType(property.PropertyType) is not null)
                property.IsRequired = false;
    }
}
