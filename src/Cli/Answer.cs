using System.Net;
using System.Text;
using System.Text.Json;

namespace Paddock.Cli;

/// <summary>What came of one attempt at a request: a status with its body, or the reason why nothing came.</summary>
internal sealed record Answer
{
    private Answer() { }

    public byte[] Body { get; private init; } = [];
    private HttpStatusCode? Status { get; init; }
    private string Reason { get; init; } = "";
    private string? MediaType { get; init; }
    private string Headers { get; init; } = "";
    private Exception? Cause { get; init; }
    private string? RequestId { get; init; }
    private string? ErrorCode { get; init; }
    private string? Message { get; init; }

    /// <summary>How deep an answer may be nested.</summary>
    public static JsonDocumentOptions Deep { get; } = new() { MaxDepth = 256 };

    /// <summary>What the answer holds, for people: its status and type.</summary>
    public string Content => $"{(Body.Length == 0 ? "empty" : MediaType ?? "of no type")} ({(int?)Status} {Reason})";

    public bool IsEmpty => Status == HttpStatusCode.NoContent && Body.Length == 0;

    /// <summary>True when the whole body is one JSON document that can be printed.</summary>
    public bool IsJson
    {
        get
        {
            try
            {
                using var document = JsonDocument.Parse(Body, Deep);
                using var writer = new Utf8JsonWriter(Stream.Null);
                document.WriteTo(writer);
                return true;
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException) { return false; }
        }
    }

    public bool Succeeded => Status is { } status && (int)status is >= 200 and < 300;

    /// <summary>Nothing came, or the server itself says that it failed: the same request may succeed later. A refusal stays one.</summary>
    public bool MayBeRepeated => Cause is not null || ((int?)Status is >= 500 && Message is not null);

    public static Answer None(Exception cause) => new() { Cause = cause };

    public static Answer Of(HttpResponseMessage response, byte[] body)
    {
        var answer = new Answer
        {
            Status = response.StatusCode,
            Reason = response.ReasonPhrase ?? "",
            Headers = string.Join(", ", response.Headers.Concat(response.Content.Headers).Select(h => $"{h.Key}: {string.Join(",", h.Value)}")),
            MediaType = response.Content.Headers.ContentType?.MediaType,
            Body = body,
        };
        return answer.Succeeded ? answer : answer.WithError();
    }

    /// <summary>The failure as its user reads it; scripts look for the first line.</summary>
    public string Describe(string host)
    {
        if (Cause is not null) return $"No answer from {host}: {Innermost(Cause).Message}";
        var text = new StringBuilder($"Status: {(int)Status!} {Reason}".TrimEnd()).Append($"\nHeaders: {Headers}");
        if (RequestId is not null) text.Append($"\nRequest ID: {RequestId}");
        if (ErrorCode is not null) text.Append($"\nError Code: {ErrorCode}");
        return text.Append($"\nMessage: {Message ?? Excerpt()}").ToString();
    }

    private Answer WithError()
    {
        try
        {
            using var document = JsonDocument.Parse(Body);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return this;
            return this with { Message = Text("message"), RequestId = Text("request_id"), ErrorCode = Text("error_code") };

            string? Text(string name) => root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (JsonException) { return this; } // Not from an API: some proxy in between.
    }

    private string Excerpt()
    {
        const int lengthMax = 500;
        var text = Encoding.UTF8.GetString(Body).Trim();
        return text.Length <= lengthMax ? text : text[..lengthMax] + "…";
    }

    private static Exception Innermost(Exception e) => e.InnerException is { } inner ? Innermost(inner) : e;
}
