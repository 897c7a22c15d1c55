using System.Collections.Concurrent;
using System.Data;
using Npgsql;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Ground.Database;

/// <summary>A PostgreSQL database, which any number of servers may share.</summary>
internal sealed class PostgresDb : Db
{
    private const int Attempts = 8;
    private const string SignalChannel = "paddock";
    private static readonly TimeSpan ListenAgainAfter = TimeSpan.FromSeconds(1);

    private const int PoolStandard = 100; // Npgsql's own.

    private readonly NpgsqlDataSource source;
    private readonly ReadLimits limits;
    private readonly FairGate readers;
    private readonly TimeProvider time;
    private readonly string connectionString;
    private readonly ConcurrentDictionary<Type, object> shared = new();

    // Stands before what this server says, which it has heard already when it comes back.
    private readonly string self = Guid.NewGuid().ToString("N");
    private readonly CancellationTokenSource disposing = new();
    private Task listening = Task.CompletedTask;

    public PostgresDb(string connectionString, ReadLimits limits, TimeProvider time)
    {
        (this.limits, this.time) = (limits, time);
        var builder = new NpgsqlConnectionStringBuilder(connectionString)
        {
            MaxAutoPrepare = 200,
            AutoPrepareMinUsages = 2,
            NoResetOnClose = true,
        };
        source = NpgsqlDataSource.Create(builder);
        // The rest is for those who write.
        readers = limits.Gate(Math.Max(2, Math.Min(PoolStandard, builder.MaxPoolSize) * 3 / 4));
        this.connectionString = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Pooling = false,
            KeepAlive = 30,
        }.ToString();
        using var connection = source.OpenConnection();
        Migrations.Apply(new PostgresSql(connection, writes: true, shared));
        PostgresTrigrams.Ensure(connection);
    }

    public override Engine Engine => Engine.Postgres;

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

    /// <param name="request">Whose share the read spends.</param>
    /// <param name="ct">Also ends with the time budget.</param>
    private async Task<T> ReadWithinAsync<T>(Func<Sql, Task<T>> work, CancellationToken request, CancellationToken ct)
    {
        using var place = await readers.EnterAsync(ReadLimits.CallerOf(request), ct);
        var connection = await source.OpenConnectionAsync(ct);
        NpgsqlTransaction? transaction = null;
        try
        {
            // Goes along with the first query.
            transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);
            return await work(new PostgresSql(connection, writes: false, shared, ct));
        }
        finally
        {
            _ = EndAsync(connection, transaction);
        } // Nothing hangs on it: the answer need not wait for one more round trip.
    }

    private static async Task EndAsync(NpgsqlConnection connection, NpgsqlTransaction? transaction)
    {
        try
        {
            if (transaction is not null)
                await transaction.DisposeAsync();
        }
        catch (Exception e) when (e is NpgsqlException or IOException) { } // A connection that broke is not used again.
        finally
        {
            await connection.DisposeAsync();
        }
    }

    public override async Task<T> WriteAsync<T>(Func<Sql, Task<T>> work)
    {
        for (var attempt = 1; ; attempt++)
        {
            await using var connection = await source.OpenConnectionAsync();
            await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted);
            try
            {
                var sql = new PostgresSql(connection, writes: true, shared);
                var result = await work(sql);
                if (sql.Deletes)
                    await sql.ExecuteAsync($"UPDATE deletions SET units = units + 1");
                if (sql.Signals.Count > 0)
                    await sql.ExecuteEachAsync(
                        sql.Signals.ConvertAll(signal =>
                            SqlText.Of($"SELECT pg_notify({SignalChannel}, {self + signal})")
                        )
                    );
                await transaction.CommitAsync();
                sql.Later.ForEach(action => action());
                Raise(sql.Signals);
                return result;
            }
            catch (PostgresException e) when (attempt < Attempts && IsRace(e.SqlState))
            {
                // Somebody else was first: the next attempt sees what they wrote.
            }
        }
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
        await source.DisposeAsync();
    }

    // Until the end, through every loss of the connection.
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
                await using (var listen = new NpgsqlCommand($"LISTEN {SignalChannel}", connection))
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
        await using var connection = await source.OpenConnectionAsync();
        var sql = new PostgresSql(connection, writes: true, shared);
        if (!await sql.AnyAsync($"SELECT 1 WHERE pg_try_advisory_lock({key})"))
            return false;
        try
        {
            await work();
        }
        finally
        {
            await sql.ExecuteAsync($"SELECT pg_advisory_unlock({key})");
        } // It would stay with the connection, which goes back to the pool.
        return true;
    }

    private static bool IsRace(string state) =>
        state
            is PostgresErrorCodes.SerializationFailure
                or PostgresErrorCodes.DeadlockDetected
                or PostgresErrorCodes.UniqueViolation
                or PostgresErrorCodes.ForeignKeyViolation;
}
