using Paddock.Core.Adapters;

namespace Paddock.Core.Tests.Adapters;

public class BuiltInMeasureTests
{
    [Theory]
    [InlineData("latency", "Latency", "nanoseconds (ns)")]
    [InlineData("throughput", "Throughput", "operations / second (ops/s)")]
    [InlineData("build-time", "Build Time", "seconds (s)")]
    [InlineData("file-size", "File Size", "bytes (B)")]
    [InlineData("allocated", "Allocated", "bytes (B)")]
    [InlineData("gen2-collects", "Gen2 Collects", "collects")]
    [InlineData("total-operations", "Total Operations", "operations")]
    [InlineData("ram-accesses", "RAM Accesses", "accesses")]
    [InlineData("io-jitter", "I/O Jitter", "percentage (%)")]
    [InlineData("noise-score", "Noise Score", "decibels (dB)")]
    [InlineData("total-read-write", "Total read+write", "reads/writes")]
    [InlineData("global-bus-events", "Ge", "events")]
    [InlineData("sys-time", "SysTime", "msec/usec/nsec")]
    [InlineData("at-t-gmax-blocks", "At t-gmax blocks", "blocks")]
    [InlineData("maximum-bytes", "Maximum bytes", "bytes (B)")]
    [InlineData("total-lifetimes", "Total lifetimes", "lifetimes")]
    [InlineData("memcheck-suppressed-contexts", "Memcheck Suppressed Contexts", "suppressed contexts")]
    [InlineData("drd-errors", "DRD Errors", "errors")]
    public void A_measure_is_found_by_its_slug_and_by_its_name(string slug, string name, string units)
    {
        var measure = BuiltInMeasure.Find(slug);
        Assert.Equal((slug, name, units), (measure!.Slug.Value, measure.Name, measure.Units));
        Assert.Same(measure, BuiltInMeasure.Find(name));
    }

    [Theory]
    [InlineData("Errors")] // Memcheck's measure has another name; any tool could report errors.
    [InlineData("Suppressed Contexts")]
    [InlineData("LATENCY")]
    [InlineData("lat")]
    [InlineData("")]
    public void A_measure_is_not_found_by_another_spelling_or_a_part_of_its_name(string text) =>
        Assert.Null(BuiltInMeasure.Find(text));

    [Fact]
    public void All_107_measures_have_a_unique_slug_and_name()
    {
        Assert.Equal(107, BuiltInMeasure.All.Count);
        Assert.All(BuiltInMeasure.All, measure => Assert.Same(measure, BuiltInMeasure.Find(measure.Slug.Value)));
        Assert.All(BuiltInMeasure.All, measure => Assert.Same(measure, BuiltInMeasure.Find(measure.Name)));
        Assert.All(BuiltInMeasure.All, measure =>
            Assert.True(Paddock.Core.Names.ResourceName.TryParse(measure.Name, out _))
        );
        Assert.All(BuiltInMeasure.All, measure =>
            Assert.True(Paddock.Core.Names.ResourceName.TryParse(measure.Units, out _))
        );
    }
}
