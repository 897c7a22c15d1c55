using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Threading.Channels;
using Paddock.Core.Wire;
using Paddock.Server.ApiKeys;
using Paddock.Server.Database;
using Paddock.Server.Http;
using Paddock.Server.Jobs;

namespace Paddock.Server.Fleet;

/// <summary>
/// Tells whoever watches runners what has changed. However many watch, a change is read once and written down once for each organization, and nobody hears more
/// than once a second.
/// </summary>
internal sealed partial class FleetWatch(Db db, Dispatch dispatch, JobOptions options, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<FleetWatch> log) : BackgroundService
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SignOfLifeEvery = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<FleetWatcher, byte> watchers = [];
    private readonly Lock gate = new();
    private readonly SemaphoreSlim wanted = new(0);
    private HashSet<long> changed = [];
    private Dictionary<long, long> owners = []; // Of the runners in use: the organization, or 0 for those that all share.

    /// <exception cref="Refusal">As many watch as may.</exception>
    public FleetWatcher Open(ApiKeyRow key)
    {
        if (watchers.Count >= options.WatchersMax) throw new Refusal(Because.TooMany, $"{options.WatchersMax} watch runners already, which is as many as may; ask for them now and then.");
        var watcher = new FleetWatcher(key.Id, key.OrganizationId, last => watchers.TryRemove(last, out _));
        watchers[watcher] = 0;
        return watcher;
    }

    public static byte[] Event(IReadOnlyList<FleetRunner> runners) => JsonSerializer.SerializeToUtf8Bytes(new FleetRunners(runners), Wire.Default.FleetRunners);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        db.Signaled += OnSignal;
        db.SignalsMissed += EndAll;
        using var stopping = lifetime.ApplicationStopping.Register(EndAll); // Before the server waits for what is still open.
        var (seenSince, signed) = (dispatch.SeenSince, Stopwatch.GetTimestamp());
        try
        {
            while (true)
            {
                await wanted.WaitAsync(Pace, stoppingToken);
                while (wanted.CurrentCount > 0) await wanted.WaitAsync(stoppingToken); // However often it was asked for, it is done once.
                try
                {
                    seenSince = await TellAsync(seenSince, stoppingToken);
                    if (Stopwatch.GetElapsedTime(signed) >= SignOfLifeEvery)
                    {
                        signed = Stopwatch.GetTimestamp();
                        await SignAsync(stoppingToken);
                    }
                }
                catch (Exception e) when (!stoppingToken.IsCancellationRequested)
                {
                    LogFailed(e);
                    EndAll(); // They come again and get everything.
                }
                await Task.Delay(Pace, stoppingToken);
            }
        }
        catch (OperationCanceledException) { }
        finally
        {
            db.Signaled -= OnSignal;
            db.SignalsMissed -= EndAll;
            EndAll();
        }
    }

    // On the thread that has written: it is not kept waiting.
    private void OnSignal(string text)
    {
        if (watchers.IsEmpty) return;
        var runner = JobSignal.Parse(text) switch
        {
            JobSignal.Job job => job.RunnerId,
            JobSignal.Runner operated => operated.RunnerId,
            JobSignal.Opened opened => opened.RunnerId,
            JobSignal.Closed closed => closed.RunnerId,
            JobSignal.Told told => told.RunnerId,
            _ => null,
        };
        if (runner is not { } id) return;
        lock (gate) changed.Add(id);
        wanted.Release();
    }

    private void EndAll()
    {
        foreach (var (watcher, _) in watchers) watcher.End();
    }

    private async Task<DateTimeOffset> TellAsync(DateTimeOffset before, CancellationToken ct)
    {
        var seenSince = dispatch.SeenSince;
        HashSet<long> ids;
        lock (gate) (ids, changed) = (changed, []);
        if (watchers.IsEmpty)
        {
            owners = [];
            return seenSince;
        }
        var (runners, now) = await db.ReadAsync(async sql =>
        {
            // Those too that went silent, which nobody says.
            foreach (var silent in await sql.ListAsync($"SELECT id FROM runners WHERE last_heartbeat >= {before} AND last_heartbeat < {seenSince}", row => row.Long(), ct)) ids.Add(silent);
            if (ids.Count == 0 && owners.Count > 0) return ([], owners);
            var all = await sql.ListAsync($"SELECT runners.id, runners.organization_id FROM runners WHERE {FleetTable.InUse}", row => (Id: row.Long(), Owner: row.LongOrZero()), ct);
            var some = ids.Count == 0 ? [] : await FleetTable.ListAsync(sql, SqlText.Of($"runners.id IN {ids.ToArray()} AND {FleetTable.InUse}"), seenSince, ct);
            return (some, all.ToDictionary(runner => runner.Id, runner => runner.Owner));
        }, ct);
        if (ids.Count > 0) Tell(ids, runners, now);
        owners = now;
        return seenSince;
    }

    // One for all: a timer for each would cost more than what it says. Who has no key any more hears the end instead.
    private async Task SignAsync(CancellationToken ct)
    {
        if (watchers.IsEmpty) return;
        long[] keys = [.. watchers.Keys.Select(watcher => watcher.KeyId).Distinct()];
        var valid = (await db.ReadAsync(sql => ApiKeyTable.ValidAsync(sql, keys, time.GetUtcNow(), ct), ct)).ToHashSet();
        foreach (var watcher in watchers.Keys)
        {
            if (valid.Contains(watcher.KeyId)) watcher.Tell(default);
            else watcher.End();
        }
    }

    private void Tell(HashSet<long> ids, List<FleetRunner> runners, Dictionary<long, long> now)
    {
        foreach (var group in watchers.Keys.GroupBy(watcher => watcher.OrganizationId))
        {
            var visible = runners.FindAll(runner => IsFor(group.Key, now, runner.Id));
            var gone = ids.Where(id => !IsFor(group.Key, now, id) && IsFor(group.Key, owners, id)).ToArray();
            StreamEvent? some = visible.Count > 0 ? new("runners", Event(visible)) : null;
            StreamEvent? none = gone.Length > 0 ? new("gone", JsonSerializer.SerializeToUtf8Bytes(new GoneRunners(gone), Wire.Default.GoneRunners)) : null;
            foreach (var watcher in group)
            {
                if (some is { } news) watcher.Tell(news);
                if (none is { } loss) watcher.Tell(loss);
            }
        }
    }

    private static bool IsFor(long organizationId, Dictionary<long, long> owners, long id) => owners.TryGetValue(id, out var owner) && (owner == 0 || owner == organizationId);

    [LoggerMessage(LogLevel.Error, "Those who watch runners could not be told what has changed")]
    private partial void LogFailed(Exception e);
}

/// <summary>One watcher's own queue. Whoever does not take what is in it is cut off, and may come again.</summary>
internal sealed class FleetWatcher(long keyId, long organizationId, Action<FleetWatcher> gone) : IDisposable
{
    private const int QueueMax = 64;
    private readonly Channel<StreamEvent> queue = System.Threading.Channels.Channel.CreateBounded<StreamEvent>(new BoundedChannelOptions(QueueMax) { SingleReader = true });

    public long KeyId => keyId;
    public long OrganizationId => organizationId;

    /// <summary>What comes up, and now and then an event without a name; until the watcher is ended.</summary>
    public IAsyncEnumerable<StreamEvent> AllAsync(CancellationToken ct) => queue.Reader.ReadAllAsync(ct);

    public void Tell(StreamEvent news)
    {
        if (!queue.Writer.TryWrite(news)) End();
    }

    public void End() => queue.Writer.TryComplete();

    public void Dispose()
    {
        gone(this);
        End();
    }
}
