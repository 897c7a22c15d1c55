namespace Paddock.Runner.Sandbox;

/// <summary>
/// Reads a stream to its end but keeps only its beginning. Reading must go on, because a program that prints without
/// end would block on a full pipe.
/// </summary>
internal static class Capture
{
    private const int Piece = 64 << 10;

    public static async Task<Captured> AllAsync(Stream stream, string file, long bytesMax, LiveOutput? live = null)
    {
        using var sink = new OutputSink(file, bytesMax);
        var buffer = new byte[Piece];
        while (true)
        {
            int count;
            try
            {
                count = await stream.ReadAsync(buffer);
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
            {
                break;
            }
            if (count == 0)
                break;
            live?.Write(buffer.AsSpan(0, count));
            sink.Write(buffer.AsSpan(0, count));
        }
        return sink.Finish();
    }
}
