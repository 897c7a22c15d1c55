using System.Data.Common;

namespace Paddock.Server.Ground.Database;

/// <summary>
/// The clock of a database that several servers share. All servers use it to decide which runner is lost and which job
/// has timed out, so a server with a wrong system clock decides like the others. Between two queries of the database's
/// clock, the machine's monotonic clock, which nobody can set, advances the time.
/// </summary>
/// <param name="machine">The clock of this machine. Only its monotonic part is used after the first query.</param>
internal sealed class DatabaseClock(TimeProvider machine) : TimeProvider
{
    // The first query also opens the connection, so its round trip is too long to be accurate.
    private const int FirstLooks = 3;
    private static readonly TimeSpan RoundTripMax = TimeSpan.FromSeconds(1); // A slower answer is too inaccurate.

    private volatile Look? last;

    private sealed record Look(DateTimeOffset Time, long Timestamp);

    public override long TimestampFrequency => machine.TimestampFrequency;

    public override long GetTimestamp() => machine.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        machine.CreateTimer(callback, state, dueTime, period);

    public override DateTimeOffset GetUtcNow() =>
        last is { } look ? look.Time + machine.GetElapsedTime(look.Timestamp) : machine.GetUtcNow();

    /// <summary>Sets the clock. Called before the server makes any decision by time.</summary>
    public async Task SetAsync(Db db)
    {
        for (var look = 0; look < FirstLooks; look++)
            await LookAsync(db);
    }

    /// <summary>Queries the database's time, and adopts it if this clock has drifted.</summary>
    public async Task LookAsync(Db db)
    {
        var asked = machine.GetTimestamp();
        var microseconds = await db.ReadAsync(
            sql => sql.NumberAsync($"SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"),
            CancellationToken.None
        );
        var took = machine.GetElapsedTime(asked);
        // The database read its clock at some point of the round trip, so its middle is off by at most half of the
        // round trip.
        var found = DateTimeOffset.UnixEpoch + TimeSpan.FromMicroseconds(microseconds) + took / 2;
        if (last is not null && (took > RoundTripMax || (found - GetUtcNow()).Duration() <= took / 2))
            return; // The current estimate is at least as accurate, and keeping it avoids a jump.
        last = new(found, machine.GetTimestamp());
    }
}

/// <summary>Queries the database's clock periodically.</summary>
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
        // The next query tries again. Until then the monotonic clock is accurate enough.
        catch (Exception e) when (e is DbException or IOException or TimeoutException) { }
    }
}
