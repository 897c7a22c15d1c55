using System.Data.Common;

namespace Paddock.Server.Ground.Database;

/// <summary>
/// The time of a database that several servers share. All of them decide by it which runner is lost and which job takes
/// too long, so a server whose own clock is wrong decides like the others. Between two looks at the database's clock
/// the machine's monotonic clock counts on, which nobody sets.
/// </summary>
/// <param name="machine">The clock of this machine: only its monotonic part is used once the database was
/// asked.</param>
internal sealed class DatabaseClock(TimeProvider machine) : TimeProvider
{
    private const int FirstLooks = 3; // The first one also opens the connection, so it says little.
    private static readonly TimeSpan RoundTripMax = TimeSpan.FromSeconds(1); // A slower answer says too little.

    private volatile Look? last;

    private sealed record Look(DateTimeOffset Time, long Timestamp);

    public override long TimestampFrequency => machine.TimestampFrequency;

    public override long GetTimestamp() => machine.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        machine.CreateTimer(callback, state, dueTime, period);

    public override DateTimeOffset GetUtcNow() =>
        last is { } look ? look.Time + machine.GetElapsedTime(look.Timestamp) : machine.GetUtcNow();

    /// <summary>Sets the clock before anything is decided by it.</summary>
    public async Task SetAsync(Db db)
    {
        for (var look = 0; look < FirstLooks; look++)
            await LookAsync(db);
    }

    /// <summary>Asks for the database's time, and follows it where the clock has gone wrong.</summary>
    public async Task LookAsync(Db db)
    {
        var asked = machine.GetTimestamp();
        var microseconds = await db.ReadAsync(
            sql => sql.NumberAsync($"SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"),
            CancellationToken.None
        );
        var took = machine.GetElapsedTime(asked);
        // The database read its clock at some moment of the round trip, so the middle is wrong by half of it at most.
        var found = DateTimeOffset.UnixEpoch + TimeSpan.FromMicroseconds(microseconds) + took / 2;
        if (last is not null && (took > RoundTripMax || (found - GetUtcNow()).Duration() <= took / 2))
            return; // What is known already is at least as good, and does not jump.
        last = new(found, machine.GetTimestamp());
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
        catch (Exception e) when (e is DbException or IOException or TimeoutException) { }
    }
}
