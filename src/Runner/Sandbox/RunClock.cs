using System.Diagnostics;

namespace Paddock.Runner.Sandbox;

/// <summary>How much of its time a run has left, whichever of its steps is on.</summary>
internal sealed class RunClock(SandboxRun run)
{
    // What a step gets that only brings home what is done.
    private static readonly TimeSpan Last = TimeSpan.FromSeconds(1);
    private readonly long began = Stopwatch.GetTimestamp();

    public bool IsOver => Left <= TimeSpan.Zero;

    /// <summary>Of the command, which begins now.</summary>
    public TimeSpan OfCommand => Min(run.Timeout, Left);

    private TimeSpan Left => run.Everything is { } all ? all - Stopwatch.GetElapsedTime(began) : TimeSpan.MaxValue;

    /// <summary>How long to wait for something that has a limit of its own, too.</summary>
    public TimeSpan Within(TimeSpan patience) => Min(patience, Left > Last ? Left : Last);

    /// <summary>Cancels what comes before the command: when the time is over, or somebody wants no more.</summary>
    public CancellationTokenSource Preparing(CancellationToken abort)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(abort);
        if (run.Everything is not null)
            source.CancelAfter(Left > TimeSpan.Zero ? Left : TimeSpan.Zero);
        return source;
    }

    /// <summary>The result of a run that did not get as far as its command.</summary>
    public static SandboxResult Unprepared(CancellationToken abort) =>
        abort.IsCancellationRequested
            ? SandboxResult.NotStarted("It was aborted before the command began.") with
            {
                Ending = Ending.Aborted,
            }
            : SandboxResult.NotStarted("Its time was over before the command began.") with
            {
                Ending = Ending.TimedOut,
            };

    private static TimeSpan Min(TimeSpan a, TimeSpan b) =>
        a < b
            ? a > TimeSpan.Zero
                ? a
                : TimeSpan.Zero
            : b > TimeSpan.Zero
                ? b
                : TimeSpan.Zero;
}
