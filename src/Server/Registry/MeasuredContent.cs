using System.Security.Cryptography;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Registry;

/// <summary>Counts and hashes incoming content, and refuses it as soon as it exceeds its limit.</summary>
/// <param name="tooLarge">Creates the refusal of content beyond <paramref name="bytesMax"/>.</param>
/// <param name="reserve">Reserves quota for at least the given number of bytes before they are passed on, and returns
/// the number of reserved bytes; null when no reservation is needed.</param>
internal sealed class MeasuredContent(
    Stream content,
    IncrementalHash? hash,
    long bytesMax,
    Func<Refusal> tooLarge,
    Func<long, Task<long>>? reserve = null
) : Stream
{
    private long reserved;

    public long Measured { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await content.ReadAsync(buffer, cancellationToken);
        Measured += read;
        if (Measured > bytesMax)
            throw tooLarge();
        while (reserve is not null && Measured > reserved)
            reserved = await reserve(Measured);
        hash?.AppendData(buffer.Span[..read]);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("This stream can only be read asynchronously.");

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
