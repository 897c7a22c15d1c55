namespace Paddock.Core.Tests;

public class UnitsTests
{
    [Theory]
    [InlineData("nanoseconds (ns)", 0, 1, "nanoseconds (ns)", "ns")]
    [InlineData("nanoseconds (ns)", 999.99, 1, "nanoseconds (ns)", "ns")]
    [InlineData("nanoseconds (ns)", 1e3, 1e3, "microseconds (µs)", "µs")]
    [InlineData("nanoseconds (ns)", 1e6, 1e6, "milliseconds (ms)", "ms")]
    [InlineData("nanoseconds (ns)", 5.9e10, 1e9, "seconds (s)", "s")]
    [InlineData("nanoseconds (ns)", 6e10, 6e10, "minutes (m)", "m")]
    [InlineData("nanoseconds (ns)", 1e300, 3.6e12, "hours (h)", "h")]
    [InlineData("nanoseconds (ns)", -5e9, 1, "nanoseconds (ns)", "ns")]
    [InlineData("seconds (s)", 0.001, 1, "seconds (s)", "s")]
    [InlineData("seconds (s)", 60, 60, "minutes (m)", "m")]
    [InlineData("seconds (s)", 3600, 3600, "hours (h)", "h")]
    [InlineData("bytes (B)", 1023, 1e3, "kilobytes (KB)", "KB")]
    [InlineData("bytes (B)", 2e15, 1e15, "petabytes (PB)", "PB")]
    [InlineData("operations / second (ops/s)", 12, 1, "operations / second (ops/s)", "ops/s")]
    [InlineData("operations / second (ops/s)", 12e3, 1e3, "operations / second (ops/s) x 1e3", "ops/s x 1e3")]
    [InlineData("instructions", 5e9, 1e9, "instructions x 1e9", "x 1e9")]
    [InlineData("instructions", 5, 1, "instructions", "")]
    [InlineData("odd) (one", 5e20, 1e15, "odd) (one x 1e15", "x 1e15")]
    [InlineData("percentage (%)", 50, 1, "percentage (%)", "%")]
    public void The_smallest_number_determines_the_scale(
        string units,
        double minimum,
        double factor,
        string text,
        string symbol
    ) => Assert.Equal(new Units(factor, text, symbol), Units.Scale(units, minimum));

    [Theory]
    [InlineData(0, "0.00")]
    [InlineData(-0.001, "0.00")]
    [InlineData(-0.01, "-0.01")]
    [InlineData(999.999, "1,000.00")]
    [InlineData(1234567.891, "1,234,567.89")]
    [InlineData(-1234.5, "-1,234.50")]
    public void Numbers_are_printed_with_two_decimals_and_thousands_separators(double value, string text) =>
        Assert.Equal(text, Units.Number(value));

    [Theory]
    [InlineData(0, "0.00 s")]
    [InlineData(0.000123456, "0.000123 s")]
    [InlineData(-0.05, "-0.05 s")]
    [InlineData(0.0999, "0.0999 s")]
    [InlineData(0.1, "0.10 s")]
    [InlineData(12.3456, "12.35 s")]
    [InlineData(4.5678e-12, "4.57E-12 s")]
    [InlineData(double.NaN, "NaN s")]
    public void A_small_value_is_printed_with_significant_digits(double value, string text) =>
        Assert.Equal(text, Units.Scale("seconds (s)", value).PrintExactly(value));

    [Fact]
    public void A_value_is_printed_in_its_scaled_unit()
    {
        Assert.Equal("1,234.57 µs", Units.Scale("nanoseconds (ns)", 5_000).PrintWithSymbol(1_234_567));
        Assert.Equal("1,234.57", Units.Scale("nanoseconds (ns)", 5_000).Print(1_234_567));
        Assert.Equal("7.00", Units.Scale("instructions", 7).PrintWithSymbol(7));
    }

    [Theory]
    [InlineData(110, 100, "+10.00%")]
    [InlineData(95, 100, "-5.00%")]
    [InlineData(100, 100, "0.00%")]
    [InlineData(100.001, 100, "0.00%")]
    [InlineData(-90, -100, "-10.00%")]
    [InlineData(2500, 100, "+2,400.00%")]
    [InlineData(5, 0, null)]
    [InlineData(5, double.Epsilon, null)]
    [InlineData(double.MaxValue, -1, null)]
    public void A_change_is_a_signed_percentage_and_null_without_a_usable_baseline(
        double value,
        double baseline,
        string? text
    ) => Assert.Equal(text, Units.Change(value, baseline));

    [Theory]
    [InlineData(45, 50, "90.00%")]
    [InlineData(1, 0, null)]
    public void A_share_is_a_percentage_and_null_when_the_whole_is_zero(double part, double whole, string? text) =>
        Assert.Equal(text, Units.Share(part, whole));
}
