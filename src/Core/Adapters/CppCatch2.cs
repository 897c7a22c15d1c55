using System.Text;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>What Catch2's console reporter prints: the test case between two rules, then three lines for each benchmark.</summary>
internal static class CppCatch2
{
    private const int NameLinesMax = 3;
    private static readonly byte[] Rule = [.. Enumerable.Repeat((byte)'-', 79)];

    public static Results? Read(ref Output output, Average? average)
    {
        if (average == Average.Median || !output.Has(Rule)) return null;
        var results = new Results();
        string? testCase = null;
        var lines = new Lines(output.Utf8);
        while (lines.MoveNext())
        {
            if (lines.Current.SequenceEqual(Rule)) testCase = TestCase(lines) ?? testCase;
            else if (testCase is not null && IsResult(lines, out var name, out var metric))
                results.AddOnly(Found.Name($"{testCase}: {name}"), BuiltInMeasure.Latency, metric);
        }
        return results.OrNull();
    }

    /// <summary>The name on the lines up to the next rule, joined; null when there is no rule soon enough.</summary>
    private static string? TestCase(Lines lines)
    {
        if (!HasLines(lines, NameLinesMax + 1) || !lines.MoveNext()) return null;
        var name = new StringBuilder(Trimmed(lines.Current));
        for (var line = 1; line <= NameLinesMax && lines.MoveNext(); line++)
        {
            if (lines.Current.SequenceEqual(Rule)) return name.ToString();
            name.Append(' ').Append(Trimmed(lines.Current));
        }
        return null;
    }

    // The name starts on the first line; what does not fit its column goes on under it.
    private static bool IsResult(Lines lines, out string name, out Metric metric)
    {
        (name, metric) = ("", default);
        if (!IsEstimate(lines.Current, out var first)) return false;
        if (!lines.MoveNext() || !IsFigures(lines.Current, out var second, out var mean)) return false;
        if (!lines.MoveNext() || !IsFigures(lines.Current, out var third, out var deviation)) return false;
        if (!HasLines(lines, 2)) return false; // As existing servers have it; Catch2 itself always goes on.
        name = Joined(first, second, third);
        metric = Metric.Around(mean, deviation);
        return true;
    }

    private static bool IsEstimate(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> name)
    {
        var line = new FromEnd(text);
        var found = line.BlanksIfAny() && line.Duration(out _)
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
