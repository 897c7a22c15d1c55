using System.Text;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>
/// What Catch2's console reporter prints: the test case between two rules, then three lines for each benchmark, or only the first of
/// them where it was told not to analyse.
/// </summary>
internal static class CppCatch2
{
    private const int TestCaseLinesMax = 3;
    private const int NameLinesMax = 40;
    private static readonly byte[] Rule = [.. Enumerable.Repeat((byte)'-', 79)];

    public static Results? Read(ref Output output, Average? average)
    {
        if (average == Average.Median || !output.Has(Rule)) return null;
        var results = output.NewResults();
        string? testCase = null;
        var isAnalysed = true;
        var above = new StringBuilder();
        var aboveLines = 0;
        var lines = new Lines(output.Text);
        while (lines.MoveNext())
        {
            if (lines.Current.SequenceEqual(Rule)) testCase = TestCase(lines) ?? testCase;
            else if (IsHeading(lines.Current, out var analysed)) isAnalysed = analysed;
            else if (testCase is not null && IsResult(lines, isAnalysed, out var name, out var metric))
                results.Sample(Found.Name($"{testCase}: {above}{name}"), BuiltInMeasure.Latency, metric);
            else if (IsNamePart(lines.Current) && aboveLines++ < NameLinesMax)
            {
                above.Append(Trimmed(lines.Current)).Append(' ');
                continue;
            }
            above.Clear();
            aboveLines = 0;
        }
        return results.OrNull();
    }

    /// <summary>The name on the lines up to the next rule, joined; null when there is no rule soon enough.</summary>
    private static string? TestCase(Lines lines)
    {
        if (!HasLines(lines, TestCaseLinesMax + 1) || !lines.MoveNext()) return null;
        var name = new StringBuilder(Trimmed(lines.Current));
        for (var line = 1; line <= TestCaseLinesMax && lines.MoveNext(); line++)
        {
            if (lines.Current.SequenceEqual(Rule)) return name.ToString();
            name.Append(' ').Append(Trimmed(lines.Current));
        }
        return null;
    }

    // The heading of the columns; without an analysis it ends with the mean.
    private static bool IsHeading(ReadOnlySpan<byte> text, out bool isAnalysed)
    {
        isAnalysed = true;
        if (!text.StartsWith("benchmark name"u8)) return false;
        isAnalysed = !text.TrimEnd(" \t"u8).EndsWith("mean"u8);
        return true;
    }

    // A name longer than its column: every line of it but the last is filled up with blanks to the width of the console.
    private static bool IsNamePart(ReadOnlySpan<byte> text) =>
        text.Length >= Rule.Length - 1 && text[^1] == ' ' && !Lexing.IsBlank(text[0]) && text.TrimEnd((byte)' ').Length < Rule.Length - 1;

    // The name ends on the first line; where an older version prints it, what does not fit its column goes on under it.
    private static bool IsResult(Lines lines, bool isAnalysed, out string name, out Metric metric)
    {
        (name, metric) = ("", default);
        if (!IsEstimate(lines.Current, out var first, out var estimate)) return false;
        if (!isAnalysed)
        {
            (name, metric) = (Encoding.UTF8.GetString(first), new(estimate));
            return true;
        }
        if (!lines.MoveNext() || !IsFigures(lines.Current, out var second, out var mean)) return false;
        if (!lines.MoveNext() || !IsFigures(lines.Current, out var third, out var deviation)) return false;
        if (!HasLines(lines, 2)) return false; // As existing servers have it; Catch2 itself always goes on.
        name = Joined(first, second, third);
        metric = Metric.Around(mean, deviation);
        return true;
    }

    private static bool IsEstimate(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> name, out double estimate)
    {
        var line = new FromEnd(text);
        estimate = 0;
        var found = line.BlanksIfAny() && line.Duration(out estimate)
            && line.Blanks() && line.Int(out _) && line.Blanks() && line.Int(out _) && line.Blanks();
        name = line.Rest;
        return found && !name.IsEmpty;
    }

    private static bool IsFigures(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> name, out double first)
    {
        first = 0;
        var line = new FromEnd(text);
        var found = line.BlanksIfAny() && line.Duration(out _)
            && line.Blanks() && line.Duration(out _) && line.Blanks() && line.Duration(out first) && line.Blanks();
        name = line.Rest;
        return found;
    }

    private static string Joined(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third)
    {
        var name = Encoding.UTF8.GetString(first);
        if (!second.IsEmpty) name += " " + Encoding.UTF8.GetString(second);
        if (!third.IsEmpty) name += " " + Encoding.UTF8.GetString(third);
        return name;
    }

    private static string Trimmed(ReadOnlySpan<byte> line) => Encoding.UTF8.GetString(line).Trim();

    private static bool HasLines(Lines lines, int count)
    {
        while (count > 0 && lines.MoveNext()) count--;
        return count == 0;
    }
}
