using System.IO.Pipelines;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Ground.Http;

/// <summary>
/// An answer that may be long: it is written as fast as the client reads it, with little buffered, and a client that
/// takes too long is disconnected. Resources held until then, such as a place among the plots, are released however the
/// answer ends.
/// </summary>
/// <param name="media">The content type.</param>
/// <param name="write">Writes to the output and calls <see cref="Flow.NextAsync"/> often.</param>
internal sealed class LongAnswer(
    int status,
    string media,
    long? total,
    Func<Flow, Task> write,
    IDisposable? held = null
) : Answer
{
    public override async Task WriteAsync(HttpContext http)
    {
        using var owned = held;
        var limits = http.RequestServices.GetRequiredService<LimitOptions>();
        http.Response.StatusCode = status;
        http.Response.ContentType = media;
        http.Response.Headers.XContentTypeOptions = "nosniff";
        // An SVG that is opened by itself is a page of this site, and contains text from users.
        if (media.StartsWith("image/svg", StringComparison.Ordinal))
            http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
        if (total is { } count)
            http.Response.Headers["X-Total-Count"] = count.ToString(System.Globalization.CultureInfo.InvariantCulture);
        using var late = new CancellationTokenSource(limits.AnswerTimeMax, limits.Clock);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, late.Token);
        try
        {
            await write(new(http.Response.BodyWriter, ending.Token));
            await FinishAsync(http, ending.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            http.Abort(); // A truncated answer must not look complete.
        }
    }
}

/// <summary>The output of a long answer.</summary>
internal readonly record struct Flow(PipeWriter Output, CancellationToken Ct)
{
    // Reports of a hundred results fit, and are sent as one piece with their length.
    private const int AheadMax = 128 << 10;

    /// <summary>Waits until the client has read most of what was written.</summary>
    public ValueTask NextAsync() => Output.UnflushedBytes < AheadMax ? default : FlushAsync();

    public async ValueTask FlushAsync() => await Output.FlushAsync(Ct);
}
