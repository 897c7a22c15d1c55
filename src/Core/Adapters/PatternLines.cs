using System.Text;
using System.Text.RegularExpressions;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>Reads any output with the pattern that a team gives.</summary>
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
        var found = new List<Match>();
        var lines = new Lines(output.Text);
        while (lines.MoveNext())
        {
            if (lines.Current.Length > LineBytesMax)
                continue;
            if (time.IsOver)
            {
                var unit = time.Max == TimeSpan.FromSeconds(1) ? "second" : "seconds";
                output.Trouble = $"the pattern took longer than {time.Max.TotalSeconds:0} {unit}";
                return null;
            }
            try
            {
                Find(pattern, lines, found);
            }
            catch (RegexMatchTimeoutException)
            {
                results.LeaveOut(Encoding.UTF8.GetString(lines.Current), "the pattern took too long for this line");
            }
        }
        // If one number has a comma that can only be a decimal comma, so have all the others.
        var commaIsDecimal = found.Exists(match =>
            DecimalText.HasDecimalComma(Encoding.UTF8.GetBytes(match.Groups["value"].Value.Trim()))
        );
        foreach (var match in found)
            Read(match, results, commaIsDecimal);
        return output.Finish(results);
    }

    // Blanks at the end of a line are ignored unless the pattern requires them.
    private static void Find(LinePattern pattern, Lines lines, List<Match> found)
    {
        var match = pattern.Match(Encoding.UTF8.GetString(lines.Current));
        if (!match.Success && lines.Whole.Length > lines.Current.Length)
            match = pattern.Match(Encoding.UTF8.GetString(lines.Whole));
        if (match.Success)
            found.Add(match);
    }

    private static void Read(Match match, Results results, bool commaIsDecimal)
    {
        var (benchmark, unit) = (match.Groups["benchmark"].Value.Trim(), match.Groups["unit"].Value.Trim());
        if (
            Found.Name(benchmark) is not { } name
            || !Number(match.Groups["value"].Value, commaIsDecimal, out var value)
        )
        {
            results.LeaveOut(match.Value, "the pattern's benchmark is not a name or its value is not a number");
            return;
        }
        if (MeasureOf(match.Groups["measure"].Value.Trim(), unit) is not { } measure)
        {
            results.LeaveOut(benchmark, $"{unit} is neither a unit of time nor a rate, and no measure is named");
            return;
        }
        var metric = new Metric(value * measure.Factor, Bound("lower"), Bound("upper"));
        results.SampleOf(name, measure.Name, measure.Units, metric);

        double? Bound(string group) =>
            Number(match.Groups[group].Value, commaIsDecimal, out var bound) ? bound * measure.Factor : null;
    }

    // Times, sizes and rates are converted, so that a value in seconds continues a series in milliseconds.
    private static (string Name, string? Units, double Factor)? MeasureOf(string measure, string unit)
    {
        if (unit.Length == 0)
            return measure.Length == 0 ? (BuiltInMeasure.Latency.Slug.Value, null, 1) : (measure, null, 1);
        if (Lexing.UnitWord(unit) is { } time)
            return measure.Length == 0
                ? (BuiltInMeasure.Latency.Slug.Value, null, time)
                : (measure, BuiltInMeasure.Latency.Units, time);
        if (Rates.Rate(unit) is var (bare, perSecond))
            return measure.Length == 0
                ? (BuiltInMeasure.Throughput.Slug.Value, null, perSecond)
                : (measure, bare, perSecond);
        if (measure.Length == 0)
            return null;
        var (thing, scale) = Rates.Size(unit);
        return (measure, thing is "B" or "bytes" ? "bytes (B)" : thing, scale);
    }

    private static bool Number(string text, bool commaIsDecimal, out double number)
    {
        var bare = text.TrimEnd('\0').Trim();
        var isNegative = bare.StartsWith('-');
        var found = DecimalText.TryParse(
            isNegative || bare.StartsWith('+') ? bare[1..] : bare,
            commaIsDecimal,
            out number
        );
        if (isNegative)
            number = -number;
        return found;
    }
}
