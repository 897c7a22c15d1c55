using System.Net.WebSockets;
using System.Text.Json;
using Paddock.Core.Wire;

namespace Paddock.Server.Machines.Channels;

/// <summary>A WebSocket that reads and writes text messages of a limited length.</summary>
/// <param name="longMessages">Limits how many long messages of one runner are in memory at the same time.</param>
internal sealed class ChannelSocket(WebSocket socket, int bytesMax, SemaphoreSlim longMessages) : IDisposable
{
    /// <summary>How many channels of a runner may hold a long message; the others wait before they read on.</summary>
    public const int LongMessagesMax = 4;

    private const int LongBytes = 1 << 20;
    private const int BufferMin = 4096;
    private static readonly TimeSpan CloseMax = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource ending = new();
    private byte[] buffer = new byte[BufferMin];
    private bool holdsLongMessage;

    /// <summary>
    /// Receives the next text message. Its memory is valid until the next call. Null when the peer has closed, is gone,
    /// or sent a message longer than <c>bytesMax</c>.
    /// </summary>
    public async Task<ReadOnlyMemory<byte>?> ReceiveAsync()
    {
        var length = 0;
        try
        {
            while (true)
            {
                if (length == buffer.Length)
                {
                    if (length >= bytesMax)
                    {
                        await CloseAsync(WebSocketCloseStatus.MessageTooBig, $"a message has {bytesMax} bytes at most");
                        await DrainAsync();
                        return null;
                    }
                    if (length >= LongBytes && !holdsLongMessage)
                    {
                        await longMessages.WaitAsync(ending.Token);
                        holdsLongMessage = true;
                    }
                    Array.Resize(ref buffer, (int)Math.Min((long)length * 4, bytesMax));
                }
                var received = await socket.ReceiveAsync(buffer.AsMemory(length), ending.Token);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    await CloseAsync(WebSocketCloseStatus.NormalClosure, "");
                    return null;
                }
                length += received.Count;
                if (!received.EndOfMessage)
                    continue;
                if (received.MessageType == WebSocketMessageType.Text)
                    return buffer.AsMemory(0, length);
                length = 0; // The protocol has no binary messages; they are ignored.
                Forget();
            }
        }
        catch (Exception e) when (IsGone(e))
        {
            return null;
        }
    }

    /// <summary>Releases the buffer when a long message made it grow.</summary>
    public void Forget()
    {
        if (buffer.Length > BufferMin)
            buffer = new byte[BufferMin];
        if (holdsLongMessage)
            longMessages.Release();
        holdsLongMessage = false;
    }

    /// <returns>True when the message was sent; it may still be lost on the way.</returns>
    public Task<bool> SendAsync(ServerEvent message) =>
        SendAsync(JsonSerializer.SerializeToUtf8Bytes(message, Wire.Default.ServerEvent));

    public async Task<bool> SendAsync(ReadOnlyMemory<byte> message)
    {
        try
        {
            await socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, ending.Token);
            return true;
        }
        catch (Exception e) when (IsGone(e))
        {
            return false;
        }
    }

    /// <summary>Sends a close frame with the reason, and gives the peer <see cref="CloseMax"/> to answer.</summary>
    public async Task CloseAsync(WebSocketCloseStatus status, string reason)
    {
        try
        {
            ending.CancelAfter(CloseMax);
            await socket.CloseOutputAsync(status, reason, ending.Token);
        }
        catch (Exception e) when (IsGone(e)) { }
    }

    // Reads on until the peer closes. A socket closed with unread bytes would be reset, and the peer might never read
    // the reason.
    private async Task DrainAsync()
    {
        try
        {
            while (
                (await socket.ReceiveAsync(buffer.AsMemory(), ending.Token)).MessageType != WebSocketMessageType.Close
            ) { }
        }
        catch (Exception e) when (IsGone(e)) { } // Canceled after CloseMax at the latest.
    }

    /// <summary>Ends the connection without a close handshake.</summary>
    public void Drop() => ending.Cancel();

    public void Dispose()
    {
        socket.Abort(); // No effect on a socket that is already closed.
        Forget();
        ending.Dispose();
    }

    private static bool IsGone(Exception e) =>
        e
            is WebSocketException
                or OperationCanceledException
                or IOException
                or ObjectDisposedException
                or InvalidOperationException;
}
