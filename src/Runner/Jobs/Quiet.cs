namespace Paddock.Runner.Jobs;

/// <summary>
/// While one slot measures, no other pulls an image: either any number of benchmarks, or one preparation.
/// </summary>
internal sealed class Quiet
{
    private readonly Lock gate = new();
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int measuring;
    private bool preparing;

    /// <summary>Waits until nobody measures or prepares. Whoever begins to measure meanwhile waits in turn.</summary>
    public async Task<T> PreparingAsync<T>(Func<Task<T>> prepare, CancellationToken ct)
    {
        await EnterAsync(() => measuring == 0 && !preparing && (preparing = true), ct);
        try
        {
            return await prepare();
        }
        finally
        {
            Leave(() => preparing = false);
        }
    }

    /// <summary>Waits until nobody prepares; until the answer is disposed of, nobody does.</summary>
    public async Task<IDisposable> MeasuringAsync(CancellationToken ct)
    {
        await EnterAsync(() => !preparing && ++measuring > 0, ct);
        return new Measurement(this);
    }

    private async Task EnterAsync(Func<bool> enter, CancellationToken ct)
    {
        while (true)
        {
            Task change;
            lock (gate)
            {
                if (enter())
                    return;
                change = changed.Task;
            }
            await change.WaitAsync(ct);
        }
    }

    private void Leave(Action leave)
    {
        lock (gate)
        {
            leave();
            changed.SetResult();
            changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private sealed class Measurement(Quiet quiet) : IDisposable
    {
        public void Dispose() => quiet.Leave(() => quiet.measuring--);
    }
}
