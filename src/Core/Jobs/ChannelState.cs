using System.Net.WebSockets;
using Paddock.Core.Wire;

namespace Paddock.Core.Jobs;

public enum ChannelPhase
{
    /// <summary>Open; the runner has asked for nothing.</summary>
    Idle,

    /// <summary>The runner waits for a job, and says nothing meanwhile.</summary>
    Waiting,

    /// <summary>The runner has a job.</summary>
    Busy,

    /// <summary>Closed by this side. Nothing that comes in counts any more.</summary>
    Over,
}

/// <summary>The job that a channel's runner carries out, under the claim with this lease.</summary>
/// <param name="Timeout">Seconds that it may take.</param>
/// <param name="Started">When the runner said that it had begun.</param>
/// <param name="IsCanceled">The server is done with it; the runner learns that at its next heartbeat.</param>
public sealed record ChannelJob(
    long Id,
    Guid Uuid,
    Guid Lease,
    int Timeout,
    DateTimeOffset? Started,
    bool IsCanceled = false
)
{
    public bool Is(Guid job, Guid? lease) => Uuid == job && (lease is null || lease == Lease);
}

/// <summary>Where a runner's channel stands.</summary>
/// <param name="Heard">When the runner last said something that counts.</param>
/// <param name="IsPaddock">The runner is one of ours: it says and understands what an original does not.</param>
/// <param name="IsShared">When the channel was opened, another one had its slot, and may still be at work.</param>
/// <param name="WaitsUntil">While it waits: when it is told that there is no job.</param>
/// <param name="IsLast">The channel ends with the job that it has.</param>
public sealed record ChannelState(
    ChannelPhase Phase,
    DateTimeOffset Heard,
    bool IsPaddock = false,
    bool IsShared = false,
    ChannelJob? Job = null,
    DateTimeOffset WaitsUntil = default,
    bool IsLast = false
);

/// <summary>How long a channel is patient.</summary>
/// <param name="Silence">A runner that says nothing for this long is lost.</param>
/// <param name="Grace">A job is canceled this much after its own timeout, which the runner keeps by itself.</param>
public sealed record ChannelTimes(TimeSpan Silence, TimeSpan Grace);

/// <summary>What a message about a job has come to.</summary>
public enum Heard
{
    /// <summary>Taken in, or harmless: to be acknowledged.</summary>
    Taken,

    /// <summary>The job is canceled, or another's by now: the runner is to stop.</summary>
    Stop,

    /// <summary>It says what cannot be: the connection is at an end.</summary>
    Breach,
}

/// <summary>What happens to a channel. The second half are answers to what it asked for.</summary>
public abstract record ChannelInput
{
    /// <param name="Event">Null where the message is none of the protocol's.</param>
    public sealed record Said(RunnerEvent? Event) : ChannelInput;

    /// <summary>The clock that <see cref="ChannelEffect.Wake"/> set, or an attempt to find a job has ended.</summary>
    public sealed record Tick : ChannelInput;

    /// <summary>A job was claimed for the runner.</summary>
    /// <param name="Message">Null where the job cannot be told to anybody any more.</param>
    public sealed record Given(ChannelJob Job, Claim? Message) : ChannelInput;

    /// <summary>The job is no longer the runner's, whoever decided that.</summary>
    public sealed record Revoked(Guid Lease) : ChannelInput;

    /// <summary>The runner is no longer wanted.</summary>
    public sealed record Retired : ChannelInput;

    public sealed record Closed(WebSocketCloseStatus Status, string Reason) : ChannelInput;

    public sealed record Started(ChannelJob Job, Heard Heard) : ChannelInput;

    /// <param name="Job">Null where the runner has nothing to go on with.</param>
    /// <param name="IsHere">The job belongs to this channel's slot.</param>
    public sealed record Resumed(bool Starts, Heard Heard, ChannelJob? Job, bool IsHere) : ChannelInput;

    public sealed record Ended(Guid Job, Guid? Lease, Heard Heard) : ChannelInput;

    /// <param name="Status">The job's now; null where it was not this claim's any more.</param>
    public sealed record Lost(JobStatus? Status) : ChannelInput;

    /// <summary>The channel is out of the queue.</summary>
    public sealed record Withdrawn : ChannelInput;

    /// <summary>The runner was gone when it was handed its job.</summary>
    public sealed record Unsent(ChannelJob Job) : ChannelInput;
}

/// <summary>
/// What is to be done, in this order. The last one of a list may have an answer, which is the next input.
/// </summary>
public abstract record ChannelEffect
{
    public sealed record Send(ServerEvent Event) : ChannelEffect;

    /// <summary>Sets the channel's one clock.</summary>
    public sealed record Wake(TimeSpan After) : ChannelEffect;

    /// <summary>Says why, and closes.</summary>
    public sealed record End(WebSocketCloseStatus Status, string Reason) : ChannelEffect;

    /// <summary>Ends the connection without a word to the other side.</summary>
    /// <param name="Why">For the log; null where it was gone anyway.</param>
    public sealed record Drop(string? Why) : ChannelEffect;

    public sealed record Learn(RunnerFacts Facts) : ChannelEffect;

    /// <summary>A job that the slot still has in the books is lost: its runner says that it has none.</summary>
    /// <param name="IfServerIsGone">Only if the server of the connection that had the slot before has ended: until
    /// then the runner may be at work on that one.</param>
    public sealed record LoseLeftover(bool IfServerIsGone) : ChannelEffect;

    /// <summary>What the job has written lately is kept for its page.</summary>
    public sealed record Wrote(ChannelJob Job, string Output) : ChannelEffect;

    /// <summary>The job has taken longer than it may.</summary>
    public sealed record TimeOut(ChannelJob Job) : ChannelEffect;

    /// <summary>The job goes back to the queue: its runner never got it.</summary>
    public sealed record Return(ChannelJob Job) : ChannelEffect;

    /// <summary>The job fails: it cannot be handed to anybody.</summary>
    public sealed record Refuse(ChannelJob Job) : ChannelEffect;

    /// <summary>Answered by <see cref="ChannelInput.Unsent"/>, where it does not go out.</summary>
    public sealed record Hand(ChannelJob Job, Claim Message) : ChannelEffect;

    /// <summary>
    /// Answered by <see cref="ChannelInput.Withdrawn"/>, or by a later tick where an attempt is on its way.
    /// </summary>
    public sealed record Withdraw : ChannelEffect;

    /// <summary>Answered by <see cref="ChannelInput.Started"/>.</summary>
    public sealed record Start(ChannelJob Job) : ChannelEffect;

    /// <summary>Answered by <see cref="ChannelInput.Resumed"/>.</summary>
    public sealed record Resume(Guid Lease, bool Starts) : ChannelEffect;

    /// <summary>Answered by <see cref="ChannelInput.Ended"/>.</summary>
    /// <param name="Event">A <see cref="Completed"/>, <see cref="Failed"/> or <see cref="Canceled"/>.</param>
    public sealed record Finish(RunnerEvent Event) : ChannelEffect;

    /// <summary>Nothing was heard of the job for too long. Answered by <see cref="ChannelInput.Lost"/>.</summary>
    public sealed record Lose(ChannelJob Job) : ChannelEffect;
}
