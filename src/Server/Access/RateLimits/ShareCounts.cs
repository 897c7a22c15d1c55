using System.Globalization;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Signals;

namespace Paddock.Server.Access.RateLimits;

/// <summary>How often a caller used up one limit.</summary>
internal sealed record CountedCaller(string By, string What, ulong Caller, int Times);

/// <summary>
/// Sends the counts of this server to the other servers of the database once a second, and adds theirs. A caller who
/// uses several servers therefore has one allowance. Decision 0036 says why no table is used.
/// </summary>
internal sealed partial class ShareCounts(
    Db db,
    RateLimiters limits,
    AccessOptions options,
    OutageLog outages,
    TimeProvider time,
    ILogger<ShareCounts> log
) : BackgroundService
{
    private const int PerSignal = 80; // A PostgreSQL notification has less than 8,000 bytes, and a count less than 80.
    private const int AtOnceMax = 25 * PerSignal;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private bool IsNeeded => options.RateLimits && db.Engine == Engine.Postgres;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (IsNeeded)
        {
            limits.Share();
            db.Signaled += OnSignal;
        }
        return base.StartAsync(cancellationToken);
    }

    public override Task StopAsync(CancellationToken cancellationToken)
    {
        db.Signaled -= OnSignal;
        return base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!IsNeeded)
            return;
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await TellAsync();
        }
        catch (OperationCanceledException) { }
    }

    // The highest counts are sent first. Counts that do not fit are not sent; they still count on this server.
    private async Task TellAsync()
    {
        var signals = limits
            .TakeUntold()
            .OrderByDescending(counted => counted.Times)
            .Take(AtOnceMax)
            .Chunk(PerSignal)
            .Select(chunk => new Signal.Counted(db.Server, string.Join(',', chunk.Select(Text))))
            .ToList();
        if (signals.Count == 0)
            return;
        try
        {
            await db.WriteAsync(async sql =>
            {
                foreach (var signal in signals)
                    await signal.SendAsync(sql);
            });
        }
        catch (Exception e) // A failure must not end the server.
        {
            if (!outages.Takes(e))
                LogFailed(e);
        }
    }

    private void OnSignal(string text)
    {
        if (Signal.Parse(text) is not Signal.Counted told || told.Server == db.Server)
            return;
        foreach (var one in told.Counts.Split(','))
            if (Read(one) is { } counted)
                limits.Add(counted);
    }

    private static string Text(CountedCaller counted) =>
        string.Create(CultureInfo.InvariantCulture, $"{counted.By}:{counted.What}:{counted.Caller:x}:{counted.Times}");

    private static CountedCaller? Read(string text) =>
        text.Split(':') is [var by, var what, var caller, var times]
        && ulong.TryParse(caller, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var key)
        && int.TryParse(times, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new(by, what, key, number)
            : null;

    [LoggerMessage(
        LogLevel.Error,
        "Counts of the rate limits could not be sent to the other servers, and are not sent again"
    )]
    private partial void LogFailed(Exception e);
}
