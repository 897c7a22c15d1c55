using System.Text.Json;
using Paddock.Core.Wire;
using Paddock.Runner.Channel;
using Paddock.Runner.Jobs;
using Paddock.Runner.Sandbox;

namespace Paddock.Runner.Daemon;

/// <summary>The job that a slot is executing; it outlives the slot's channel.</summary>
internal sealed class Work : IDisposable
{
    private readonly CancellationTokenSource abort;
    private const int MessageBytesMin = 64 << 10,
        MessageBytesMax = 1 << 30;
    private JobOutcome? ended;
    private bool isCanceled;

    private Work(Claim claim, CancellationTokenSource abort, Task<JobOutcome> outcome) =>
        (Claim, this.abort, Outcome) = (claim, abort, outcome);

    public Claim Claim { get; }

    public Task<JobOutcome> Outcome { get; }

    /// <summary>The job's live output for the server's job page; null when the server does not ask for it.</summary>
    public LiveOutput? Live { get; private init; }

    /// <summary>True when the server issues leases and can resume a job on another channel.</summary>
    public bool IsPaddock => Claim.Lease is not null;

    /// <param name="abort">Canceled when the operator stops the job at once.</param>
    public static Work Begin(
        Claim claim,
        Func<Claim, LiveOutput?, CancellationToken, Task<JobOutcome>> execute,
        CancellationToken abort
    )
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(abort);
        var live = claim is { Lease: not null, OutputEvery: > 0 } ? new LiveOutput() : null;
        var outcome = Task.Run(() => execute(claim, live, stop.Token), CancellationToken.None);
        return new(claim, stop, outcome) { Live = live };
    }

    /// <summary>Stops the job because the server canceled it.</summary>
    public void Cancel()
    {
        isCanceled = true;
        abort.Cancel();
    }

    /// <summary>The job's end as a message with only the fields and the length that the server accepts.</summary>
    public async Task<JobEnd> EndAsync()
    {
        try
        {
            ended = await Outcome;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            ended = new(
                [],
                $"The runner failed: {e.GetType().Name}: {e.Message}",
                Unstarted: false,
                Aborted: false,
                null
            );
        } // A bug in the runner, which must not end the slot.
        if (isCanceled)
            return new("canceled", stream =>
                JsonSerializer.Serialize(stream, new Canceled(Claim.Uuid, Claim.Lease), Wire.Default.RunnerEvent)
            );
        var error = ended.Aborted ? "The operator stopped the runner while this job ran." : ended.Error;
        var message = new ResultMessage
        {
            Job = Claim.Uuid,
            Results = ended.Results,
            Error = error,
            IsPaddock = IsPaddock,
            Lease = Claim.Lease,
            Environment = IsPaddock ? ended.Environment : null,
            Unstarted = IsPaddock && error is not null && ended.Unstarted,
            BytesMax =
                IsPaddock && Claim.MessageBytesMax is { } max
                    ? Math.Clamp(max, MessageBytesMin, MessageBytesMax)
                    : ResultMessage.OriginalBytesMax,
        };
        return new(error is null ? "completed" : $"failed: {error}", message.WriteTo);
    }

    public void Dispose()
    {
        ended?.Dispose();
        abort.Dispose();
    }
}

/// <summary>How a job ended: a word for the log, and the message that says so.</summary>
internal sealed record JobEnd(string Word, Action<Stream> WriteTo);
