using System.Diagnostics;
using Amazon.Runtime;

namespace Paddock.Server.Ground.Blobs;

/// <summary>
/// The content of a bucket's object. Reading ends after exactly the requested number of bytes, or fails: a bucket may
/// send less, more, or hang forever.
/// </summary>
/// <param name="length">The expected number of bytes; null if unknown.</param>
/// <param name="patience">How long the bucket may send nothing. In addition it must send 16 KB per second on average;
/// the reader's own time does not count.</param>
internal sealed class BucketContent(
    Stream inner,
    long? length,
    TimeSpan patience,
    Func<string, Exception?, BlobStoreFailure> failed
) : Stream
{
    private const double BytesPerSecondLeast = 16 << 10;

    // The limit for an object of unknown length. Such objects come from runner messages, none of which is half as long.
    private const long LengthMax = 256 << 20;

    private long left = length ?? LengthMax;
    private long read;
    private TimeSpan waited;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => length ?? throw new NotSupportedException();

    public override long Position
    {
        get => read;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty || left == 0 && length is not null)
            return 0;
        if (left == 0)
            throw failed($"it sent more than {LengthMax} bytes", null);
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var most = patience + TimeSpan.FromSeconds((length ?? LengthMax) / BytesPerSecondLeast) - waited;
        late.CancelAfter(
            most < TimeSpan.Zero ? TimeSpan.Zero
            : most < patience ? most
            : patience
        );
        var began = Stopwatch.GetTimestamp();
        int count;
        try
        {
            count = await inner.ReadAsync(buffer[..(int)Math.Min(buffer.Length, left)], late.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw failed($"it was too slow after {read} bytes", e);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or AmazonClientException)
        {
            throw failed(e.Message, e);
        }
        if (count == 0 && length is not null)
            throw failed($"it sent {read} of {length} bytes", null);
        waited += Stopwatch.GetElapsedTime(began);
        (left, read) = (left - count, read + count);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() { }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
