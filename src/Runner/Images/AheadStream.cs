using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Paddock.Runner.Images;

/// <summary>
/// Reads ahead in a separate thread, so that receiving and decompressing overlap with the reader's hashing and writing.
/// </summary>
internal sealed class AheadStream : ReadStream
{
    private const int Pieces = 4,
        PieceBytes = 1 << 20;

    private readonly BlockingCollection<byte[]> empty = [];
    private readonly BlockingCollection<(byte[] Bytes, int Count)> filled = [];
    private readonly CancellationTokenSource over = new();
    private readonly Action stop;
    private readonly Task reading;
    private ExceptionDispatchInfo? failure;
    private (byte[] Bytes, int Count) current = ([], 0);
    private int taken;

    /// <param name="stop">Ends a pending read of the inner stream.</param>
    public AheadStream(Stream inner, Action stop)
    {
        this.stop = stop;
        for (var i = 0; i < Pieces; i++)
            empty.Add(new byte[PieceBytes]);
        reading = Task.Factory.StartNew(
            () => Fill(inner),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
    }

    public override int Read(Span<byte> buffer)
    {
        while (taken == current.Count)
        {
            if (current.Bytes.Length > 0)
                empty.Add(current.Bytes);
            (current, taken) = (([], 0), 0);
            if (filled.TryTake(out var next, Timeout.Infinite))
                current = next;
            else
            {
                failure?.Throw();
                return 0;
            }
        }
        var count = Math.Min(buffer.Length, current.Count - taken);
        current.Bytes.AsSpan(taken, count).CopyTo(buffer);
        taken += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            over.Cancel();
            if (!reading.IsCompleted)
                stop();
            reading.Wait();
            over.Dispose();
            empty.Dispose();
            filled.Dispose();
        }
        base.Dispose(disposing);
    }

    private void Fill(Stream inner)
    {
        try
        {
            while (true)
            {
                var piece = empty.Take(over.Token);
                var count = inner.ReadAtLeast(piece, piece.Length, throwOnEndOfStream: false);
                if (count > 0)
                    filled.Add((piece, count));
                if (count < piece.Length)
                    return;
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested) { }
        catch (Exception e)
        {
            failure = ExceptionDispatchInfo.Capture(e);
        } // Rethrown to the reader.
        finally
        {
            filled.CompleteAdding();
        }
    }
}
