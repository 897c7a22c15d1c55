using System.Collections.Concurrent;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Ground.Signals;

/// <summary>Tracks the clients of this server that watch a project's changes.</summary>
internal sealed class ChangeWatch
{
    private readonly LimitOptions limits;
    private readonly IHostApplicationLifetime lifetime;
    private readonly WatcherCount counts;
    private readonly ConcurrentDictionary<Watcher<Signal.Change>, byte> watchers = [];

    public ChangeWatch(Db db, LimitOptions limits, IHostApplicationLifetime lifetime)
    {
        (this.limits, this.lifetime, counts) = (limits, lifetime, new(limits.WatchersPerCallerMax));
        db.Signaled += OnSignal;
        db.SignalsMissed += EndAll;
    }

    /// <exception cref="Refusal">The maximum number of watchers is reached.</exception>
    public Watcher<Signal.Change> Open(Id<Project> projectId)
    {
        if (watchers.Count >= limits.WatchersMax)
            throw new Refusal(
                Because.TooMany,
                $"{limits.WatchersMax} clients watch changes, and PADDOCK_JOB_WATCHERS_MAX allows no more. Poll the "
                    + "list of changes instead."
            );
        var caller = Requester.CurrentKey;
        counts.Add(caller);
        var watcher = new Watcher<Signal.Change>(
            change => change.ProjectId == projectId,
            Gone,
            lifetime.ApplicationStopping
        );
        watchers[watcher] = 0;
        return watcher;

        void Gone(Watcher<Signal.Change> last)
        {
            if (watchers.TryRemove(last, out _))
                counts.Remove(caller);
        }
    }

    // Runs on the thread that has committed, so it must not block.
    private void OnSignal(string text)
    {
        if (watchers.IsEmpty || Signal.Parse(text) is not Signal.Change change)
            return;
        foreach (var (watcher, _) in watchers)
            watcher.Tell(change);
    }

    // Signals may have been lost, so every watcher must reload.
    private void EndAll()
    {
        foreach (var (watcher, _) in watchers)
            watcher.End();
    }
}
