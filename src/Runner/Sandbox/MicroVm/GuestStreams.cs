using System.Buffers;
using System.Globalization;
using System.Text;

namespace Paddock.Runner.Sandbox.MicroVm;

/// <summary>
/// A guest's reports about its run so far. A guest may be hostile, so it can only report about itself, and the number
/// and length of its lines are limited.
/// </summary>
internal sealed class GuestReport
{
    private const int LineBytesMax = 256,
        LinesMax = 256;
    private readonly StringBuilder line = new();
    private int lines;
    private long? begun,
        ended; // Nanoseconds.

    public bool Ready { get; private set; }
    public bool Started { get; private set; }
    public int? ExitCode { get; private set; }
    public bool KilledForMemory { get; private set; }
    public bool Done { get; private set; }

    /// <summary>The command's duration by the guest's own clock; null until it has ended.</summary>
    public TimeSpan? Duration =>
        ended is { } end && begun is { } start && end >= start
            ? TimeSpan.FromMicroseconds((end - start) / 1000.0)
            : null;

    /// <summary>Why the guest gave up before the command began.</summary>
    public string? Failure { get; private set; }

    /// <summary>Parses bytes from the control port; invalid lines are dropped.</summary>
    /// <returns>True when the report has changed.</returns>
    public bool Take(ReadOnlySpan<byte> bytes)
    {
        var news = false;
        foreach (var b in bytes)
        {
            if (lines >= LinesMax)
                return news;
            if (b != '\n')
            {
                if (line.Length <= LineBytesMax)
                    line.Append((char)b);
                continue;
            }
            if (line.Length <= LineBytesMax)
                news |= Take(line.ToString());
            line.Clear();
            lines++;
        }
        return news;
    }

    // Each fact is reported once; the first report counts.
    private bool Take(string said)
    {
        switch (said.Split(' '))
        {
            case ["ready"]:
                return Ready = true;
            case ["start", var at] when Ready && !Started && Nanoseconds(at) is { } time:
                begun = time;
                return Started = true;
            case ["fail", ..] when !Started:
                return (Failure ??= Printable(said["fail".Length..].Trim())) is not null;
            case ["exit", var code, var at]
                when Started && ExitCode is null && Number(code) is >= 0 and <= 255 and var number:
                (ExitCode, ended) = (number, Nanoseconds(at));
                return true;
            case ["oom", var kills] when ExitCode is not null && !Done:
                return KilledForMemory = Number(kills) > 0;
            case ["done"] when ExitCode is not null:
                return Done = true;
            default:
                return false;
        }
    }

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static long? Nanoseconds(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    internal static string Printable(string text) => string.Concat(text.Select(c => c is >= ' ' and <= '~' ? c : '?'));
}

/// <summary>
/// One stream of a command's output: keeps its beginning, up to a limit, and detects the mark at its end.
/// </summary>
/// <param name="mark">An ASCII string that the command does not know.</param>
internal sealed class GuestOutput(string file, long bytesMax, string mark, LiveOutput? live = null) : IDisposable
{
    private readonly byte[] end = Encoding.ASCII.GetBytes(mark);
    private readonly OutputSink sink = new(file, bytesMax);
    private byte[] tail = []; // The last bytes, which may be part of the mark.
    private Captured? captured;

    /// <summary>True when the end mark has been received.</summary>
    public bool Ended { get; private set; }

    public void Take(ReadOnlySpan<byte> bytes)
    {
        if (Ended || captured is not null)
            return;
        // The number of bytes that are now too far from the end to belong to the mark.
        var surplus = Math.Max(0, tail.Length + bytes.Length - end.Length);
        var fromTail = Math.Min(surplus, tail.Length);
        Keep(tail.AsSpan(0, fromTail));
        Keep(bytes[..(surplus - fromTail)]);
        tail = [.. tail[fromTail..], .. bytes[(surplus - fromTail)..]];
        Ended = tail.AsSpan().SequenceEqual(end);
    }

    /// <summary>The kept output. Reading this property ends the capture.</summary>
    public Captured Captured => captured ??= Finish();

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        live?.Write(bytes);
        sink.Write(bytes);
    }

    private Captured Finish()
    {
        if (!Ended)
            sink.Write(tail);
        return sink.Finish();
    }

    public void Dispose() => sink.Dispose();
}

/// <summary>
/// Parses the files that a guest sends. For each file: a line with its number, its size and the number of bytes that
/// follow, then those bytes. The line <c>end</c> ends the stream.
/// </summary>
/// <param name="folder">The folder that receives the files.</param>
internal sealed class GuestFiles(IReadOnlyList<string> paths, string folder, long bytesMax) : IDisposable
{
    private const int HeaderBytesMax = 64;
    private readonly StringBuilder header = new();
    private readonly SortedDictionary<int, CollectedFile> files = [];
    private (int Number, long Size, OutputSink Sink, long Missing)? open;
    private long room = bytesMax;

    /// <summary>True when all files have arrived, or the rest is invalid and is dropped.</summary>
    public bool Ended { get; private set; }

    /// <summary>True when the stream violates the format, so the guest's init program has not written it.</summary>
    public bool Garbled { get; private set; }

    /// <summary>The files that arrived completely, in the order of the request.</summary>
    public IReadOnlyList<CollectedFile> Files => [.. files.Values];

    public void Take(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && !Ended)
        {
            if (open is { } file)
            {
                var part = bytes[..(int)Math.Min(bytes.Length, file.Missing)];
                file.Sink.Write(part);
                bytes = bytes[part.Length..];
                open = file with { Missing = file.Missing - part.Length };
                CloseIfFull();
                continue;
            }
            if (bytes[0] == '\n')
                Open(header.ToString());
            else if (header.Length < HeaderBytesMax)
                header.Append((char)bytes[0]);
            else
                Stop(garbled: true);
            bytes = bytes[1..];
        }
    }

    public void Dispose() => open?.Sink.Dispose();

    private void Open(string line)
    {
        header.Clear();
        if (line == "end")
            Stop(garbled: false);
        else if (
            line.Split(' ') is [var number, var size, var sent]
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
            && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var whole)
            && int.TryParse(sent, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            && at < paths.Count
            && !files.ContainsKey(at)
            && length <= whole
            && length <= room
        )
        {
            room -= length;
            open = (
                at,
                whole,
                new(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"file{at}")), length),
                length
            );
            CloseIfFull();
        }
        else
            Stop(garbled: true);
    }

    private void CloseIfFull()
    {
        if (open is not { Missing: 0 } file)
            return;
        files[file.Number] = new(paths[file.Number], file.Sink.Finish(), file.Size);
        open = null;
    }

    private void Stop(bool garbled) => (Ended, Garbled) = (true, garbled);
}

/// <summary>The last lines of a guest's kernel log, for the message on why it ended.</summary>
internal sealed class GuestConsole
{
    private const int BytesMax = 16 << 10;
    private byte[] last = [];

    public void Take(ReadOnlySpan<byte> bytes)
    {
        var kept = bytes.Length >= BytesMax ? [] : last[Math.Max(0, last.Length + bytes.Length - BytesMax)..];
        last = [.. kept, .. bytes[^Math.Min(bytes.Length, BytesMax)..]];
    }

    public bool Says(string words) => Text.Contains(words, StringComparison.Ordinal);

    /// <summary>The line of the kernel panic, else the last line with letters; null when there is none.</summary>
    public string? LastLine
    {
        get
        {
            var lines = Text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Where(line => line.Any(char.IsAsciiLetter))
                .Select(GuestReport.Printable)
                .ToList();
            return lines.Find(line => line.Contains("Kernel panic", StringComparison.Ordinal)) ?? lines.LastOrDefault();
        }
    }

    private string Text => Encoding.Latin1.GetString(last);
}
