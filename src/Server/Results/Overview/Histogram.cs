using System.Globalization;
using Paddock.Core;

namespace Paddock.Server.Results.Overview;

/// <summary>
/// A histogram of one series' latest values, with bars of equal width from the lowest value to the highest.
/// </summary>
/// <param name="Values">Oldest first, at least one.</param>
/// <param name="Units">The units of the measure.</param>
public sealed record Histogram(IReadOnlyList<double> Values, string Units)
{
    public const int ValuesMin = 4; // With fewer values a histogram shows nothing.
    private const int BarsMax = 12;
    private const double Width = 120;
    private const double Height = 28;

    /// <summary>The number of values in each bar.</summary>
    public IReadOnlyList<int> Counts { get; } = CountsOf(Values);

    /// <summary>The index of the bar that holds the newest value.</summary>
    public int Newest => BarOf(Values, Values[^1], Counts.Count);

    /// <summary>A text alternative to the picture, for screen readers.</summary>
    public string Summary
    {
        get
        {
            var (lowest, highest) = (Values.Min(), Values.Max());
            var step = (highest - lowest) / Counts.Count;
            var most = Counts.Index().MaxBy(bar => bar.Item).Index;
            return highest > lowest
                ? $"{Values.Count} values from {Print(lowest)} to {Print(highest)}, most between "
                    + $"{Print(lowest + most * step)} and {Print(lowest + (most + 1) * step)}; the newest is "
                    + $"{Print(Values[^1])}"
                : $"{Values.Count} values, all {Print(lowest)}";
        }
    }

    /// <summary>The position and size of a bar in a box of 120 by 28.</summary>
    public (string X, string Y, string Width, string Height) Place(int bar)
    {
        var width = Width / Counts.Count;
        var height = Height * Counts[bar] / Counts.Max();
        return (Text(bar * width), Text(Height - height), Text(width - 1), Text(height));
    }

    private static int[] CountsOf(IReadOnlyList<double> values)
    {
        var bars = values.Max() > values.Min() ? Math.Min(BarsMax, (int)Math.Ceiling(2 * Math.Sqrt(values.Count))) : 1;
        var counts = new int[bars];
        foreach (var value in values)
            counts[BarOf(values, value, bars)]++;
        return counts;
    }

    private static int BarOf(IReadOnlyList<double> values, double value, int bars)
    {
        var (lowest, highest) = (values.Min(), values.Max());
        var place = (value - lowest) / (highest - lowest) * bars; // Not finite if all are equal or far apart.
        return double.IsFinite(place) ? Math.Min(bars - 1, (int)place) : 0;
    }

    private string Print(double value) => Paddock.Core.Units.Scale(Units, Math.Abs(value)).PrintWithSymbol(value);

    private static string Text(double number) => number.ToString("0.#", CultureInfo.InvariantCulture);
}
