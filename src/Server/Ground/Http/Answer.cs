using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Paddock.Server.Ground.Http;

/// <summary>An endpoint's response.</summary>
internal abstract class Answer
{
    // The JSON is never embedded in HTML, so quotation marks and non-ASCII letters need no escaping.
    internal static readonly JsonWriterOptions JsonOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    public abstract Task WriteAsync(HttpContext http);

    public static Answer Ok<T>(T value, JsonTypeInfo<T> type) =>
        new JsonAnswer<T>(StatusCodes.Status200OK, value, type, total: 1);

    public static Answer Created<T>(T value, JsonTypeInfo<T> type) =>
        new JsonAnswer<T>(StatusCodes.Status201Created, value, type, total: 1);

    public static Answer Accepted<T>(T value, JsonTypeInfo<T> type) =>
        new JsonAnswer<T>(StatusCodes.Status202Accepted, value, type, total: 1);

    /// <summary>An answer whose status carries the outcome.</summary>
    public static Answer Of<T>(int status, T value, JsonTypeInfo<T> type) =>
        new JsonAnswer<T>(status, value, type, total: 1);

    /// <summary>One page of a list, with the total number of items on all pages.</summary>
    public static Answer List<T>(IReadOnlyList<T> page, long total, JsonTypeInfo<IReadOnlyList<T>> type) =>
        new JsonAnswer<IReadOnlyList<T>>(StatusCodes.Status200OK, page, type, total);

    /// <summary>
    /// Flushes the body's writer as the end of the answer. Setting the content length lets a short answer fit in one
    /// packet; the end of a chunked answer would take another.
    /// </summary>
    internal static async ValueTask FinishAsync(HttpContext http, CancellationToken ct)
    {
        // The writer of a client that has disconnected has no bytes.
        if (http.Response is { HasStarted: false, ContentLength: null, BodyWriter.UnflushedBytes: > 0 and var bytes })
            http.Response.ContentLength = bytes;
        await http.Response.BodyWriter.FlushAsync(ct);
    }

    /// <summary>For endpoints that have already responded, such as those of WebSockets.</summary>
    public static Answer None { get; } = new NoAnswer();

    public static Answer Deleted { get; } = new DeletedAnswer();

    private sealed class JsonAnswer<T>(int status, T value, JsonTypeInfo<T> type, long total) : Answer
    {
        public override async Task WriteAsync(HttpContext http)
        {
            http.Response.StatusCode = status;
            http.Response.ContentType = "application/json";
            http.Response.Headers["X-Total-Count"] = total.ToString(System.Globalization.CultureInfo.InvariantCulture);
            await using (var json = new Utf8JsonWriter(http.Response.BodyWriter, JsonOptions))
                JsonSerializer.Serialize(json, value, type);
            await FinishAsync(http, http.RequestAborted);
        }
    }

    private sealed class NoAnswer : Answer
    {
        public override Task WriteAsync(HttpContext http) => Task.CompletedTask;
    }

    private sealed class DeletedAnswer : Answer
    {
        public override Task WriteAsync(HttpContext http)
        {
            http.Response.StatusCode = StatusCodes.Status204NoContent;
            http.Response.Headers["X-Total-Count"] = "0";
            return Task.CompletedTask;
        }
    }
}
