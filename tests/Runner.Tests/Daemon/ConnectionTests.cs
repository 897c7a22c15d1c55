using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Paddock.Runner.Channel;

namespace Paddock.Runner.Tests.Daemon;

/// <summary>How a channel connection reports that it broke while the runner was sending.</summary>
public sealed class ConnectionTests
{
    [Theory, InlineData(false), InlineData(true)]
    public async Task A_connection_that_breaks_in_mid_message_is_reported_as_lost_and_not_as_canceled(bool isReadFirst)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        // When the read and the write fail at the same time, chance decides which one notices first, so the test
        // repeats.
        for (var i = 0; i < 10; i++)
        {
            var opening = Connection.OpenAsync(
                new(new($"http://{listener.LocalEndpoint}"), "box", "key"),
                slot: 0,
                CancellationToken.None
            );
            var server = await AcceptAsync(listener);
            await using var connection = await opening;
            // Larger than the socket buffers, so the send cannot complete.
            var sending = connection.SendAsync(new byte[16 << 20], CancellationToken.None);
            await server.ReceiveAsync(new byte[1000]);
            if (isReadFirst)
            {
                server.Shutdown(SocketShutdown.Send);
                await Assert.ThrowsAnyAsync<WebSocketException>(() =>
                    connection.NextAsync(TimeSpan.FromMinutes(1), CancellationToken.None)
                );
            }
            server.LingerState = new(true, 0); // Closes with a TCP reset, as when the peer's machine is gone.
            server.Dispose();

            await Assert.ThrowsAnyAsync<WebSocketException>(() => sending);
            await Assert.ThrowsAnyAsync<WebSocketException>(() =>
                connection.NextAsync(TimeSpan.FromMinutes(1), CancellationToken.None)
            );
            await Assert.ThrowsAnyAsync<WebSocketException>(() =>
                connection.SendAsync(new byte[1], CancellationToken.None)
            );
        }
    }

    // The server's half of the handshake.
    [SuppressMessage("Security", "CA5350", Justification = "RFC 6455 has it so; nothing depends on its strength.")]
    private static async Task<Socket> AcceptAsync(TcpListener listener)
    {
        var socket = await listener.AcceptSocketAsync();
        var request = new StringBuilder();
        var piece = new byte[1000];
        while (!request.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            request.Append(Encoding.ASCII.GetString(piece, 0, await socket.ReceiveAsync(piece)));
        var key = request
            .ToString()
            .Split("\r\n")
            .Single(line => line.StartsWith("Sec-WebSocket-Key: ", StringComparison.Ordinal))[
            "Sec-WebSocket-Key: ".Length..
        ];
        var accept = Convert.ToBase64String(
            SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
        );
        await socket.SendAsync(
            Encoding.ASCII.GetBytes(
                $"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
                    + $"Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
            )
        );
        return socket;
    }
}
