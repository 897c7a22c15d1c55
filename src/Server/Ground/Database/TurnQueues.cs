using System.Data.Common;

namespace Paddock.Server.Ground.Database;

/// <summary>
/// Units of work that would wait for each other, in one queue for each thing that they wait for. Its writer takes all
/// units that wait and writes them together; whatever comes meanwhile is written next.
/// </summary>
/// <param name="write">Writes units, and completes each of them. Throws nothing.</param>
internal sealed class TurnQueues(Func<IReadOnlyList<TurnUnit>, Task> write) : IDisposable
{
    private const int UnitsMax = 64; // So that the first of them need not wait long for the last.
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

    // A writer works for many requests, so none of them is its requester.
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
    /// <summary>Looks up what needs no turn. Does not throw where only this unit fails.</summary>
    public abstract Task BeginAsync(PostgresSql sql);

    /// <summary>Does the rest, after all units before it.</summary>
    public abstract Task EndAsync(PostgresSql sql);

    /// <summary>Does all of it in a transaction of its own, and completes.</summary>
    public abstract Task RunAloneAsync(Db db);

    /// <summary>Tells the waiting request, after the commit.</summary>
    public abstract void Complete();

    public abstract void Fail(Exception e);
}

/// <param name="work">Looks up, and yields the rest of the unit.</param>
internal sealed class TurnUnit<T>(Func<Sql, Task<Func<Task<T>>>> work) : TurnUnit
{
    private readonly TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Func<Task<T>>? rest;
    private T? result;
    private Exception? failure;
    private bool hasChanged; // What it looked up, it may have created: that must not stay where it is refused later.

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

    // A statement that failed ends the transaction for all.
    private static bool IsOnlyOurs(Exception e) => e is not (DbException or IOException or InvalidOperationException);
}
