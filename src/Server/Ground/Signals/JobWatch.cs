using System.Collections.Concurrent;
using System.Threading.Channels;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Ground.Signals;

/// <summary>
/// Tracks the clients that watch jobs. Watchers are notified from the signals that every server receives anyway.
/// </summary>
internal sealed class JobWatch(LimitOptions limits, IHostApplicationLifetime lifetime)
{
    private readonly WatcherCount counts = new(limits.WatchersPerCallerMax);
    private readonly ConcurrentDictionary<Watcher, byte> watchers = [];

    /// <param name="reads">The job whose output the watcher also follows; null for none.</param>
    /// <exception cref="Refusal">The maximum number of watchers is reached.</exception>
    public Watcher Open(Func<Signal.Job, bool> wants, Guid? reads = null)
    {
        if (watchers.Count >= limits.WatchersMax)
            throw new Refusal(
                Because.TooMany,
                $"{limits.WatchersMax} clients watch jobs, and PADDOCK_JOB_WATCHERS_MAX allows no more. Poll the job "
                    + "instead."
            );
        var caller = Requester.CurrentKey;
        counts.Add(caller);
        var watcher = new Watcher(wants, Gone, lifetime.ApplicationStopping) { Reads = reads };
        watchers[watcher] = 0;
        return watcher;

        void Gone(Watcher<Signal.Job> last)
        {
            if (watchers.TryRemove((Watcher)last, out _))
                counts.Remove(caller);
        }
    }

    public void Tell(Signal.Job job)
    {
        foreach (var (watcher, _) in watchers)
            watcher.Tell(job);
    }

    public void Tell(Signal.Wrote wrote)
    {
        foreach (var (watcher, _) in watchers)
            watcher.Tell(wrote);
    }

    /// <summary>Ends all watchers because signals may have been lost, so that they reload.</summary>
    public void EndAll()
    {
        foreach (var (watcher, _) in watchers)
            watcher.End();
    }
}

/// <summary>One watcher of jobs.</summary>
internal sealed class Watcher(
    Func<Signal.Job, bool> wants,
    Action<Watcher<Signal.Job>> gone,
    CancellationToken stopping
) : Watcher<Signal.Job>(wants, gone, stopping)
{
    /// <summary>The job whose output this watcher follows.</summary>
    public Guid? Reads { get; init; }

    // The event's other fields do not matter: the watcher reloads the job.
    public void Tell(Signal.Wrote wrote)
    {
        if (Reads == wrote.JobUuid)
            Add(new(default, wrote.JobUuid, default, default, default, RunnerId: null));
    }
}

/// <summary>The queue of one watcher. If the queue is full, the watcher is disconnected and may reconnect.</summary>
internal class Watcher<T>(Func<T, bool> wants, Action<Watcher<T>> gone, CancellationToken stopping) : IDisposable
{
    private const int QueueMax = 256;
    private readonly Channel<T> queue = Channel.CreateBounded<T>(
        new BoundedChannelOptions(QueueMax) { SingleReader = true }
    );

    public void Tell(T news)
    {
        if (wants(news))
            Add(news);
    }

    protected void Add(T news)
    {
        if (!queue.Writer.TryWrite(news))
            End();
    }

    public void End() => queue.Writer.TryComplete();

    /// <summary>
    /// The events since the last call; an empty list if none came within the given time; null when the watcher has
    /// ended.
    /// </summary>
    public async Task<IReadOnlyList<T>?> NextAsync(TimeSpan patience, CancellationToken ct)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(ct, stopping);
        waiting.CancelAfter(patience);
        try
        {
            if (!await queue.Reader.WaitToReadAsync(waiting.Token))
                return null;
        }
        catch (OperationCanceledException)
        {
            return ct.IsCancellationRequested || stopping.IsCancellationRequested ? null : [];
        }
        var all = new List<T>();
        while (queue.Reader.TryRead(out var news))
            all.Add(news);
        return all;
    }

    public void Dispose()
    {
        gone(this);
        End();
        GC.SuppressFinalize(this);
    }
}
