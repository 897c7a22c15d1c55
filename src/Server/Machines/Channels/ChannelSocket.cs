using System.Net.WebSockets;
using System.Text.Json;
using Paddock.Core.Wire;

namespace Paddock.Server.Machines.Channels;

/// <summary>A WebSocket as text messages with an end to their length.</summary>
internal sealed class ChannelSocket(WebSocket socket, int bytesMax) : IDisposable
{
    private const int BufferMin = 4096;
    private static readonly TimeSpan CloseMax = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource ending = new();
    private byte[] buffer = new byte[BufferMin];

    /// <summary>
    /// The next text message, valid until the one after it; null when the other side has closed, is gone, or sends more
    /// than may be.
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
                length = 0; // Binary messages are none of the protocol's.
            }
        }
        catch (Exception e) when (IsGone(e))
        {
            return null;
        }
    }

    /// <summary>Gives the memory of a great message back.</summary>
    public void Forget()
    {
        if (buffer.Length > BufferMin)
            buffer = new byte[BufferMin];
    }

    /// <returns>Whether it went out; it may be lost all the same.</returns>
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

    /// <summary>Says why it ends, and gives the other side a moment to agree.</summary>
    public async Task CloseAsync(WebSocketCloseStatus status, string reason)
    {
        try
        {
            ending.CancelAfter(CloseMax);
            await socket.CloseOutputAsync(status, reason, ending.Token);
        }
        catch (Exception e) when (IsGone(e)) { }
    }

    // Closed with bytes unread, the connection would be reset, and the other side might never read why.
    private async Task DrainAsync()
    {
        try
        {
            while (
                (await socket.ReceiveAsync(buffer.AsMemory(), ending.Token)).MessageType != WebSocketMessageType.Close
            ) { }
        }
        catch (Exception e) when (IsGone(e)) { } // Within CloseMax at the latest.
    }

    /// <summary>Ends it without a word.</summary>
    public void Drop() => ending.Cancel();

    public void Dispose()
    {
        socket.Abort(); // A closed one stays closed.
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
