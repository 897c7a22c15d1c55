using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Paddock.Server.Access.Providers;

/// <summary>Sends requests to providers, with limits on time and size, and without following redirects.</summary>
internal sealed class ProviderHttp : IDisposable
{
    private const int BytesMax = 1 << 20;

    private HttpClient? http; // Made when first used: most servers have no provider.

    public Task<JsonElement> GetAsync(Uri address, CancellationToken ct, string? bearer = null) =>
        SendAsync(HttpMethod.Get, address, null, bearer, ct);

    public Task<JsonElement> PostAsync(
        Uri address,
        IEnumerable<KeyValuePair<string, string>> form,
        CancellationToken ct
    ) => SendAsync(HttpMethod.Post, address, new FormUrlEncodedContent(form), bearer: null, ct);

    public void Dispose() => http?.Dispose();

    /// <summary>Appends query parameters to an address.</summary>
    public static Uri With(Uri address, IEnumerable<(string Name, string Value)> query)
    {
        var text = string.Join(
            '&',
            query.Select(one => $"{Uri.EscapeDataString(one.Name)}={Uri.EscapeDataString(one.Value)}")
        );
        return new UriBuilder(address) { Query = address.Query.Length > 1 ? $"{address.Query[1..]}&{text}" : text }.Uri;
    }

    private async Task<JsonElement> SendAsync(
        HttpMethod method,
        Uri address,
        HttpContent? content,
        string? bearer,
        CancellationToken ct
    )
    {
        using var request = new HttpRequestMessage(method, address) { Content = content };
        request.Headers.Accept.Add(new("application/json"));
        if (bearer is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        try
        {
            using var response = await LazyInitializer.EnsureInitialized(ref http, Client).SendAsync(request, ct);
            if (response.StatusCode != HttpStatusCode.OK)
                throw new ProviderException(
                    $"{address.GetLeftPart(UriPartial.Path)} answered {(int)response.StatusCode}"
                );
            using var json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(ct));
            return json.RootElement.Clone();
        }
        catch (Exception e)
            when (e is HttpRequestException or JsonException
                || (e is OperationCanceledException && !ct.IsCancellationRequested)
            )
        {
            throw new ProviderException(
                $"the request to {address.GetLeftPart(UriPartial.Path)} failed: {e.Message}",
                e
            );
        }
    }

    private static HttpClient Client()
    {
        var client = new HttpClient(
            new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(10) }
        )
        {
            Timeout = TimeSpan.FromSeconds(60),
            MaxResponseContentBufferSize = BytesMax,
        };
        client.DefaultRequestHeaders.UserAgent.Add(new("paddock-server", "1"));
        return client;
    }
}
