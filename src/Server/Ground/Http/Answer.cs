using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Paddock.Server.Ground.Http;

/// <summary>What an endpoint answers.</summary>
internal abstract class Answer
{
    // Our JSON is never put into HTML, so quotation marks and letters stay as they are.
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

    /// <summary>For answers that say with their status how it is.</summary>
    public static Answer Of<T>(int status, T value, JsonTypeInfo<T> type) =>
        new JsonAnswer<T>(status, value, type, total: 1);

    /// <summary>One page of a list, and how many there are on all pages.</summary>
    public static Answer List<T>(IReadOnlyList<T> page, long total, JsonTypeInfo<IReadOnlyList<T>> type) =>
        new JsonAnswer<IReadOnlyList<T>>(StatusCodes.Status200OK, page, type, total);

    /// <summary>
    /// Sends what the body's writer holds, and nothing comes after it: of a known length an answer is one packet; in
    /// chunks its end would be another one.
    /// </summary>
    internal static async ValueTask FinishAsync(HttpContext http, CancellationToken ct)
    {
        if (http.Response is { HasStarted: false, ContentLength: null })
            http.Response.ContentLength = http.Response.BodyWriter.UnflushedBytes;
        await http.Response.BodyWriter.FlushAsync(ct);
    }

    /// <summary>For endpoints that have answered already, as those of WebSockets.</summary>
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
