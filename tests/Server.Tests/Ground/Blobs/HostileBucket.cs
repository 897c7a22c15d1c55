using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Paddock.Server.Ground.Blobs;

namespace Paddock.Server.Tests.Ground.Blobs;

/// <summary>A fake S3 server with scripted answers.</summary>
internal sealed class HostileBucket : IAsyncDisposable
{
    private readonly WebApplication app;

    private HostileBucket(WebApplication app) => this.app = app;

    /// <summary>The server's options for using it.</summary>
    public BlobOptions Options =>
        new()
        {
            Bucket = "blobs",
            Prefix = "paddock/",
            Endpoint = app.Urls.Single(),
            AccessKey = "name-of-the-key",
            SecretKey = "secret-of-the-key",
        };

    public static async Task<HostileBucket> StartAsync(Func<HttpContext, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var bucket = new HostileBucket(builder.Build());
        bucket.app.Run(context => answer(context));
        await bucket.app.StartAsync();
        return bucket;
    }

    public static async Task ErrorAsync(HttpContext http, int status, string text)
    {
        (http.Response.StatusCode, http.Response.ContentType) = (status, "application/xml");
        await http.Response.WriteAsync(text);
    }

    /// <summary>Never answers, until the client disconnects.</summary>
    public static Task HangAsync(HttpContext http)
    {
        var gone = new TaskCompletionSource();
        http.RequestAborted.Register(gone.SetResult);
        return gone.Task;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    /// <summary>Sends bytes with the stated length, which may be wrong.</summary>
    public static async Task SendAsync(HttpContext http, int status, byte[] content, long? length = null)
    {
        http.Response.StatusCode = status;
        http.Response.Headers.ETag = "\"x\"";
        http.Response.ContentLength = length ?? content.Length;
        http.Response.Headers["x-length"] = content.Length.ToString(CultureInfo.InvariantCulture);
        await http.Response.Body.WriteAsync(content);
        await http.Response.Body.FlushAsync();
    }
}
