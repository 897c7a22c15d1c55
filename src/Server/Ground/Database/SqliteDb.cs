using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Paddock.Server.Ground.RateLimits;
using SQLitePCL;

namespace Paddock.Server.Ground.Database;

/// <summary>
/// The embedded database. A single thread writes: it runs the queued units of work one after the other and commits them
/// together, so that many share one fsync. If one fails, the whole batch is rolled back and run again, each unit in a
/// savepoint. Not every batch uses savepoints, because failures are rare and a savepoint copies every page changed
/// under it. Readers have their own connections and see the last commit.
/// </summary>
internal sealed class SqliteDb : Db
{
    private const int QueueMax = 4096;
    private const int BatchMax = 64;

    // Bounds the time that the first unit of a batch waits for the last.
    private static readonly TimeSpan BatchTimeMax = TimeSpan.FromMilliseconds(20);

    // Changed rows before a checkpoint. Each row writes about one page of 4 KiB to the WAL.
    private const int CheckpointChanges = 8192;

    private readonly string connectionString;
    private readonly Channel<Unit> queue = Channel.CreateBounded<Unit>(
        new BoundedChannelOptions(QueueMax) { SingleReader = true }
    );
    private readonly ConcurrentBag<SqliteSql> idleReaders = [];
    private readonly ConcurrentDictionary<long, bool> alone = [];
    private readonly ReadLimits limits;
    private readonly FairGate readers;
    private readonly TimeProvider time;
    private readonly Thread writer;
    private readonly SqliteSql writing;
    private readonly SqliteSql checkpointing;
    private int checkpointedChanges; // Total changed rows at the end of the last checkpoint.
    private Task? checkpoint; // The checkpoint that runs concurrently with the writer.

    static SqliteDb()
    {
        Batteries_V2.Init();
        // No two threads ever use a connection at once, and memory statistics are not needed: the locks around both
        // took a tenth of the writer's time.
        if (
            raw.sqlite3_config(raw.SQLITE_CONFIG_MULTITHREAD) != raw.SQLITE_OK
            || raw.sqlite3_config(raw.SQLITE_CONFIG_MEMSTATUS, 0) != raw.SQLITE_OK
        )
            throw new InvalidOperationException("SQLite was used before it was configured.");
    }

    public SqliteDb(string file, ReadLimits limits, TimeProvider time)
    {
        (this.limits, this.time) = (limits, time);
        var connections = limits.ConnectionsMax ?? Math.Max(4, Environment.ProcessorCount * 2);
        readers = limits.Gate(connections);
        KeepThreadsFor(connections + ReadLimits.Reserved);
        connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = file,
            Pooling = false,
            DefaultTimeout = 30,
        }.ToString();
        var connection = Connect(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size "
                + "= -16384;"
        );
        writing = new(connection, writes: true);
        Migrations.Apply(writing);
        checkpointing = new(Connect("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;"), writes: true);
        writer = new Thread(WriteLoop) { IsBackground = true, Name = "database writer" };
        writer.Start();
    }

    public override Engine Engine => Engine.Sqlite;

    public override FairGate Readers => readers;

    public override async Task<T> ReadAsync<T>(Func<Sql, Task<T>> work, CancellationToken ct)
    {
        var budget = limits.BudgetOf(ct);
        var began = time.GetTimestamp();
        using var place = await EnterAsync(budget, ct);
        if (!idleReaders.TryTake(out var sql))
            sql = Reader();
        var end = sql.EndWhen(budget, began, ct);
        await sql.ExecuteAsync($"BEGIN", CancellationToken.None);
        try
        {
            return await work(sql);
        }
        catch (SqliteException e) when (e.SqliteErrorCode == raw.SQLITE_INTERRUPT)
        {
            ct.ThrowIfCancellationRequested();
            throw limits.TookTooLong();
        }
        finally
        {
            end.Clear();
            await sql.ExecuteAsync($"ROLLBACK", CancellationToken.None);
            idleReaders.Add(sql);
        }
    }

    private async ValueTask<FairGate.Place> EnterAsync(TimeSpan? budget, CancellationToken ct)
    {
        var entering = readers.EnterAsync(ReadLimits.CallerOf(ct), ct);
        if (entering.IsCompleted || budget is not { } max)
            return await entering;
        return await WaitAsync(entering.AsTask(), max, ct);
    }

    // A wait that is given up releases its place as soon as the gate grants it.
    private async Task<FairGate.Place> WaitAsync(Task<FairGate.Place> entering, TimeSpan max, CancellationToken ct)
    {
        try
        {
            return await entering.WaitAsync(max, time, ct);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            _ = GiveBackAsync(entering);
            ct.ThrowIfCancellationRequested();
            throw limits.TookTooLong();
        }
    }

    private static async Task GiveBackAsync(Task<FairGate.Place> entering)
    {
        try
        {
            (await entering).Dispose();
        }
        catch (OperationCanceledException) { } // The place was never granted.
    }

    private SqliteSql Reader()
    {
        var connection = Connect("PRAGMA query_only = 1; PRAGMA cache_size = -4096;");
        SqliteLike.Register(connection.Handle!);
        return new(connection, writes: false, time);
    }

    // A read blocks its thread until it ends. Without spare threads, the server could neither notice a client's
    // disconnect nor answer anything else.
    private static void KeepThreadsFor(int connections)
    {
        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.SetMinThreads(Math.Max(workers, connections + Environment.ProcessorCount), ports);
    }

    protected override async Task<T> CommitAsync<T>(Func<Sql, Task<T>> work)
    {
        var unit = new Unit<T>(work);
        await queue.Writer.WriteAsync(unit);
        return await unit.Done.Task;
    }

    // An in-process lock suffices, because no other server has this file open.
    public override async Task<bool> TryAloneAsync(long key, Func<Task> work)
    {
        if (!alone.TryAdd(key, true))
            return false;
        try
        {
            await work();
        }
        finally
        {
            alone.TryRemove(key, out _);
        }
        return true;
    }

    public override Task CopyAsync(string file) =>
        Task.Run(() =>
        {
            using var connection = Connect("PRAGMA synchronous = FULL;"); // The copy inherits this setting.
            using var command = connection.CreateCommand();
            command.CommandText = "VACUUM INTO @file";
            command.CommandTimeout = 0; // No timeout: no request waits for the copy.
            command.Parameters.AddWithValue("@file", file);
            command.ExecuteNonQuery();
        });

    public override async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        writer.Join();
        if (checkpoint is not null)
            await checkpoint;
        await checkpointing.DisposeAsync();
        while (idleReaders.TryTake(out var reader))
            await reader.DisposeAsync();
        await writing.DisposeAsync();
    }

    private SqliteConnection Connect(string pragmas)
    {
        var connection = new SqliteConnection(connectionString);
        connection.Open();
        SQLitePCL.raw.sqlite3_busy_timeout(connection.Handle, 30_000); // Only a checkpoint can cause a wait.
        using var command = connection.CreateCommand();
        // No memory mapping: every commit of the writer would invalidate a reader's mapping, and unmapping and faulting
        // the pages in again took a third of the CPU time of a small report.
        command.CommandText = "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0; " + pragmas;
        command.ExecuteNonQuery();
        return connection;
    }

    private void WriteLoop()
    {
        var batch = new List<Unit>(BatchMax);
        while (queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            batch.Clear();
            writing.Signals.Clear();
            try
            {
                Execute($"BEGIN IMMEDIATE");
                if (!RunWaiting(batch))
                {
                    writing.Forget();
                    writing.Signals.Clear();
                    Execute($"ROLLBACK");
                    Execute($"BEGIN IMMEDIATE");
                    if (batch.Count > 1)
                        foreach (var unit in batch)
                            RunInSavepoint(unit);
                }
                Execute($"COMMIT");
            }
            catch (Exception e)
            {
                // The commit itself failed, for example on a full disk: nothing of this batch was stored.
                writing.Forget();
                writing.Signals.Clear();
                foreach (var unit in batch)
                    unit.Fail(e);
                try
                {
                    Execute($"ROLLBACK");
                }
                catch (SqliteException) { } // SQLite has already rolled back.
            }
            foreach (var unit in batch)
                unit.Complete();
            Raise(writing.Signals);
            Checkpoint();
        }
    }

    /// <returns>True when all units succeeded; false when the batch must be rolled back.</returns>
    private bool RunWaiting(List<Unit> batch)
    {
        var began = Stopwatch.GetTimestamp();
        while (
            batch.Count < BatchMax
            && Stopwatch.GetElapsedTime(began) < BatchTimeMax
            && queue.Reader.TryRead(out var unit)
        )
        {
            batch.Add(unit);
            if (!unit.Run(writing))
                return false;
        }
        writing.Flush();
        return true;
    }

    private void RunInSavepoint(Unit unit)
    {
        Execute($"SAVEPOINT unit");
        var signals = writing.Signals.Count;
        if (unit.Run(writing))
        {
            writing.Flush();
            Execute($"RELEASE unit");
        }
        else
        {
            writing.Forget();
            writing.Signals.RemoveRange(signals, writing.Signals.Count - signals);
            Execute($"ROLLBACK TO unit");
            Execute($"RELEASE unit");
        }
    }

    // A checkpoint has two passes. The first copies the WAL in the background while the writer goes on. The writer then
    // copies the pages written meanwhile, so at that moment the whole WAL is copied and can restart; nothing waits
    // longer than this last pass takes. A checkpoint waits for no reader: pages that a reader still needs are copied
    // next time.
    private void Checkpoint()
    {
        if (checkpoint is { IsCompleted: true })
        {
            checkpoint = null;
            try
            {
                Execute($"PRAGMA wal_checkpoint(PASSIVE)");
            }
            // For example on a full disk. The WAL keeps its pages, and the next write reports the error.
            catch (SqliteException) { }
            checkpointedChanges = raw.sqlite3_total_changes(writing.Handle);
        }
        else if (
            checkpoint is null
            && raw.sqlite3_total_changes(writing.Handle) - checkpointedChanges >= CheckpointChanges
        )
            checkpoint = Task.Run(CheckpointBeside);
    }

    private void CheckpointBeside()
    {
        try
        {
            checkpointing.ExecuteAsync($"PRAGMA wal_checkpoint(PASSIVE)").GetAwaiter().GetResult();
        }
        catch (SqliteException) { } // The writer's own checkpoint follows.
    }

    // SQLite runs synchronously, so this does not block on a task.
    private void Execute(SqlText text) => writing.ExecuteAsync(text).GetAwaiter().GetResult();

    private abstract class Unit
    {
        /// <returns>True when the work succeeded.</returns>
        public abstract bool Run(Sql sql);
        public abstract void Fail(Exception e);

        /// <summary>Sends the result to the waiting request, after the commit.</summary>
        public abstract void Complete();
    }

    private sealed class Unit<T>(Func<Sql, Task<T>> work) : Unit
    {
        private T? result;
        private Exception? failure;

        public TaskCompletionSource<T> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override bool Run(Sql sql)
        {
            failure = null;
            try
            {
                var task = work(sql);
                if (!task.IsCompleted)
                    throw new InvalidOperationException("A unit of work may only await the database.");
                result = task.GetAwaiter().GetResult();
                return true;
            }
            catch (Exception e)
            {
                failure = e;
                return false;
            }
        }

        public override void Fail(Exception e) => failure = e;

        public override void Complete()
        {
            if (failure is null)
                Done.SetResult(result!);
            else
                Done.SetException(failure);
        }
    }
}
