using Paddock.Core.Wire;
using Paddock.Server.Ground;

namespace Paddock.Server.Machines.Jobs;

/// <summary>
/// Whether confirmation jobs are claimed after all other jobs of their spec, among them, or are not created.
/// </summary>
internal enum ConfirmingJobs
{
    After,
    Among,
    Off,
}

/// <summary>The settings of jobs and runners; <c>docs/configuration.md</c> lists them.</summary>
internal sealed record JobOptions
{
    private const string ConfirmingName = "PADDOCK_CONFIRMING_JOBS";

    /// <summary>A runner that is silent for this long has lost its job.</summary>
    public TimeSpan HeartbeatTimeout { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>
    /// How long past its timeout a job may run before the server cancels it. The runner enforces the timeout itself and
    /// needs time to report it.
    /// </summary>
    public TimeSpan TimeoutGrace { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The longest message of a runner: the outputs of a whole job.</summary>
    public int MessageBytesMax { get; init; } = 64 << 20;

    /// <summary>The default timeout of a job, in seconds.</summary>
    public int TimeoutStandard { get; init; } = 3600;

    /// <summary>The longest timeout of a job, in seconds. Longer requests are reduced to it.</summary>
    public int TimeoutMax { get; init; } = 6 * 3600;

    /// <summary>A job that no runner has taken for this long is canceled.</summary>
    public TimeSpan WaitMax { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How many jobs of an organization may wait.</summary>
    public int WaitingMax { get; init; } = 20_000;

    /// <summary>How many jobs of an organization run at the same time; null for no limit.</summary>
    public int? PerOrganizationMax { get; init; }

    /// <summary>How many jobs submitted from one IP address run at the same time; null for no limit.</summary>
    public int? PerAddressMax { get; init; }

    /// <summary>Where confirmation jobs stand in the queue.</summary>
    public ConfirmingJobs Confirming { get; init; }

    /// <summary>
    /// How long a job that a runner declined is not offered to that runner again. By then the obstacle may be gone, or
    /// another runner has taken the job.
    /// </summary>
    public TimeSpan DeclinePause { get; } = TimeSpan.FromSeconds(30);

    /// <summary>How often the sweep runs, in case a wake-up was lost.</summary>
    public TimeSpan SweepEvery { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How often heartbeats are saved. The runners of a dead server are declared lost two of these intervals later.
    /// </summary>
    public TimeSpan HeartbeatsEvery =>
        TimeSpan.FromTicks(Math.Min(TimeSpan.FromSeconds(10).Ticks, HeartbeatTimeout.Ticks / 2));

    /// <summary>
    /// How often a working Paddock runner sends a heartbeat, in seconds: if possible, twice before it would count as
    /// lost, with 15 seconds to spare. Each heartbeat costs the server a wake-up of a quarter of a millisecond, and
    /// disturbs the measurement on the runner. An original Bencher runner sends one every second, since that is how it
    /// learns that its job was canceled.
    /// </summary>
    public int RunnerHeartbeatSeconds => Math.Clamp(((int)HeartbeatTimeout.TotalSeconds - 15) / 2, 1, 30);

    /// <summary>
    /// How often a Paddock runner sends a job's output, in seconds, if its measuring cores are separate from the cores
    /// that do the sending.
    /// </summary>
    public int RunnerOutputSeconds => Math.Min(5, RunnerHeartbeatSeconds);

    /// <exception cref="FormatException">A setting is invalid; the message names it and what is allowed.</exception>
    public static JobOptions FromEnvironment(Func<string, string?> environment)
    {
        var standard = new JobOptions();
        int Required(string name, int value, int min, int max) => Setting.Number(name, environment, value, min, max);
        int? Optional(string name) =>
            environment(name) is null ? null : Required(name, value: 1, min: 1, max: 1_000_000);
        TimeSpan Seconds(string name, TimeSpan value, int min, int max) =>
            TimeSpan.FromSeconds(Required(name, (int)value.TotalSeconds, min, max));
        return standard with
        {
            HeartbeatTimeout = Seconds(
                "PADDOCK_RUNNER_HEARTBEAT_TIMEOUT_S",
                standard.HeartbeatTimeout,
                min: 1,
                max: 900
            ),
            TimeoutGrace = Seconds("PADDOCK_JOB_TIMEOUT_GRACE_S", standard.TimeoutGrace, min: 1, max: 900),
            MessageBytesMax = Required(
                "PADDOCK_RUNNER_MESSAGE_MAX_BYTES",
                standard.MessageBytesMax,
                min: 64 << 10,
                max: 1 << 30
            ),
            TimeoutStandard = Required("PADDOCK_JOB_TIMEOUT_S", standard.TimeoutStandard, min: 1, max: int.MaxValue),
            TimeoutMax = Required("PADDOCK_JOB_TIMEOUT_MAX_S", standard.TimeoutMax, min: 1, max: int.MaxValue),
            WaitMax = Seconds("PADDOCK_JOB_WAIT_MAX_S", standard.WaitMax, min: 60, max: int.MaxValue),
            WaitingMax = Required("PADDOCK_JOBS_WAITING_MAX", standard.WaitingMax, min: 1, max: 1_000_000),
            PerOrganizationMax = Optional("PADDOCK_JOBS_PER_ORGANIZATION_MAX"),
            PerAddressMax = Optional("PADDOCK_JOBS_PER_ADDRESS_MAX"),
            Confirming = environment(ConfirmingName) switch
            {
                null => standard.Confirming,
                var word when Words<ConfirmingJobs>.TryParse(word, out var wanted) => wanted,
                var word => throw new FormatException($"{ConfirmingName}: {Words<ConfirmingJobs>.Refusal(word)}"),
            },
        };
    }
}
