using SQLitePCL;

namespace Paddock.Server.Ground.Database;

/// <summary>
/// Interrupts the reads of a connection when their time budget is used up or their request was canceled. SQLite calls
/// the check every few thousand steps of a statement, on the thread that runs it, so it works however busy the other
/// threads are.
/// </summary>
internal sealed class ReadEnd
{
    // Virtual machine steps between checks: some tens of microseconds. A check takes 0.1 microseconds.
    private const int Steps = 4096;

    private readonly TimeProvider time;
    private TimeSpan? budget;
    private long began;
    private CancellationToken ct;

    public ReadEnd(sqlite3 handle, TimeProvider time)
    {
        this.time = time;
        raw.sqlite3_progress_handler(handle, Steps, state => ((ReadEnd)state).IsOver ? 1 : 0, this);
    }

    private bool IsOver => ct.IsCancellationRequested || budget is { } max && time.GetElapsedTime(began) > max;

    public void Set(TimeSpan? budget, long began, CancellationToken ct) =>
        (this.budget, this.began, this.ct) = (budget, began, ct);

    public void Clear() => (budget, ct) = (null, CancellationToken.None);
}
