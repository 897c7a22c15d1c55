using System.Security.Cryptography;
using Paddock.Core.Names;

namespace Paddock.Runner.Images;

/// <summary>
/// Verifies incoming bytes against the announced size and digest. A mismatch throws.
/// </summary>
internal sealed class VerifiedStream(Stream inner, Descriptor announced, string what) : ReadStream
{
    private readonly Digest digest = ImageDigest.Parse(announced.Digest);
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(ImageDigest.Parse(announced.Digest).Algorithm);
    private long read;

    public override int Read(Span<byte> buffer)
    {
        var count = inner.Read(buffer);
        if (read + count > announced.Size)
            throw new ImageException($"{what} is longer than the {announced.Size} bytes that its manifest declares");
        hash.AppendData(buffer[..count]);
        read += count;
        IsShort |= count == 0 && buffer.Length > 0 && read < announced.Size;
        return count;
    }

    /// <summary>True when the stream ended too early, which then explains any other error.</summary>
    public bool IsShort { get; private set; }

    public ImageException Shortness() => new($"{what} ended after {read} of {announced.Size} bytes", again: true);

    /// <summary>Reads the rest, and throws unless the whole matches the announced size and digest.</summary>
    public void Finish()
    {
        var buffer = new byte[64 << 10];
        while (Read(buffer) > 0) { }
        if (read < announced.Size)
            throw Shortness();
        digest.Verify(Digest.Of(hash), what);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            hash.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>Limits the size of unpacked content, and hashes it.</summary>
internal sealed class BoundedStream(Stream inner, long bytesMax) : ReadStream
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long read;
    private long headerEnd = long.MaxValue;

    public long BytesRead => read;

    /// <summary>
    /// Limits the following bytes, which describe an entry: a header that claims gigabytes is refused.
    /// </summary>
    public void ExpectHeader(long bytesMost) => headerEnd = read + bytesMost;

    public void ExpectContent() => headerEnd = long.MaxValue;

    public override int Read(Span<byte> buffer)
    {
        if (buffer.Length == 0)
            return 0;
        if (read >= headerEnd)
            throw new ImageException("A layer has an entry whose names and attributes are too long");
        if (headerEnd != long.MaxValue && buffer.Length > headerEnd - read)
            buffer = buffer[..(int)(headerEnd - read)];
        var count = inner.Read(buffer);
        read += count;
        if (read > bytesMax)
            throw new ImageException($"The unpacked image has more than {bytesMax} bytes, the limit of this runner");
        hash.AppendData(buffer[..count]);
        return count;
    }

    /// <summary>Reads to the end, and returns the digest of the whole stream.</summary>
    public Digest Finish()
    {
        ExpectContent();
        var buffer = new byte[64 << 10];
        while (Read(buffer) > 0) { }
        return Digest.Of(hash);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            hash.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>A forward-only, read-only stream.</summary>
internal abstract class ReadStream : Stream
{
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

    public abstract override int Read(Span<byte> buffer);

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
