using Paddock.Server.Results.Overview;

namespace Paddock.Server.Tests.Results.Overview;

/// <summary>The small histogram of a benchmark's values.</summary>
public sealed class HistogramTests
{
    [Fact]
    public void Each_value_is_in_one_bar_and_the_newest_is_marked()
    {
        var histogram = new Histogram([10, 11, 12, 13, 14, 15, 16, 17, 18, 20], "nanoseconds (ns)");

        Assert.Equal(10, histogram.Counts.Sum());
        Assert.Equal(histogram.Counts.Count - 1, histogram.Newest);
        Assert.StartsWith("10 values from 10", histogram.Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5, 5, 5, 5)]
    [InlineData(double.MinValue, 0, 0, double.MaxValue)]
    public void Values_whose_range_is_zero_or_overflows_all_count_in_the_histogram(
        double a,
        double b,
        double c,
        double d
    )
    {
        var histogram = new Histogram([a, b, c, d], "ns");

        Assert.Equal(4, histogram.Counts.Sum());
        Assert.Equal(0, histogram.Newest);
    }
}
