using System.Data.Common;

namespace Paddock.Server.Ground.Database;

/// <summary>
/// Queues for units of work that would wait for the same lock, one queue per lock. A queue's writer takes all waiting
/// units and writes them together; units that arrive meanwhile form its next batch.
/// </summary>
/// <param name="write">Writes units and completes each of them. Must not throw.</param>
internal sealed class TurnQueues(Func<IReadOnlyList<TurnUnit>, Task> write) : IDisposable
{
    private const int UnitsMax = 64; // Bounds the time that the first unit of a batch waits for the last.
    private const int WaitingMax = 4096;

    private readonly Dictionary<string, Queue<TurnUnit>> queues = [];
    private readonly Lock gate = new();
    private readonly SemaphoreSlim places = new(WaitingMax);

    public void Dispose() => places.Dispose();

    public async Task<T> RunAsync<T>(string turn, TurnUnit<T> unit)
    {
        await places.WaitAsync();
        try
        {
            if (Add(turn, unit))
                Start(turn);
            return await unit.Done;
        }
        finally
        {
            places.Release();
        }
    }

    /// <returns>True when the queue has no writer yet.</returns>
    private bool Add(string turn, TurnUnit unit)
    {
        lock (gate)
        {
            if (queues.TryGetValue(turn, out var queue))
            {
                queue.Enqueue(unit);
                return false;
            }
            queues.Add(turn, new([unit]));
            return true;
        }
    }

    // A writer works for many requests, so it must not inherit one request's context as its requester.
    private void Start(string turn)
    {
        using var own = ExecutionContext.SuppressFlow();
        _ = Task.Run(() => WriteAsync(turn));
    }

    private async Task WriteAsync(string turn)
    {
        while (Next(turn) is { Count: > 0 } units)
            await write(units);
    }

    private List<TurnUnit> Next(string turn)
    {
        var units = new List<TurnUnit>();
        lock (gate)
        {
            var queue = queues[turn];
            while (units.Count < UnitsMax && queue.TryDequeue(out var unit))
                units.Add(unit);
            if (units.Count == 0)
                queues.Remove(turn);
        }
        return units;
    }
}

/// <summary>A unit of work that may share a transaction with others.</summary>
internal abstract class TurnUnit
{
    /// <summary>Does the lookups that need no lock. Does not throw when only this unit fails.</summary>
    public abstract Task BeginAsync(PostgresSql sql);

    /// <summary>Does the rest of the work, after all earlier units.</summary>
    public abstract Task EndAsync(PostgresSql sql);

    /// <summary>Does all of the work in its own transaction, and completes the unit.</summary>
    public abstract Task RunAloneAsync(Db db);

    /// <summary>Sends the result to the waiting request, after the commit.</summary>
    public abstract void Complete();

    public abstract void Fail(Exception e);
}

/// <param name="work">Does the lookups, and returns a function that does the rest.</param>
internal sealed class TurnUnit<T>(Func<Sql, Task<Func<Task<T>>>> work) : TurnUnit
{
    private readonly TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Func<Task<T>>? rest;
    private T? result;
    private Exception? failure;

    // True when the lookups also created rows. Those must not be committed if the unit fails later.
    private bool hasChanged;

    public Task<T> Done => done.Task;

    public override async Task BeginAsync(PostgresSql sql)
    {
        var changes = sql.Changes;
        try
        {
            rest = await work(sql);
            hasChanged = sql.Changes != changes;
        }
        catch (Exception e) when (IsOnlyOurs(e) && sql.Changes == changes)
        {
            failure = e;
        }
    }

    public override async Task EndAsync(PostgresSql sql)
    {
        if (failure is not null)
            return;
        var changes = sql.Changes;
        try
        {
            result = await rest!();
        }
        catch (Exception e) when (IsOnlyOurs(e) && !hasChanged && sql.Changes == changes)
        {
            failure = e;
        }
    }

    public override async Task RunAloneAsync(Db db)
    {
        try
        {
            result = await db.WriteAsync(async sql => await (await work(sql))());
            failure = null;
        }
        catch (Exception e)
        {
            failure = e;
        }
        Complete();
    }

    public override void Complete()
    {
        if (failure is null)
            done.SetResult(result!);
        else
            done.SetException(failure);
    }

    public override void Fail(Exception e) => done.SetException(e);

    // False for a failed database statement, which aborts the transaction for all its units.
    private static bool IsOnlyOurs(Exception e) => e is not (DbException or IOException or InvalidOperationException);
}
