using System.Globalization;

namespace Paddock.Core;

/// <summary>
/// The units in which numbers of one measure are shown. To show a number, divide it by <see cref="Factor"/> and name
/// <see cref="Text"/> or <see cref="Symbol"/>.
/// </summary>
/// <param name="Factor">How many of the measure's own units make one of these units.</param>
/// <param name="Text">The units for a heading: "microseconds (µs)".</param>
/// <param name="Symbol">The symbol beside a number: "µs"; empty if the measure has no symbol.</param>
public readonly record struct Units(double Factor, string Text, string Symbol)
{
    private static readonly Units[] Nanoseconds =
    [
        new(1, "nanoseconds (ns)", "ns"),
        new(1e3, "microseconds (µs)", "µs"),
        new(1e6, "milliseconds (ms)", "ms"),
        new(1e9, "seconds (s)", "s"),
        new(6e10, "minutes (m)", "m"),
        new(3.6e12, "hours (h)", "h"),
    ];

    private static readonly Units[] Seconds =
    [
        new(1, "seconds (s)", "s"),
        new(60, "minutes (m)", "m"),
        new(3600, "hours (h)", "h"),
    ];

    private static readonly Units[] Bytes =
    [
        new(1, "bytes (B)", "B"),
        new(1e3, "kilobytes (KB)", "KB"),
        new(1e6, "megabytes (MB)", "MB"),
        new(1e9, "gigabytes (GB)", "GB"),
        new(1e12, "terabytes (TB)", "TB"),
        new(1e15, "petabytes (PB)", "PB"),
    ];

    private const double ExactMin = 1e-9;

    private static readonly (double Factor, string Suffix)[] Powers =
    [
        (1, ""),
        (1e3, "x 1e3"),
        (1e6, "x 1e6"),
        (1e9, "x 1e9"),
        (1e12, "x 1e12"),
        (1e15, "x 1e15"),
    ];

    /// <summary>
    /// The largest units in which the smallest number shown is still at least 1. A table or axis has one scale, so
    /// choose the scale from the minimum of all its numbers.
    /// </summary>
    /// <param name="measureUnits">The measure's units as stored: "nanoseconds (ns)".</param>
    /// <param name="minimum">The smallest number shown, in the measure's units.</param>
    public static Units Scale(string measureUnits, double minimum)
    {
        var steps = measureUnits switch
        {
            "nanoseconds (ns)" => Nanoseconds,
            "seconds (s)" => Seconds,
            "bytes (B)" => Bytes,
            _ => null,
        };
        if (steps is not null)
            return steps.LastOrDefault(s => minimum >= s.Factor, steps[0]);

        var (factor, suffix) = Powers.LastOrDefault(p => minimum >= p.Factor, Powers[0]);
        return new(factor, $"{measureUnits} {suffix}".TrimEnd(), $"{SymbolOf(measureUnits)} {suffix}".Trim());
    }

    /// <summary>A number of the measure in these units, without their symbol: "1,234.57".</summary>
    public string Print(double value) => Number(value / Factor);

    /// <summary>A number of the measure with the symbol: "1,234.57 µs".</summary>
    public string PrintWithSymbol(double value) => $"{Print(value)} {Symbol}".TrimEnd();

    /// <summary>
    /// As <see cref="PrintWithSymbol"/>, but with three significant digits when the number is below 0.1: "0.000123 s".
    /// </summary>
    public string PrintExactly(double value)
    {
        var number = value / Factor;
        if (number == 0 || !(Math.Abs(number) < 0.1))
            return PrintWithSymbol(value);
        // Below this limit, a row of zeros is hard to read.
        var digits =
            Math.Abs(number) >= ExactMin
                ? decimal.Parse(
                        number.ToString("E2", CultureInfo.InvariantCulture),
                        NumberStyles.Float,
                        CultureInfo.InvariantCulture
                    )
                    .ToString("0.############", CultureInfo.InvariantCulture)
                : number.ToString("0.##E+0", CultureInfo.InvariantCulture);
        return $"{digits} {Symbol}".TrimEnd();
    }

    /// <summary>
    /// Two decimals, and commas between thousands. A number that rounds to zero is "0.00", never "-0.00".
    /// </summary>
    public static string Number(double value)
    {
        var text = value.ToString("N2", CultureInfo.InvariantCulture);
        return text == "-0.00" ? "0.00" : text;
    }

    /// <summary>
    /// The relative difference of a value from its baseline: "+12.34%", "-5.00%", "0.00%". Null if the percentage is
    /// undefined, as for a baseline of 0.
    /// </summary>
    public static string? Change(double value, double baseline)
    {
        if (Percent(value - baseline, baseline) is not { } percent)
            return null;
        var text = percent + "%";
        return text[0] != '-' && text != "0.00%" ? "+" + text : text;
    }

    /// <summary>
    /// A part of a whole in percent: "93.45%". Null if the percentage is undefined, as for a whole of 0.
    /// </summary>
    public static string? Share(double part, double whole) =>
        Percent(part, whole) is { } percent ? percent + "%" : null;

    private static string? Percent(double part, double whole) =>
        double.IsNormal(whole) && double.IsFinite(part / whole * 100) ? Number(part / whole * 100) : null;

    private static string SymbolOf(string units)
    {
        var open = units.IndexOf('(', StringComparison.Ordinal);
        var close = open < 0 ? -1 : units.IndexOf(')', open);
        return close < 0 ? "" : units[(open + 1)..close].Trim();
    }
}
