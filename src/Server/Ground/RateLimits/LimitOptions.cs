namespace Paddock.Server.Ground.RateLimits;

/// <summary>
/// Limits on what one caller, or all callers together, may use; <c>docs/configuration.md</c> lists them.
/// </summary>
internal sealed record LimitOptions
{
    /// <summary>How long reading the database may take in one step of a request.</summary>
    public TimeSpan QueryTimeMax { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How many database reads may run at the same time; null for the engine's default.</summary>
    public int? ConnectionsMax { get; init; }

    /// <summary>
    /// How many event streams may be open in total: pages that follow jobs, and clients that follow runners.
    /// </summary>
    public int WatchersMax { get; init; } = 1000;

    /// <summary>How many event streams one caller may have open.</summary>
    public int WatchersPerCallerMax { get; init; } = 64;

    /// <summary>How many new benchmarks, measures, branches and testbeds one anonymous run may create.</summary>
    public int AnonymousNamesPerRun { get; init; } = 5_000;

    /// <summary>How many of these anonymous runs may create per hour, for each project and for each address.</summary>
    public int AnonymousNamesPerHour { get; init; } = 10_000;

    /// <summary>
    /// The period over which creations count for <see cref="UnclaimedCreationsMax"/> and
    /// <see cref="ClaimedCreationsMax"/>.
    /// </summary>
    public TimeSpan CreationsWindow { get; init; } = TimeSpan.FromDays(1);

    /// <summary>
    /// How many rows of each kind may be created in that period in an unclaimed organization; 0 for no limit.
    /// </summary>
    public int UnclaimedCreationsMax { get; init; }

    /// <summary>The same limit for a claimed organization.</summary>
    public int ClaimedCreationsMax { get; init; }

    /// <summary>How many metrics one run may contain, over all its iterations.</summary>
    public int MetricsPerRun { get; init; } = 100_000;

    /// <summary>The same limit for an anonymous run.</summary>
    public int AnonymousMetricsPerRun { get; init; } = 25_000;

    /// <summary>The most points a plot may have as v0 JSON.</summary>
    public int PlotPointsMax { get; init; } = 600_000;

    /// <summary>The most points a plot may have in the compact form.</summary>
    public int PlotCompactPointsMax { get; init; } = 2_000_000;

    /// <summary>How long a client may take to read a long answer.</summary>
    public TimeSpan AnswerTimeMax { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Bytes that must stay free on the disk of the data folder. With less, only deletions are accepted. 0 turns the
    /// limit off.
    /// </summary>
    public long DiskFreeMin { get; init; } = 512L << 20;

    /// <summary>
    /// The clock for the two time limits of requests. It is not the server's clock: running work takes as long as it
    /// takes, whatever date a test has moved to. Tests of these limits set their own clock.
    /// </summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <exception cref="FormatException">A setting is invalid; the message names it and what is allowed.</exception>
    public static LimitOptions FromEnvironment(Func<string, string?> environment)
    {
        var standard = new LimitOptions();
        int Number(string name, int value, int min = 1, int max = 1_000_000_000) =>
            Setting.Number(name, environment, value, min, max);
        TimeSpan Seconds(string name, TimeSpan value) =>
            TimeSpan.FromSeconds(Number(name, (int)value.TotalSeconds, max: 86_400));
        return standard with
        {
            QueryTimeMax = Seconds("PADDOCK_QUERY_TIME_MAX_S", standard.QueryTimeMax),
            WatchersMax = Number("PADDOCK_JOB_WATCHERS_MAX", standard.WatchersMax, max: 1_000_000),
            WatchersPerCallerMax = Number("PADDOCK_JOB_WATCHERS_PER_CALLER_MAX", standard.WatchersPerCallerMax),
            AnonymousNamesPerRun = Number("PADDOCK_ANONYMOUS_NAMES_PER_RUN_MAX", standard.AnonymousNamesPerRun, min: 0),
            AnonymousNamesPerHour = Number(
                "PADDOCK_ANONYMOUS_NAMES_PER_HOUR_MAX",
                standard.AnonymousNamesPerHour,
                min: 0
            ),
            CreationsWindow = TimeSpan.FromSeconds(
                Number("PADDOCK_CREATIONS_WINDOW_S", (int)standard.CreationsWindow.TotalSeconds, max: 31_536_000)
            ),
            UnclaimedCreationsMax = Number("PADDOCK_CREATIONS_UNCLAIMED_MAX", standard.UnclaimedCreationsMax, min: 0),
            ClaimedCreationsMax = Number("PADDOCK_CREATIONS_CLAIMED_MAX", standard.ClaimedCreationsMax, min: 0),
            MetricsPerRun = Number("PADDOCK_METRICS_PER_RUN_MAX", standard.MetricsPerRun),
            AnonymousMetricsPerRun = Number("PADDOCK_ANONYMOUS_METRICS_PER_RUN_MAX", standard.AnonymousMetricsPerRun),
            PlotPointsMax = Number("PADDOCK_PLOT_POINTS_MAX", standard.PlotPointsMax),
            PlotCompactPointsMax = Number("PADDOCK_PLOT_COMPACT_POINTS_MAX", standard.PlotCompactPointsMax),
            AnswerTimeMax = Seconds("PADDOCK_ANSWER_TIME_MAX_S", standard.AnswerTimeMax),
            DiskFreeMin = Setting.Number(
                "PADDOCK_DISK_FREE_MIN_BYTES",
                environment,
                standard.DiskFreeMin,
                min: 0,
                max: long.MaxValue
            ),
        };
    }
}
