using Paddock.Server.Ground.Http;

namespace Paddock.Server.Outside.Webhooks;

/// <summary>
/// Posts to addresses that users have entered: never to the server's own network unless the settings allow it, and
/// without following redirects.
/// </summary>
internal sealed class WebhookHttp(WebhookOptions options) : IDisposable
{
    private HttpClient? http; // Made when first used: most servers have no webhook.

    /// <returns>Null when the receiver accepted it, else the reason why not.</returns>
    public async Task<string?> PostAsync(
        string url,
        byte[] body,
        IEnumerable<(string Name, string Value)> headers,
        CancellationToken ct
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url)
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } },
        };
        request.Headers.UserAgent.Add(new("paddock-server", "1"));
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        try
        {
            using var response = await LazyInitializer.EnsureInitialized(ref http, Client).SendAsync(request, ct);
            return response.IsSuccessStatusCode ? null : $"it answered {(int)response.StatusCode}";
        }
        catch (Exception e)
            when (e is HttpRequestException or NotSupportedException or InvalidOperationException or UriFormatException
                || (e is OperationCanceledException && !ct.IsCancellationRequested)
            )
        {
            return e.InnerException?.Message ?? e.Message;
        }
    }

    public void Dispose() => http?.Dispose();

    private HttpClient Client() =>
        new(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseProxy = false,
                ConnectTimeout = TimeSpan.FromSeconds(10),
                PooledConnectionLifetime = TimeSpan.FromMinutes(5),
                ConnectCallback = options.IsPrivateAllowed ? null : PublicOnly.ConnectAsync,
            }
        )
        {
            Timeout = TimeSpan.FromSeconds(20),
            MaxResponseContentBufferSize = 64 << 10,
        };
}
