namespace Paddock.Bench;

/// <summary>
/// Simulates the busiest hour of a day for servers of four sizes, from a team's to one of 10,000 projects and 50,000
/// runners, with the costs that the other benchmarks have measured. Beside what it finds stands what the model of
/// docs/scale.md computes without simulating.
/// </summary>
/// <remarks>
/// Commits of a project come independently of each other, an eighth of a day's in the busiest hour; each brings a burst
/// of reports within a minute, as a build matrix does. A fifth of the projects also report on a schedule, at the full
/// hour. One report is recorded after the other, at the speed at which the database was seen to record many at a time.
/// </remarks>
internal static class Arrivals
{
    private const int Seed = 20261130;
    private const double Hour = 3600;
    private const double CommitsPerDay = 20; // Of a project, on average; few projects have most of them.
    private const double BusiestHour = 1.0 / 8;
    private const double ReportsPerCommit = 3;
    private const double MetricsMedian = 60;
    private const double Scheduled = 0.2;
    private const double ScheduleSpread = 30; // Seconds: CI starts scheduled jobs a little late.
    private const double BurstSpread = 60;
    private const double JobShare = 1.0 / 3; // Of reports that come from a job on a runner.
    private const double BusyRunners = 0.2;

    /// <summary>Measured by the other benchmarks on two cores.</summary>
    /// <param name="Report">Seconds for a report, without its metrics.</param>
    /// <param name="Metric">Seconds for one metric, with its verdict.</param>
    /// <param name="Job">Seconds from a job's submission to its end, without its report.</param>
    /// <param name="Waiting">Share of a core for a runner that waits.</param>
    /// <param name="Working">Share of a core for a runner that works.</param>
    /// <param name="Connection">Bytes of memory for a connected runner.</param>
    /// <param name="Bytes">Of the database for a metric.</param>
    private sealed record Costs(
        string Engine,
        double Report,
        double Metric,
        double Job,
        double Waiting,
        double Working,
        double Connection,
        double Bytes
    );

    private static readonly Costs[] Measured =
    [
        new("sqlite", 0.9e-3, 29e-6, 1.3e-3, Waiting: 12e-6, Working: 17e-6, Connection: 63e3, Bytes: 46),
        new("postgresql", 4e-3, 46e-6, 4e-3, Waiting: 6e-6, Working: 17e-6, Connection: 63e3, Bytes: 114),
    ];

    public static void Measure(Figures figures)
    {
        foreach (var costs in Measured)
        foreach (var projects in (int[])[10, 100, 1_000, 10_000])
            if ($"arrivals/{costs.Engine}/{projects}" is var name && figures.Wants(name))
                Add(figures, name, costs, projects);
    }

    private static void Add(Figures figures, string name, Costs costs, int projects)
    {
        var runners = projects * 5;
        var arrivals = OfHour(new Random(Seed), projects, costs);
        var waits = Waits(arrivals);
        var work = arrivals.Sum(arrival => arrival.Work);
        var square = arrivals.Sum(arrival => arrival.Work * arrival.Work) / Math.Max(1, arrivals.Count);
        var load = work / Hour;
        // The mean wait of a queue with random arrivals (Pollaczek and Khinchine).
        var random = load < 1 ? arrivals.Count / Hour * square / 2 / (1 - load) : double.NaN;
        // What still waits when all scheduled reports have come.
        var due = arrivals.Where(arrival => arrival.IsScheduled).Sum(arrival => arrival.Work);
        var backlog = Math.Max(0, due - ScheduleSpread * (1 - load));
        var beats = runners * (BusyRunners * costs.Working + (1 - BusyRunners) * costs.Waiting);
        var bytes = CommitsPerDay * ReportsPerCommit * MetricsMean * projects * 365 * costs.Bytes;
        figures.Add(
            name,
            $"{arrivals.Count:#,0} reports, {arrivals.Sum(arrival => arrival.Metrics):#,0} metrics; busy {load:0.0%}; "
                + $"wait p50 {waits.At(0.5):0.000} p99 {waits.At(0.99):0.00} max {waits[^1]:0.0} s (model: mean "
                + $"{random:0.000}, max {backlog:0.0}); {runners:#,0} runners: {beats:0.0%} of a core, "
                + $"{runners * costs.Connection / 1e6:#,0} MB; {bytes / 1e9:#,0} GB a year",
            ("wait", new(waits.At(0.99) * 1e9)),
            ("load", new(load * 100))
        );
    }

    private readonly record struct Arrival(double At, int Metrics, double Work, bool IsScheduled);

    // Of a lognormal distribution with this median and a standard deviation of the logarithm of 1.2.
    private static double MetricsMean => MetricsMedian * Math.Exp(1.2 * 1.2 / 2);

    private static List<Arrival> OfHour(Random random, int projects, Costs costs)
    {
        var arrivals = new List<Arrival>();
        for (var project = 0; project < projects; project++)
        {
            // Lognormal with this mean: the busiest of 10,000 projects has some hundred times as many as the median.
            var commits = CommitsPerDay * Math.Exp(1.5 * Normal(random) - 1.5 * 1.5 / 2) * BusiestHour;
            var metrics = Math.Clamp((int)(MetricsMedian * Math.Exp(1.2 * Normal(random))), 1, 10_000);
            for (var at = Exponential(random, Hour / commits); at < Hour; at += Exponential(random, Hour / commits))
                Burst(at, BurstSpread, isScheduled: false);
            if (random.NextDouble() < Scheduled)
                Burst(0, ScheduleSpread, isScheduled: true);

            void Burst(double at, double spread, bool isScheduled)
            {
                var reports = 1 + (int)Exponential(random, ReportsPerCommit - 0.5);
                for (var i = 0; i < reports; i++)
                {
                    var job = random.NextDouble() < JobShare ? costs.Job : 0;
                    var work = costs.Report + job + metrics * costs.Metric;
                    arrivals.Add(new(at + random.NextDouble() * spread, metrics, work, isScheduled));
                }
            }
        }
        arrivals.Sort((one, other) => one.At.CompareTo(other.At));
        return arrivals;
    }

    /// <returns>The seconds that each report waited for those before it, sorted.</returns>
    private static List<double> Waits(List<Arrival> arrivals)
    {
        var (waits, free) = (new List<double>(arrivals.Count), 0.0);
        foreach (var arrival in arrivals)
        {
            var begin = Math.Max(free, arrival.At);
            waits.Add(begin - arrival.At);
            free = begin + arrival.Work;
        }
        waits.Sort();
        return waits;
    }

    private static double Exponential(Random random, double mean) => -mean * Math.Log(1 - random.NextDouble());

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
