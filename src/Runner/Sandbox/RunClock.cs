using System.Diagnostics;

namespace Paddock.Runner.Sandbox;

/// <summary>Tracks how much of its time limit a run has left, across all its steps.</summary>
internal sealed class RunClock(SandboxRun run)
{
    // The least time for a step that only collects results.
    private static readonly TimeSpan Last = TimeSpan.FromSeconds(1);
    private readonly long began = Stopwatch.GetTimestamp();

    public bool IsOver => Left <= TimeSpan.Zero;

    /// <summary>The time limit of a command that begins now.</summary>
    public TimeSpan OfCommand => Min(run.Timeout, Left);

    private TimeSpan Left => run.Everything is { } all ? all - Stopwatch.GetElapsedTime(began) : TimeSpan.MaxValue;

    /// <summary>How long to wait for a step that also has its own limit.</summary>
    public TimeSpan Within(TimeSpan patience) => Min(patience, Left > Last ? Left : Last);

    /// <summary>Creates the cancellation of the preparation: on timeout or abort.</summary>
    public CancellationTokenSource Preparing(CancellationToken abort)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(abort);
        if (run.Everything is not null)
            source.CancelAfter(Left > TimeSpan.Zero ? Left : TimeSpan.Zero);
        return source;
    }

    /// <summary>The result of a run that was stopped before its command began.</summary>
    public static SandboxResult Unprepared(CancellationToken abort) =>
        abort.IsCancellationRequested
            ? SandboxResult.NotStarted("The run was aborted before the command began.") with
            {
                Ending = Ending.Aborted,
            }
            : SandboxResult.NotStarted("The timeout was over before the command began.") with
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
