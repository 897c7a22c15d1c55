using Paddock.Core.Wire;
using Paddock.Server.Ground;

namespace Paddock.Server.Machines.Jobs;

/// <summary>Confirming jobs are handed out after all other jobs of their spec, among them, or not made at
/// all.</summary>
internal enum ConfirmingJobs
{
    After,
    Among,
    Off,
}

/// <summary>Settings of jobs and of the runners that carry them out; <c>docs/configuration.md</c> lists them.</summary>
internal sealed record JobOptions
{
    private const string ConfirmingName = "PADDOCK_CONFIRMING_JOBS";

    /// <summary>A runner that is silent for this long has lost its job.</summary>
    public TimeSpan HeartbeatTimeout { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>
    /// How much longer than its timeout a job may take before it is canceled: the runner ends it, and has to say so.
    /// </summary>
    public TimeSpan TimeoutGrace { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The longest message of a runner: the outputs of a whole job.</summary>
    public int MessageBytesMax { get; init; } = 64 << 20;

    /// <summary>Seconds, for jobs that ask for none.</summary>
    public int TimeoutStandard { get; init; } = 3600;

    /// <summary>Seconds. A job that asks for more gets this.</summary>
    public int TimeoutMax { get; init; } = 6 * 3600;

    /// <summary>A job that no runner has taken for this long is canceled.</summary>
    public TimeSpan WaitMax { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How many jobs of an organization may wait.</summary>
    public int WaitingMax { get; init; } = 20_000;

    /// <summary>How many jobs of an organization run at the same time; null for any number.</summary>
    public int? PerOrganizationMax { get; init; }

    /// <summary>How many jobs that were asked for from one address run at the same time; null for any number.</summary>
    public int? PerAddressMax { get; init; }

    /// <summary>Where confirming jobs stand in the queue.</summary>
    public ConfirmingJobs Confirming { get; init; }

    /// <summary>
    /// A runner that could not begin a job is not given it again for so long: what hindered it may have passed by then,
    /// or another runner has taken it.
    /// </summary>
    public TimeSpan DeclinePause { get; } = TimeSpan.FromSeconds(30);

    /// <summary>How often everything is looked through, in case that a wake-up was missed.</summary>
    public TimeSpan SweepEvery { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How often it is written down who was heard from. A runner of a server that died is lost that much later.
    /// </summary>
    public TimeSpan HeartbeatsEvery =>
        TimeSpan.FromTicks(Math.Min(TimeSpan.FromSeconds(10).Ticks, HeartbeatTimeout.Ticks / 2));

    /// <summary>
    /// How often a runner of ours is to say that it is alive while it works: where there is time, twice and 15 seconds
    /// before it would be missed. What it costs here is the waking up, a quarter of a millisecond each time, and there
    /// it disturbs what is measured. An original does so each second, since that is how it hears that its job was
    /// canceled.
    /// </summary>
    public int RunnerHeartbeatSeconds => Math.Clamp(((int)HeartbeatTimeout.TotalSeconds - 15) / 2, 1, 30);

    /// <summary>
    /// How often a runner of ours is to tell what a job writes, where it measures on other cores than those that do it.
    /// </summary>
    public int RunnerOutputSeconds => Math.Min(5, RunnerHeartbeatSeconds);

    /// <exception cref="FormatException">A setting is not as it should be; the message names it and what is
    /// allowed.</exception>
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
