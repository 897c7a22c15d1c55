using Paddock.Core.Wire;

namespace Paddock.Core.Jobs;

/// <summary>What can happen to a job.</summary>
public enum JobTrigger
{
    /// <summary>A runner asked for work and got this.</summary>
    Claim,

    /// <summary>
    /// The runner never got it: its connection ended while it was handed over, or it says that it has nothing.
    /// </summary>
    Return,

    /// <summary>The runner has begun.</summary>
    Start,

    /// <summary>The runner could not begin the benchmark: no image, no room, no sandbox.</summary>
    Decline,

    /// <summary>The results are here and kept.</summary>
    Complete,

    /// <summary>The results have become metrics.</summary>
    Process,

    /// <summary>The benchmark failed, or its results cannot be read.</summary>
    Fail,

    /// <summary>The runner was silent for too long, or came back without it.</summary>
    Lose,

    /// <summary>Somebody canceled it, or it took or waited too long.</summary>
    Cancel,

    /// <summary>The server failed on it again and again, for a reason that lies in the job itself.</summary>
    SetAside,
}

/// <summary>The whole life of a job. Nothing else moves one.</summary>
public static class JobLife
{
    /// <summary>
    /// How often a job is handed out: again only where no benchmark had begun, since a failure is a signal.
    /// </summary>
    public const int AttemptsMax = 2;

    /// <summary>The next status, or null where the trigger makes no sense and changes nothing.</summary>
    /// <param name="attempts">How often it has been handed out so far.</param>
    public static JobStatus? Next(this JobStatus status, JobTrigger trigger, int attempts) =>
        (status, trigger) switch
        {
            (JobStatus.Pending, JobTrigger.Claim) => JobStatus.Claimed,
            (JobStatus.Claimed, JobTrigger.Return) => JobStatus.Pending,
            // Said twice, it is as if said once.
            (JobStatus.Claimed or JobStatus.Running, JobTrigger.Start) => JobStatus.Running,
            (JobStatus.Claimed or JobStatus.Running, JobTrigger.Decline) => attempts < AttemptsMax
                ? JobStatus.Pending
                : JobStatus.Failed,
            (JobStatus.Claimed, JobTrigger.Lose) => attempts < AttemptsMax ? JobStatus.Pending : JobStatus.Failed,
            (JobStatus.Running, JobTrigger.Lose) => JobStatus.Failed, // Results may exist already.
            // A lost runner may still deliver.
            (JobStatus.Running or JobStatus.Failed, JobTrigger.Complete) => JobStatus.Completed,
            (JobStatus.Completed, JobTrigger.Process) => JobStatus.Processed,
            (JobStatus.Claimed or JobStatus.Running or JobStatus.Completed, JobTrigger.Fail) => JobStatus.Failed,
            (JobStatus.Pending or JobStatus.Claimed or JobStatus.Running, JobTrigger.Cancel) => JobStatus.Canceled,
            (JobStatus.Pending or JobStatus.Claimed or JobStatus.Running or JobStatus.Completed, JobTrigger.SetAside) =>
                JobStatus.Failed,
            _ => null, // Processed and Canceled are final.
        };

    /// <summary>Whether a runner has it.</summary>
    public static bool IsHeld(this JobStatus status) => status is JobStatus.Claimed or JobStatus.Running;

    /// <summary>Whether its output may be looked at.</summary>
    public static bool HasEnded(this JobStatus status) =>
        status is JobStatus.Completed or JobStatus.Processed or JobStatus.Failed or JobStatus.Canceled;

    /// <summary>Whether a job takes longer than it may.</summary>
    /// <param name="started">When its runner had begun; null where it has not.</param>
    /// <param name="timeout">Seconds.</param>
    /// <param name="grace">The runner keeps the timeout by itself; the server waits this much longer.</param>
    public static bool IsTooLong(DateTimeOffset? started, int timeout, TimeSpan grace, DateTimeOffset now) =>
        started is { } since && now - since > TimeSpan.FromSeconds(timeout) + grace;

    /// <summary>
    /// Whether a message of a runner breaks the protocol, where it changes nothing: it claims an end that its job
    /// cannot have. Everything else that comes late or twice is harmless.
    /// </summary>
    public static bool IsBreach(this JobStatus status, JobTrigger trigger) =>
        (status, trigger) switch
        {
            (JobStatus.Claimed, JobTrigger.Complete) => true, // What was never begun cannot be complete.
            (JobStatus.Completed or JobStatus.Processed or JobStatus.Failed, JobTrigger.Cancel) => true,
            _ => false,
        };
}
