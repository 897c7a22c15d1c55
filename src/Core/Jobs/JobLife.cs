using Paddock.Core.Wire;

namespace Paddock.Core.Jobs;

/// <summary>The events in the life of a job.</summary>
public enum JobTrigger
{
    /// <summary>A runner asked for work and got this job.</summary>
    Claim,

    /// <summary>
    /// The runner never received the job: the connection ended during the handover, or the runner says that it has no
    /// job.
    /// </summary>
    Return,

    /// <summary>The runner has started the benchmark.</summary>
    Start,

    /// <summary>The runner could not start the benchmark: no image, no room, no sandbox.</summary>
    Decline,

    /// <summary>The results have arrived and are stored.</summary>
    Complete,

    /// <summary>The results were converted to metrics.</summary>
    Process,

    /// <summary>The benchmark failed, or its results cannot be parsed.</summary>
    Fail,

    /// <summary>The runner was silent for too long, or reconnected without the job.</summary>
    Lose,

    /// <summary>A user canceled the job, or the job ran or waited too long.</summary>
    Cancel,

    /// <summary>The server failed repeatedly while handling the job, because of the job itself.</summary>
    SetAside,
}

/// <summary>The state machine of a job. It alone decides a job's status.</summary>
public static class JobLife
{
    /// <summary>
    /// How often a job is claimed at most. A second claim happens only if no benchmark had started: a failure of the
    /// benchmark itself is a result.
    /// </summary>
    public const int AttemptsMax = 2;

    /// <summary>The next status; null if the trigger is not valid in this status and changes nothing.</summary>
    /// <param name="attempts">How often the job has been claimed so far.</param>
    public static JobStatus? Next(this JobStatus status, JobTrigger trigger, int attempts) =>
        (status, trigger) switch
        {
            (JobStatus.Pending, JobTrigger.Claim) => JobStatus.Claimed,
            (JobStatus.Claimed, JobTrigger.Return) => JobStatus.Pending,
            // A repeated Start changes nothing.
            (JobStatus.Claimed or JobStatus.Running, JobTrigger.Start) => JobStatus.Running,
            (JobStatus.Claimed or JobStatus.Running, JobTrigger.Decline) => attempts < AttemptsMax
                ? JobStatus.Pending
                : JobStatus.Failed,
            (JobStatus.Claimed, JobTrigger.Lose) => attempts < AttemptsMax ? JobStatus.Pending : JobStatus.Failed,
            (JobStatus.Running, JobTrigger.Lose) => JobStatus.Failed, // Results may exist already.
            // A runner that was given up as lost may still deliver results.
            (JobStatus.Running or JobStatus.Failed, JobTrigger.Complete) => JobStatus.Completed,
            (JobStatus.Completed, JobTrigger.Process) => JobStatus.Processed,
            (JobStatus.Claimed or JobStatus.Running or JobStatus.Completed, JobTrigger.Fail) => JobStatus.Failed,
            (JobStatus.Pending or JobStatus.Claimed or JobStatus.Running, JobTrigger.Cancel) => JobStatus.Canceled,
            (JobStatus.Pending or JobStatus.Claimed or JobStatus.Running or JobStatus.Completed, JobTrigger.SetAside) =>
                JobStatus.Failed,
            _ => null, // Processed and Canceled are final.
        };

    /// <summary>True when a runner has the job.</summary>
    public static bool IsHeld(this JobStatus status) => status is JobStatus.Claimed or JobStatus.Running;

    /// <summary>True when the job's output may be viewed.</summary>
    public static bool HasEnded(this JobStatus status) =>
        status is JobStatus.Completed or JobStatus.Processed or JobStatus.Failed or JobStatus.Canceled;

    /// <summary>True when a job takes longer than it may.</summary>
    /// <param name="started">When the runner started the job; null if it has not.</param>
    /// <param name="timeout">In seconds.</param>
    /// <param name="grace">How much longer the server waits, because the runner enforces the timeout itself.</param>
    public static bool IsTooLong(DateTimeOffset? started, int timeout, TimeSpan grace, DateTimeOffset now) =>
        started is { } since && now - since > TimeSpan.FromSeconds(timeout) + grace;

    /// <summary>
    /// True when a message that changes nothing also breaks the protocol: it reports an end that its job cannot have.
    /// Any other late or repeated message is harmless.
    /// </summary>
    public static bool IsBreach(this JobStatus status, JobTrigger trigger) =>
        (status, trigger) switch
        {
            (JobStatus.Claimed, JobTrigger.Complete) => true, // A job that never started cannot be complete.
            (JobStatus.Completed or JobStatus.Processed or JobStatus.Failed, JobTrigger.Cancel) => true,
            _ => false,
        };
}
