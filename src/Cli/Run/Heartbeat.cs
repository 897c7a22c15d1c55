namespace Paddock.Cli.Run;

/// <summary>How a long benchmark shows that it is still running.</summary>
internal enum HeartbeatForm
{
    Silent,

    /// <summary>One line that is redrawn every second and removed at the end, for a terminal.</summary>
    Drawn,

    /// <summary>A separate line at intervals, for a log.</summary>
    Plain,
}

/// <summary>
/// Shows that a long benchmark is still running. The benchmark's own output passes through here too, so that the two do
/// not mix.
/// </summary>
internal sealed class Heartbeat : IDisposable
{
    /// <summary>
    /// The interval at which the line is redrawn, the interval of plain lines, and how long a benchmark must be silent
    /// before a line is drawn.
    /// </summary>
    internal static readonly TimeSpan DrawnEvery = TimeSpan.FromSeconds(1),
        PlainEvery = TimeSpan.FromSeconds(30),
        SilenceMin = TimeSpan.FromSeconds(2);
    private const string ClearLine = "\r\e[K";

    private readonly Lock gate = new();
    private readonly string what;
    private readonly TextWriter signs;
    private readonly TimeProvider time;
    private readonly long began;
    private readonly ITimer? timer;
    private long heard;
    private bool shown;
    private bool midLine;

    /// <param name="what">The running step: "iteration 2 of 5".</param>
    /// <param name="signs">The destination of the heartbeats.</param>
    public Heartbeat(string what, HeartbeatForm form, TextWriter signs, TimeProvider time)
    {
        (this.what, this.signs, this.time) = (what, signs, time);
        began = heard = time.GetTimestamp();
        timer = form switch
        {
            HeartbeatForm.Silent => null,
            HeartbeatForm.Drawn => time.CreateTimer(_ => Draw(), state: null, SilenceMin, DrawnEvery),
            HeartbeatForm.Plain => time.CreateTimer(_ => Say(), state: null, PlainEvery, PlainEvery),
        };
    }

    public static Heartbeat Start(string what, bool quiet) =>
        new(what, FormOfError(quiet), Output.Error, TimeProvider.System);

    /// <summary>The form that fits standard error: a terminal, or a file or pipe.</summary>
    public static HeartbeatForm FormOfError(bool quiet) =>
        quiet ? HeartbeatForm.Silent
        : Console.IsErrorRedirected || Environment.GetEnvironmentVariable("TERM") is null or "" or "dumb"
            ? HeartbeatForm.Plain
        : HeartbeatForm.Drawn;

    /// <summary>A duration in the form of a stopwatch.</summary>
    public static string Clock(TimeSpan elapsed) =>
        elapsed.ToString(elapsed.TotalHours >= 1 ? @"h\:mm\:ss" : @"m\:ss", formatProvider: null);

    /// <summary>Passes on a piece of the benchmark's own output.</summary>
    public void Echo(Stream to, ReadOnlyMemory<byte> piece)
    {
        lock (gate)
        {
            Clear();
            to.Write(piece.Span);
            to.Flush();
            midLine = piece.Span[^1] != (byte)'\n';
            heard = time.GetTimestamp();
        }
    }

    public void Dispose()
    {
        timer?.Dispose();
        lock (gate)
            Clear();
    }

    private void Draw()
    {
        lock (gate)
        {
            if (midLine || time.GetElapsedTime(heard) < SilenceMin)
                return; // The benchmark's own output shows that it is running.
            signs.Write($"{ClearLine}running {what}, {Elapsed}");
            shown = true;
        }
    }

    private void Say()
    {
        lock (gate)
            signs.WriteLine($"{(midLine ? "\n" : "")}still running {what}, {Elapsed}");
    }

    private void Clear()
    {
        if (shown)
            signs.Write(ClearLine);
        shown = false;
    }

    private string Elapsed => Clock(time.GetElapsedTime(began));
}
