using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Machines.Dispatch;

/// <summary>
/// When it is an organization's turn: first who has the fewest jobs running, then whose turn was longest ago, then
/// whose job is the oldest.
/// </summary>
/// <param name="Held">How many jobs of it runners have.</param>
/// <param name="LastClaimed">When one of its jobs was handed out last, in seconds; 0 for never.</param>
/// <param name="FirstId">Its oldest job that waits.</param>
internal readonly record struct Turn(long Held, long LastClaimed, long FirstId) : IComparable<Turn>
{
    public int CompareTo(Turn other) =>
        (Held, LastClaimed, FirstId).CompareTo((other.Held, other.LastClaimed, other.FirstId));
}

/// <summary>An organization in a queue.</summary>
/// <param name="Waiting">How many jobs of it wait there.</param>
internal sealed record Contender(Id<Organization> OrganizationId, long Waiting, Turn Turn);

/// <summary>
/// The order in which waiting jobs of one spec and one priority will be handed out, worked out ahead.
/// </summary>
internal static class QueueOrder
{
    /// <summary>
    /// How many jobs are handed out before one that has <paramref name="ahead"/> jobs of its own organization before it,
    /// if none comes and none ends meanwhile. A job that ends sooner can only bring it forward.
    /// </summary>
    /// <param name="ahead">How many jobs of its own organization go first.</param>
    /// <param name="heldMax">How many jobs of an organization may run at the same time; null for any number.</param>
    public static long Before(Turn own, long ahead, IEnumerable<Contender> others, int? heldMax)
    {
        // Each turn lifts an organization by one job, and the lowest goes next: so the job is handed out at this
        // height.
        var height = own.Held + ahead;
        var before = ahead;
        foreach (var (_, waiting, turn) in others)
        {
            // Where two have come to the same height, the one goes first that had more from the beginning, since its
            // turn was longer ago.
            var isFirst = turn.Held > own.Held || (turn.Held == own.Held && turn.CompareTo(own) < 0);
            var turns = Math.Max(0, height - turn.Held + (isFirst && turn.Held <= height ? 1 : 0));
            before += Math.Min(Math.Min(waiting, turns), Math.Max(0, (heldMax ?? long.MaxValue) - turn.Held));
        }
        return before;
    }
}
