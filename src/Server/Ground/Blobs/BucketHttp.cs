using System.Net;
using Amazon.Runtime;
using HttpClientFactory = Amazon.Runtime.HttpClientFactory;

namespace Paddock.Server.Ground.Blobs;

/// <summary>
/// The HTTP connections to a bucket. Every response except an object's content has a size limit, because the client
/// library buffers it whole. Redirects are not followed.
/// </summary>
internal sealed class BucketHttp : HttpClientFactory
{
    private static readonly TimeSpan ConnectMax = TimeSpan.FromSeconds(10);

    // No timeout here: the store's calls set their own.
    public override HttpClient CreateHttpClient(IClientConfig clientConfig) =>
        new(
            new Limit(
                new SocketsHttpHandler
                {
                    AllowAutoRedirect = false,
                    ConnectTimeout = ConnectMax,
                    PooledConnectionLifetime = TimeSpan.FromMinutes(10), // DNS entries change.
                }
            )
        )
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };

    public override string GetConfigUniqueString(IClientConfig clientConfig) => nameof(BucketHttp);

    private sealed class Limit(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        private const int ErrorBytesMax = 64 << 10,
            DocumentBytesMax = 16 << 20; // A listing of a thousand names of 1 KB each, with their metadata.

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
        {
            var answer = await base.SendAsync(request, ct);
            if (answer.IsSuccessStatusCode && IsObject(request))
                return answer;
            var max = answer.IsSuccessStatusCode ? DocumentBytesMax : ErrorBytesMax;
            if (request.Method != HttpMethod.Head && answer.StatusCode != HttpStatusCode.NoContent)
                answer.Content = await WholeAsync(answer.Content, max, ct);
            return answer;
        }

        // Listings and similar requests have a query.
        private static bool IsObject(HttpRequestMessage request) =>
            request.Method == HttpMethod.Get && request.RequestUri is { Query: "" or "?x-id=GetObject" };

        private static async Task<ByteArrayContent> WholeAsync(HttpContent content, int max, CancellationToken ct)
        {
            await using var stream = await content.ReadAsStreamAsync(ct);
            using var all = new MemoryStream();
            var buffer = new byte[16 << 10];
            for (int read; (read = await stream.ReadAsync(buffer, ct)) > 0; )
            {
                if (all.Length + read > max)
                    throw new IOException($"it answered with more than {max} bytes");
                all.Write(buffer, 0, read);
            }
            var whole = new ByteArrayContent(all.ToArray());
            foreach (var (name, values) in content.Headers)
                if (!name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
                    whole.Headers.TryAddWithoutValidation(name, values);
            return whole;
        }
    }
}
