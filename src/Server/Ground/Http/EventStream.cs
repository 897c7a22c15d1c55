using System.Buffers;
using System.Text;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Ground.Http;

/// <summary>
/// One event as browsers read them: a name and JSON on one line. Without a name it is a sign of life that nobody sees.
/// </summary>
internal readonly record struct StreamEvent(string? Name, ReadOnlyMemory<byte> Json);

/// <summary>Server-sent events, until there are no more; the other side then asks again.</summary>
/// <param name="source">What the events come from. It is given back however this ends, also where nobody got as far as
/// the first of them.</param>
/// <param name="stillMay">Asks again whether the caller may see this, and throws the refusal: roles, keys and accounts
/// end while streams are open.</param>
internal sealed class EventStream(IAsyncEnumerable<StreamEvent> events, IDisposable source, Func<Task>? stillMay = null)
    : Answer
{
    // No longer than signs of life are apart, so that one that has nothing to tell ends too.
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(15);

    public override async Task WriteAsync(HttpContext http)
    {
        using var owned = source;
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["X-Accel-Buffering"] = "no"; // Proxies are to pass each event on at once.
        var body = http.Response.BodyWriter;
        var time = http.RequestServices.GetRequiredService<TimeProvider>();
        var asked = time.GetUtcNow();
        body.Write("retry: 2000\n\n"u8);
        // Who has gone already is noticed below, where what the events hold is let go of again.
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
