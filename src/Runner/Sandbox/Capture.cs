namespace Paddock.Runner.Sandbox;

/// <summary>Reads a stream to its end, and keeps the beginning of it: a program that prints without end must not wait for a reader that stopped.</summary>
internal static class Capture
{
    private const int Piece = 64 << 10;

    public static async Task<Captured> AllAsync(Stream stream, int bytesMax)
    {
        var (kept, length, truncated) = (new byte[Math.Min(Piece, bytesMax)], 0, false);
        var buffer = new byte[Piece];
        while (true)
        {
            int count;
            try { count = await stream.ReadAsync(buffer); }
            catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException) { break; }
            if (count == 0) break;
            var fits = Math.Min(count, bytesMax - length);
            truncated |= fits < count;
            while (kept.Length < length + fits) Array.Resize(ref kept, (int)Math.Min(Math.Max(kept.Length * 2L, Piece), bytesMax));
            buffer.AsSpan(0, fits).CopyTo(kept.AsSpan(length));
            length += fits;
        }
        return new(kept[..length], truncated);
    }
}
