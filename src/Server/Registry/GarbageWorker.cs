using Paddock.Server.Ground.Http;

namespace Paddock.Server.Registry;

/// <summary>Collects the registry's garbage from time to time.</summary>
internal sealed partial class GarbageWorker(
    CollectGarbage collect,
    OutageLog outages,
    TimeProvider time,
    ILogger<GarbageWorker> log
) : BackgroundService
{
    // Not while the server has to answer for the first time; and it may not run for an hour.
    private static readonly TimeSpan First = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(First, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            timer.Period = Every;
            try
            {
                await collect.RunAsync(stoppingToken);
            }
            // The next time goes on; what failed must not end the server.
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                if (!outages.Takes(e))
                    LogFailed(e);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "The registry's garbage was not collected to the end")]
    private partial void LogFailed(Exception e);
}
