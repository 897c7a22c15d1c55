using System.Globalization;

namespace Paddock.Server.Results.Perf.Drawing;

/// <summary>Chooses round numbers and times for an axis. Each list is short for any range.</summary>
internal static class PlotTicks
{
    private const int Max = 24;

    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <summary>Returns about <paramref name="count"/> multiples of 1, 2, 2.5 or 5 times a power of ten.</summary>
    public static List<PlotTick> Linear(double from, double to, int count)
    {
        var step = NiceStep((to - from) / Math.Max(count, 1), [1, 2, 2.5, 5, 10]);
        var decimals = Decimals(step);
        var format =
            Math.Max(Math.Abs(from), Math.Abs(to)) >= 1e9 || decimals > 6
                ? "0.#####e0"
                : "N" + decimals.ToString(Culture);
        var ticks = new List<PlotTick>();
        var first = Math.Ceiling(from / step - 1e-9);
        for (var i = 0; i < Max && (first + i) * step <= to + step * 1e-9; i++)
        {
            var number = (first + i) * step + 0.0; // Turns -0 into 0.
            ticks.Add(new(number, number.ToString(format, Culture)));
        }
        return ticks;
    }

    /// <summary>
    /// Returns powers of ten: every n-th power, or every power with some of its multiples, whichever is closest to
    /// <paramref name="count"/>.
    /// </summary>
    /// <param name="from">A normal number greater than 0.</param>
    public static List<PlotTick> Logarithmic(double from, double to, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(from);
        var (low, high) = ((int)Math.Floor(Math.Log10(from)), (int)Math.Ceiling(Math.Log10(to)));
        if (high - low > 2 * count)
            return Powers(low, high, every: (high - low + count - 1) / count, Multiples[0], from, to);
        var best = Multiples
            .Select(multiples => Powers(low, high, every: 1, multiples, from, to))
            .MinBy(ticks => Math.Abs(ticks.Count - count))!;
        return best.Count < 2 ? Linear(from, to, count) : best;
    }

    private static List<PlotTick> Powers(int low, int high, int every, int[] multiples, double from, double to)
    {
        var ticks = new List<PlotTick>();
        for (var power = low / every * every; power <= high; power += every) // 1 is always included, whatever the step.
        {
            foreach (var multiple in multiples)
            {
                var number = multiple * Math.Pow(10, power);
                if (number < from * (1 - 1e-9) || number > to * (1 + 1e-9))
                    continue;
                var format =
                    number is >= 1e9 or < 1e-6 ? "0.#####e0"
                    : number >= 1 ? "N0"
                    : "N" + (-power).ToString(Culture);
                ticks.Add(new(number, number.ToString(format, Culture)));
            }
        }
        return ticks;
    }

    /// <summary>Returns whole numbers only.</summary>
    public static List<PlotTick> Versions(double from, double to, int count)
    {
        var step = Math.Max(1, NiceStep((to - from) / Math.Max(count, 1), [1, 2, 5, 10]));
        var ticks = new List<PlotTick>();
        for (
            var (i, number) = (0, Math.Ceiling(Math.Max(from, 0) / step) * step);
            i < Max && number <= to;
            i++, number += step
        )
            ticks.Add(new(number, number.ToString("N0", Culture)));
        return ticks;
    }

    private static readonly (TimeSpan Step, string Label, string Context)[] Clock =
    [
        .. new[] { 1, 2, 5, 10, 15, 30 }.Select(s => (TimeSpan.FromSeconds(s), "HH:mm:ss", "d MMM yyyy")),
        .. new[] { 1, 2, 5, 10, 15, 30 }.Select(m => (TimeSpan.FromMinutes(m), "HH:mm", "d MMM yyyy")),
        .. new[] { 1, 2, 3, 6, 12 }.Select(h => (TimeSpan.FromHours(h), "HH:mm", "d MMM yyyy")),
    ];

    private static readonly int[][] Multiples =
    [
        [1],
        [1, 3],
        [1, 2, 5],
        [1, 2, 3, 5],
        [1, 2, 3, 4, 5, 6, 8],
    ];
    private static readonly int[] Days = [1, 2, 3, 7, 14];
    private static readonly int[] Months = [1, 2, 3, 6];

    /// <summary>
    /// Returns round times in UTC, with steps from seconds to millennia. Times are milliseconds since the Unix epoch,
    /// within the years 2 to 9990.
    /// </summary>
    public static List<PlotTick> Times(double from, double to, int count)
    {
        var wanted = TimeSpan.FromMilliseconds((to - from) / Math.Max(count, 1));
        foreach (var (step, label, context) in Clock)
            if (step >= wanted)
                return Each(from, to, label, context, t => Floor(t, step.Ticks), t => t + step);
        foreach (var days in Days)
            if (days >= wanted.TotalDays)
                return Each(
                    from,
                    to,
                    "d MMM",
                    "yyyy",
                    t => Floor(t, days * TimeSpan.TicksPerDay),
                    t => t.AddDays(days)
                );
        foreach (var months in Months)
            if (months * 31 >= wanted.TotalDays)
                return Each(
                    from,
                    to,
                    "MMM",
                    "yyyy",
                    t => new(t.Year, (t.Month - 1) / months * months + 1, 1),
                    t => t.AddMonths(months)
                );
        var years = (int)NiceStep(Math.Max(1, wanted.TotalDays / 365.25), [1, 2, 5, 10]);
        return Each(from, to, "yyyy", "", t => new(Math.Max(1, t.Year / years * years), 1, 1), t => NextYear(t, years));
    }

    private static DateTime NextYear(DateTime time, int years) =>
        time.Year / years * years + years is var next and <= 9999 ? new(next, 1, 1) : DateTime.MaxValue;

    private static List<PlotTick> Each(
        double from,
        double to,
        string label,
        string context,
        Func<DateTime, DateTime> floor,
        Func<DateTime, DateTime> next
    )
    {
        var ticks = new List<PlotTick>();
        string? last = null;
        var time = floor(FromUnix(from));
        for (var i = 0; i < 2 * Max; i++)
        {
            if (ToUnix(time) > to)
                break;
            if (ToUnix(time) >= from)
            {
                var now = context.Length == 0 ? null : time.ToString(context, Culture);
                ticks.Add(new(ToUnix(time), time.ToString(label, Culture), now == last ? null : now));
                last = now;
            }
            time = next(time);
        }
        return ticks;
    }

    private static DateTime Floor(DateTime time, long ticks) => new(time.Ticks - time.Ticks % ticks);

    private static DateTime FromUnix(double milliseconds) => DateTime.UnixEpoch.AddMilliseconds(milliseconds);

    private static double ToUnix(DateTime time) => (time - DateTime.UnixEpoch).TotalMilliseconds;

    /// <summary>Returns the round number that is nearest by ratio.</summary>
    private static double NiceStep(double about, ReadOnlySpan<double> multiples)
    {
        if (!(about > 0))
            return 1;
        var power = Math.Pow(10, Math.Floor(Math.Log10(about)));
        var nearest = multiples[0];
        foreach (var multiple in multiples)
            if (Math.Abs(Math.Log(multiple * power / about)) < Math.Abs(Math.Log(nearest * power / about)))
                nearest = multiple;
        return nearest * power;
    }

    private static int Decimals(double step)
    {
        var decimals = 0;
        for (; decimals < 12 && Math.Abs(step - Math.Round(step)) > step * 1e-6; decimals++)
            step *= 10;
        return decimals;
    }
}
