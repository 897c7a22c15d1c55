using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using System.Threading.Channels;
using Paddock.Core.Wire;
using Wires = Paddock.Core.Wire.Channel;

namespace Paddock.Runner.Channel;

/// <summary>The server a runner belongs to, the runner's UUID or slug, and its key.</summary>
internal sealed record Address(Uri Host, string Runner, string Key)
{
    public Uri Channel
    {
        get
        {
            var at = new UriBuilder(new Uri(Host, $"/v0/runners/{Uri.EscapeDataString(Runner)}/channel"));
            at.Scheme = at.Scheme == Uri.UriSchemeHttps ? Uri.UriSchemeWss : Uri.UriSchemeWs;
            return at.Uri;
        }
    }
}

/// <summary>The server refused the channel for a reason that an immediate retry will not change.</summary>
internal sealed class ChannelRefusedException(HttpStatusCode status, string sentence) : Exception(sentence)
{
    public HttpStatusCode Status { get; } = status;
}

/// <summary>
/// One open channel. The server answers every event exactly once and in order, so the number of answers tells which
/// event the last answer belongs to.
/// </summary>
internal sealed class Connection : IAsyncDisposable
{
    private const int AnswerBytesMax = 4 << 20,
        PieceFrom = 4 << 20,
        PieceBytes = 256 << 10;
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(20),
        ClosePatience = TimeSpan.FromSeconds(2);

    private readonly ClientWebSocket socket;

    // Received answers: one for each event that this runner sent.
    private readonly Channel<ServerEvent> heard = System.Threading.Channels.Channel.CreateUnbounded<ServerEvent>();
    private readonly CancellationTokenSource over = new();
    private readonly Task listening;
    private long sent,
        answered;

    private Connection(ClientWebSocket socket, bool isPaddock)
    {
        (this.socket, IsPaddock) = (socket, isPaddock);
        listening = ListenAsync();
    }

    /// <summary>True when the server understands Paddock's additions to v0.</summary>
    public bool IsPaddock { get; }

    /// <exception cref="ChannelRefusedException">The server refused the channel.</exception>
    /// <exception cref="WebSocketException">The server did not answer.</exception>
    public static async Task<Connection> OpenAsync(Address address, int slot, CancellationToken ct)
    {
        var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        socket.Options.KeepAliveInterval = Timeout.InfiniteTimeSpan; // The protocol has its own heartbeats.
        socket.Options.SetRequestHeader("Authorization", $"Bearer {address.Key}");
        socket.Options.SetRequestHeader(Wires.SlotHeader, slot.ToString(CultureInfo.InvariantCulture));
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
            patience.CancelAfter(ConnectPatience);
            await socket.ConnectAsync(address.Channel, patience.Token);
            var isPaddock =
                socket.HttpResponseHeaders?.Any(header =>
                    header.Key.Equals(Wires.VersionHeader, StringComparison.OrdinalIgnoreCase)
                ) == true;
            socket.HttpResponseHeaders = null;
            return new(socket, isPaddock);
        }
        catch (WebSocketException) when (socket.HttpStatusCode is not (0 or HttpStatusCode.SwitchingProtocols))
        {
            var status = socket.HttpStatusCode;
            socket.Dispose();
            throw new ChannelRefusedException(status, Refusal(status, address));
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            socket.Dispose();
            throw new WebSocketException(WebSocketError.Faulted, $"{address.Host.Authority} does not answer", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends one event.</summary>
    /// <returns>The ordinal of the answer to this event, for <see cref="IsAnswered"/>.</returns>
    public Task<long> SendAsync(RunnerEvent message, CancellationToken ct) =>
        SendAsync(JsonSerializer.SerializeToUtf8Bytes(message, Wire.Default.RunnerEvent), ct);

    /// <exception cref="WebSocketException">The channel is closed.</exception>
    public async Task<long> SendAsync(ReadOnlyMemory<byte> message, CancellationToken ct)
    {
        try
        {
            await socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, ct);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw Broken(e);
        }
        return ++sent;
    }

    /// <summary>
    /// Sends a message from a file. A long message is sent as several WebSocket frames; only Paddock servers allow
    /// messages that long.
    /// </summary>
    /// <inheritdoc cref="SendAsync(ReadOnlyMemory{byte}, CancellationToken)"/>
    public async Task<long> SendFileAsync(string file, CancellationToken ct)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        var (buffer, left) = (
            new byte[(int)Math.Min(stream.Length, stream.Length > PieceFrom ? PieceBytes : PieceFrom)],
            stream.Length
        );
        try
        {
            do
            {
                var count = await stream.ReadAtLeastAsync(
                    buffer,
                    (int)Math.Min(buffer.Length, left),
                    throwOnEndOfStream: true,
                    ct
                );
                left -= count;
                await socket.SendAsync(
                    buffer.AsMemory(0, count),
                    WebSocketMessageType.Text,
                    endOfMessage: left <= 0,
                    ct
                );
            } while (left > 0);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw Broken(e);
        }
        return ++sent;
    }

    public bool IsAnswered(long ticket) => answered >= ticket;

    /// <summary>Waits for the next message from the server.</summary>
    /// <exception cref="WebSocketException">The wait timed out, or the channel is closed.</exception>
    public async Task<ServerEvent> NextAsync(TimeSpan patience, CancellationToken ct)
    {
        try
        {
            while (true)
            {
                await SaysSomethingAsync(ct).WaitAsync(patience, ct);
                if (TryNext() is { } next)
                    return next;
            }
        }
        catch (TimeoutException e)
        {
            throw new WebSocketException(
                WebSocketError.Faulted,
                $"the server was silent for {patience.TotalSeconds:0} s",
                e
            );
        }
    }

    /// <summary>Completes when a message can be taken, without taking it.</summary>
    /// <exception cref="WebSocketException">The channel is closed.</exception>
    public async Task SaysSomethingAsync(CancellationToken ct)
    {
        Exception? why = null;
        try
        {
            if (await heard.Reader.WaitToReadAsync(ct))
                return;
        }
        catch (Exception e) when (e is WebSocketException or IOException or ObjectDisposedException)
        {
            why = e;
        }
        throw new WebSocketException(
            WebSocketError.ConnectionClosedPrematurely,
            why?.Message ?? "the server closed the channel",
            why!
        );
    }

    public ServerEvent? TryNext()
    {
        if (!heard.Reader.TryRead(out var next))
            return null;
        // The answer to "ready" also answers all earlier events. A cancel can arrive unsolicited and is counted as an
        // answer all the same; the server sends it only for a job whose result no longer counts.
        answered = next is Claim or NoJob ? sent : Math.Min(sent, answered + 1);
        return next;
    }

    public bool IsOwedAnswer => answered < sent;

    /// <summary>
    /// Sends a close frame and waits briefly for the server's. Messages received before it can still be taken.
    /// </summary>
    public async Task CloseAsync()
    {
        try
        {
            if (socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived))
                return;
            using var patience = new CancellationTokenSource(ClosePatience);
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token);
            await listening.WaitAsync(ClosePatience, CancellationToken.None);
        }
        catch (Exception e)
            when (e is WebSocketException or OperationCanceledException or TimeoutException or ObjectDisposedException)
        { }
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await over.CancelAsync();
        socket.Abort();
        await listening;
        socket.Dispose();
        over.Dispose();
    }

    private async Task ListenAsync()
    {
        var buffer = new byte[16 << 10];
        try
        {
            while (true)
            {
                var length = 0;
                ValueWebSocketReceiveResult piece;
                do
                {
                    if (length == buffer.Length)
                    {
                        if (length >= AnswerBytesMax)
                            throw new WebSocketException(
                                WebSocketError.HeaderError,
                                $"the server sent more than {AnswerBytesMax} bytes"
                            );
                        Array.Resize(ref buffer, Math.Min(buffer.Length * 2, AnswerBytesMax));
                    }
                    piece = await socket.ReceiveAsync(buffer.AsMemory(length), over.Token);
                    length += piece.Count;
                } while (!piece.EndOfMessage);
                if (piece.MessageType == WebSocketMessageType.Close)
                {
                    heard.Writer.TryComplete(
                        new IOException(
                            string.IsNullOrEmpty(socket.CloseStatusDescription)
                                ? "the server closed the channel"
                                : $"the server closed the channel: {socket.CloseStatusDescription}"
                        )
                    );
                    return;
                }
                if (piece.MessageType == WebSocketMessageType.Text && Parse(buffer.AsSpan(0, length)) is { } message)
                    heard.Writer.TryWrite(message);
            }
        }
        catch (OperationCanceledException e)
        {
            heard.Writer.TryComplete(Broken(e));
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException or IOException)
        {
            heard.Writer.TryComplete(e);
        }
    }

    // When a connection breaks during a concurrent send and receive, the socket reports the error to one of them and a
    // cancellation to the other.
    private static WebSocketException Broken(OperationCanceledException e) =>
        new(WebSocketError.ConnectionClosedPrematurely, "the connection broke", e);

    private static ServerEvent? Parse(ReadOnlySpan<byte> message)
    {
        try
        {
            return JsonSerializer.Deserialize(message, Wire.Default.ServerEvent);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return new Unreadable(e.Message);
        } // It still counts as an answer.
    }

    private static string Refusal(HttpStatusCode status, Address address) =>
        status switch
        {
            HttpStatusCode.Unauthorized =>
                $"{address.Host.Authority} does not know this key (401). Give the key that was shown when the runner "
                    + "was created, with --key-file, --key or PADDOCK_RUNNER_KEY",
            HttpStatusCode.Forbidden => $"The key does not belong to the runner \"{address.Runner}\" (403)",
            HttpStatusCode.NotFound => $"{address.Host.Authority} has no runner \"{address.Runner}\" (404)",
            HttpStatusCode.Conflict =>
                $"The runner \"{address.Runner}\" is archived, or the server is shutting down (409)",
            HttpStatusCode.TooManyRequests => $"{address.Host.Authority} throttles this runner (429)",
            _ => $"{address.Host.Authority} did not open the channel ({(int)status})",
        };
}

/// <summary>A message from the server that cannot be parsed.</summary>
internal sealed record Unreadable(string Why) : ServerEvent;
