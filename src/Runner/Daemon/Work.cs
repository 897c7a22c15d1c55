using Paddock.Core.Wire;
using Paddock.Runner.Channel;
using Paddock.Runner.Jobs;

namespace Paddock.Runner.Daemon;

/// <summary>A job that a slot is busy with, whatever happens to its channel.</summary>
internal sealed class Work : IDisposable
{
    private readonly CancellationTokenSource abort;
    private bool isCanceled;

    private Work(Claim claim, CancellationTokenSource abort, Task<JobOutcome> outcome) => (Claim, this.abort, Outcome) = (claim, abort, outcome);

    public Claim Claim { get; }

    public Task<JobOutcome> Outcome { get; }

    /// <summary>The server knows claims, and takes a job up again on another channel.</summary>
    public bool IsOurs => Claim.Lease is not null;

    /// <param name="abort">The operator wants it to stop at once.</param>
    public static Work Begin(Claim claim, Func<Claim, CancellationToken, Task<JobOutcome>> execute, CancellationToken abort)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(abort);
        return new(claim, stop, Task.Run(() => execute(claim, stop.Token), CancellationToken.None));
    }

    /// <summary>The server wants it no longer.</summary>
    public void Cancel()
    {
        isCanceled = true;
        abort.Cancel();
    }

    /// <summary>What the server is told about its end; only what it understands, and no longer than it takes.</summary>
    public async Task<RunnerEvent> EndAsync()
    {
        JobOutcome outcome;
        try { outcome = await Outcome; }
        catch (Exception e) when (e is not OutOfMemoryException) { outcome = new([], $"The runner failed: {e.GetType().Name}: {e.Message}", Unstarted: false, Aborted: false, null); } // A bug of ours, which must not cost the slot.
        if (isCanceled) return new Canceled(Claim.Uuid, Claim.Lease);
        var results = IsOurs ? outcome.Results : [.. outcome.Results.Select(result => result with { Duration = null, Truncated = null })];
        var environment = IsOurs ? outcome.Environment : null;
        var error = outcome.Aborted ? "The runner was told to stop at once while it worked on this job." : outcome.Error;
        var bytesMax = IsOurs ? Claim.MessageBytesMax ?? FitMessage.OriginalBytesMax : FitMessage.OriginalBytesMax;
        var cut = FitMessage.Cut(results, bytesMax, Message);
        return Message(IsOurs ? cut : [.. cut.Select(result => result with { Truncated = null })]);

        RunnerEvent Message(IReadOnlyList<IterationOutput> fitting) => error is null
            ? new Completed(Claim.Uuid, fitting, Claim.Lease, environment)
            : new Failed(Claim.Uuid, fitting, error, Claim.Lease, environment, IsOurs && outcome.Unstarted ? true : null);
    }

    public void Dispose() => abort.Dispose();
}
