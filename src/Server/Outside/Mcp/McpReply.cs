using System.Text.Json;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Outside.Mcp;

/// <summary>
/// A JSON-RPC answer. Its HTTP status is 200 even for an error, because the message arrived and was answered.
/// </summary>
internal sealed class McpReply : Answer
{
    private readonly JsonElement? id;
    private readonly Action<Utf8JsonWriter>? write;

    private McpReply(JsonElement? id, Action<Utf8JsonWriter>? write) => (this.id, this.write) = (id?.Clone(), write);

    /// <summary>The empty answer to a notification or a response.</summary>
    public static McpReply NoAnswer { get; } = new(null, null);

    public static McpReply Result(JsonElement? id, Action<Utf8JsonWriter> result) => new(id, json =>
        {
            json.WritePropertyName("result");
            result(json);
        });

    public static McpReply Error(JsonElement? id, McpError error) => new(id, json =>
        {
            json.WriteStartObject("error");
            json.WriteNumber("code", error.Code);
            json.WriteString("message", error.Message);
            json.WriteEndObject();
        });

    public override async Task WriteAsync(HttpContext http)
    {
        if (write is null)
        {
            http.Response.StatusCode = StatusCodes.Status202Accepted;
            http.Response.ContentLength = 0;
            return;
        }
        http.Response.ContentType = "application/json";
        await using (var json = new Utf8JsonWriter(http.Response.BodyWriter, JsonOptions))
        {
            json.WriteStartObject();
            json.WriteString("jsonrpc", "2.0");
            if (id is { } known)
            {
                json.WritePropertyName("id");
                known.WriteTo(json);
            }
            write(json);
            json.WriteEndObject();
        }
        await FinishAsync(http, http.RequestAborted);
    }
}
