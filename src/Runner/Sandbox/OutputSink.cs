namespace Paddock.Runner.Sandbox;

/// <summary>
/// Receives a command's output: writes its beginning to a file, up to a limit, and drops the rest. Holds at most one
/// buffer in memory.
/// </summary>
internal sealed class OutputSink(string file, long bytesMax) : IDisposable
{
    // Short output, the usual case, is written to disk only when the command has ended.
    private const int BufferBytes = 64 << 10;
    private FileStream? stream;
    private long kept;
    private bool truncated;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        var fits = truncated ? 0 : (int)Math.Min(bytes.Length, bytesMax - kept);
        truncated |= fits < bytes.Length;
        if (fits == 0)
            return;
        try
        {
            stream ??= Open();
            stream.Write(bytes[..fits]);
            kept += fits;
        }
        catch (IOException)
        {
            truncated = true;
        } // The disk is full. The command's output is still drained, so that it does not block.
    }

    /// <summary>Returns the kept output. Nothing can be written after this call.</summary>
    public Captured Finish()
    {
        try
        {
            stream?.Dispose();
        }
        catch (IOException)
        {
            (truncated, kept) = (true, new FileInfo(file) is { Exists: true } found ? Math.Min(kept, found.Length) : 0);
        }
        stream = null;
        return kept == 0 ? new(File: null, 0, truncated) : new(file, kept, truncated);
    }

    public void Dispose() => Finish();

    private FileStream Open()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        return new(
            file,
            new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                BufferSize = BufferBytes,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }
        );
    }
}

/// <summary>
/// The content of a stream or file, up to the limit. It stays on disk until the folder of its job is removed.
/// </summary>
/// <param name="File">Null when the content is empty.</param>
/// <param name="Length">The number of bytes that count, from the file's start.</param>
/// <param name="Truncated">True when more was written, which was dropped.</param>
internal sealed record Captured(string? File, long Length, bool Truncated)
{
    public static readonly Captured Nothing = new(null, 0, Truncated: false);

    /// <summary>The whole content; only for content known to be short.</summary>
    public byte[] Bytes => Head(Length);

    public static Captured Of(ReadOnlySpan<byte> bytes, string file)
    {
        using var sink = new OutputSink(file, bytes.Length);
        sink.Write(bytes);
        return sink.Finish();
    }

    /// <summary>The first bytes of the content.</summary>
    public byte[] Head(long bytesMax)
    {
        var bytes = new byte[Math.Min(Length, bytesMax)];
        using var stream = Open();
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Opens the file at its start. Callers must stop after <see cref="Length"/> bytes.</summary>
    public Stream Open() =>
        File is null
            ? Stream.Null
            : new FileStream(File, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);

    /// <summary>Reads the content piece by piece, at most <paramref name="bytesMax"/> bytes.</summary>
    public void Read(long bytesMax, TakePiece take)
    {
        using var stream = Open();
        var (buffer, left) = (new byte[32 << 10], Math.Min(Length, bytesMax));
        while (left > 0 && stream.Read(buffer, 0, (int)Math.Min(buffer.Length, left)) is > 0 and var count)
        {
            left -= count;
            take(buffer.AsSpan(0, count), isLast: left == 0);
        }
    }
}

internal delegate void TakePiece(ReadOnlySpan<byte> bytes, bool isLast);

/// <param name="Path">The path as requested.</param>
/// <param name="Text">The beginning of the file.</param>
/// <param name="Size">The size of the whole file in bytes, even when the text was truncated.</param>
internal sealed record CollectedFile(string Path, Captured Text, long Size)
{
    public bool Truncated => Text.Length < Size;
    public byte[] Bytes => Text.Bytes;
}
