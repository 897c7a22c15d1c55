using System.IO.Compression;

namespace Paddock.Runner.Images;

/// <summary>Detects a layer's compression from its first bytes, because media types are often wrong.</summary>
internal static class Compression
{
    private static ReadOnlySpan<byte> Gzip => [0x1f, 0x8b];
    private static ReadOnlySpan<byte> Zstd => [0x28, 0xb5, 0x2f, 0xfd];

    public static Stream Open(Stream compressed)
    {
        var head = new byte[4];
        var count = compressed.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        var whole = new Prefixed(head[..count], compressed);
        return head.AsSpan().StartsWith(Gzip) ? new GZipStream(whole, CompressionMode.Decompress)
            : head.AsSpan().StartsWith(Zstd) ? new Zstandard(whole)
            : whole;
    }

    private sealed class Prefixed(byte[] head, Stream rest) : ReadStream
    {
        private int taken;

        public override int Read(Span<byte> buffer)
        {
            if (taken == head.Length)
                return rest.Read(buffer);
            var count = Math.Min(buffer.Length, head.Length - taken);
            head.AsSpan(taken, count).CopyTo(buffer);
            taken += count;
            return count;
        }
    }
}
