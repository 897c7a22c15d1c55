using System.Net.WebSockets;
using Paddock.Core.Wire;

namespace Paddock.Core.Jobs;

public enum ChannelPhase
{
    /// <summary>The channel is open, and the runner has not asked for a job.</summary>
    Idle,

    /// <summary>The runner waits for a job. It sends no messages meanwhile.</summary>
    Waiting,

    /// <summary>The runner has a job.</summary>
    Busy,

    /// <summary>The server has closed the channel. Further messages are ignored.</summary>
    Over,
}

/// <summary>The job that the channel's runner executes, and the lease under which it was claimed.</summary>
/// <param name="Timeout">How many seconds the job may take.</param>
/// <param name="Started">When the runner reported that the job had started.</param>
/// <param name="IsCanceled">True when the server is done with the job. The runner is told so at its next
/// heartbeat.</param>
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

/// <summary>The state of a runner's channel.</summary>
/// <param name="Heard">When the runner last sent a message that counts.</param>
/// <param name="IsPaddock">True for a Paddock runner, which knows messages that an original Bencher runner does
/// not.</param>
/// <param name="IsShared">True when another channel had the slot when this one was opened, and may still be executing a
/// job.</param>
/// <param name="WaitsUntil">For a waiting runner: when it is told that there is no job.</param>
/// <param name="IsLast">True when the channel closes after its current job.</param>
public sealed record ChannelState(
    ChannelPhase Phase,
    DateTimeOffset Heard,
    bool IsPaddock = false,
    bool IsShared = false,
    ChannelJob? Job = null,
    DateTimeOffset WaitsUntil = default,
    bool IsLast = false
);

/// <summary>The timeouts of a channel.</summary>
/// <param name="Silence">A runner that sends no message for this long is lost.</param>
/// <param name="Grace">The server cancels a job this long after the job's own timeout, which the runner enforces
/// itself.</param>
public sealed record ChannelTimes(TimeSpan Silence, TimeSpan Grace);

/// <summary>The server's decision about a runner's message about a job.</summary>
public enum Heard
{
    /// <summary>The message was recorded, or is harmless. It is acknowledged.</summary>
    Taken,

    /// <summary>The job was canceled, or belongs to another runner by now. The runner must stop.</summary>
    Stop,

    /// <summary>The message breaks the protocol. The connection is closed.</summary>
    Breach,
}

/// <summary>
/// An event that a channel reacts to. From <see cref="Started"/> on, the inputs answer the channel's own effects.
/// </summary>
public abstract record ChannelInput
{
    /// <param name="Event">Null if the message is not part of the protocol.</param>
    public sealed record Said(RunnerEvent? Event) : ChannelInput;

    /// <summary>
    /// The timer set by <see cref="ChannelEffect.Wake"/> has fired, or an attempt to find a job has ended.
    /// </summary>
    public sealed record Tick : ChannelInput;

    /// <summary>A job was claimed for the runner.</summary>
    /// <param name="Message">Null if the job can no longer be handed to any runner.</param>
    public sealed record Given(ChannelJob Job, Claim? Message) : ChannelInput;

    /// <summary>The lease has ended, for whatever reason: the job is no longer the runner's.</summary>
    public sealed record Revoked(Guid Lease) : ChannelInput;

    /// <summary>The runner was archived or got another key.</summary>
    public sealed record Retired : ChannelInput;

    public sealed record Closed(WebSocketCloseStatus Status, string Reason) : ChannelInput;

    public sealed record Started(ChannelJob Job, Heard Heard) : ChannelInput;

    /// <param name="Job">Null if the runner has no job to continue.</param>
    /// <param name="IsHere">True when the job belongs to this channel's slot.</param>
    public sealed record Resumed(bool Starts, Heard Heard, ChannelJob? Job, bool IsHere) : ChannelInput;

    public sealed record Ended(Guid Job, Guid? Lease, Heard Heard) : ChannelInput;

    /// <param name="Status">The job's new status; null if the claim had already lost the job.</param>
    public sealed record Lost(JobStatus? Status) : ChannelInput;

    /// <summary>The channel has left the queue of waiting runners.</summary>
    public sealed record Withdrawn : ChannelInput;

    /// <summary>The job could not be sent, because the runner was gone.</summary>
    public sealed record Unsent(ChannelJob Job) : ChannelInput;
}

/// <summary>
/// Something to do. The effects of a list are carried out in order. Only the last one may have an answer, which becomes
/// the next input.
/// </summary>
public abstract record ChannelEffect
{
    public sealed record Send(ServerEvent Event) : ChannelEffect;

    /// <summary>Sets the channel's only timer.</summary>
    public sealed record Wake(TimeSpan After) : ChannelEffect;

    /// <summary>Closes the connection and tells the runner why.</summary>
    public sealed record End(WebSocketCloseStatus Status, string Reason) : ChannelEffect;

    /// <summary>Closes the connection without telling the runner.</summary>
    /// <param name="Why">The reason for the log; null if the connection was gone anyway.</param>
    public sealed record Drop(string? Why) : ChannelEffect;

    public sealed record Learn(RunnerFacts Facts) : ChannelEffect;

    /// <summary>
    /// Loses the job that the slot still has in the database, because its runner says that it has no job.
    /// </summary>
    /// <param name="IfServerIsGone">Loses the job only if the server of the slot's previous connection has ended. Until
    /// then the runner may be executing the job on that connection.</param>
    public sealed record LoseLeftover(bool IfServerIsGone) : ChannelEffect;

    /// <summary>Keeps the latest output of the job for its page.</summary>
    public sealed record Wrote(ChannelJob Job, string Output) : ChannelEffect;

    /// <summary>Cancels the job, because it has exceeded its timeout.</summary>
    public sealed record TimeOut(ChannelJob Job) : ChannelEffect;

    /// <summary>Returns the job to the queue, because its runner never received it.</summary>
    public sealed record Return(ChannelJob Job) : ChannelEffect;

    /// <summary>Fails the job, because it cannot be handed to any runner.</summary>
    public sealed record Refuse(ChannelJob Job) : ChannelEffect;

    /// <summary>Sends the job to the runner. Answered by <see cref="ChannelInput.Unsent"/> if sending fails.</summary>
    public sealed record Hand(ChannelJob Job, Claim Message) : ChannelEffect;

    /// <summary>
    /// Leaves the queue of waiting runners. Answered by <see cref="ChannelInput.Withdrawn"/>, or by a later tick if an
    /// attempt to find a job is under way.
    /// </summary>
    public sealed record Withdraw : ChannelEffect;

    /// <summary>Records that the job has started. Answered by <see cref="ChannelInput.Started"/>.</summary>
    public sealed record Start(ChannelJob Job) : ChannelEffect;

    /// <summary>Looks up the job of a lease. Answered by <see cref="ChannelInput.Resumed"/>.</summary>
    public sealed record Resume(Guid Lease, bool Starts) : ChannelEffect;

    /// <summary>Records the end of a job. Answered by <see cref="ChannelInput.Ended"/>.</summary>
    /// <param name="Event">A <see cref="Completed"/>, <see cref="Failed"/> or <see cref="Canceled"/>.</param>
    public sealed record Finish(RunnerEvent Event) : ChannelEffect;

    /// <summary>
    /// Loses the job, because its runner was silent for too long. Answered by <see cref="ChannelInput.Lost"/>.
    /// </summary>
    public sealed record Lose(ChannelJob Job) : ChannelEffect;
}
