using System.Threading.Channels;

namespace Paddock.Server.Ground.Signals;

/// <summary>
/// Collects different things that are announced, for work that had better be done after a burst of announcements.
/// </summary>
/// <param name="pause">A burst ends when nothing is announced for so long.</param>
/// <param name="max">A burst ends after so long in any case.</param>
/// <param name="most">What is announced while so many wait is dropped.</param>
internal sealed class Burst<T>(TimeSpan pause, TimeSpan max, int most, TimeProvider time)
{
    private readonly Channel<T> announced = System.Threading.Channels.Channel.CreateBounded<T>(
        new BoundedChannelOptions(most) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }
    );

    private long last; // The timestamp of the last announcement.

    /// <summary>Announces something; does not block.</summary>
    public void Add(T thing)
    {
        Volatile.Write(ref last, time.GetTimestamp());
        announced.Writer.TryWrite(thing);
    }

    /// <summary>Waits for the end of the burst that goes on, if any, without taking what it announces.</summary>
    /// <param name="began">The timestamp from which on all waiting together lasts no longer than a burst may.</param>
    public async Task PassAsync(long began, CancellationToken ct)
    {
        while (time.GetElapsedTime(Volatile.Read(ref last)) < pause && time.GetElapsedTime(began) < max)
            await Task.Delay(pause, time, ct);
    }

    /// <summary>Waits for the next burst, and for its end.</summary>
    public async Task<IReadOnlyCollection<T>> NextAsync(CancellationToken ct)
    {
        var things = new HashSet<T>();
        await announced.Reader.WaitToReadAsync(ct);
        var began = time.GetTimestamp();
        do
        {
            while (things.Count < most && announced.Reader.TryRead(out var thing))
                things.Add(thing);
        } while (things.Count < most && time.GetElapsedTime(began) < max && await IsAnotherAsync(ct));
        return things;
    }

    private async Task<bool> IsAnotherAsync(CancellationToken ct)
    {
        using var paused = new CancellationTokenSource(pause, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, paused.Token);
        try
        {
            return await announced.Reader.WaitToReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return false;
        }
    }
}
