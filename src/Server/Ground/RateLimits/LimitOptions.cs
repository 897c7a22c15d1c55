namespace Paddock.Server.Ground.RateLimits;

/// <summary>Settings of what one caller, or all together, may take of the server; <c>docs/configuration.md</c> lists
/// them.</summary>
internal sealed record LimitOptions
{
    /// <summary>How long reading the database may take in one step of a request.</summary>
    public TimeSpan QueryTimeMax { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How many reads of the database run at the same time; null for as many as suit the engine.</summary>
    public int? ConnectionsMax { get; init; }

    /// <summary>
    /// How many event streams may be open together: pages that follow jobs, and clients that follow runners.
    /// </summary>
    public int WatchersMax { get; init; } = 1000;

    /// <summary>How many event streams one caller may have open.</summary>
    public int WatchersPerCallerMax { get; init; } = 64;

    /// <summary>How many new benchmarks, measures, branches and testbeds a run may bring whose sender has not signed
    /// in.</summary>
    public int AnonymousNamesPerRun { get; init; } = 5_000;

    /// <summary>How many of them an hour, for one project and for one address.</summary>
    public int AnonymousNamesPerHour { get; init; } = 10_000;

    /// <summary>How long what was created counts for <see cref="UnclaimedCreationsMax"/>.</summary>
    public TimeSpan CreationsWindow { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How much of each kind may be created in that time where nobody has claimed the organization; 0 for any
    /// number.</summary>
    public int UnclaimedCreationsMax { get; init; }

    /// <summary>The same where somebody has.</summary>
    public int ClaimedCreationsMax { get; init; }

    /// <summary>How many metrics one run may bring, over all its iterations.</summary>
    public int MetricsPerRun { get; init; } = 100_000;

    /// <summary>The same for a run whose sender has not signed in.</summary>
    public int AnonymousMetricsPerRun { get; init; } = 25_000;

    /// <summary>How many points a plot may have as v0 JSON.</summary>
    public int PlotPointsMax { get; init; } = 600_000;

    /// <summary>How many points a plot may have in the compact form.</summary>
    public int PlotCompactPointsMax { get; init; } = 2_000_000;

    /// <summary>How long a client may take to read a long answer.</summary>
    public TimeSpan AnswerTimeMax { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Bytes that must be free on the disk of the data folder; with less, only deleting is possible. 0 for no
    /// such limit.</summary>
    public long DiskFreeMin { get; init; } = 512L << 20;

    /// <summary>
    /// The clock of the two times of requests. It is not the server's: work that is under way takes as long as it
    /// takes, whatever day a test has moved to. A test of these limits gives its own.
    /// </summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <exception cref="FormatException">A setting is not as it should be; the message names it and what is
    /// allowed.</exception>
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
