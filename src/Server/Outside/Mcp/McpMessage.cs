using System.Text.Json;
using System.Text.Unicode;

namespace Paddock.Server.Outside.Mcp;

/// <summary>A JSON-RPC error: its code and a sentence.</summary>
internal readonly record struct McpError(int Code, string Message)
{
    public static McpError NotJson(string why) => new(-32700, $"The body is not valid JSON: {why}");

    public static McpError NoRequest(string why) => new(-32600, why);

    public static McpError NoMethod(string method) =>
        new(-32601, $"There is no method {method}; possible: initialize, ping, tools/list, tools/call.");

    public static McpError BadParams(string why) => new(-32602, why);
}

/// <summary>One JSON-RPC 2.0 message; each POST carries one.</summary>
/// <param name="Id">The id that the answer repeats, a text or a number. Null if no answer is sent.</param>
/// <param name="Method">Empty for a response.</param>
internal sealed record McpMessage(JsonElement? Id, string Method, JsonElement? Params, McpError? Error) : IDisposable
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    private JsonDocument? document;

    /// <summary>Notifications and responses are accepted and get no answer.</summary>
    public bool WantsAnswer => Id is not null || Error is not null;

    /// <param name="json">Must not be changed or reused afterwards.</param>
    public static McpMessage Parse(byte[] json)
    {
        if (!Utf8.IsValid(json))
            return Failed(McpError.NotJson("it is not UTF-8"));
        JsonDocument parsed;
        try
        {
            parsed = JsonDocument.Parse(json, Options);
        }
        catch (JsonException e)
        {
            return Failed(McpError.NotJson(e.Message));
        }
        return Of(parsed.RootElement) with { document = parsed };
    }

    /// <summary>The text, or null if the value is not a text or contains half a surrogate pair.</summary>
    public static string? TextOf(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String)
            return null;
        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    public void Dispose() => document?.Dispose();

    private static McpMessage Of(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Array)
            return Failed(McpError.NoRequest("A batch is not possible: send one message per request."));
        if (root.ValueKind != JsonValueKind.Object)
            return Failed(McpError.NoRequest("The body must be one JSON-RPC message, which is an object."));
        JsonElement? id = root.TryGetProperty("id", out var given) ? given : null;
        if (id is { ValueKind: not (JsonValueKind.String or JsonValueKind.Number) })
            return Failed(McpError.NoRequest("id: must be a text or a number."));
        if (!root.TryGetProperty("jsonrpc", out var version) || TextOf(version) != "2.0")
            return Failed(McpError.NoRequest("jsonrpc: must be \"2.0\"."), id);
        if (!root.TryGetProperty("method", out var method))
        {
            var isResponse = root.TryGetProperty("result", out _) || root.TryGetProperty("error", out _);
            return isResponse ? new(null, "", null, null) : Failed(McpError.NoRequest("method: missing."), id);
        }
        if (TextOf(method) is not { } name)
            return Failed(McpError.NoRequest("method: must be a text."), id);
        var hasParameters = root.TryGetProperty("params", out var all) && all.ValueKind != JsonValueKind.Null;
        JsonElement? parameters = hasParameters ? all : null;
        return parameters is { ValueKind: not JsonValueKind.Object }
            ? Failed(McpError.BadParams("params: must be an object."), id)
            : new(id, name, parameters, null);
    }

    private static McpMessage Failed(McpError error, JsonElement? id = null) => new(id, "", null, error);
}
