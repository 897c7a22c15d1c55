using System.Text;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>
/// Reads the output of Criterion. It announces the benchmark that is running, then prints its name and its time. A name
/// too long for its column is on the line before. Output of the benchmark may appear between these lines.
/// </summary>
internal static class RustCriterion
{
    public static Results? Read(ref Output output, Average? average)
    {
        if (average == Average.Median || !output.Has("time:"u8))
            return null;
        var text = new CriterionText(output.NewResults());
        foreach (var line in new Lines(output.Text))
            text.Read(line);
        text.End();
        return output.Finish(text.Results);
    }
}

/// <summary>Reads the lines of Criterion's report.</summary>
internal ref struct CriterionText(Results results)
{
    private const int NameColumn = 23; // A longer name is on a line of its own.

    private ReadOnlySpan<byte> before;

    // The first line since an empty line that may be a name too long for its column.
    private ReadOnlySpan<byte> longName;

    // The name from "Benchmarking NAME: ...".
    private ReadOnlySpan<byte> running;
    private bool isWaiting;
    private BenchmarkName? latest;

    public readonly Results Results => results;

    public void Read(ReadOnlySpan<byte> line)
    {
        if (line.IndexOf("time:"u8) >= 0 && IsResult(line, out var name, out var metric))
            Take(NameOf(name), metric);
        else if (line.StartsWith("Benchmarking "u8))
            ReadProgress(line["Benchmarking "u8.Length..]);
        else if (results.TakesAll && line.IndexOf("thrpt:"u8) >= 0)
            ReadRate(line);
        else if (line.IndexOf("time:"u8) >= 0)
            ReadOther(line);
        if (line.IsEmpty)
            longName = default;
        else if (longName.IsEmpty && line.Length > NameColumn && !Lexing.IsBlank(line[0]))
            longName = line;
        before = line;
    }

    /// <summary>Reports a benchmark that is still unfinished when the text ends.</summary>
    public void End()
    {
        if (isWaiting)
            results.LeaveOut(Encoding.UTF8.GetString(running), LeftOut.NoFigures);
        isWaiting = false;
    }

    private void Take(ReadOnlySpan<byte> name, Metric metric)
    {
        if (!isWaiting || !running.SequenceEqual(name))
            End();
        isWaiting = false;
        running = longName = default;
        latest = Found.Name(name);
        if (!results.Sample(latest, BuiltInMeasure.Latency, metric) && !name.IsEmpty)
            results.LeaveOut(Encoding.UTF8.GetString(name), "its name or its time is too long");
    }

    // The last output of the benchmark may be on the same line before its name, with or without a carriage return in
    // between.
    private readonly ReadOnlySpan<byte> NameOf(ReadOnlySpan<byte> printed)
    {
        if (printed.IsEmpty)
            return !running.IsEmpty ? running
                : longName.IsEmpty ? before
                : longName;
        if (!running.IsEmpty && printed.EndsWith(running))
            return running;
        return printed.LastIndexOf((byte)'\r') is >= 0 and var at ? printed[(at + 1)..] : printed;
    }

    // "NAME: Warming up for 3.0000 s", and the progress lines after it that begin with the same name.
    private void ReadProgress(ReadOnlySpan<byte> text)
    {
        longName = default;
        var end = text.IndexOf(": Warming up for"u8);
        if (end < 0)
            end = text.IndexOf(": Collecting "u8);
        if (end <= 0 || running.SequenceEqual(text[..end]))
            return;
        End();
        running = text[..end];
        isWaiting = true;
    }

    private static bool IsResult(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> name, out Metric metric)
    {
        var end = new FromEnd(line);
        double value = 0,
            lower = 0,
            upper = 0;
        var found =
            end.Byte(']')
            && end.Duration(out upper)
            && end.Blanks()
            && end.Duration(out value)
            && end.Blanks()
            && end.Duration(out lower)
            && end.Byte('[')
            && end.Blanks()
            && end.Text("time:"u8)
            && end.Blanks();
        name = end.Rest;
        metric = new(value, lower, upper);
        return found;
    }

    // A comparison with the previous run has percentages, which are not values.
    private readonly void ReadOther(ReadOnlySpan<byte> line)
    {
        var at = line.IndexOf("time:"u8);
        var rest = new FromStart(line[(at + 5)..]);
        if (!rest.Blanks() || !rest.Byte('[') || !line.EndsWith("]"u8) || line.IndexOf((byte)'%') >= 0)
            return;
        var name = NameOf(line[..at].TrimEnd(" \t"u8));
        results.LeaveOut(
            Encoding.UTF8.GetString(name),
            $"{Encoding.UTF8.GetString(line[(at + 5)..]).Trim()} are not three times"
        );
    }

    // "thrpt: [1.2000 GiB/s 1.3000 GiB/s 1.4000 GiB/s]", below the time from which it was computed. The prefix depends
    // on the size of the number, so rates are recorded per second without a prefix.
    private readonly void ReadRate(ReadOnlySpan<byte> text)
    {
        var line = new FromStart(text);
        if (!line.Blanks() || !line.Text("thrpt:"u8) || !line.Blanks() || !line.Byte('[') || text[^1] != ']')
            return;
        Span<double> rates = stackalloc double[3];
        for (var i = 0; i < rates.Length; i++)
        {
            if (i > 0 && !line.Blanks() || !line.Number(out rates[i]) || !line.Blanks())
                return;
            var unit = line.Rest[..Math.Max(0, line.Rest.IndexOfAny(" ]"u8))];
            if (!line.Text(unit) || Rates.ScaleOf(Encoding.UTF8.GetString(unit)) is not { } scale)
                return;
            rates[i] *= scale;
        }
        if (line.Byte(']') && line.AtEnd)
            results.SampleMore(
                latest,
                "thrpt",
                "bytes or elements / second (B/s or elem/s)",
                new(rates[1], rates[0], rates[2])
            );
    }
}
