using System.Collections.Concurrent;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Access.Keys;

/// <summary>When keys were used last: kept here, and written down for all of them together once a minute, so that no request waits for that.</summary>
internal sealed partial class ApiKeyUses(Db db, TimeProvider time, ILogger<ApiKeyUses> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<long, DateTimeOffset> uses = []; // No more than there are keys.

    public void Note(ApiKeyRow key) => uses[key.Id] = time.GetUtcNow();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await WriteAsync();
        }
        catch (OperationCanceledException) { }
        await WriteAsync();
    }

    private async Task WriteAsync()
    {
        // A use that comes meanwhile stays for the next time.
        var written = uses.ToArray();
        if (written.Length == 0) return;
        try { await db.WriteAsync(sql => ApiKeyTable.UsedAsync(sql, written)); }
        catch (Exception e) // Whatever it is, it must not end the server.
        {
            LogFailed(e);
            return;
        }
        foreach (var use in written) uses.TryRemove(use);
    }

    [LoggerMessage(LogLevel.Warning, "When keys were used was not written down; the next minute tries again")]
    private partial void LogFailed(Exception e);
}
