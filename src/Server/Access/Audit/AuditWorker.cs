using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Access.Audit;

/// <summary>Deletes audit log entries that have passed their retention time.</summary>
internal sealed partial class AuditWorker(
    Db db,
    AccessOptions options,
    OutageLog outages,
    TimeProvider time,
    ILogger<AuditWorker> log
) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    /// <summary>Deletes all expired entries.</summary>
    public async Task TidyAsync(CancellationToken ct)
    {
        while (await AuditTable.DeleteOlderAsync(db, time.GetUtcNow() - options.AuditKept) > 0)
            ct.ThrowIfCancellationRequested();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await TidyAsync(stoppingToken);
            }
            // The next run tries again; a failure must not end the server.
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                if (!outages.Takes(e))
                    LogFailed(e);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Old entries of the audit log could not be deleted; the next run tries again")]
    private partial void LogFailed(Exception e);
}
