using System.Text.Json;
using Paddock.Core.Analysis;

namespace Paddock.Core.Tests.Analysis;

/// <summary>
/// Compared with Apache Otava 0.8.0: 72 series under 4 settings, and 8 that grow value by value
/// (samples/change-points.jsonl). If the best two splits of a series are equal up to rounding, either result is
/// accepted.
/// </summary>
public class EDivisiveTests
{
    private static readonly JsonSerializerOptions Snake = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    private static readonly Dictionary<string, Golden> Goldens = File.ReadLines(
            Path.Combine(AppContext.BaseDirectory, "Analysis", "samples", "change-points.jsonl")
        )
        .Select(line => JsonSerializer.Deserialize<Golden>(line, Snake)!)
        .ToDictionary(g => g.Name);

    public static TheoryData<string> Whole => [.. Goldens.Values.Where(g => g.Results is not null).Select(g => g.Name)];

    public static TheoryData<string> Growing =>
        [.. Goldens.Values.Where(g => g.Append is not null).Select(g => g.Name)];

    [Fact]
    public void All_recorded_series_are_present()
    {
        Assert.Equal((72, 8), (Whole.Count, Growing.Count));
        Assert.All(Goldens.Values.Where(g => g.Results is not null), g => Assert.Equal(4, g.Results!.Length));
    }

    [Theory, MemberData(nameof(Whole))]
    public void Change_points_means_and_p_values_match_the_recorded_ones(string name)
    {
        foreach (var wanted in Goldens[name].Results!)
        {
            var settings = new EDivisiveSettings(wanted.Window, wanted.PMax, wanted.MagnitudeMin);
            var series = Grown(Goldens[name].Values, settings);
            if (!wanted.TieSensitive)
                Assert.Equal(wanted.Weak, series.WeakPoints());
            Same(wanted.Corrected, series.Points(), wanted.TieSensitive);
            Same(
                wanted.AsOtava,
                Grown(Goldens[name].Values, settings with { Merging = Merging.AsOtava }).Points(),
                wanted.TieSensitive
            );
        }
    }

    [Theory, MemberData(nameof(Growing))]
    public void Change_points_after_every_append_match_the_recorded_ones(string name)
    {
        var golden = Goldens[name];
        var append = golden.Append!;
        var corrected = new EDivisive(new(append.Window, append.PMax, append.MagnitudeMin));
        var asOtava = new EDivisive(new(append.Window, append.PMax, append.MagnitudeMin, Merging.AsOtava));
        foreach (var step in append.Steps)
        {
            while (corrected.Count < step.N)
            {
                var value = golden.Values[corrected.Count] ?? double.NaN;
                corrected.Append(value);
                asOtava.Append(value);
            }
            Assert.Equal((step.N, step.Corrected), (step.N, corrected.Points().Select(p => p.Index)), SameStep);
            Assert.Equal((step.N, step.AsOtava), (step.N, asOtava.Points().Select(p => p.Index)), SameStep);
        }
    }

    [Fact]
    public void Appending_values_finds_the_same_change_points_as_analyzing_the_whole_series()
    {
        const int Seed = 11;
        var random = new Random(Seed);
        for (var round = 0; round < 30; round++)
        {
            var settings = new EDivisiveSettings(random.Next(4, 40), 0.01);
            var series = new EDivisive(settings);
            List<double> values = [];
            for (var level = 100.0; values.Count < 120; )
            {
                if (random.Next(25) == 0)
                    level *= 0.9 + 0.2 * random.NextDouble();
                values.Add(
                    random.Next(30) == 0 ? double.NaN : Math.Round(level + random.NextDouble(), round % 2 == 0 ? 1 : 6)
                );
                series.Append(values[^1]);
                var appended = series.Points();
                Assert.True(
                    EDivisive.Analyze([.. values], settings).SequenceEqual(appended),
                    $"seed {Seed}, round {round}: the points differ at {values.Count} values, window {settings.Window}"
                );
            }
        }
    }

    [Fact]
    public void The_best_split_matches_a_direct_computation_from_the_definition()
    {
        const int Seed = 12;
        var random = new Random(Seed);
        for (var round = 0; round < 200; round++)
        {
            double[] values = [.. Enumerable.Range(0, random.Next(2, 16)).Select(i => random.NextDouble() + i / 6)];
            var (q, at) = new GrowingSplit(0, values.Length).Best(values, values.Length);
            var (best, split) = ByDefinition(values);
            Assert.True(
                at == split && Math.Abs(q - best) <= 1e-9 * Math.Abs(best),
                $"seed {Seed}, round {round}: split {at} ({q}), expected {split} ({best})"
            );
        }
    }

    [Theory] // Powers of two, so that scaling and shifting cause no rounding.
    [InlineData(8, 0)]
    [InlineData(1, 1024)]
    [InlineData(0.25, -512)]
    public void Change_points_do_not_depend_on_scale_and_offset(double factor, double shift)
    {
        foreach (
            var golden in Goldens.Values.Where(g =>
                g.Results is { } r && !r[0].TieSensitive && g.Values.All(v => v is not null)
            )
        )
        {
            double[] values = [.. golden.Values.Select(v => Math.Round(v!.Value * 64) / 64)];
            Assert.Equal(
                EDivisive.Analyze(values, new()).Select(p => p.Index),
                EDivisive.Analyze([.. values.Select(v => v * factor + shift)], new()).Select(p => p.Index)
            );
        }
    }

    [Fact]
    public void A_series_of_too_few_equal_or_missing_values_has_no_change_point()
    {
        Assert.Empty(Analyze());
        Assert.Empty(Analyze(1));
        Assert.Empty(Analyze(1, 2));
        Assert.Empty(Analyze(double.NaN, double.NaN, double.PositiveInfinity));
        Assert.Empty(Analyze([.. Enumerable.Repeat(0.1, 200)]));
        Assert.Empty(Analyze([.. Enumerable.Repeat(0.1, 30), double.NaN, double.NegativeInfinity]));
    }

    [Fact]
    public void A_different_value_after_equal_values_is_a_change_point_at_once() =>
        Assert.Equal((2, 0), Assert.Single(Analyze(1, 1, 2).Select(p => (p.Index, Math.Round(p.P, 9)))));

    [Fact]
    public void Missing_values_at_the_start_keep_their_positions_and_are_no_change_point()
    {
        double[] level = [.. Enumerable.Repeat(1.0, 10), .. Enumerable.Repeat(2.0, 10)];
        Assert.Equal(12, Assert.Single(Analyze([double.NaN, double.NaN, .. level])).Index);
    }

    private static IReadOnlyList<ChangePoint> Analyze(params double[] values) => EDivisive.Analyze(values, new());

    private static EDivisive Grown(double?[] values, EDivisiveSettings settings)
    {
        var series = new EDivisive(settings);
        foreach (var value in values)
            series.Append(value ?? double.NaN);
        return series;
    }

    private static void Same(double[][] wanted, IReadOnlyList<ChangePoint> points, bool tieSensitive)
    {
        if (tieSensitive && !wanted.Select(w => (int)w[0]).SequenceEqual(points.Select(p => p.Index)))
        {
            Assert.Equal(wanted.Length, points.Count);
            return;
        }
        Assert.Equal(wanted.Select(w => (int)w[0]), points.Select(p => p.Index));
        foreach (var (want, point) in wanted.Zip(points))
        {
            Assert.True(
                Math.Abs(want[1] - point.P) <= Math.Max(1e-12, 1e-6 * want[1]),
                $"P of {point.Index} is {point.P}, expected {want[1]}"
            );
            Near.Equal(want[2], point.MeanBefore);
            Near.Equal(want[3], point.MeanAfter);
            Assert.Equal(want[4], point.DeviationAfter, 1e-6);
        }
    }

    private static bool SameStep((int N, IEnumerable<int> Points) a, (int N, IEnumerable<int> Points) b) =>
        a.Points.SequenceEqual(b.Points);

    private static (double Q, int At) ByDefinition(double[] z)
    {
        double Between(Range x, Range y) => z[x].Sum(a => z[y].Sum(b => Math.Abs(a - b)));
        double Within(Range x) => Between(x, x) / 2;
        var (best, at) = (double.NegativeInfinity, -1);
        for (var t = 1; t < z.Length; t++)
        for (var k = t + 1; k <= z.Length; k++)
        {
            double a = t,
                b = k - t;
            var q =
                2 / (a + b) * Between(..t, t..k)
                - (a > 1 ? 2 * b / ((a + b) * (a - 1)) * Within(..t) : 0)
                - (b > 1 ? 2 * a / ((a + b) * (b - 1)) * Within(t..k) : 0);
            if (at < 0 || q > best + 1e-12 * Math.Abs(best))
                (best, at) = (q, t);
        }
        return (best, at);
    }

    private sealed record Golden(string Name, double?[] Values, Result[]? Results, Appending? Append);

    private sealed record Result(
        int Window,
        double PMax,
        double MagnitudeMin,
        int[] Weak,
        double[][] AsOtava,
        double[][] Corrected,
        bool TieSensitive
    );

    private sealed record Appending(int Window, double PMax, double MagnitudeMin, Step[] Steps);

    private sealed record Step(int N, int[] AsOtava, int[] Corrected);
}
