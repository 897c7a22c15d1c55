using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Paddock.Runner.Tests.Daemon;

/// <summary>How much of a message passes before the connection is cut.</summary>
public enum Cut
{
    /// <summary>Nothing of the message.</summary>
    Before,

    /// <summary>The first half of the message.</summary>
    Halfway,

    /// <summary>The whole message, but nothing after it.</summary>
    After,
}

/// <summary>A proxy between a runner's channel and its server that cuts the connection at a chosen message.</summary>
internal sealed class CuttingWire : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint server;
    private readonly CancellationTokenSource over = new();
    private readonly Task accepting;
    private Plan? plan;

    public CuttingWire(Uri server)
    {
        this.server = new(IPAddress.Parse(server.Host), server.Port);
        listener.Start();
        accepting = AcceptAsync();
    }

    public Uri Address => new($"http://{listener.LocalEndpoint}");

    /// <summary>Cuts the connection once, at the next message that contains this text.</summary>
    /// <returns>Completes when the connection is cut.</returns>
    public Task CutAt(string text, Cut cut)
    {
        var next = new Plan(Encoding.ASCII.GetBytes(text), cut);
        Volatile.Write(ref plan, next);
        return next.Done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        await over.CancelAsync();
        listener.Stop();
        await accepting;
        over.Dispose();
    }

    private sealed record Plan(byte[] Text, Cut Cut)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private async Task AcceptAsync()
    {
        var wires = new List<Task>();
        try
        {
            while (true)
                wires.Add(CarryAsync(await listener.AcceptSocketAsync(over.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException) { }
        await Task.WhenAll(wires);
    }

    private async Task CarryAsync(Socket near)
    {
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            LingerState = new(true, 0),
        }; // A reset, so that a cut connection sends no FIN.
        near.LingerState = far.LingerState;
        near.NoDelay = far.NoDelay = true;
        using (near)
            try
            {
                await far.ConnectAsync(server, over.Token);
                using var end = CancellationTokenSource.CreateLinkedTokenSource(over.Token);
                Task[] ways = [FramesAsync(near, far, end.Token), FramesAsync(far, near, end.Token)];
                await Task.WhenAny(ways);
                await end.CancelAsync();
                await Task.WhenAll(ways);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException) { } // The server is down.
    }

    // Copies the HTTP header, and then one RFC 6455 frame after the other.
    private async Task FramesAsync(Socket from, Socket to, CancellationToken ct)
    {
        await using var stream = new BufferedStream(new NetworkStream(from));
        try
        {
            var head = new List<byte>();
            while (!head.TakeLast(4).SequenceEqual("\r\n\r\n"u8.ToArray()))
                head.Add((await ReadAsync(stream, 1, ct))[0]);
            await to.SendAsync(head.ToArray(), ct);
            while (true)
            {
                var frame = new List<byte>(await ReadAsync(stream, 2, ct));
                var (isMasked, length) = ((frame[1] & 0x80) != 0, frame[1] & 0x7f);
                if (length >= 126)
                {
                    var extended = await ReadAsync(stream, length == 126 ? 2 : 8, ct);
                    frame.AddRange(extended);
                    length =
                        length == 126
                            ? BinaryPrimitives.ReadUInt16BigEndian(extended)
                            : (int)BinaryPrimitives.ReadUInt64BigEndian(extended);
                }
                var mask = isMasked ? await ReadAsync(stream, 4, ct) : new byte[4];
                if (isMasked)
                    frame.AddRange(mask);
                var payload = await ReadAsync(stream, length, ct);
                frame.AddRange(payload);
                for (var i = 0; i < payload.Length; i++)
                    payload[i] ^= mask[i & 3];
                if (!await PassAsync(frame.ToArray(), payload, to, ct))
                    return;
            }
        }
        catch (Exception e)
            // Either side has closed its connection.
            when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException) { }
    }

    // False when this frame cut the connection.
    private async Task<bool> PassAsync(byte[] frame, byte[] payload, Socket to, CancellationToken ct)
    {
        var now = Volatile.Read(ref plan);
        var isHere =
            now is not null
            && payload.AsSpan().IndexOf(now.Text) >= 0
            && Interlocked.CompareExchange(ref plan, null, now) == now;
        if (!isHere || now!.Cut != Cut.Before)
            await to.SendAsync(isHere && now!.Cut == Cut.Halfway ? frame.AsMemory(0, frame.Length / 2) : frame, ct);
        if (!isHere)
            return true;
        now!.Done.SetResult();
        return false;
    }

    private static async Task<byte[]> ReadAsync(Stream stream, int count, CancellationToken ct)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes, ct);
        return bytes;
    }
}
