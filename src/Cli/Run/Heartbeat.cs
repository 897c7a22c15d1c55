using System.Diagnostics;

namespace Paddock.Cli.Run;

/// <summary>
/// Shows that a long benchmark is alive: on a terminal one line with the time, that goes away again; elsewhere a plain line now and then.
/// Everything else that is printed meanwhile goes through here, so that the two do not mix.
/// </summary>
internal sealed class Heartbeat : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1), PlainEvery = TimeSpan.FromSeconds(30), SilenceMin = TimeSpan.FromSeconds(2);
    private const string ClearLine = "\r\e[K";

    private readonly Lock gate = new();
    private readonly Stopwatch sincePrinted = Stopwatch.StartNew();
    private readonly Stopwatch elapsed = Stopwatch.StartNew();
    private readonly Timer? timer;
    private readonly string what;
    private readonly bool drawn;
    private bool shown;
    private bool midLine;

    /// <param name="what">What is running: "iteration 2 of 5".</param>
    public Heartbeat(string what, bool quiet)
    {
        this.what = what;
        drawn = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        if (quiet) return;
        timer = drawn ? new(_ => Draw(), state: null, SilenceMin, Tick) : new(_ => Plain(), state: null, PlainEvery, PlainEvery);
    }

    /// <summary>Passes on a piece of the benchmark's own output.</summary>
    public void Echo(Stream to, ReadOnlyMemory<byte> piece)
    {
        lock (gate)
        {
            Clear();
            to.Write(piece.Span);
            to.Flush();
            midLine = piece.Span[^1] != (byte)'\n';
            sincePrinted.Restart();
        }
    }

    public void Dispose()
    {
        timer?.Dispose();
        lock (gate) Clear();
    }

    private void Draw()
    {
        lock (gate)
        {
            if (midLine || sincePrinted.Elapsed < SilenceMin) return; // Its output says that it is alive.
            Output.Error.Write($"{ClearLine}running {what}, {Clock}");
            shown = true;
        }
    }

    private void Plain()
    {
        lock (gate) Output.Note($"{(midLine ? "\n" : "")}still running {what}, {Clock}");
    }

    private void Clear()
    {
        if (shown) Output.Error.Write(ClearLine);
        shown = false;
    }

    private string Clock => elapsed.Elapsed.TotalHours >= 1 ? elapsed.Elapsed.ToString(@"h\:mm\:ss", null) : elapsed.Elapsed.ToString(@"m\:ss", null);
}
