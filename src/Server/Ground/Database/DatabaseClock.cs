using System.Diagnostics;

namespace Paddock.Server.Ground.Database;

/// <summary>
/// The time of a database that several servers share. Servers decide by it which runner is away and which job takes too
/// long, so one whose own clock is wrong decides like the others. Between two looks at the database's clock the
/// machine's monotonic one goes on, which nobody sets.
/// </summary>
internal sealed class DatabaseClock : TimeProvider
{
    private static readonly TimeSpan RoundTripMax = TimeSpan.FromSeconds(1); // A slower answer says too little.

    private volatile Look? last;

    private sealed record Look(DateTimeOffset Time, long Timestamp);

    public override DateTimeOffset GetUtcNow() =>
        last is { } look ? look.Time + Stopwatch.GetElapsedTime(look.Timestamp) : base.GetUtcNow();

    public async Task LookAsync(Db db)
    {
        var asked = Stopwatch.GetTimestamp();
        var milliseconds = await db.ReadAsync(
            sql => sql.NumberAsync($"SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"),
            CancellationToken.None
        );
        var took = Stopwatch.GetElapsedTime(asked);
        if (last is not null && took > RoundTripMax)
            return;
        // It was read somewhere on the way; half of it is off by no more than that half.
        last = new(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) + took / 2, Stopwatch.GetTimestamp());
    }
}

/// <summary>Looks at the database's clock from time to time.</summary>
internal sealed class ClockWorker(DatabaseClock clock, Db db) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await LookAsync();
        }
        catch (OperationCanceledException) { }
    }

    private async Task LookAsync()
    {
        try
        {
            await clock.LookAsync(db);
        }
        // The next look tries again; until then the monotonic clock is good enough.
        catch (Exception e) when (e is System.Data.Common.DbException or IOException) { }
    }
}
