using System.Buffers;
using System.Globalization;
using System.Text;

namespace Paddock.Runner.Sandbox.MicroVm;

/// <summary>
/// What a guest has said about its run so far. A guest may be hostile: it says nothing about anybody but itself, and no
/// more than this holds.
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

    /// <summary>From the start of the command to its end, by the guest's own clock; null until it has ended.</summary>
    public TimeSpan? Duration =>
        ended is { } end && begun is { } start && end >= start
            ? TimeSpan.FromMicroseconds((end - start) / 1000.0)
            : null;

    /// <summary>Why it gave up before the command began.</summary>
    public string? Failure { get; private set; }

    /// <summary>Takes some bytes of the control port; what makes no sense is dropped.</summary>
    /// <returns>Whether anything new is known.</returns>
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

    // Each thing is said once; the first word counts.
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
/// One stream of a command's output: its beginning, up to a limit, and whether the mark that ends it has come.
/// </summary>
/// <param name="mark">ASCII, which the command does not know.</param>
internal sealed class GuestOutput(string file, long bytesMax, string mark, LiveOutput? live = null) : IDisposable
{
    private readonly byte[] end = Encoding.ASCII.GetBytes(mark);
    private readonly OutputSink sink = new(file, bytesMax);
    private byte[] tail = []; // What may be the mark, or a part of it.
    private Captured? captured;

    /// <summary>All of the output is here.</summary>
    public bool Ended { get; private set; }

    public void Take(ReadOnlySpan<byte> bytes)
    {
        if (Ended || captured is not null)
            return;
        // How much is not of the last bytes any more.
        var surplus = Math.Max(0, tail.Length + bytes.Length - end.Length);
        var fromTail = Math.Min(surplus, tail.Length);
        Keep(tail.AsSpan(0, fromTail));
        Keep(bytes[..(surplus - fromTail)]);
        tail = [.. tail[fromTail..], .. bytes[(surplus - fromTail)..]];
        Ended = tail.AsSpan().SequenceEqual(end);
    }

    /// <summary>What was kept; nothing is taken any more after it was asked for.</summary>
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
/// The files that a guest sends: a line with number, size and bytes that follow for each, those bytes, and at the end
/// the line <c>end</c>.
/// </summary>
/// <param name="folder">Where they are kept.</param>
internal sealed class GuestFiles(IReadOnlyList<string> paths, string folder, long bytesMax) : IDisposable
{
    private const int HeaderBytesMax = 64;
    private readonly StringBuilder header = new();
    private readonly SortedDictionary<int, CollectedFile> files = [];
    private (int Number, long Size, OutputSink Sink, long Missing)? open;
    private long room = bytesMax;

    /// <summary>All files are here, or the rest cannot be understood and is dropped.</summary>
    public bool Ended { get; private set; }

    /// <summary>What came was not what the guest's program sends.</summary>
    public bool Garbled { get; private set; }

    /// <summary>Those that came whole, as they were asked for.</summary>
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

/// <summary>The last lines that a guest's kernel wrote, for the sentence on why it ended.</summary>
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

    /// <summary>The line on why it stopped, else the last that says something; null where there is none.</summary>
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
