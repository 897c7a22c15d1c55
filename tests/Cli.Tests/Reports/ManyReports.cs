using Paddock.Core.Adapters;
using Paddock.Core.Analysis;
using Paddock.Core.Wire;
using Metric = Paddock.Core.Wire.Metric;

namespace Paddock.Cli.Tests.Reports;

/// <summary>Reports of any size, for rules that must hold at every size.</summary>
internal static class ManyReports
{
    private static readonly DateTimeOffset Then = new(2026, 11, 20, 10, 0, 0, TimeSpan.Zero);
    private static readonly Branch Main = new(
        Id(1),
        Id(9),
        "main",
        "main",
        new(Id(2), null, new(3, null), Then, null),
        Then,
        Then,
        null
    );
    private static readonly Testbed Box = new(Id(3), Id(9), "box", "box", null, Then, Then, null);

    /// <summary>The name of benchmark i; the names differ in the middle.</summary>
    public static string Name(int i, int length = 60)
    {
        var number = i.ToString("d5", System.Globalization.CultureInfo.InvariantCulture);
        var rest = Math.Max(0, length - number.Length - 2);
        return $"{new string('a', rest / 2)}_{number}_{new string('z', rest - rest / 2)}";
    }

    /// <param name="alerts">How many results are above their limit: the first ones, each a little over 50 % above the
    /// baseline.</param>
    /// <param name="better">How many of the other results are below their lower limit. For a latency, that is an
    /// improvement.</param>
    public static Report Of(
        int results,
        int alerts,
        int better = 0,
        int nameLength = 60,
        string units = "nanoseconds (ns)"
    )
    {
        var measure = new Measure(Id(4), Id(9), "Latency", "latency", units, Then, Then, null);
        var model = new ThresholdModel(Id(5), ModelTest.Percentage, null, 2, null, 0.1, 0.1, Then, null);
        var boundary = new Boundary(100e6, 90e6, 110e6);
        List<ReportResult> all = [];
        List<Alert> raised = [];
        for (var i = 0; i < results; i++)
        {
            var value =
                i < alerts ? 150e6 + i * 1e4
                : i < alerts + better ? 50e6
                : 100e6;
            var benchmark = new Benchmark(Id(1000 + i), Id(9), Name(i, nameLength), "b" + i, Then, Then, null);
            var metric = new Metric(Id(100_000 + i), value, null, null);
            all.Add(new(0, benchmark, [new(measure, metric, new(Id(6), Id(9), model, Then), boundary)]));
            if (i < alerts + better)
                raised.Add(
                    new(
                        Id(200_000 + i),
                        Id(7),
                        0,
                        new(Id(6), Id(9), Main, Box, measure, model, Then, Then),
                        benchmark,
                        metric,
                        i < alerts ? BoundaryLimit.Upper : BoundaryLimit.Lower,
                        boundary,
                        AlertStatus.Active,
                        Then,
                        Then
                    )
                );
        }
        return new(
            Id(7),
            User: null,
            new(Id(9), Id(8), "Rocket", "rocket", null, Visibility.Public, Then, Then, Then),
            Main,
            Box,
            Then,
            Then,
            Adapter.Json,
            [all],
            raised,
            new([new((uint)results, 1)], new((uint)raised.Count, (uint)raised.Count)),
            Job: null,
            Then
        );
    }

    private static Guid Id(int n) => new($"01890000-0000-7000-8000-{n:d12}");
}
