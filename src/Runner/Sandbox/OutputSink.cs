namespace Paddock.Runner.Sandbox;

/// <summary>
/// Takes what a command writes: the beginning goes to a file, up to a limit, and the rest is dropped. In memory there
/// is never more than a buffer.
/// </summary>
internal sealed class OutputSink(string file, long bytesMax) : IDisposable
{
    // Little output, which is the usual case, reaches the disk only when the command has ended.
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
        } // The disk is full. Whoever writes must not wait for it.
    }

    /// <summary>What was kept. Nothing can be written after it.</summary>
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
/// What was written to a stream or a file, up to the limit, on disk until the folder of its job is removed.
/// </summary>
/// <param name="File">Null where there is nothing.</param>
/// <param name="Length">How many of its bytes count, from the first.</param>
/// <param name="Truncated">There was more, which was dropped.</param>
internal sealed record Captured(string? File, long Length, bool Truncated)
{
    public static readonly Captured Nothing = new(null, 0, Truncated: false);

    /// <summary>All of it, for what is known to be short.</summary>
    public byte[] Bytes => Head(Length);

    public static Captured Of(ReadOnlySpan<byte> bytes, string file)
    {
        using var sink = new OutputSink(file, bytes.Length);
        sink.Write(bytes);
        return sink.Finish();
    }

    /// <summary>The beginning of it.</summary>
    public byte[] Head(long bytesMax)
    {
        var bytes = new byte[Math.Min(Length, bytesMax)];
        using var stream = Open();
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>The file, from its start; whoever reads stops after <see cref="Length"/> bytes.</summary>
    public Stream Open() =>
        File is null
            ? Stream.Null
            : new FileStream(File, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);

    /// <summary>Piece after piece, at most so many bytes of it.</summary>
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

/// <param name="Path">As it was asked for.</param>
/// <param name="Text">Its beginning.</param>
/// <param name="Size">Of the whole file, in bytes, also where the text was cut.</param>
internal sealed record CollectedFile(string Path, Captured Text, long Size)
{
    public bool Truncated => Text.Length < Size;
    public byte[] Bytes => Text.Bytes;
}
