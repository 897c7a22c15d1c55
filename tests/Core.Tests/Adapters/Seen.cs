using System.Globalization;
using System.Text;
using Paddock.Core.Adapters;

namespace Paddock.Core.Tests.Adapters;

/// <summary>
/// Shows the results of an adapter, short enough for a test: "name: measure value [lower, upper]; …".
/// </summary>
internal static class Seen
{
    public const string Nothing = "nothing";

    public static string In(Adapter adapter, string output, Average? average = null) =>
        Show(Harness.Read(adapter, Encoding.UTF8.GetBytes(output), average));

    public static string Show(Results? results) =>
        results is null ? Nothing : string.Join("; ", results.Benchmarks.Select(Show));

    private static string Show(BenchmarkResults benchmark) =>
        $"{benchmark.Name}:" + string.Concat(benchmark.Metrics.Select(m => $" {m.Measure} {Show(m.Metric)}"));

    private static string Show(Metric metric) =>
        (metric.LowerValue, metric.UpperValue) is (null, null)
            ? Show(metric.Value)
            : $"{Show(metric.Value)} [{Show(metric.LowerValue)}, {Show(metric.UpperValue)}]";

    // Twelve digits, which hides rounding errors in the last place.
    private static string Show(double? value) => value?.ToString("G12", CultureInfo.InvariantCulture) ?? "none";
}
