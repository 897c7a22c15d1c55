using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Paddock.Cli.Tests;

/// <summary>
/// Answers requests with an empty object, and closes the connection in the middle of a body, as proxies do when a body
/// is too large for them.
/// </summary>
internal sealed class ClosingServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, port: 0);
    private readonly CancellationTokenSource stop = new();

    private ClosingServer() => listener.Start();

    public string Host => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    /// <summary>The number of bodies that were refused.</summary>
    public int Closed { get; private set; }

    public static Task<ClosingServer> StartAsync()
    {
        var server = new ClosingServer();
        _ = server.ServeAsync();
        return Task.FromResult(server);
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(stop.Token);
                await AnswerAsync(client);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException) { }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        var (buffer, stream) = (new byte[64 * 1024], client.GetStream());
        try
        {
            while (await stream.ReadAsync(buffer, stop.Token) is > 0 and var count)
            {
                if (buffer.AsSpan(0, count).StartsWith("POST "u8))
                {
                    Closed++;
                    // Reads a part of the body, so that the connection closes while the client is sending.
                    if (
                        Encoding
                            .ASCII.GetString(buffer, 0, count)
                            .Contains("100-continue", StringComparison.OrdinalIgnoreCase)
                    )
                        await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), stop.Token);
                    _ = await stream.ReadAsync(buffer, stop.Token);
                    client.LingerState = new(enable: true, seconds: 0);
                    return;
                }
                var body = $$"""{"version":"{{ApiClient.ApiVersion}}"}""";
                await stream.WriteAsync(
                    Encoding.ASCII.GetBytes(
                        $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                            + $"{body.Length}\r\n\r\n{body}"
                    ),
                    stop.Token
                );
            }
        }
        catch (IOException) { }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Dispose();
        stop.Dispose();
    }
}
