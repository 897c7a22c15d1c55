using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Meters;
using Paddock.Server.Machines.Jobs;

namespace Paddock.Server.Machines.Dispatch;

/// <summary>
/// Claims a new job for a waiting runner in the same transaction that creates the job. Only one commit, not two, then
/// lies between the request and the runner's socket. If the transaction fails, the runner goes on waiting.
/// </summary>
internal sealed class HandOver(Dispatcher dispatch, JobOptions options) : IDisposable
{
    private Waiter? waiter;

    /// <summary>The request's trace span, kept here because the transaction may run on another thread.</summary>
    public string? Trace { get; } = Spans.Parent;

    /// <summary>
    /// Claims a job for a runner connected to this server that waits for jobs of the spec, if there is one. Runs in the
    /// transaction that creates the job, which may be retried.
    /// </summary>
    /// <returns>The outcome for <see cref="Settle"/> after the commit.</returns>
    public async Task<ClaimOutcome?> TryAsync(Sql sql, Id<Spec> specId, DateTimeOffset now)
    {
        waiter ??= dispatch.Reserve(specId);
        return waiter is null ? null : await ClaimJob.RunAsync(sql, waiter.Claimant, options, now);
    }

    /// <summary>Delivers the claimed job, once the transaction has committed.</summary>
    public void Settle(ClaimOutcome? outcome)
    {
        if (waiter is { } reserved)
            dispatch.Settle(reserved, outcome);
        waiter = null;
    }

    public void Dispose() => Settle(outcome: null);
}
