using Paddock.Server.Ground.Http;

namespace Paddock.Server.Ground.RateLimits;

/// <summary>How many requests may hold a place in a <see cref="FairGate"/> at the same time.</summary>
/// <param name="Places">The places for all callers together.</param>
/// <param name="Each">The places for one caller.</param>
/// <param name="Addresses">The places for all anonymous callers together.</param>
/// <param name="WaitingEach">How many requests of one caller may wait; further ones are refused.</param>
/// <param name="Reserved">Additional places that only the server's own work may take.</param>
internal sealed record GateLimits(int Places, int Each, int Addresses, int WaitingEach, int Reserved = 0)
{
    /// <summary>
    /// One caller gets at most half of the places, and all anonymous callers together leave at least one free.
    /// </summary>
    public static GateLimits Half(int places, int waitingEach) =>
        new(places, Math.Max(1, places / 2), Math.Max(1, places - 1), waitingEach);
}

/// <summary>
/// A limit on concurrent expensive work. No caller holds more than its share, and waiting callers are served
/// round-robin: one caller's hundred requests do not delay another caller's first. The server's own work has no share
/// and goes first.
/// </summary>
/// <param name="what">Names the requests in the refusal, as in "Too many plots".</param>
internal sealed class FairGate(GateLimits limits, string what)
{
    private static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(1);

    private readonly Dictionary<CallerKey, Line> lines = [];
    private readonly LinkedList<Line> turns = []; // Callers with waiting requests, the next caller first.
    private readonly Lock gate = new();
    private int held;
    private int heldByAddresses;

    /// <summary>The number of waiting requests.</summary>
    public int Waiting
    {
        get
        {
            lock (gate)
                return turns.Sum(line => line.Waiting.Count);
        }
    }

    /// <summary>The number of waiting requests of one caller.</summary>
    public int WaitingOf(CallerKey caller)
    {
        lock (gate)
            return lines.TryGetValue(caller, out var line) ? line.Waiting.Count : 0;
    }

    /// <summary>The number of places taken.</summary>
    public int Held
    {
        get
        {
            lock (gate)
                return held;
        }
    }

    /// <summary>Waits for a place. Disposing the result releases the place.</summary>
    /// <exception cref="Refusal">Too many requests of this caller are waiting already.</exception>
    public ValueTask<Place> EnterAsync(CallerKey caller, CancellationToken ct)
    {
        Waiter waiter;
        lock (gate)
        {
            if (!lines.TryGetValue(caller, out var line))
                lines.Add(caller, line = new(caller));
            if (line.Waiting.Count == 0 && MayEnter(line))
            {
                Take(line);
                return new(new Place(this, line));
            }
            if (caller.Kind != CallerKind.Server && line.Waiting.Count >= limits.WaitingEach)
            {
                Forget(line);
                throw new Refusal(
                    Because.TooMany,
                    $"Too many of your {what} are waiting already ({limits.WaitingEach}); wait for their answers, then "
                        + "try again."
                )
                {
                    RetryAfter = AgainAfter,
                };
            }
            waiter = new(line);
            waiter.Node = line.Waiting.AddLast(waiter);
            if (line.Waiting.Count == 1)
                AddTurn(line);
        }
        return WaitAsync(waiter, ct);
    }

    private async ValueTask<Place> WaitAsync(Waiter waiter, CancellationToken ct)
    {
        await using var canceling = ct.UnsafeRegister(
            static (state, token) => ((Waiter)state!).Entered.TrySetCanceled(token),
            waiter
        );
        try
        {
            return await waiter.Entered.Task;
        }
        catch (OperationCanceledException)
        {
            lock (gate)
            {
                if (waiter.Node is { List: not null } node)
                {
                    waiter.Line.Waiting.Remove(node);
                    if (waiter.Line.Waiting.Count == 0)
                        RemoveTurn(waiter.Line);
                    Forget(waiter.Line);
                }
            }
            throw;
        }
    }

    private void Leave(Line line)
    {
        lock (gate)
        {
            held--;
            line.Held--;
            if (line.Key.Kind == CallerKind.Address)
                heldByAddresses--;
            Forget(line);
            while (NextTurn() is { } next)
                Serve(next);
        }
    }

    // Called under the lock. A waiter that was canceled just now does not take the place.
    private void Serve(Line line)
    {
        var waiter = line.Waiting.First!.Value;
        line.Waiting.RemoveFirst();
        RemoveTurn(line);
        Take(line);
        if (!waiter.Entered.TrySetResult(new(this, line)))
        {
            held--;
            line.Held--;
            if (line.Key.Kind == CallerKind.Address)
                heldByAddresses--;
        }
        if (line.Waiting.Count > 0)
            AddTurn(line);
        else
            Forget(line);
    }

    private Line? NextTurn()
    {
        foreach (var line in turns)
            if (MayEnter(line))
                return line;
        return null;
    }

    private bool MayEnter(Line line) =>
        line.Key.Kind switch
        {
            CallerKind.Server => held < limits.Places + limits.Reserved,
            CallerKind.Address => held < limits.Places && line.Held < limits.Each && heldByAddresses < limits.Addresses,
            _ => held < limits.Places && line.Held < limits.Each,
        };

    private void Take(Line line)
    {
        held++;
        line.Held++;
        if (line.Key.Kind == CallerKind.Address)
            heldByAddresses++;
    }

    private void AddTurn(Line line) =>
        line.Turn = line.Key.Kind == CallerKind.Server ? turns.AddFirst(line) : turns.AddLast(line);

    private void RemoveTurn(Line line)
    {
        if (line.Turn is null)
            return;
        turns.Remove(line.Turn);
        line.Turn = null;
    }

    private void Forget(Line line)
    {
        if (line.Held == 0 && line.Waiting.Count == 0)
            lines.Remove(line.Key);
    }

    /// <summary>A place in the gate. Disposing it admits the next request.</summary>
    public readonly struct Place : IDisposable
    {
        private readonly FairGate? owner;
        private readonly Line? line;

        internal Place(FairGate owner, Line line) => (this.owner, this.line) = (owner, line);

        public void Dispose() => owner?.Leave(line!);
    }

    /// <summary>One caller: the number of places it holds, and its waiting requests.</summary>
    internal sealed class Line(CallerKey key)
    {
        public CallerKey Key => key;
        public int Held { get; set; }
        public LinkedList<Waiter> Waiting { get; } = [];
        public LinkedListNode<Line>? Turn { get; set; }
    }

    internal sealed class Waiter(Line line)
    {
        public Line Line => line;
        public LinkedListNode<Waiter>? Node { get; set; }
        public TaskCompletionSource<Place> Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
