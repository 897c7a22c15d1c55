using System.Globalization;
using System.Text;
using System.Text.Json;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Outside.Mcp;

/// <summary>Turns a REST answer into the result of an MCP tool.</summary>
internal static class McpAnswer
{
    /// <summary>
    /// Writes an object twice, as text and as structured content; a list wrapped in an object; an image as image
    /// content; a refusal as a sentence.
    /// </summary>
    public static void Write(Utf8JsonWriter json, RestAnswer answer)
    {
        if (answer.Status >= StatusCodes.Status400BadRequest)
            WriteProblem(json, answer.Status, Sentence(answer));
        else if (answer.Media is { } media && media.StartsWith("image/", StringComparison.Ordinal))
            WriteImage(json, media, answer.Body.Span);
        else
            WriteObject(json, ObjectOf(answer));
    }

    /// <summary>
    /// A failed tool call is a result, not a protocol error, so the assistant reads it and can try another way.
    /// </summary>
    public static void WriteProblem(Utf8JsonWriter json, int status, string sentence)
    {
        json.WriteStartObject();
        json.WriteStartArray("content");
        WriteText(json, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{status}: {sentence}")));
        json.WriteEndArray();
        json.WriteBoolean("isError", true);
        json.WriteEndObject();
    }

    private static void WriteObject(Utf8JsonWriter json, ReadOnlySpan<byte> body)
    {
        json.WriteStartObject();
        json.WriteStartArray("content");
        WriteText(json, body);
        json.WriteEndArray();
        json.WritePropertyName("structuredContent");
        json.WriteRawValue(body, skipInputValidation: true);
        json.WriteBoolean("isError", false);
        json.WriteEndObject();
    }

    private static void WriteImage(Utf8JsonWriter json, string media, ReadOnlySpan<byte> image)
    {
        json.WriteStartObject();
        json.WriteStartArray("content");
        json.WriteStartObject();
        json.WriteString("type", "image");
        json.WriteBase64String("data", image);
        json.WriteString("mimeType", media);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteBoolean("isError", false);
        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> text)
    {
        json.WriteStartObject();
        json.WriteString("type", "text");
        json.WriteString("text", text);
        json.WriteEndObject();
    }

    private static ReadOnlySpan<byte> ObjectOf(RestAnswer answer)
    {
        var body = answer.Body.Span;
        if (body.IsEmpty)
            return "{}"u8;
        if (body[0] == '{')
            return body;
        var total = Encoding.UTF8.GetBytes(answer.Total ?? "1");
        return (byte[])[.. "{\"data\":"u8, .. body, .. ",\"total_count\":"u8, .. total, .. "}"u8];
    }

    // The error code lets an operator find the line in the log.
    private static string Sentence(RestAnswer answer)
    {
        try
        {
            var error = JsonSerializer.Deserialize(answer.Body.Span, Wire.Default.Error);
            return error is { ErrorCode: { } code } ? $"{error.Message} (error code {code})" : error?.Message ?? "";
        }
        catch (JsonException)
        {
            return Encoding.UTF8.GetString(answer.Body.Span);
        }
    }
}
