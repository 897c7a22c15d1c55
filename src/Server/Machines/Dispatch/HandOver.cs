using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Meters;
using Paddock.Server.Machines.Jobs;

namespace Paddock.Server.Machines.Dispatch;

/// <summary>
/// A job that comes up while a runner waits is claimed in the unit of work that makes it: one commit lies between the
/// request and the runner's socket then, and not two. Where that unit fails, the runner goes on waiting.
/// </summary>
internal sealed class HandOver(Dispatcher dispatch, JobOptions options) : IDisposable
{
    private Waiter? waiter;

    /// <summary>The span of the request; the unit of work may be on another thread.</summary>
    public string? Trace { get; } = Spans.Parent;

    /// <summary>
    /// In the unit of work that makes the job, which may be run again: claims for a runner of this server that waits
    /// for jobs of the spec, if there is one.
    /// </summary>
    /// <returns>What to settle with once it is so.</returns>
    public async Task<ClaimOutcome?> TryAsync(Sql sql, Id<Spec> specId, DateTimeOffset now)
    {
        waiter ??= dispatch.Reserve(specId);
        return waiter is null ? null : await ClaimJob.RunAsync(sql, waiter.Claimant, options, now);
    }

    /// <summary>The unit of work is on disk.</summary>
    public void Settle(ClaimOutcome? outcome)
    {
        if (waiter is { } reserved)
            dispatch.Settle(reserved, outcome);
        waiter = null;
    }

    public void Dispose() => Settle(outcome: null);
}
