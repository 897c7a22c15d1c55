namespace Paddock.Runner.Jobs;

/// <summary>
/// A lock that keeps slots from pulling images while another slot measures. Any number of benchmarks can hold it, or
/// one preparation.
/// </summary>
internal sealed class Quiet
{
    private readonly Lock gate = new();
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int measuring;
    private bool preparing;

    /// <summary>Prepares once no slot measures or prepares. Measurements wait until it is done.</summary>
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

    /// <summary>Waits for a preparation to end. No other begins until the returned object is disposed.</summary>
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
