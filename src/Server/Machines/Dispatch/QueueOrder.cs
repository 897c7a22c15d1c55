using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Machines.Dispatch;

/// <summary>
/// Orders organizations by turn: the fewest running jobs first, then the longest since its last claim, then the oldest
/// waiting job.
/// </summary>
/// <param name="Held">How many of its jobs runners hold.</param>
/// <param name="LastClaimed">When a job of the organization was last claimed, in Unix seconds; 0 for never.</param>
/// <param name="FirstId">The key of its oldest waiting job.</param>
internal readonly record struct Turn(long Held, long LastClaimed, long FirstId) : IComparable<Turn>
{
    public int CompareTo(Turn other) =>
        (Held, LastClaimed, FirstId).CompareTo((other.Held, other.LastClaimed, other.FirstId));
}

/// <summary>An organization with jobs in a queue.</summary>
/// <param name="Waiting">How many of its jobs wait in that queue.</param>
internal sealed record Contender(Id<Organization> OrganizationId, long Waiting, Turn Turn);

/// <summary>Predicts the order in which the waiting jobs of one spec and one priority will be claimed.</summary>
internal static class QueueOrder
{
    /// <summary>
    /// Counts the jobs that are claimed before a job with <paramref name="ahead"/> jobs of its own organization ahead
    /// of it, assuming that no job arrives or ends meanwhile. A job that ends earlier can only bring it forward.
    /// </summary>
    /// <param name="ahead">How many jobs of its own organization go first.</param>
    /// <param name="heldMax">How many jobs of an organization may run at the same time; null for any number.</param>
    public static long Before(Turn own, long ahead, IEnumerable<Contender> others, int? heldMax)
    {
        // Each claim raises an organization's count of running jobs by one, and the lowest count goes next. So the job
        // is claimed when its organization has this count.
        var height = own.Held + ahead;
        var before = ahead;
        foreach (var (_, waiting, turn) in others)
        {
            // At an equal count, the organization that started with the higher count goes first, since its last turn
            // was longer ago.
            var isFirst = turn.Held > own.Held || (turn.Held == own.Held && turn.CompareTo(own) < 0);
            var turns = Math.Max(0, height - turn.Held + (isFirst && turn.Held <= height ? 1 : 0));
            before += Math.Min(Math.Min(waiting, turns), Math.Max(0, (heldMax ?? long.MaxValue) - turn.Held));
        }
        return before;
    }
}
