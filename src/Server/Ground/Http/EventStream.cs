using System.Buffers;
using System.Text;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Ground.Http;

/// <summary>
/// One server-sent event: a name, and JSON on one line. Without a name, it is a heartbeat that browsers ignore.
/// </summary>
internal readonly record struct StreamEvent(string? Name, ReadOnlyMemory<byte> Json);

/// <summary>Sends server-sent events until there are no more. The client then reconnects.</summary>
/// <param name="source">The source of the events. It is disposed however the stream ends, even if no event was ever
/// read.</param>
/// <param name="stillMay">Checks again whether the caller has access, and throws the refusal: roles, keys and accounts
/// may end while streams are open.</param>
internal sealed class EventStream(IAsyncEnumerable<StreamEvent> events, IDisposable source, Func<Task>? stillMay = null)
    : Answer
{
    // No longer than the heartbeat interval, so that a stream without events ends too.
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(15);

    public override async Task WriteAsync(HttpContext http)
    {
        using var owned = source;
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["X-Accel-Buffering"] = "no"; // Tells proxies not to buffer events.
        var body = http.Response.BodyWriter;
        var time = http.RequestServices.GetRequiredService<TimeProvider>();
        var asked = time.GetUtcNow();
        body.Write("retry: 2000\n\n"u8);
        // Not canceled here: a disconnect is noticed in the loop below, where the enumerator releases its resources.
        await body.FlushAsync(CancellationToken.None);
        await foreach (var e in events.WithCancellation(http.RequestAborted))
        {
            if (stillMay is not null && time.GetUtcNow() - asked >= AskAgainAfter)
            {
                try
                {
                    await stillMay();
                }
                catch (Refusal)
                {
                    return;
                }
                asked = time.GetUtcNow();
            }
            if (e.Name is null)
                body.Write(":\n\n"u8);
            else
            {
                body.Write("event: "u8);
                Encoding.UTF8.GetBytes(e.Name, body);
                body.Write("\ndata: "u8);
                body.Write(e.Json.Span);
                body.Write("\n\n"u8);
            }
            await body.FlushAsync(http.RequestAborted);
        }
    }
}
