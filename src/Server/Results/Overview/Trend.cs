using System.Globalization;
using System.Text;
using Paddock.Core;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Overview;

/// <summary>The latest values of one series, for a sparkline.</summary>
/// <param name="Values">Oldest first.</param>
/// <param name="Measure">The units of the measure; empty for an index.</param>
public sealed record Trend(IReadOnlyList<double> Values, string Measure)
{
    private const double Width = 120;
    private const double Height = 28;
    private const double Margin = 3;

    /// <summary>The newest value with its unit.</summary>
    public string Newest => Units.Scale(Measure, Math.Abs(Values[^1])).PrintWithSymbol(Values[^1]);

    /// <summary>
    /// The difference between the newest value and the median of the earlier ones: "+4.1 %"; null without earlier
    /// values.
    /// </summary>
    public string? Change => Effect is { } effect ? VerdictWords.Percent(effect, signed: true) : null;

    /// <summary><see cref="Change"/> as a number; null if it is not finite.</summary>
    public double? Effect
    {
        get
        {
            if (Values.Count < 2)
                return null;
            var median = Median([.. Values.Take(Values.Count - 1)]);
            var effect = (Values[^1] - median) / Math.Abs(median);
            return double.IsFinite(effect) ? effect : null;
        }
    }

    /// <summary>The points of a polyline in a box of 120 by 28.</summary>
    public string Points()
    {
        var (least, most) = (Values.Min(), Values.Max());
        var text = new StringBuilder(Values.Count * 10);
        for (var i = 0; i < Values.Count; i++)
        {
            var (x, y) = Place(i, least, most);
            text.Append(i == 0 ? "" : " ").Append(CultureInfo.InvariantCulture, $"{x:0.#},{y:0.#}");
        }
        return text.ToString();
    }

    /// <summary>The position of the newest value in that box.</summary>
    public (string X, string Y) End() => Place(Values.Count - 1);

    /// <summary>The position of a value in that box.</summary>
    public (string X, string Y) Place(int index)
    {
        var (x, y) = Place(index, Values.Min(), Values.Max());
        return (x.ToString("0.#", CultureInfo.InvariantCulture), y.ToString("0.#", CultureInfo.InvariantCulture));
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        var middle = values.Length / 2;
        return values.Length % 2 == 1 ? values[middle] : values[middle - 1] / 2 + values[middle] / 2;
    }

    private (double X, double Y) Place(int index, double least, double most)
    {
        var x = Values.Count == 1 ? Width - Margin : Margin + (Width - 2 * Margin) * index / (Values.Count - 1);
        var y =
            most > least
                ? Height - Margin - (Height - 2 * Margin) * (Values[index] - least) / (most - least)
                : Height / 2;
        return (x, y);
    }

    /// <summary>Loads the values of each of these series, beginning at a version, in one query.</summary>
    internal static async Task<Dictionary<Id<Series>, List<double>>> ValuesAsync(
        Sql sql,
        IReadOnlyCollection<Id<Series>> series,
        long versionMin,
        CancellationToken ct
    )
    {
        var values = new Dictionary<Id<Series>, List<double>>();
        if (series.Count == 0)
            return values;
        await sql.ReadAsync(
            $"""
            SELECT series_id, value FROM metrics WHERE series_id IN {series} AND version_id >= {versionMin}
            ORDER BY series_id, version_id, start_time, report_id, iteration
            """,
            row =>
            {
                var id = row.Id<Series>();
                if (!values.TryGetValue(id, out var list))
                    values.Add(id, list = []);
                list.Add(row.Double());
                return true;
            },
            ct
        );
        return values;
    }
}
