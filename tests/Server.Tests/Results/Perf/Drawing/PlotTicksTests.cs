using System.Globalization;
using System.Xml.Linq;
using Paddock.Core.Analysis;
using Paddock.Core.Wire;
using Paddock.Server.Results.Perf;
using Paddock.Server.Results.Perf.Drawing;
using static Paddock.Server.Tests.Results.Perf.Drawing.PlotSamples;

namespace Paddock.Server.Tests.Results.Perf.Drawing;

public class PlotTicksTests
{
    [Theory]
    [InlineData(0, 10, 5, "0 2 4 6 8 10")]
    [InlineData(-1.2, 1.1, 5, "-1.0 -0.5 0.0 0.5 1.0")]
    [InlineData(990, 2020, 5, "1,000 1,200 1,400 1,600 1,800 2,000")]
    [InlineData(0.00121, 0.00129, 4, "0.00122 0.00124 0.00126 0.00128")]
    [InlineData(1e12, 3e12, 2, "1e12 2e12 3e12")]
    public void Linear_ticks_are_at_round_numbers(double from, double to, int count, string labels) =>
        Assert.Equal(labels, Labels(PlotTicks.Linear(from, to, count)));

    [Theory]
    [InlineData(0.9, 11_000, 5, "1 10 100 1,000 10,000")]
    [InlineData(0.9, 1.2e9, 5, "1 1,000 1,000,000 1e9")]
    [InlineData(2.6, 35, 5, "3 5 10 20 30")]
    [InlineData(0.002, 0.3, 5, "0.003 0.01 0.03 0.1 0.3")]
    [InlineData(110, 120, 5, "110 112 114 116 118 120")]
    [InlineData(1e-300, 1e300, 4, "1e-300 1e-150 1 1e150 1e300")]
    public void Logarithmic_ticks_are_powers_and_their_multiples(double from, double to, int count, string labels) =>
        Assert.Equal(labels, Labels(PlotTicks.Logarithmic(from, to, count)));

    [Theory]
    [InlineData(0, 14, 5, "0 2 4 6 8 10 12 14")]
    [InlineData(-0.5, 1.5, 8, "0 1")]
    [InlineData(1_000, 2_100, 5, "1,000 1,200 1,400 1,600 1,800 2,000")]
    public void Version_ticks_are_at_whole_numbers(double from, double to, int count, string labels) =>
        Assert.Equal(labels, Labels(PlotTicks.Versions(from, to, count)));

    [Theory]
    [InlineData("2026-11-01T23:50:00Z", "2026-11-02T00:21:00Z", 6, "23:50|1 Nov 2026 00:00|2 Nov 2026 00:10 00:20")]
    [InlineData(
        "2026-11-01T08:00:00Z",
        "2026-11-01T08:00:09Z",
        5,
        "08:00:00|1 Nov 2026 08:00:02 08:00:04 08:00:06 08:00:08"
    )]
    [InlineData("2026-12-20T05:00:00Z", "2027-01-20T05:00:00Z", 5, "21 Dec|2026 28 Dec 4 Jan|2027 11 Jan 18 Jan")]
    [InlineData("2026-01-20T05:00:00Z", "2027-02-20T05:00:00Z", 5, "Apr|2026 Jul Oct Jan|2027")]
    [InlineData("1990-01-01T00:00:00Z", "2026-01-01T00:00:00Z", 5, "1990 2000 2010 2020")]
    [InlineData("0002-01-01T00:00:00Z", "9989-01-01T00:00:00Z", 5, "2000 4000 6000 8000")]
    public void Time_ticks_are_round_and_show_the_day_or_year_where_it_changes(
        string from,
        string to,
        int count,
        string labels
    )
    {
        static double Unix(string time) =>
            DateTimeOffset.Parse(time, CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();
        var ticks = PlotTicks.Times(Unix(from), Unix(to), count);
        Assert.Equal(
            labels,
            string.Join(' ', ticks.Select(t => t.Context is null ? t.Label : $"{t.Label}|{t.Context}"))
        );
    }

    [Fact]
    public void Ticks_of_any_range_are_few_ordered_and_inside_the_range()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        for (var round = 0; round < 20_000; round++)
        {
            var from = Math.ScaleB(random.NextDouble() - 0.5, random.Next(-900, 900));
            var to = from + Math.Abs(from) * Math.ScaleB(1 + random.NextDouble(), random.Next(-20, 20));
            var count = random.Next(2, 9);
            Check(PlotTicks.Linear(from, to, count), from, to);
            if (from > 0)
                Check(PlotTicks.Logarithmic(from, to, count), from, to);
            var (early, late) = (
                random.NextDouble() * 6e13 * random.Next(2),
                Math.ScaleB(random.NextDouble() + 1e-3, random.Next(12, 47))
            );
            Check(PlotTicks.Times(early, early + late, count), early, early + late, least: 0);
            Check(
                PlotTicks.Versions(round, round + random.Next(1, 1 << random.Next(1, 30)), count),
                round,
                int.MaxValue
            );
        }

        void Check(List<PlotTick> ticks, double from, double to, int least = 1)
        {
            var slack = (to - from) * 1e-6;
            Assert.True(
                ticks.Count >= least
                    && ticks.Count <= 24
                    && ticks.All(t => t.At >= from - slack && t.At <= to + slack)
                    && ticks.Zip(ticks.Skip(1)).All(p => p.First.At < p.Second.At),
                $"seed {seed}: [{from:R}, {to:R}] has {string.Join(" ", ticks)}"
            );
        }
    }

    [Fact]
    public void A_plot_of_any_values_is_well_formed_XML_with_finite_numbers()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        double[] awkward =
        [
            0,
            -0.0,
            double.Epsilon,
            -1e-310,
            1e-300,
            1e300,
            double.MaxValue,
            double.MinValue,
            1,
            -1,
            0.1,
            1e9,
            1e9 + 1,
        ];
        DateTimeOffset[] times =
        [
            DateTimeOffset.MinValue,
            DateTimeOffset.UnixEpoch,
            Start,
            Start.AddSeconds(1),
            Start.AddYears(3),
            DateTimeOffset.MaxValue,
        ];
        for (var round = 0; round < 600; round++)
        {
            var lines = Enumerable
                .Range(0, random.Next(4))
                .Select(l =>
                    Line($"b{l}", [.. Enumerable.Range(0, random.Next(6)).Select(_ => Point())], $"m{random.Next(3)}")
                );
            var picture = Picture([.. lines]) with
            {
                XAxis = (XAxis)random.Next(2),
                YAxis = (YAxis)random.Next(3),
                Width = random.Next(320, 1400),
                Height = random.Next(240, 900),
                LowerValue = random.Next(2) > 0,
                UpperValue = random.Next(2) > 0,
                LowerBoundary = random.Next(2) > 0,
                UpperBoundary = random.Next(2) > 0,
            };
            try
            {
                var text = PlotSvg.Draw(picture);
                XDocument.Parse(text);
                Assert.DoesNotContain("NaN", text, StringComparison.Ordinal);
                Assert.DoesNotContain("∞", text, StringComparison.Ordinal);
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"seed {seed}, round {round}: {e}");
            }
        }

        PlotPoint Point() =>
            new(times[random.Next(times.Length)], random.Next(3) == 0 ? int.MaxValue : random.Next(5), Number())
            {
                LowerValue = random.Next(2) > 0 ? Number() : null,
                UpperValue = random.Next(2) > 0 ? Number() : null,
                Boundary = new(
                    random.Next(2) > 0 ? Number() : null,
                    random.Next(2) > 0 ? Number() : null,
                    random.Next(2) > 0 ? Number() : null
                ),
                Alert =
                    random.Next(3) == 0
                        ? new PlotAlert((BoundaryLimit)random.Next(2), (AlertStatus)random.Next(3))
                        : null,
            };

        double Number() => awkward[random.Next(awkward.Length)];
    }

    [Theory]
    [InlineData("short", 100, "short")]
    [InlineData("a::long::benchmark::name::of::parse", 130, "a::long::…of::parse")]
    [InlineData("🚀🚀🚀🚀🚀🚀🚀🚀", 80, "🚀🚀…🚀🚀")]
    public void Text_that_does_not_fit_is_truncated_in_the_middle(string text, double width, string fitted) =>
        Assert.Equal(fitted, PlotText.Fit(text, 13, width));

    private static string Labels(List<PlotTick> ticks) => string.Join(' ', ticks.Select(t => t.Label));
}
