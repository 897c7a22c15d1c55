using System.Collections.Concurrent;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Access.Keys;

/// <summary>
/// Collects in memory when keys were last used, and saves all of them together once a minute, so that no request waits
/// for the write.
/// </summary>
internal sealed partial class ApiKeyUses(Db db, OutageLog outages, TimeProvider time, ILogger<ApiKeyUses> log)
    : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<long, DateTimeOffset> uses = []; // Bounded by the number of keys.

    private readonly ConcurrentDictionary<Guid, DateTimeOffset> userKeys = [];
    private readonly ConcurrentDictionary<Guid, DateTimeOffset> projectKeys = [];

    public void Note(ApiKeyRow key) => uses[key.Id] = time.GetUtcNow();

    public void NoteUserKey(Guid key) => userKeys[key] = time.GetUtcNow();

    public void NoteProjectKey(Guid key) => projectKeys[key] = time.GetUtcNow();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await WriteAsync();
        }
        catch (OperationCanceledException) { }
        await WriteAsync();
    }

    private async Task WriteAsync()
    {
        // A use recorded during the write is kept for the next one.
        var (written, ofUsers, ofProjects) = (uses.ToArray(), userKeys.ToArray(), projectKeys.ToArray());
        if (written.Length + ofUsers.Length + ofProjects.Length == 0)
            return;
        try
        {
            await db.WriteAsync(async sql =>
            {
                await ApiKeyTable.UsedAsync(sql, written);
                await KeyTable.OfUsers.UsedAsync(sql, ofUsers);
                await KeyTable.OfProjects.UsedAsync(sql, ofProjects);
            });
        }
        catch (Exception e) // A failure must not end the server.
        {
            if (!outages.Takes(e))
                LogFailed(e);
            return;
        }
        foreach (var use in written)
            uses.TryRemove(use);
        foreach (var use in ofUsers)
            userKeys.TryRemove(use);
        foreach (var use in ofProjects)
            projectKeys.TryRemove(use);
    }

    [LoggerMessage(
        LogLevel.Warning,
        "The times of last use of keys could not be stored; the next attempt follows in a minute"
    )]
    private partial void LogFailed(Exception e);
}
