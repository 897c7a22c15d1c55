using System.IO.Pipelines;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Ground.Http;

/// <summary>
/// An answer that may be long: it is written as the client reads it, never far ahead, and a client that takes too long
/// for it is dropped. What the answer holds until then, like its place among the plots, is given back however it ends.
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
        // A drawing that is opened by itself is a page of ours, and holds names of others.
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
            http.Abort(); // It must not look like the whole answer.
        }
    }
}

/// <summary>The way out of a long answer.</summary>
internal readonly record struct Flow(PipeWriter Output, CancellationToken Ct)
{
    private const int AheadMax = 64 << 10;

    /// <summary>Waits until the client has taken most of what was written.</summary>
    public ValueTask NextAsync() => Output.UnflushedBytes < AheadMax ? default : FlushAsync();

    public async ValueTask FlushAsync() => await Output.FlushAsync(Ct);
}
