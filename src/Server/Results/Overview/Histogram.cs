using System.Globalization;
using Paddock.Core;

namespace Paddock.Server.Results.Overview;

/// <summary>How the latest values of one series are spread: bars of equal width from the lowest to the
/// highest.</summary>
/// <param name="Values">Oldest first, at least one.</param>
/// <param name="Units">The measure's.</param>
public sealed record Histogram(IReadOnlyList<double> Values, string Units)
{
    public const int ValuesMin = 4; // Of fewer there is nothing to see.
    private const int BarsMax = 12;
    private const double Width = 120;
    private const double Height = 28;

    /// <summary>How many values each bar stands for.</summary>
    public IReadOnlyList<int> Counts { get; } = CountsOf(Values);

    /// <summary>The bar of the newest value.</summary>
    public int Newest => BarOf(Values, Values[^1], Counts.Count);

    /// <summary>What the picture says, for those who do not see it.</summary>
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

    /// <summary>Where a bar is in a box of 120 by 28.</summary>
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
        var place = (value - lowest) / (highest - lowest) * bars; // No number where all are the same, or far apart.
        return double.IsFinite(place) ? Math.Min(bars - 1, (int)place) : 0;
    }

    private string Print(double value) => Paddock.Core.Units.Scale(Units, Math.Abs(value)).PrintWithSymbol(value);

    private static string Text(double number) => number.ToString("0.#", CultureInfo.InvariantCulture);
}
