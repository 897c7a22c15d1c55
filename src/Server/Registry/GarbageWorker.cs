using Paddock.Server.Ground.Http;

namespace Paddock.Server.Registry;

/// <summary>Runs the registry's garbage collection periodically.</summary>
internal sealed partial class GarbageWorker(
    CollectGarbage collect,
    OutageLog outages,
    TimeProvider time,
    ILogger<GarbageWorker> log
) : BackgroundService
{
    // Late enough not to slow down the server's start, and early enough for servers that run less than an hour.
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
            // The next run continues. A failure here must not stop the server.
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                if (!outages.Takes(e))
                    LogFailed(e);
            }
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "Garbage collection of the registry failed before its end; the next run continues"
    )]
    private partial void LogFailed(Exception e);
}
