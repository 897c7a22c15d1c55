using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Signals;
using Paddock.Server.Machines.Channels;

namespace Paddock.Server.Machines.Dispatch;

/// <summary>
/// A channel that asked for a job and has none yet. Its members are guarded by the gate of <see cref="Waiters"/>.
/// </summary>
internal sealed class Waiter(RunnerChannel channel)
{
    public RunnerChannel Channel => channel;
    public Claimant Claimant =>
        new(channel.RunnerId, channel.Slot, channel.Uuid, channel.Sandboxes, channel.KnowsPairs);

    /// <summary>The specs the channel may claim, as of its last attempt; null before the first.</summary>
    public IReadOnlyList<Id<Spec>>? SpecIds { get; set; }

    /// <summary>True while a claim attempt for this channel runs.</summary>
    public bool IsClaiming { get; set; } = true;

    /// <summary>Wake-ups that arrived during the attempt, which may have run too early to see those jobs.</summary>
    public List<Signal.Job> Missed { get; } = [];
}

/// <summary>
/// The channels that wait for a job, in the order in which they asked. A new job wakes only one channel that may take
/// it. The database decides whether that channel gets the job.
/// </summary>
internal sealed class Waiters
{
    private readonly Lock gate = new();
    private readonly LinkedList<Waiter> waiting = [];
    private readonly Dictionary<RunnerChannel, LinkedListNode<Waiter>> byChannel = [];

    /// <summary>Adds the channel to the queue and starts a claim attempt.</summary>
    /// <returns>The waiter for which the caller must make the attempt; null when one is already running.</returns>
    public Waiter? Join(RunnerChannel channel)
    {
        lock (gate)
        {
            if (!byChannel.TryGetValue(channel, out var node))
            {
                node = waiting.AddLast(new Waiter(channel));
                byChannel.Add(channel, node);
                return node.Value;
            }
            return Attempt(node.Value, Anything);
        }
    }

    /// <summary>Starts another attempt for a waiting channel.</summary>
    public Waiter? Poke(RunnerChannel channel)
    {
        lock (gate)
            return byChannel.TryGetValue(channel, out var node) ? Attempt(node.Value, Anything) : null;
    }

    /// <summary>
    /// Starts another attempt for a waiting channel if its last one found the slot taken or no spec to serve.
    /// </summary>
    public Waiter? PokeBlocked(RunnerChannel channel)
    {
        lock (gate)
            return
                byChannel.TryGetValue(channel, out var node)
                && (node.Value.IsClaiming || node.Value.SpecIds is not { Count: > 0 })
                ? Attempt(node.Value, Anything)
                : null;
    }

    /// <summary>Picks the channel that should try to claim a new job.</summary>
    /// <returns>The waiter for which the caller must make the attempt; null when no channel fits, or when a fitting one
    /// is about to look again anyway.</returns>
    public Waiter? Wake(Signal.Job job)
    {
        lock (gate)
        {
            Waiter? busy = null,
                last = null;
            foreach (var waiter in waiting)
            {
                if (waiter.SpecIds is { } specs && !specs.Contains(job.SpecId))
                    continue;
                if (waiter.IsClaiming)
                    busy ??= waiter;
                else if (waiter.Channel.RunnerId == job.RunnerId)
                    last ??= waiter; // The runner that returned or lost this job is the last choice.
                else
                    return Attempt(waiter, job);
            }
            if (busy is null && last is not null)
                return Attempt(last, job);
            busy?.Missed.Add(job);
            return null;
        }
    }

    /// <summary>
    /// Reserves the first idle waiter that may take jobs of the spec, for an attempt by the caller; null when there is
    /// none.
    /// </summary>
    public Waiter? Reserve(Id<Spec> specId)
    {
        lock (gate)
        {
            foreach (var waiter in waiting)
            {
                if (waiter.IsClaiming || waiter.SpecIds?.Contains(specId) is not true)
                    continue;
                waiter.IsClaiming = true;
                return waiter;
            }
            return null;
        }
    }

    /// <summary>Records the end of an attempt.</summary>
    /// <param name="found">True when the attempt found a job; the waiter then leaves the queue.</param>
    /// <returns>Wake-ups that arrived during the attempt. If there are any and no job was found, the caller makes
    /// another attempt at once.</returns>
    public List<Signal.Job> Ended(Waiter waiter, IReadOnlyList<Id<Spec>> specIds, bool found)
    {
        lock (gate)
        {
            List<Signal.Job> missed = [.. waiter.Missed];
            waiter.Missed.Clear();
            waiter.SpecIds = specIds;
            if (found)
                Leave(waiter.Channel);
            else
                waiter.IsClaiming = missed.Count > 0 && byChannel.ContainsKey(waiter.Channel);
            return missed;
        }
    }

    /// <summary>Records a failed attempt, so that the next wake-up may start another.</summary>
    public void Failed(Waiter waiter)
    {
        lock (gate)
            waiter.IsClaiming = false;
    }

    /// <summary>Removes a channel from the queue, unless an attempt for it runs.</summary>
    /// <returns>False when an attempt is running; the caller then waits for its end.</returns>
    public bool TryLeave(RunnerChannel channel)
    {
        lock (gate)
        {
            if (byChannel.TryGetValue(channel, out var node) && node.Value.IsClaiming)
                return false;
            Leave(channel);
            return true;
        }
    }

    /// <summary>Removes a channel from the queue, even while an attempt runs.</summary>
    public void Leave(RunnerChannel channel)
    {
        lock (gate)
        {
            if (!byChannel.Remove(channel, out var node))
                return;
            waiting.Remove(node);
        }
    }

    private static readonly Signal.Job Anything = new(
        default,
        Guid.Empty,
        JobStatus.Pending,
        default,
        default,
        RunnerId: null
    );

    private static Waiter? Attempt(Waiter waiter, Signal.Job job)
    {
        if (waiter.IsClaiming)
        {
            waiter.Missed.Add(job);
            return null;
        }
        waiter.IsClaiming = true;
        return waiter;
    }
}
