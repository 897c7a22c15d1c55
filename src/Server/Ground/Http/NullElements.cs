using System.Collections;
using System.Text.Json.Serialization.Metadata;

namespace Paddock.Server.Ground.Http;

/// <summary>
/// Finds null elements in the lists and maps of a body. The JSON reader only refuses null properties.
/// </summary>
internal static class NullElements
{
    /// <returns>The path of the first null element, like <c>thresholds.models.latency</c> or <c>results[2]</c>; null
    /// when there is none.</returns>
    public static string? Find(object value, JsonTypeInfo type) =>
        type.Kind switch
        {
            JsonTypeInfoKind.Object => InObject(value, type),
            JsonTypeInfoKind.Dictionary => InMap((IDictionary)value, Element(type)),
            JsonTypeInfoKind.Enumerable when type.ElementType is { IsValueType: false } => InList(
                (IEnumerable)value,
                Element(type)
            ),
            _ => null,
        };

    private static string? InObject(object value, JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
        {
            if (property.Get is not { } get || property.CustomConverter is not null)
                continue;
            if (
                !type.Options.TryGetTypeInfo(property.PropertyType, out var inner)
                || inner.Kind == JsonTypeInfoKind.None
            )
                continue;
            if (get(value) is { } held && Find(held, inner) is { } path)
                return Join(property.Name, path);
        }
        return null;
    }

    private static string? InMap(IDictionary map, JsonTypeInfo? element)
    {
        foreach (DictionaryEntry entry in map)
        {
            var key = entry.Key.ToString()!;
            if (entry.Value is null)
                return key;
            if (element is not null && Find(entry.Value, element) is { } path)
                return Join(key, path);
        }
        return null;
    }

    private static string? InList(IEnumerable list, JsonTypeInfo? element)
    {
        var index = 0;
        foreach (var held in list)
        {
            if (held is null)
                return $"[{index}]";
            if (element is not null && Find(held, element) is { } path)
                return Join($"[{index}]", path);
            index++;
        }
        return null;
    }

    private static JsonTypeInfo? Element(JsonTypeInfo type) =>
        type.ElementType is { } element
        && type.Options.TryGetTypeInfo(element, out var inner)
        && inner.Kind != JsonTypeInfoKind.None
            ? inner
            : null;

    private static string Join(string outer, string inner) =>
        inner.StartsWith('[') ? outer + inner : $"{outer}.{inner}";
}
