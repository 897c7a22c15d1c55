using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Registry;

namespace Paddock.Server.Installation;

/// <summary>
/// The JSON schemas of the wire types in OpenAPI 3.0, generated from the type information that also reads and writes
/// the JSON. Each object is a component; only components that the routes reach are included.
/// </summary>
internal sealed class OpenApiSchemas
{
    private readonly SortedDictionary<string, JsonObject> components = new(StringComparer.Ordinal);

    public JsonObject Components =>
        new(components.Select(one => KeyValuePair.Create<string, JsonNode?>(one.Key, one.Value)));

    public JsonObject Of(Type type, bool isNullable = false)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return Of(inner, isNullable: true);
        if (Generic(type, typeof(Optional<>)) is { } optional)
            return Of(optional, isNullable);
        if (type.IsEnum)
        {
            components.TryAdd(type.Name, WordsOf(type));
            return Reference(type.Name, isNullable);
        }
        return Scalar(type) is { } scalar ? Nullably(scalar, isNullable) : Structure(TypeInfo(type), isNullable);
    }

    private JsonObject Structure(JsonTypeInfo info, bool isNullable)
    {
        switch (info.Kind)
        {
            case JsonTypeInfoKind.Enumerable:
                return Nullably(new() { ["type"] = "array", ["items"] = Of(info.ElementType!) }, isNullable);
            case JsonTypeInfoKind.Dictionary:
                return Nullably(
                    new() { ["type"] = "object", ["additionalProperties"] = Of(info.ElementType!) },
                    isNullable
                );
            case JsonTypeInfoKind.Object:
                return Reference(Component(info), isNullable);
            default:
                return []; // Any JSON.
        }
    }

    private static JsonObject Reference(string component, bool isNullable)
    {
        var reference = new JsonObject { ["$ref"] = $"#/components/schemas/{component}" };
        return isNullable ? new() { ["nullable"] = true, ["allOf"] = new JsonArray(reference) } : reference;
    }

    private string Component(JsonTypeInfo info)
    {
        var name = NameOf(info.Type);
        if (!components.TryAdd(name, []))
            return name; // The component exists, or is being built: types may contain themselves.
        components[name] = info.PolymorphismOptions is { } cases ? OneOf(cases) : Object(info);
        return name;
    }

    private JsonObject OneOf(JsonPolymorphismOptions cases)
    {
        var (refs, mapping) = (new JsonArray(), new JsonObject());
        foreach (var derived in cases.DerivedTypes)
        {
            var component = Component(TypeInfo(derived.DerivedType));
            var reference = $"#/components/schemas/{component}";
            refs.Add(new JsonObject { ["$ref"] = reference });
            mapping[$"{derived.TypeDiscriminator}"] = reference;
            Discriminate(components[component], cases.TypeDiscriminatorPropertyName);
        }
        return new()
        {
            ["oneOf"] = refs,
            ["discriminator"] = new JsonObject
            {
                ["propertyName"] = cases.TypeDiscriminatorPropertyName,
                ["mapping"] = mapping,
            },
        };
    }

    private static void Discriminate(JsonObject component, string property)
    {
        if (component["properties"] is not JsonObject properties || properties.ContainsKey(property))
            return;
        properties[property] = new JsonObject { ["type"] = "string" };
        (component["required"] as JsonArray ?? (JsonArray)(component["required"] = new JsonArray())).Add(property);
    }

    private JsonObject Object(JsonTypeInfo info)
    {
        var (properties, required) = (new JsonObject(), new JsonArray());
        foreach (var property in info.Properties)
        {
            if (property.Get is null && property.Set is null && property.AssociatedParameter is null)
                continue;
            properties[property.Name] = Of(property.PropertyType, IsNullable(property));
            var isAlways =
                property.IsRequired
                || property.AssociatedParameter is { HasDefaultValue: false, IsMemberInitializer: false };
            if (isAlways && Attribute<JsonIgnoreAttribute>(property) is null)
                required.Add(property.Name);
        }
        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties };
        if (required.Count > 0)
            schema["required"] = required;
        return schema;
    }

    private static bool IsNullable(JsonPropertyInfo property) =>
        Generic(property.PropertyType, typeof(Optional<>)) is not null
            ? Attribute<JsonConverterAttribute>(property)?.ConverterType?.GetGenericTypeDefinition()
                == typeof(NullableOptionalConverter<>)
            : property.IsGetNullable && !property.PropertyType.IsValueType;

    private static T? Attribute<T>(JsonPropertyInfo property)
        where T : Attribute =>
        property.AttributeProvider?.GetCustomAttributes(typeof(T), inherit: false).OfType<T>().FirstOrDefault();

    private static JsonTypeInfo TypeInfo(Type type) =>
        Wire.Default.GetTypeInfo(type)
        ?? OciJson.Default.GetTypeInfo(type)
        ?? throw new InvalidOperationException($"{type} is in no JSON context, so it cannot be serialized.");

    private static JsonObject? Scalar(Type type)
    {
        if (IsText(type) || type == typeof(string) || type == typeof(Utf8Text))
            return Type("string");
        if (type == typeof(Guid))
            return Type("string", "uuid");
        if (type == typeof(DateTimeOffset))
            return Type("string", "date-time");
        if (type == typeof(bool))
            return Type("boolean");
        if (type == typeof(double))
            return Type("number", "double");
        if (type == typeof(int) || type == typeof(byte) || type == typeof(ushort))
            return Type("integer", "int32");
        if (type == typeof(long) || type == typeof(uint) || type == typeof(ulong))
            return Type("integer", "int64");
        return type == typeof(JsonElement) || type == typeof(JsonObject) || type == typeof(object) ? [] : null;
    }

    // Scopes have their own converter, which writes a colon; all other enums are written as their words.
    private static JsonObject WordsOf(Type type) =>
        Ground.Http.ParameterNotes.Words(
            type == typeof(ApiScope)
                ? ApiScopes.All
                : (IReadOnlyList<string>)
                    typeof(Words<>).MakeGenericType(type).GetProperty(nameof(Words<ApiScope>.All))!.GetValue(null)!
        );

    private static bool IsText(Type type) =>
        Array.Exists(type.GetInterfaces(), face =>
            face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IText<>)
        );

    private static Type? Generic(Type type, Type definition) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == definition ? type.GetGenericArguments()[0] : null;

    private static string NameOf(Type type) =>
        type.IsGenericType
            ? type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]
                + string.Concat(type.GetGenericArguments().Select(NameOf))
            : type.Name;

    private static JsonObject Type(string type, string? format = null) => Ground.Http.ParameterNotes.Type(type, format);

    private static JsonObject Nullably(JsonObject schema, bool isNullable)
    {
        if (!isNullable || schema.Count == 0)
            return schema;
        schema["nullable"] = true;
        return schema;
    }
}
