using System.Text.Json.Nodes;

namespace Paddock.Server.Outside.Mcp;

/// <summary>
/// How a field's value is written in a path or a query; in a body every value is passed on unchanged.
/// </summary>
internal enum McpFieldKind
{
    Text,
    Flag,
    Number,
    Json,
}

/// <summary>One argument of a tool.</summary>
/// <param name="Schema">The field's JSON schema, with the description.</param>
internal sealed record McpField(string Name, McpFieldKind Kind, JsonObject Schema)
{
    public bool IsRequired { get; init; } = true;

    /// <summary>
    /// True for a filter that REST decodes a second time, because its existing clients encode it twice.
    /// </summary>
    public bool IsEncodedTwice { get; init; }

    /// <summary>The same field, which may be absent or null.</summary>
    public McpField Optional()
    {
        var schema = (JsonObject)Schema.DeepClone();
        if (schema["type"] is JsonValue type)
            schema["type"] = new JsonArray(type.DeepClone(), "null");
        return this with { IsRequired = false, Schema = schema };
    }

    /// <summary>The schema of an object with these fields.</summary>
    public static JsonObject Object(IReadOnlyList<McpField> fields)
    {
        var properties = new JsonObject();
        foreach (var field in fields)
            properties[field.Name] = field.Schema.DeepClone();
        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties };
        var required = fields.Where(field => field.IsRequired).Select(field => field.Name).ToArray();
        Array.Sort(required, StringComparer.Ordinal);
        if (required.Length > 0)
            schema["required"] = new JsonArray([.. required.Select(name => (JsonNode)name)]);
        return schema;
    }
}
