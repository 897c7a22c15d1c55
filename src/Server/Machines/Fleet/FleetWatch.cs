using System.Collections.Concurrent;
using System.Text.Json;
using Paddock.Core.Wire;
using Paddock.Server.Access.Keys;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;
using Paddock.Server.Ground.Signals;
using Paddock.Server.Machines.Dispatch;
using Paddock.Server.Machines.Runners;

namespace Paddock.Server.Machines.Fleet;

/// <summary>
/// Tells watchers which runners have changed. Each change is read once and serialized once per organization, however
/// many watch, and watchers get events at most once a second.
/// </summary>
internal sealed partial class FleetWatch(
    Db db,
    Dispatcher dispatch,
    LimitOptions limits,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    OutageLog outages,
    ILogger<FleetWatch> log
) : BackgroundService
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SignOfLifeEvery = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<FleetWatcher, byte> watchers = [];
    private readonly WatcherCount counts = new(limits.WatchersPerCallerMax);
    private readonly Lock gate = new();
    private readonly SemaphoreSlim wanted = new(0);

    // The changed runners, each with its former owners: an organization, or 0 for a shared runner.
    private Dictionary<Id<Runner>, HashSet<Id<Organization>>> changed = [];

    /// <exception cref="Refusal">The limit of watchers is reached.</exception>
    public FleetWatcher Open(ApiKeyRow key)
    {
        if (watchers.Count >= limits.WatchersMax)
            throw new Refusal(
                Because.TooMany,
                $"{limits.WatchersMax} clients watch runners, and PADDOCK_JOB_WATCHERS_MAX allows no more. Poll the "
                    + "list of runners instead."
            )
            {
                RetryAfter = SignOfLifeEvery,
            };
        var caller = new ApiKeyCaller(key).CountedAs!.Value;
        counts.Add(caller);
        var watcher = new FleetWatcher(key.Id, key.OrganizationId, Gone);
        watchers[watcher] = 0;
        return watcher;

        void Gone(FleetWatcher last)
        {
            if (watchers.TryRemove(last, out _))
                counts.Remove(caller);
        }
    }

    public static byte[] Event(IReadOnlyList<FleetRunner> runners) =>
        JsonSerializer.SerializeToUtf8Bytes(new FleetRunners(runners), Wire.Default.FleetRunners);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        db.Signaled += OnSignal;
        db.SignalsMissed += EndAll;
        // Runs before the server waits for open requests to end.
        using var stopping = lifetime.ApplicationStopping.Register(EndAll);
        // No signal reports a runner that goes silent.
        await using var looking = time.CreateTimer(_ => wanted.Release(), null, Pace, Pace);
        var (seenSince, signed) = (dispatch.SeenSince, time.GetTimestamp());
        try
        {
            while (true)
            {
                await wanted.WaitAsync(stoppingToken);
                while (wanted.Wait(0, CancellationToken.None)) { } // Several requests are served by one round.
                var before = seenSince;
                seenSince = dispatch.SeenSince;
                try
                {
                    if (time.GetElapsedTime(signed) >= SignOfLifeEvery)
                    {
                        signed = time.GetTimestamp();
                        await SignAsync(stoppingToken);
                    }
                    if (await TellAsync(before, seenSince, stoppingToken))
                        await Task.Delay(Pace, time, stoppingToken);
                }
                catch (Exception e) when (!stoppingToken.IsCancellationRequested)
                {
                    if (!outages.Takes(e))
                        LogFailed(e);
                    EndAll(); // The clients reconnect and get the whole list.
                }
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

    // Runs on the thread that wrote to the database, so it must not block.
    private void OnSignal(string text)
    {
        if (watchers.IsEmpty)
            return;
        switch (Signal.Parse(text))
        {
            case Signal.Job { RunnerId: { } id }:
                Note(id);
                break;
            case Signal.Runner operated:
                Note(operated.RunnerId, operated.OwnerId);
                break;
            case Signal.Opened opened:
                Note(opened.RunnerId);
                break;
            case Signal.Closed closed:
                Note(closed.RunnerId);
                break;
            case Signal.Told told:
                Note(told.RunnerId);
                break;
            case Signal.Revoked revoked:
                foreach (var (watcher, _) in watchers)
                    if (watcher.KeyId == revoked.KeyId)
                        watcher.End();
                break;
        }
    }

    private void Note(Id<Runner> runnerId, params ReadOnlySpan<Id<Organization>> owners)
    {
        lock (gate)
        {
            if (!changed.TryGetValue(runnerId, out var former))
                changed.Add(runnerId, former = []);
            foreach (var owner in owners)
                former.Add(owner);
        }
        wanted.Release();
    }

    private void EndAll()
    {
        foreach (var (watcher, _) in watchers)
            watcher.End();
    }

    /// <param name="before">The <paramref name="seenSince"/> of the previous call. Runners last seen between the two
    /// have gone silent since.</param>
    /// <returns>True when any runner had changed.</returns>
    private async Task<bool> TellAsync(DateTimeOffset before, DateTimeOffset seenSince, CancellationToken ct)
    {
        Dictionary<Id<Runner>, HashSet<Id<Organization>>> news;
        lock (gate)
            (news, changed) = (changed, []);
        if (watchers.IsEmpty || news.Count == 0 && before == seenSince)
            return false;
        var (runners, owners) = await db.ReadAsync(
            async sql =>
            {
                foreach (
                    var silent in await sql.ListAsync(
                        $"SELECT runners.id FROM runners WHERE {RunnerLiveness.WentSilent(before, seenSince)}",
                        row => row.Id<Runner>(),
                        ct
                    )
                )
                    news.TryAdd(silent, []);
                if (news.Count == 0)
                    return ([], []);
                Id<Runner>[] ids = [.. news.Keys];
                var where = SqlText.Of($"runners.id IN {ids} AND {FleetTable.InUse}");
                var found = await sql.ListAsync(
                    $"SELECT runners.id, runners.organization_id FROM runners WHERE {where}",
                    row => (Id: row.Id<Runner>(), Owner: new Id<Organization>(row.LongOrZero())),
                    ct
                );
                return (
                    await FleetTable.ListAsync(sql, where, seenSince, ct),
                    found.ToDictionary(runner => runner.Id, runner => runner.Owner)
                );
            },
            ct
        );
        foreach (var group in watchers.Keys.GroupBy(watcher => watcher.OrganizationId))
        {
            var visible = runners.FindAll(runner => IsFor(group.Key, owners[new(runner.Id)]));
            long[] gone =
            [
                .. news.Where(one =>
                        one.Value.Any(owner => IsFor(group.Key, owner))
                        && !(owners.TryGetValue(one.Key, out var now) && IsFor(group.Key, now))
                    )
                    .Select(one => one.Key.Value),
            ];
            StreamEvent? some = visible.Count > 0 ? new("runners", Event(visible)) : null;
            StreamEvent? none =
                gone.Length > 0
                    ? new("gone", JsonSerializer.SerializeToUtf8Bytes(new GoneRunners(gone), Wire.Default.GoneRunners))
                    : null;
            foreach (var watcher in group)
            {
                if (some is { } shown)
                    watcher.Tell(shown);
                if (none is { } loss)
                    watcher.Tell(loss);
            }
        }
        return news.Count > 0;
    }

    // Keeps all streams alive with one timer; a timer per stream would cost more. Streams of keys that are no longer
    // valid are ended.
    private async Task SignAsync(CancellationToken ct)
    {
        if (watchers.IsEmpty)
            return;
        Id<ApiKey>[] keys = [.. watchers.Keys.Select(watcher => watcher.KeyId).Distinct()];
        var valid = (
            await db.ReadAsync(sql => ApiKeyTable.ValidAsync(sql, keys, time.GetUtcNow(), ct), ct)
        ).ToHashSet();
        foreach (var watcher in watchers.Keys)
        {
            if (valid.Contains(watcher.KeyId))
                watcher.Tell(default);
            else
                watcher.End();
        }
    }

    private static bool IsFor(Id<Organization> organizationId, Id<Organization> owner) =>
        owner.IsNone || owner == organizationId;

    [LoggerMessage(LogLevel.Error, "Changes of runners could not be sent to the clients that watch them")]
    private partial void LogFailed(Exception e);
}
