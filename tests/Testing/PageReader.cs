namespace Paddock.Testing;

/// <summary>
/// A browser without JavaScript, as the server sees it: it keeps cookies, sends the origin of its forms, and follows
/// redirects only when told to.
/// </summary>
public sealed class PageReader(Uri address) : IDisposable
{
    private readonly HttpClient http = new(new HttpClientHandler { AllowAutoRedirect = false })
    {
        BaseAddress = address,
    };

    public static Task<PageReader> SignInAsync(TestServer server, string secret) => SignInAsync(server.Address, secret);

    public static async Task<PageReader> SignInAsync(Uri server, string secret)
    {
        var reader = new PageReader(server);
        var reply = await reader.PostAsync("/auth/login", ("secret", secret));
        return reply.Status == 303
            ? reader
            : throw new Xunit.Sdk.XunitException(
                $"Signing in should lead on, and answered {reply.Status}: {reply.Text}"
            );
    }

    public Task<Reply> GetAsync(string path, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Get, path, content: null, headers);

    public Task<Reply> PostAsync(string path, params (string Name, string Value)[] fields) =>
        PostFromAsync(address.GetLeftPart(UriPartial.Authority), path, fields);

    /// <param name="origin">The Origin header; null to send none.</param>
    public async Task<Reply> PostFromAsync(string? origin, string path, params (string Name, string Value)[] fields)
    {
        using var form = new FormUrlEncodedContent(
            fields.Select(field => KeyValuePair.Create(field.Name, field.Value))
        );
        return await SendAsync(HttpMethod.Post, path, form, origin is null ? [] : [("Origin", origin)]);
    }

    public void Dispose() => http.Dispose();

    private async Task<Reply> SendAsync(
        HttpMethod method,
        string path,
        HttpContent? content,
        (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        using var response = await http.SendAsync(request);
        return new(
            $"{method} {path}",
            (int)response.StatusCode,
            await response.Content.ReadAsStringAsync(),
            response.Headers
        );
    }
}
