using System.Buffers;
using System.Text;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>
/// Reads the output of Catch2's console reporter: the test case between two rules, then three lines for each benchmark,
/// or only the first line if analysis was turned off. The console may have any width.
/// </summary>
internal static class CppCatch2
{
    public static Results? Read(ref Output output, Average? average)
    {
        if (average == Average.Median || !output.Has(Catch2Table.Rule))
            return null;
        var table = new Catch2Table(output.NewResults());
        var lines = new Lines(output.Text);
        while (lines.MoveNext())
            table.Read(lines);
        table.End();
        return output.Finish(table.Results);
    }
}

/// <summary>
/// The table of one test case. Catch2 prints a benchmark's name before it runs, its first figures after an estimate,
/// and the others after the run. Output of the benchmark itself stands in between.
/// </summary>
internal sealed class Catch2Table(Results results)
{
    private static readonly SearchValues<byte> WordEnds = SearchValues.Create(" -/,.:;([{<|"u8);
    private const int TestCaseLinesMax = 3;
    private const int NameLinesMax = 40;
    private const int FigureWidth = 14;

    private string? testCase;
    private bool isNamed,
        isHeading;
    private bool isAnalysed = true;

    // The widths of the name column and of the whole console; 0 if there was no heading.
    private int nameWidth;
    private int consoleWidth;

    // The lines, except the last, of a name that is longer than its column.
    private readonly List<string> above = [];
    private string? waiting;
    private bool hasEstimate;

    // The mean, which is printed on the line after the estimate.
    private double? mean;

    /// <summary>The shortest possible rule; a rule is as wide as the console.</summary>
    public static ReadOnlySpan<byte> Rule => "--------------------"u8;

    public Results Results => results;

    public void Read(Lines lines)
    {
        var text = lines.Current;
        if (IsRule(text))
        {
            // The rule under the column heading does not belong to the rules around a test case, and the second rule
            // around a test case does not start another one.
            if (isHeading || isNamed)
                isHeading = isNamed = false;
            else if (TestCase(lines) is { } found)
            {
                End();
                testCase = found;
                isNamed = true;
            }
        }
        else if (IsHeading(text))
            ReadHeading(text);
        else if (isHeading || isNamed || testCase is null || text.IsEmpty)
            return;
        else if (!ReadFirst(text) && !ReadFigures(text) && !ReadFailure(text))
            ReadName(lines);
    }

    /// <summary>Reports a benchmark that is still unfinished when the table or the text ends.</summary>
    public void End()
    {
        if (waiting is not null)
            results.LeaveOut(waiting, LeftOut.NoFigures);
        Begin(null);
    }

    private void Begin(string? name)
    {
        (waiting, hasEstimate, mean) = (name, false, null);
        above.Clear();
    }

    private static bool IsRule(ReadOnlySpan<byte> text) =>
        text.StartsWith(Rule) && text.IndexOfAnyExcept((byte)'-') < 0;

    /// <summary>
    /// The name on the lines up to the next rule, joined; null if no rule follows within a few lines.
    /// </summary>
    private static string? TestCase(Lines lines)
    {
        if (!HasLines(lines, TestCaseLinesMax + 1) || !lines.MoveNext() || lines.Current.IsEmpty)
            return null;
        var name = new StringBuilder(Trimmed(lines.Current));
        for (var line = 1; line <= TestCaseLinesMax && lines.MoveNext(); line++)
        {
            if (IsRule(lines.Current))
                return name.ToString();
            name.Append(' ').Append(Trimmed(lines.Current));
        }
        return null;
    }

    private static bool IsHeading(ReadOnlySpan<byte> text) =>
        text.StartsWith("benchmark name"u8) && text.IndexOf(" samples "u8) > 0;

    // Without analysis, the heading is a single line that ends with "mean", and the headings are aligned with the right
    // ends of the figures.
    private void ReadHeading(ReadOnlySpan<byte> text)
    {
        isHeading = true;
        isAnalysed = !text.EndsWith("mean"u8);
        var samples = text.IndexOf(" samples "u8) + 1;
        nameWidth = isAnalysed ? samples : samples + "samples".Length - FigureWidth + 1;
        consoleWidth = nameWidth + 3 * FigureWidth;
    }

    // A name (missing if it was printed before), then samples, iterations, and the estimate or the mean.
    private bool ReadFirst(ReadOnlySpan<byte> text)
    {
        var line = new FromEnd(text);
        if (
            !line.Duration(out var estimate, commaIsDecimal: true)
            || !line.Blanks()
            || !line.Int(out _)
            || !line.Blanks()
            || !line.Int(out _)
            || !line.Blanks()
        )
            return false;
        var name = NameIn(line.Rest);
        // The last output of a benchmark may stand before its figures on the same line, which shifts them out of their
        // columns.
        if (name is not null && (waiting is null || IsAligned(text)))
            BeginBenchmark(name);
        if (waiting is null)
            return false;
        hasEstimate = true;
        if (!isAnalysed)
            AddResult(new(estimate));
        return true;
    }

    private void BeginBenchmark(string name)
    {
        if (waiting is not null)
            results.LeaveOut(waiting, LeftOut.NoFigures);
        above.Add(name);
        Begin($"{testCase}: {string.Join(' ', above)}");
    }

    private bool IsAligned(ReadOnlySpan<byte> text) =>
        nameWidth == 0 || Encoding.UTF8.GetCharCount(text) is var length && length >= nameWidth + 3 * FigureWidth - 2;

    // The line of the mean and its bounds, then the line of the deviation. In older versions, the rest of a long name
    // is printed before these figures.
    private bool ReadFigures(ReadOnlySpan<byte> text)
    {
        if (!hasEstimate || waiting is null || !isAnalysed)
            return false;
        var line = new FromEnd(text);
        if (
            !line.Duration(out _, commaIsDecimal: true)
            || !line.Blanks()
            || !line.Duration(out _, commaIsDecimal: true)
            || !line.Blanks()
            || !line.Duration(out var first, commaIsDecimal: true)
            || !line.Rest.IsEmpty && !line.Blanks()
        )
            return false;
        if (!Lexing.IsBlank(text[0]) && NameIn(line.Rest) is { } more && !IsShifted(text))
            waiting += $" {more}";
        if (mean is { } value)
            AddResult(Metric.Around(value, first));
        else
            mean = first;
        return true;
    }

    // True when other text stands before a whole line of the table.
    private bool IsShifted(ReadOnlySpan<byte> text) => nameWidth > 0 && Encoding.UTF8.GetCharCount(text) > consoleWidth;

    private void AddResult(Metric metric)
    {
        if (!results.Sample(Found.Name(waiting!), BuiltInMeasure.Latency, metric))
            results.LeaveOut(waiting!, "its name or its time is too long");
        Begin(null);
    }

    private bool ReadFailure(ReadOnlySpan<byte> text)
    {
        var at = text.IndexOf("Benchmark failed"u8);
        if (at < 0)
            return false;
        var why = Encoding.UTF8.GetString(text[(at + "Benchmark failed"u8.Length)..]).Trim();
        if (NameIn(text[..at]) is { } name && (waiting is null || at == Lexing.Column(text, nameWidth)))
            BeginBenchmark(name);
        if (waiting is null)
            return false;
        results.LeaveOut(waiting, why is ['(', .., ')'] ? $"it failed: {why[1..^1]}" : "it failed");
        Begin(null);
        return true;
    }

    // A line of a name that continues below, or a name together with output of its benchmark.
    private void ReadName(Lines lines)
    {
        var text = lines.Current;
        if (Lexing.IsBlank(text[0]) || waiting is not null)
            return;
        if (IsNamePart(lines))
        {
            if (above.Count < NameLinesMax)
                above.Add(Trimmed(text));
            return;
        }
        var column = lines.Whole[..Lexing.Column(lines.Whole, nameWidth)];
        if (nameWidth > 0 && column.EndsWith("  "u8) && Encoding.UTF8.GetCharCount(column) == nameWidth)
            BeginBenchmark(Trimmed(column));
        else
            above.Clear();
    }

    // Recognizes a part of a name longer than its column: all its lines but the last are padded with blanks to the
    // width of the console. If the blanks were removed, the next line's first word would not have fitted on this line.
    private bool IsNamePart(Lines lines)
    {
        var length = Encoding.UTF8.GetCharCount(lines.Current);
        if (nameWidth == 0)
            return lines.Whole.Length >= 78 && lines.Whole[^1] == ' ' && length < 78;
        if (length > nameWidth)
            return false;
        if (lines.Whole.Length - lines.Current.Length + length >= consoleWidth - 2)
            return true;
        if (!lines.MoveNext() || lines.Current.IsEmpty || Lexing.IsBlank(lines.Current[0]))
            return false;
        var word = lines.Current.IndexOfAny(WordEnds) is > 0 and var end ? end : lines.Current.Length;
        return length + 1 + word > nameWidth - 2;
    }

    // The text in the name column. Any text after the column was printed by the benchmark.
    private string? NameIn(ReadOnlySpan<byte> text)
    {
        if (nameWidth > 0)
        {
            var column = text[..Lexing.Column(text, nameWidth)];
            if (column.Length < text.Length && column.EndsWith("  "u8))
                text = column;
        }
        text = text.TrimEnd(" \t"u8);
        return text.IsEmpty ? null : Encoding.UTF8.GetString(text);
    }

    private static string Trimmed(ReadOnlySpan<byte> line) => Encoding.UTF8.GetString(line).Trim();

    private static bool HasLines(Lines lines, int count)
    {
        while (count > 0 && lines.MoveNext())
            count--;
        return count == 0;
    }
}
