using System.Text.Json.Nodes;
using Xunit.Sdk;

namespace Paddock.Testing;

/// <summary>Reads server-sent events as they arrive.</summary>
public sealed class EventReader : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly HttpClient http;
    private readonly StreamReader lines;

    private EventReader(HttpClient http, StreamReader lines) => (this.http, this.lines) = (http, lines);

    /// <summary>How many keep-alive comments were received, which are not events.</summary>
    public int SignsOfLife { get; private set; }

    /// <param name="lastId">The Last-Event-ID that a reconnecting browser sends; null on the first connection.</param>
    /// <exception cref="XunitException">The server did not answer with events.</exception>
    public static async Task<EventReader> OpenAsync(Client client, string path, string? lastId = null)
    {
        // Closing a stream takes effect at once instead of waiting for its end.
        var http = new HttpClient(new SocketsHttpHandler { ResponseDrainTimeout = TimeSpan.Zero })
        {
            BaseAddress = client.Address,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        http.DefaultRequestHeaders.Authorization = client.Http.DefaultRequestHeaders.Authorization;
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (lastId is not null)
            request.Headers.Add("Last-Event-ID", lastId);
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return response.Content.Headers.ContentType?.MediaType == "text/event-stream"
            ? new(http, new(await response.Content.ReadAsStreamAsync()))
            : throw new XunitException(
                $"{path} should answer with events, and answered {(int)response.StatusCode}: "
                    + $"{await response.Content.ReadAsStringAsync()}"
            );
    }

    /// <summary>The next event; null when the stream has ended.</summary>
    public async Task<(string Name, JsonNode Data)?> NextAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        var (name, data) = ("message", "");
        try
        {
            while (await lines.ReadLineAsync(patience.Token) is { } line)
            {
                if (line.StartsWith(':'))
                    SignsOfLife++;
                else if (line.StartsWith("event: ", StringComparison.Ordinal))
                    name = line[7..];
                else if (line.StartsWith("data: ", StringComparison.Ordinal))
                    data += line[6..];
                else if (line.Length == 0 && data.Length > 0)
                    return (name, JsonNode.Parse(data)!);
            }
            return null;
        }
        catch (OperationCanceledException)
        {
            throw new XunitException($"No event came for {Patience}.");
        }
    }

    public void Dispose()
    {
        lines.Dispose();
        http.Dispose();
    }
}
