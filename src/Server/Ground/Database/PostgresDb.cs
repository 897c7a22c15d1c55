using System.Collections.Concurrent;
using System.Data;
using System.Security.Cryptography;
using Npgsql;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Ground.Database;

/// <summary>A PostgreSQL database, which any number of servers may share.</summary>
internal sealed class PostgresDb : Db
{
    private const int Attempts = 8;
    private const string SignalChannel = "paddock";
    private static readonly TimeSpan ListenAgainAfter = TimeSpan.FromSeconds(1);

    // One server's share of PostgreSQL's connections is a quarter, so that a few servers and other clients fit.
    private const int PoolShare = 4;
    private const int PoolMin = 10;
    private const int PoolMax = 40;

    // Connections per processor of this machine. Each connection plans every statement itself before it is fast, and
    // more connections than processors make PostgreSQL no faster: with 40 instead of 10 on two cores, a report took 41
    // ms to read instead of 11, and 100 x 64 metrics came in at 20,000 per second instead of 34,000.
    private const int PoolPerCore = 4;

    // Connections outside the pools: for LISTEN, and for work that only one server does.
    private const int Unpooled = 6;

    // A server whose network is cut goes silent. Without these settings PostgreSQL would take two hours to notice, and
    // keep the locks that other servers wait for. A query that waits for a lock looks at its connection only because of
    // the interval.
    private const string GiveUpLostServers =
        "SET tcp_keepalives_idle = 15; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; "
        + "SET tcp_user_timeout = 30000; SET client_connection_check_interval = 5000";

    // Readers and writers have separate pools, so no reader waits behind writers that wait for a lock.
    private readonly NpgsqlDataSource reading;
    private readonly NpgsqlDataSource writing;
    private readonly TurnQueues turns;
    private readonly ReadLimits limits;
    private readonly FairGate readers;
    private readonly TimeProvider time;
    private readonly string connectionString;
    private readonly ConcurrentDictionary<Type, object> shared = new();

    // Prefix of this server's notifications. It drops its own when PostgreSQL sends them back, having raised them
    // already.
    private readonly string self = Guid.NewGuid().ToString("N");
    private readonly CancellationTokenSource disposing = new();
    private readonly int server = RandomNumberGenerator.GetInt32(1, int.MaxValue);
    private Task listening = Task.CompletedTask;

    public PostgresDb(string connectionString, ReadLimits limits, TimeProvider time)
    {
        (this.limits, this.time) = (limits, time);
        this.connectionString = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Pooling = false,
            KeepAlive = 30,
        }.ToString();
        PostgresPooler.Refuse(this.connectionString);
        using (var connection = new NpgsqlConnection(this.connectionString))
        {
            connection.Open();
            Migrations.Apply(new PostgresSql(connection, writes: true, shared));
            PostgresTrigrams.Ensure(connection);
            var (readersMax, writersMax) = PoolSizes(connectionString, connection, limits);
            reading = Source(connectionString, readersMax);
            writing = Source(connectionString, writersMax);
            readers = limits.Gate(Math.Max(2, readersMax - ReadLimits.Reserved));
        }
        turns = new(WriteTogetherAsync);
    }

    private static NpgsqlDataSource Source(string connectionString, int connections)
    {
        // PostgreSQL keeps a prepared plan even after a table has grown a thousandfold, and before the first ANALYZE it
        // misjudges table sizes. Sequential scans are off because a table that fits one page now must not be scanned
        // later.
        const string setting = GiveUpLostServers + "; SET enable_seqscan = off; SET jit = off";
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        var wanted = builder.ConnectionStringBuilder;
        (wanted.MaxAutoPrepare, wanted.AutoPrepareMinUsages, wanted.NoResetOnClose) = (200, 2, true);
        (wanted.MaxPoolSize, wanted.MinPoolSize) = (connections, Math.Min(wanted.MinPoolSize, connections));
        builder.UsePhysicalConnectionInitializer(
            connection =>
            {
                using var command = new NpgsqlCommand(setting, connection);
                command.ExecuteNonQuery();
            },
            async connection =>
            {
                await using var command = new NpgsqlCommand(setting, connection);
                await command.ExecuteNonQueryAsync();
            }
        );
        return builder.Build();
    }

    // Readers get two thirds of the connections, unless the settings limit concurrent reads.
    private static (int Readers, int Writers) PoolSizes(
        string connectionString,
        NpgsqlConnection connection,
        ReadLimits limits
    )
    {
        using var asked = new NpgsqlCommand(
            """
            SELECT CAST(current_setting('max_connections') AS integer)
                - CAST(current_setting('superuser_reserved_connections') AS integer)
            """,
            connection
        );
        var free = (int)asked.ExecuteScalar()! - Unpooled;
        var given = new NpgsqlConnectionStringBuilder(connectionString);
        var isGiven = given.ShouldSerialize("Maximum Pool Size");
        if (isGiven && given.MaxPoolSize > free)
            throw new FormatException(
                $"PADDOCK_DATABASE: Maximum Pool Size is {given.MaxPoolSize}, but this PostgreSQL allows only {free} "
                    + $"connections for all its clients together. Lower the pool size, or raise max_connections."
            );
        var all = isGiven
            ? Math.Max(given.MaxPoolSize, 3)
            : Math.Clamp(Math.Min(free / PoolShare, PoolPerCore * Environment.ProcessorCount), PoolMin, PoolMax);
        var readersMax = limits.ConnectionsMax is { } wanted ? wanted + ReadLimits.Reserved : Math.Max(2, all * 2 / 3);
        return (readersMax, Math.Max(1, all - all * 2 / 3));
    }

    public override Engine Engine => Engine.Postgres;

    public override int Server => server;

    public override FairGate Readers => readers;

    public override async Task<T> ReadAsync<T>(Func<Sql, Task<T>> work, CancellationToken ct)
    {
        if (limits.BudgetOf(ct) is not { } budget)
            return await ReadWithinAsync(work, ct, ct);
        using var over = new CancellationTokenSource(budget, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, over.Token);
        try
        {
            return await ReadWithinAsync(work, ct, both.Token);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            throw limits.TookTooLong();
        }
    }

    /// <param name="request">The request's token, which tells whose share the read uses.</param>
    /// <param name="ct">A token that is also canceled when the time budget is used up.</param>
    private async Task<T> ReadWithinAsync<T>(Func<Sql, Task<T>> work, CancellationToken request, CancellationToken ct)
    {
        using var place = await readers.EnterAsync(ReadLimits.CallerOf(request), ct);
        var connection = await reading.OpenConnectionAsync(ct);
        NpgsqlTransaction? transaction = null;
        try
        {
            // BEGIN is sent together with the first query.
            transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);
            return await work(new PostgresSql(connection, writes: false, shared, end: ct));
        }
        finally
        {
            // Not awaited: the result does not depend on the end, so the caller saves one round trip.
            _ = EndAsync(connection, transaction);
        }
    }

    private static async Task EndAsync(NpgsqlConnection connection, NpgsqlTransaction? transaction)
    {
        try
        {
            if (transaction is not null)
                await transaction.DisposeAsync();
        }
        catch (Exception e) when (e is NpgsqlException or IOException) { } // A broken connection is not reused.
        finally
        {
            await connection.DisposeAsync();
        }
    }

    protected override async Task<T> CommitAsync<T>(Func<Sql, Task<T>> work)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                T? result = default;
                var sql = await CommitAsync(units: 0, async sql => result = await work(sql));
                Settle(sql);
                return result!;
            }
            catch (PostgresException e) when (attempt < Attempts && IsRace(e.SqlState))
            {
                // Another transaction won the race. The next attempt sees what it wrote.
            }
        }
    }

    public override Task<T> WriteInTurnAsync<T>(string turn, Func<Sql, Task<Func<Task<T>>>> work) =>
        turns.RunAsync(turn, new TurnUnit<T>(work));

    // All units share one transaction: one lock, one batch of statements, one COPY, one commit. If it fails, each unit
    // is retried alone.
    private async Task WriteTogetherAsync(IReadOnlyList<TurnUnit> units)
    {
        PostgresSql? done = null;
        try
        {
            if (units.Count > 1)
                done = await CommitAsync(units.Count, sql => RunTogetherAsync(units, sql));
        }
        catch (Exception e) when (e is NpgsqlException and not PostgresException or IOException)
        {
            // The database is unreachable. Retrying each unit would only repeat the wait.
            foreach (var unit in units)
                unit.Fail(e);
            return;
        }
        catch (Exception) { } // The retry of each unit reports the unit's own error.
        if (done is null)
        {
            foreach (var unit in units)
                await unit.RunAloneAsync(this);
            return;
        }
        Settle(done);
        foreach (var unit in units)
            unit.Complete();
    }

    private static async Task RunTogetherAsync(IReadOnlyList<TurnUnit> units, PostgresSql sql)
    {
        foreach (var unit in units)
            await unit.BeginAsync(sql);
        foreach (var unit in units)
            await unit.EndAsync(sql);
    }

    private async Task<PostgresSql> CommitAsync(int units, Func<PostgresSql, Task> work)
    {
        await using var connection = await writing.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted);
        var sql = new PostgresSql(connection, writes: true, shared, units: units);
        await work(sql);
        await sql.FlushAsync();
        if (sql.Deletes)
            await sql.ExecuteAsync($"UPDATE deletions SET units = units + 1");
        if (sql.Signals.Count > 0)
            await sql.ExecuteEachAsync(
                sql.Signals.ConvertAll(signal => SqlText.Of($"SELECT pg_notify({SignalChannel}, {self + signal})"))
            );
        await transaction.CommitAsync();
        return sql;
    }

    private void Settle(PostgresSql sql)
    {
        sql.AfterCommit.ForEach(action => action());
        Raise(sql.Signals);
    }

    public override Task ListenAsync()
    {
        var tried = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        listening = ListenAsync(tried, disposing.Token);
        return tried.Task;
    }

    public override async ValueTask DisposeAsync()
    {
        await disposing.CancelAsync();
        await listening;
        disposing.Dispose();
        turns.Dispose();
        await reading.DisposeAsync();
        await writing.DisposeAsync();
    }

    // Listens until shutdown, and reconnects whenever the connection is lost.
    private async Task ListenAsync(TaskCompletionSource tried, CancellationToken ct)
    {
        using var given = ct.Register(() => tried.TrySetResult());
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await using var connection = new NpgsqlConnection(connectionString);
                await connection.OpenAsync(ct);
                connection.Notification += (_, e) =>
                {
                    if (!e.Payload.StartsWith(self, StringComparison.Ordinal) && e.Payload.Length > self.Length)
                        Raise([e.Payload[self.Length..]]);
                };
                var (locks, text) = (PostgresSql.ServerLocks, $"LISTEN {SignalChannel}; {GiveUpLostServers}");
                await using (
                    var listen = new NpgsqlCommand($"SELECT pg_advisory_lock({locks}, {server}); {text}", connection)
                )
                    await listen.ExecuteNonQueryAsync(ct);
                RaiseMissed();
                tried.TrySetResult();
                while (true)
                    await connection.WaitAsync(ct);
            }
            catch (OperationCanceledException) { }
            catch (Exception e) when (e is NpgsqlException or IOException)
            {
                tried.TrySetResult();
                await Task.Delay(ListenAgainAfter, ct)
                    .ContinueWith(
                        _ => { },
                        CancellationToken.None,
                        TaskContinuationOptions.ExecuteSynchronously,
                        TaskScheduler.Default
                    );
            }
        }
    }

    public override async Task<bool> TryAloneAsync(long key, Func<Task> work)
    {
        // Uses no connection from the writers' pool, because the work itself needs one of those.
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        var sql = new PostgresSql(connection, writes: true, shared);
        await sql.ScriptAsync(GiveUpLostServers);
        if (!await sql.AnyAsync($"SELECT 1 WHERE pg_try_advisory_lock({key})"))
            return false;
        try
        {
            await work();
        }
        finally
        {
            // Unlocks at once: closing the connection would release the lock only when PostgreSQL ends the session.
            await sql.ExecuteAsync($"SELECT pg_advisory_unlock({key})");
        }
        return true;
    }

    private static bool IsRace(string state) =>
        state
            is PostgresErrorCodes.SerializationFailure
                or PostgresErrorCodes.DeadlockDetected
                or PostgresErrorCodes.UniqueViolation
                or PostgresErrorCodes.ForeignKeyViolation;
}
