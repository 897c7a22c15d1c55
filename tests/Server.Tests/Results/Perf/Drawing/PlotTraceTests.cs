using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Paddock.Server.Results.Perf;
using Paddock.Server.Results.Perf.Drawing;

namespace Paddock.Server.Tests.Results.Perf.Drawing;

public partial class PlotTraceTests
{
    private static readonly PlotFrame Frame = new(0, 800, 0, 400, Column: 2);

    [Fact]
    public void A_short_line_goes_through_every_point()
    {
        double[] x = [0, 10.04, 20.4, 800],
            y = [400, 0.25, 123.46, 7];
        Assert.Equal([(0, 400), (10, 0.2), (20.4, 123.5), (800, 7)], Drawn(x, y));
    }

    [Fact]
    public void Rounding_errors_do_not_accumulate_along_a_line()
    {
        double[] x = [.. Enumerable.Range(0, 700).Select(i => i * 1.04)],
            y = [.. x.Select(v => v / 3)];
        Assert.All(Drawn(x, y).Zip(x), p => Assert.Equal(p.Second, p.First.X, 0.051));
    }

    [Fact]
    public void A_gap_is_not_bridged_and_an_isolated_point_is_drawn_as_a_stub()
    {
        double[] x = [0, 10, 20, 30, 40, 50],
            y = [1, 2, double.NaN, 3, double.NaN, 4];
        Assert.Equal("M0 1l10 1M25 3l10 0M45 4l10 0", Text(x, y, stub: 5));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(11.2)]
    public void A_dense_line_keeps_its_ends_and_the_extremes_of_every_column(double width)
    {
        var frame = Frame with { Column = width };
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        for (var round = 0; round < 8; round++)
        {
            var count = random.Next(801, 20_000);
            double[] x = [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() * 800).Order()];
            double[] y = [.. x.Select(_ => Math.Pow(random.NextDouble(), 8) * 400)];

            var drawn = Points(Written(svg => PlotTrace.Line(svg, x, y, frame, stub: 0)));

            Assert.True(
                drawn.Count <= 2 * Math.Ceiling(800 / width) + 2,
                $"seed {seed}: {drawn.Count} points of {count}"
            );
            Assert.Equal((x[0], y[0]), drawn[0], Near);
            Assert.Equal((x[^1], y[^1]), drawn[^1], Near);
            foreach (var column in x.Zip(y).GroupBy(p => Math.Floor(p.First / width)))
            {
                var (lowest, highest) = (column.MinBy(p => p.Second), column.MaxBy(p => p.Second));
                Assert.Contains(drawn, p => Near(p, lowest));
                Assert.Contains(drawn, p => Near(p, highest));
            }
        }
    }

    [Fact]
    public void A_dense_area_keeps_the_extremes_of_its_bounds()
    {
        double[] x = [.. Enumerable.Range(0, 5000).Select(i => i * 0.16)];
        double[] high = [.. x.Select((_, i) => i == 3210 ? 5.0 : 100)],
            low = [.. x.Select((_, i) => i == 1234 ? 390.0 : 200)];

        var drawn = Points(Written(svg => PlotTrace.Area(svg, x, low, high, Frame)));

        Assert.Equal(5, drawn.Min(p => p.Y), 0.1);
        Assert.Equal(390, drawn.Max(p => p.Y), 0.1);
        Assert.True(drawn.Count <= 802);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(-0.04, "0")]
    [InlineData(-0.06, "-.1")]
    [InlineData(0.5, ".5")]
    [InlineData(-12.34, "-12.3")]
    [InlineData(1e300, "100000")]
    [InlineData(double.NegativeInfinity, "-100000")]
    public void Coordinates_are_written_briefly_and_clamped_to_what_renderers_support(double coordinate, string text) =>
        Assert.Equal(text, Written(svg => svg.Add($"{coordinate}")));

    private static bool Near((double X, double Y) a, (double X, double Y) b) =>
        Math.Abs(a.X - b.X) < 0.06 && Math.Abs(a.Y - b.Y) < 0.06;

    private static List<(double X, double Y)> Drawn(double[] x, double[] y) => Points(Text(x, y, stub: 0));

    private static string Text(double[] x, double[] y, double stub) =>
        Written(svg => PlotTrace.Line(svg, x, y, Frame, stub));

    private static string Written(Action<SvgWriter> write)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var svg = new SvgWriter(output))
            write(svg);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static List<(double X, double Y)> Points(string path)
    {
        var points = new List<(double X, double Y)>();
        foreach (Match part in Parts.Matches(path))
        {
            double[] numbers =
            [
                .. Numbers
                    .Matches(part.Groups[2].Value)
                    .Select(n => double.Parse(n.Value, CultureInfo.InvariantCulture)),
            ];
            for (var i = 0; i < numbers.Length; i += 2)
            {
                var from = part.Groups[1].Value == "M" ? (X: 0, Y: 0) : points[^1];
                points.Add((Math.Round(from.X + numbers[i], 1), Math.Round(from.Y + numbers[i + 1], 1)));
            }
        }
        return points;
    }

    [GeneratedRegex("([Ml])([^Mlz]*)")]
    private static partial Regex Parts { get; }

    [GeneratedRegex(@"-?\d*\.?\d+")]
    private static partial Regex Numbers { get; }
}
