namespace Paddock.Cli.Run;

/// <summary>How a long benchmark shows that it is alive.</summary>
internal enum HeartbeatForm
{
    Silent,

    /// <summary>One line that is drawn anew every second and goes away again, for a terminal.</summary>
    Drawn,

    /// <summary>A line of its own now and then, for a log.</summary>
    Plain,
}

/// <summary>
/// Shows that a long benchmark is alive. What the benchmark prints goes through here too, so that the two do not mix.
/// </summary>
internal sealed class Heartbeat : IDisposable
{
    /// <summary>
    /// How often a line is drawn anew, how often a plain one comes, and how long a benchmark must be silent before a
    /// line is drawn.
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

    /// <param name="what">What is running: "iteration 2 of 5".</param>
    /// <param name="signs">Where the signs of life go.</param>
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

    /// <summary>The form that suits what standard error is.</summary>
    public static HeartbeatForm FormOfError(bool quiet) =>
        quiet ? HeartbeatForm.Silent
        : Console.IsErrorRedirected || Environment.GetEnvironmentVariable("TERM") is null or "" or "dumb"
            ? HeartbeatForm.Plain
        : HeartbeatForm.Drawn;

    /// <summary>A span of time as a stopwatch shows it.</summary>
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
                return; // Its own output says that it is alive.
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
