using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using Paddock.Core.Names;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Outside.Mcp;

/// <summary>The REST request that a tool stands for.</summary>
/// <param name="Route">The endpoint: its method and route.</param>
/// <param name="Body">JSON, or null for a request without a body.</param>
internal sealed record RestRequest(
    string Method,
    string Route,
    IReadOnlyDictionary<string, string> Path,
    QueryString Query,
    ReadOnlyMemory<byte>? Body
);

/// <summary>Splits a tool's flat arguments into path, query and body.</summary>
internal static class McpArguments
{
    private static readonly JsonElement None = JsonElement.Parse("{}");

    /// <exception cref="Refusal">An argument is missing, unknown or of the wrong type; the message names
    /// it.</exception>
    public static RestRequest Of(McpTool tool, JsonElement? given)
    {
        var arguments = given ?? None;
        var fields = tool.All.ToDictionary(field => field.Name);
        foreach (var argument in arguments.EnumerateObject())
            if (!fields.ContainsKey(argument.Name))
                throw Unknown(argument.Name, fields.Keys);

        var (path, query, body) = (new Dictionary<string, string>(), FixedQuery(tool), new List<JsonProperty>());
        foreach (var field in tool.All)
        {
            var isInPath = tool.Route.Contains($"{{{field.Name}}}", StringComparison.Ordinal);
            var isThere = arguments.TryGetProperty(field.Name, out var value);
            if (isInPath)
                path[field.Name] = InPath(field.Name, isThere ? TextOf(field, value) : throw Missing(field.Name));
            else if (!tool.IsRead)
                continue; // The endpoint reports what its body lacks.
            else if (isThere && value.ValueKind != JsonValueKind.Null)
            {
                var text = TextOf(field, value);
                query = query.Add(field.Name, field.IsEncodedTwice ? Uri.EscapeDataString(text) : text);
            }
        }
        foreach (var argument in arguments.EnumerateObject())
            if (!tool.IsRead && !path.ContainsKey(argument.Name))
                body.Add(argument);
        var hasBody = !tool.IsRead && tool.All.Any(field => !path.ContainsKey(field.Name));
        return new(tool.Method, tool.Route, path, query, hasBody ? BodyOf(body) : null);
    }

    private static QueryString FixedQuery(McpTool tool) => new(tool.Path[tool.Route.Length..]);

    // Values are passed on unchanged; the endpoint checks them.
    private static ReadOnlyMemory<byte> BodyOf(List<JsonProperty> fields)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, Answer.JsonOptions))
        {
            json.WriteStartObject();
            foreach (var field in fields)
            {
                json.WritePropertyName(field.Name);
                json.WriteRawValue(JsonMarshal.GetRawUtf8Value(field.Value), skipInputValidation: true);
            }
            json.WriteEndObject();
        }
        return bytes.WrittenMemory;
    }

    // No URL can contain a null character, so no REST request could name such a thing.
    private static string InPath(string name, string text) =>
        text.Contains('\0', StringComparison.Ordinal)
            ? throw Refusal.BadInput($"{name}: holds a null character")
            : text;

    private static string TextOf(McpField field, JsonElement value) =>
        (field.Kind, value.ValueKind) switch
        {
            (McpFieldKind.Text, JsonValueKind.String) => McpMessage.TextOf(value)
                ?? throw Refusal.BadInput($"{field.Name}: holds text that is not valid Unicode"),
            (McpFieldKind.Flag, JsonValueKind.True) => "true",
            (McpFieldKind.Flag, JsonValueKind.False) => "false",
            (McpFieldKind.Number, JsonValueKind.Number) => value.GetRawText(),
            _ => throw Refusal.BadInput(
                $"{field.Name}: must be {field.Kind switch
        {
            McpFieldKind.Text => "a text",
            McpFieldKind.Flag => "true or false",
            McpFieldKind.Number => "a number",
            McpFieldKind.Json => "JSON",
        }}"
            ),
        };

    private static Refusal Missing(string name) => Refusal.BadInput($"{name}: missing");

    private static Refusal Unknown(string name, IEnumerable<string> allowed) =>
        Refusal.BadInput($"{Text.Quote(name)} is not an argument of this tool; possible: {string.Join(", ", allowed)}");
}
