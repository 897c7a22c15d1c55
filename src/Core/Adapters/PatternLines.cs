using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>Whatever a team prints, read by its own pattern.</summary>
internal static class PatternLines
{
    private const int LineBytesMax = 64 * 1024;

    public static Results? Read(ref Output output, Average? average)
    {
        if (output.Options.Pattern is not { } pattern)
        {
            output.Trouble = "the adapter pattern needs a pattern";
            return null;
        }
        var results = output.NewResults();
        var time = output.Options.PatternTime ?? LinePattern.Time();
        foreach (var line in new Lines(output.Text))
        {
            if (line.Length > LineBytesMax) continue;
            if (time.IsOver)
            {
                var unit = time.Max == TimeSpan.FromSeconds(1) ? "second" : "seconds";
                output.Trouble = $"the pattern took longer than {time.Max.TotalSeconds:0} {unit}";
                return null;
            }
            try { Read(pattern.Match(Encoding.UTF8.GetString(line)), results); }
            catch (RegexMatchTimeoutException) { results.LeaveOut(Encoding.UTF8.GetString(line), "the pattern took too long for this line"); }
        }
        return results.OrNull();
    }

    private static void Read(Match match, Results results)
    {
        if (!match.Success) return;
        var (benchmark, unit) = (match.Groups["benchmark"].Value.Trim(), match.Groups["unit"].Value.Trim());
        if (Found.Name(benchmark) is not { } name || !Number(match.Groups["value"].Value, out var value))
        {
            results.LeaveOut(match.Value, "the pattern's benchmark is no name or its value no number");
            return;
        }
        if (MeasureOf(match.Groups["measure"].Value.Trim(), unit) is not { } measure)
        {
            results.LeaveOut(benchmark, $"{unit} is neither a unit of time nor a rate, and no measure is named");
            return;
        }
        var metric = new Metric(value * measure.Factor, Bound("lower"), Bound("upper"));
        results.SampleOf(name, measure.Name, measure.Units, metric);

        double? Bound(string group) => Number(match.Groups[group].Value, out var bound) ? bound * measure.Factor : null;
    }

    // Times and sizes are converted, so that a line in seconds continues a series in milliseconds.
    private static (string Name, string? Units, double Factor)? MeasureOf(string measure, string unit)
    {
        if (unit.Length == 0) return measure.Length == 0 ? (BuiltInMeasure.Latency.Slug.Value, null, 1) : (measure, null, 1);
        if (Lexing.UnitWord(unit) is { } time) return measure.Length == 0 ? (BuiltInMeasure.Latency.Slug.Value, null, time) : (measure, BuiltInMeasure.Latency.Units, time);
        if (measure.Length == 0)
            return unit.LastIndexOf('/') is > 0 and var slash && Lexing.UnitWord(unit[(slash + 1)..]) is { } per ? (BuiltInMeasure.Throughput.Slug.Value, null, 1e9 / per) : null;
        return Bytes(unit) is { } bytes ? (measure, "bytes (B)", bytes) : (measure, unit, 1);
    }

    private static double? Bytes(string unit) => unit switch
    {
        "B" or "bytes" => 1,
        "kB" or "KB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        "TB" => 1e12,
        "KiB" => 1L << 10,
        "MiB" => 1L << 20,
        "GiB" => 1L << 30,
        "TiB" => 1L << 40,
        _ => null,
    };

    private static bool Number(string text, out double number) =>
        double.TryParse(text.Trim(), NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);
}
