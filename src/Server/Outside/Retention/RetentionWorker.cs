using Paddock.Server.Ground.Http;

namespace Paddock.Server.Outside.Retention;

/// <summary>Sweeps the old results of projects periodically.</summary>
internal sealed partial class RetentionWorker(
    SweepRetention sweep,
    OutageLog outages,
    TimeProvider time,
    ILogger<RetentionWorker> log
) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await sweep.RunAsync(stoppingToken);
            }
            // A failure must not end the server; the next sweep continues.
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                if (!outages.Takes(e))
                    LogFailed(e);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "The retention sweep failed; the next one continues")]
    private partial void LogFailed(Exception e);
}
