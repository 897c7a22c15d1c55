using System.Globalization;
using Paddock.Core;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Perf;

/// <summary>
/// The units for all values of a measure on a plot page; the script uses the same. The unit fits the geometric mean of
/// the smallest and the largest value. A value that would be unreadable in it gets its own unit.
/// </summary>
internal sealed record PlotUnits(string Measure, Units Common)
{
    private const double Readable = 0.01,
        ReadableEnd = 1e5;

    public static IReadOnlyDictionary<Id<Measure>, PlotUnits> Of(PerfData data) =>
        data
            .Lines.GroupBy(line => line.Measure.Id)
            .ToDictionary(
                lines => lines.Key,
                lines => new PlotUnits(
                    lines.First().Measure.Units,
                    Units.Scale(lines.First().Measure.Units, Middle(lines))
                )
            );

    public Units For(double value)
    {
        var size = Math.Abs(value) / Common.Factor;
        return size is 0 or (>= Readable and < ReadableEnd) ? Common : Units.Scale(Measure, Math.Abs(value));
    }

    public string Number(double value)
    {
        var units = For(value);
        var scaled = value / units.Factor;
        return scaled != 0 && Math.Abs(scaled) is >= Readable and < 1
            ? scaled.ToString("G4", CultureInfo.InvariantCulture)
            : units.Print(value);
    }

    public string Print(double value) => $"{Number(value)} {For(value).Symbol}".TrimEnd();

    private static double Middle(IEnumerable<Line> lines)
    {
        var (least, most) = (double.PositiveInfinity, 0.0);
        foreach (var line in lines)
        foreach (ref readonly var point in line.Points.Span)
        {
            var size = Math.Abs(point.Value);
            if (size != 0)
                least = Math.Min(least, size);
            most = Math.Max(most, size);
        }
        return most == 0 ? 0 : Math.Sqrt(least) * Math.Sqrt(most);
    }
}
