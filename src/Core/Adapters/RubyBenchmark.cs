using System.Text;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>
/// Reads the tables of Ruby's Benchmark, with the real time in parentheses, and the lines of benchmark-ips.
/// </summary>
internal static class RubyBenchmark
{
    public static Results? Read(ref Output output, Average? average)
    {
        if (average is not null)
            return null;
        return (output.Has("real"u8) ? ReadTables(ref output) : null)
            ?? (output.Has("i/s"u8) ? ReadRates(ref output) : null);
    }

    private static Results? ReadTables(ref Output output)
    {
        var table = new RubyTable(output.NewResults());
        foreach (var line in new Lines(output.Text))
            table.Read(line);
        table.End();
        return output.Finish(table.Results);
    }

    private static Results? ReadRates(ref Output output)
    {
        var rates = new RubyRates(output.NewResults());
        foreach (var line in new Lines(output.Text))
            rates.Read(line);
        rates.End();
        return output.Finish(rates.Results);
    }
}

/// <summary>
/// Reads the tables of Ruby's Benchmark. A label is printed before its block runs, and the times afterwards, so output
/// of the block stands in between.
/// </summary>
internal sealed class RubyTable(Results results)
{
    private const double SecondNanoseconds = 1e9;
    private const int CaptionBlanks = 6; // Before "user", after the column of labels.
    private static readonly string[] Times = ["user", "system", "total"];

    // The width of the column of labels, which Ruby pads with blanks.
    private int labelWidth;
    private bool isInside;
    private string? waiting;

    public Results Results => results;

    public void Read(ReadOnlySpan<byte> line)
    {
        if (IsHeader(line))
        {
            End();
            (isInside, labelWidth) = (true, Math.Max(0, line.IndexOf("user"u8) - CaptionBlanks));
        }
        else if (!isInside)
            return;
        else if (line.StartsWith("Rehearsal -"u8))
            End();
        else if (!ReadRow(line))
            ReadLabel(line);
    }

    /// <summary>Reports a label that is still without times when the table or the text ends.</summary>
    public void End()
    {
        if (waiting is not null)
            results.LeaveOut(waiting, LeftOut.NoFigures);
        (waiting, isInside) = (null, false);
    }

    private static bool IsHeader(ReadOnlySpan<byte> text)
    {
        var line = new FromStart(text);
        return line.Blanks()
            && line.Text("user"u8)
            && line.Blanks()
            && line.Text("system"u8)
            && line.Blanks()
            && line.Text("total"u8)
            && line.Blanks()
            && line.Text("real"u8)
            && line.AtEnd;
    }

    private bool ReadRow(ReadOnlySpan<byte> text)
    {
        Span<double> times = stackalloc double[Times.Length];
        var line = new FromEnd(text);
        if (!line.Byte(')') || !line.Number(out var seconds))
            return false;
        line.BlanksIfAny(); // Times of a thousand seconds and more have no blank here.
        if (!line.Byte('('))
            return false;
        for (var i = Times.Length - 1; i >= 0; i--)
            if (!line.Blanks() || !line.Number(out times[i]))
                return false;
        if (!line.Rest.IsEmpty && !line.Blanks())
            return false;
        var label = LabelOf(line.Rest);
        if (label.IsEmpty && waiting is not null)
            label = Encoding.UTF8.GetBytes(waiting);
        else if (waiting is not null)
            results.LeaveOut(waiting, LeftOut.NoFigures);
        waiting = null;
        if (label.IsEmpty)
            results.LeaveOut("a row of the table", "it has no label");
        else
            AddTo(Found.Name(label), seconds, times);
        return true;
    }

    private void AddTo(Names.BenchmarkName? name, double seconds, ReadOnlySpan<double> times)
    {
        if (!results.Sample(name, BuiltInMeasure.Latency, new(seconds * SecondNanoseconds)) || !results.TakesAll)
            return;
        for (var i = 0; i < Times.Length; i++)
            results.SampleMore(name, Times[i], "seconds (s)", new(times[i]));
    }

    // A label in the column is followed by at least two blanks; any text after the column was printed by the block.
    private ReadOnlySpan<byte> LabelOf(ReadOnlySpan<byte> text)
    {
        var column = text[..Lexing.Column(text, labelWidth)];
        return column.Length < text.Length && column.EndsWith("  "u8) && !column.Trim((byte)' ').IsEmpty
            ? column.TrimEnd((byte)' ')
            : text;
    }

    // Handles a line that is not a row: the next row's label with the first output of its block, or more of that
    // output.
    private void ReadLabel(ReadOnlySpan<byte> line)
    {
        if (waiting is not null)
            return;
        if (line.IsEmpty)
            isInside = false;
        var column = line[..Lexing.Column(line, labelWidth)];
        if (column.Length < line.Length && !column.EndsWith(" "u8))
            return;
        waiting = Encoding.UTF8.GetString(column.TrimEnd((byte)' '));
        if (waiting.Length == 0)
            waiting = null;
    }
}

/// <summary>
/// Reads the lines of benchmark-ips: "name 18.088M (± 2.0%) i/s - 90.440M in 5.000s". A name too long for its column is
/// on the line before. Output of a block stands between its name and its rate.
/// </summary>
internal ref struct RubyRates(Results results)
{
    private const int NameWidth = 20; // Names are right-aligned.

    private ReadOnlySpan<byte> before;
    private string? waiting;
    private bool isCalculating;

    public readonly Results Results => results;

    public void Read(ReadOnlySpan<byte> text)
    {
        if (text.IndexOf(" i/s"u8) is > 0 and var end && IsRate(text[..(end + 1)], out var name, out var metric))
            Take(name, metric);
        else if (text.StartsWith("Calculating -"u8))
            isCalculating = true;
        else if (text.IsEmpty && waiting is null || text.StartsWith("Comparison:"u8))
            End();
        else if (isCalculating && waiting is null)
            waiting = NameIn(text);
        else if (text.IndexOf(") i/s"u8) > 0)
            results.LeaveOut(Encoding.UTF8.GetString(text).Trim(), "it is not a rate with a margin");
        before = text.Trim(" \t"u8);
    }

    /// <summary>Reports a name that is still without a rate when the text ends.</summary>
    public void End()
    {
        if (waiting is not null)
            results.LeaveOut(waiting, LeftOut.NoFigures);
        (waiting, isCalculating) = (null, false);
    }

    private void Take(ReadOnlySpan<byte> name, Metric metric)
    {
        if (name.IsEmpty)
            results.Sample(
                waiting is null ? before : Encoding.UTF8.GetBytes(waiting),
                BuiltInMeasure.Throughput,
                metric
            );
        else
            results.Sample(name, BuiltInMeasure.Throughput, metric);
        waiting = null;
    }

    // A name in its column, possibly followed by output of its block; or a longer name alone on the line.
    private static string? NameIn(ReadOnlySpan<byte> text)
    {
        var line = Encoding.UTF8.GetString(text);
        if (line.Length < NameWidth)
            return null;
        if (line.Length > NameWidth && line[0] != ' ')
            return line;
        return line[NameWidth - 1] == ' ' ? null : line[..NameWidth].Trim();
    }

    private static bool IsRate(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> name, out Metric metric)
    {
        name = default;
        metric = default;
        var line = new FromEnd(text);
        if (
            !line.Blanks()
            || !line.Byte(')')
            || !line.Byte('%')
            || !line.Number(out var percent)
            || !line.BlanksIfAny()
            || !line.Text("±"u8)
            || !line.Byte('(')
            || !line.Blanks()
        )
            return false;
        var scale = ScaleOf(line.Rest.IsEmpty ? default : line.Rest[^1]);
        if (scale > 1)
            line.Byte((char)line.Rest[^1]);
        if (!line.Number(out var value) || !line.Rest.IsEmpty && !line.Blanks())
            return false;
        name = line.Rest.Trim(" \t"u8);
        metric = Metric.Around(value * scale, value * scale * (percent / 100));
        return true;
    }

    private static double ScaleOf(byte suffix) =>
        suffix switch
        {
            (byte)'k' => 1e3,
            (byte)'M' => 1e6,
            (byte)'B' => 1e9,
            (byte)'T' => 1e12,
            (byte)'Q' => 1e15,
            _ => 1,
        };
}
