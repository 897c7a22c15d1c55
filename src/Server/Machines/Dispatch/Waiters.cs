using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Signals;
using Paddock.Server.Machines.Channels;

namespace Paddock.Server.Machines.Dispatch;

/// <summary>
/// A channel that asked for a job and has none yet. All of it is under the gate of <see cref="Waiters"/>.
/// </summary>
internal sealed class Waiter(RunnerChannel channel)
{
    public RunnerChannel Channel => channel;
    public Claimant Claimant =>
        new(channel.RunnerId, channel.Slot, channel.Uuid, channel.Sandboxes, channel.KnowsPairs);

    /// <summary>What it may take, as its last attempt found; null before the first.</summary>
    public IReadOnlyList<Id<Spec>>? SpecIds { get; set; }

    /// <summary>An attempt is on its way.</summary>
    public bool IsClaiming { get; set; } = true;

    /// <summary>What came up during the attempt, which may have been too early to see it.</summary>
    public List<Signal.Job> Missed { get; } = [];
}

/// <summary>
/// Who waits for a job, in the order in which they asked. A job that comes up wakes one of those that may take it, not
/// all of them: whether that one gets it is decided in the database.
/// </summary>
internal sealed class Waiters
{
    private readonly Lock gate = new();
    private readonly LinkedList<Waiter> waiting = [];
    private readonly Dictionary<RunnerChannel, LinkedListNode<Waiter>> byChannel = [];

    /// <summary>Joins the queue, and makes an attempt.</summary>
    /// <returns>The waiter whose attempt the caller is to make; null where one is on its way already.</returns>
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

    /// <summary>Another attempt of a channel that waits.</summary>
    public Waiter? Poke(RunnerChannel channel)
    {
        lock (gate)
            return byChannel.TryGetValue(channel, out var node) ? Attempt(node.Value, Anything) : null;
    }

    /// <summary>
    /// Another attempt of a channel that waits, where the last one found its slot taken or nothing that it may serve.
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

    /// <summary>Whoever should take a job that came up.</summary>
    /// <returns>The waiter whose attempt the caller is to make; null where nobody fits, or one that does looks again
    /// anyway.</returns>
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
                    last ??= waiter; // It gave the job back, or lost it.
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
    /// The first that waits and may take jobs of a spec, whose attempt the caller is to make; null where there is none.
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

    /// <summary>An attempt has ended.</summary>
    /// <param name="found">Whether it found a job: then the waiter is none any more.</param>
    /// <returns>What came up meanwhile: where there is anything and no job was found, the caller makes another attempt
    /// at once.</returns>
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

    /// <summary>An attempt failed: the next wake-up may make another.</summary>
    public void Failed(Waiter waiter)
    {
        lock (gate)
            waiter.IsClaiming = false;
    }

    /// <summary>Takes a channel out.</summary>
    /// <returns>False where an attempt is on its way, whose end is to be awaited.</returns>
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

    /// <summary>Takes a channel out, whatever it is doing.</summary>
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
