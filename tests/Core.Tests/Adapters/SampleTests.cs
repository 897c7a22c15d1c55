using System.Text;
using System.Text.Json;
using Paddock.Core.Adapters;
using Paddock.Core.Wire;

namespace Paddock.Core.Tests.Adapters;

/// <summary>Reads every recorded output and compares the results with the expected ones.</summary>
public class SampleTests
{
    public static TheoryData<int, string> Cases()
    {
        var cases = new TheoryData<int, string>();
        foreach (var (index, one) in Samples.Cases.Index())
            cases.Add(index, $"{Path.GetFileName(one.Folder)}/{one.Expected} ({one.Adapter})");
        return cases;
    }

    [Theory, MemberData(nameof(Cases))]
    public void A_recorded_output_yields_the_recorded_results(int index, string name)
    {
        Assert.NotEmpty(name);
        Check(Samples.Cases[index]);
    }

    public static TheoryData<int, string> FieldCases()
    {
        var cases = new TheoryData<int, string>();
        foreach (var (index, one) in Samples.Field.Index())
            cases.Add(index, Path.GetFileName(one.Folder));
        return cases;
    }

    [Theory, MemberData(nameof(FieldCases))]
    public void An_output_from_a_public_bug_report_yields_the_expected_results(int index, string name)
    {
        Assert.NotEmpty(name);
        Check(Samples.Field[index]);
    }

    private static void Check(Case one)
    {
        using var expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(one.Folder, one.Expected)));
        var results = Read(one);
        if (expected.RootElement.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.True)
            Assert.Null(results);
        else
            AssertSame(expected.RootElement, Assert.IsType<Results>(results));
    }

    [Fact]
    public void All_recorded_outputs_are_present() => Assert.Equal(262, Samples.Cases.Count);

    private static Results? Read(Case one)
    {
        Assert.True(Words<Adapter>.TryParse(one.Adapter, out var adapter));
        Average? average = null;
        if (one.Average is not null)
            average = Words<Average>.TryParse(one.Average, out var given)
                ? given
                : throw new FormatException(one.Average);
        var results = one
            .Inputs.Select(input => Harness.Read(adapter, File.ReadAllBytes(Path.Combine(one.Folder, input)), average))
            .ToList();
        if (one.Fold is null)
            return Assert.Single(results);
        Assert.True(Words<Fold>.TryParse(one.Fold, out var fold));
        return Folding.Fold([.. results.Select(r => r!)], fold);
    }

    private static void AssertSame(JsonElement expected, Results results)
    {
        AssertKeys(expected, results.Benchmarks.Select(b => b.Name.Value));
        foreach (var benchmark in results.Benchmarks)
        {
            var measures = expected.GetProperty(benchmark.Name.Value);
            AssertKeys(measures, benchmark.Metrics.Select(m => m.Measure.Value));
            foreach (var (measure, metric) in benchmark.Metrics)
            {
                var wanted = measures.GetProperty(measure.Value);
                AssertNear(wanted, "value", metric.Value);
                AssertNear(wanted, "lower_value", metric.LowerValue);
                AssertNear(wanted, "upper_value", metric.UpperValue);
            }
        }
    }

    private static void AssertKeys(JsonElement expected, IEnumerable<string> actual) =>
        Assert.Equal(
            expected.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal),
            actual.Order(StringComparer.Ordinal)
        );

    // Allows for the difference between two ways of converting a number.
    private static void AssertNear(JsonElement metric, string field, double? actual)
    {
        double? expected =
            metric.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null
                ? value.GetDouble()
                : null;
        if (expected is not { } wanted || actual is not { } found)
            Assert.Equal(expected, actual);
        else
            Assert.Equal(wanted, found, tolerance: Math.Max(1e-12, 1e-9 * Math.Abs(wanted)));
    }
}
