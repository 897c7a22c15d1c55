using System.Text;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>What Criterion prints. A name too long for its column stands alone on the line before.</summary>
internal static class RustCriterion
{
    public static Results? Read(ref Output output, Average? average)
    {
        if (average == Average.Median || !output.Has("time:"u8)) return null;
        var results = output.NewResults();
        var before = ReadOnlySpan<byte>.Empty;
        BenchmarkName? latest = null;
        foreach (var line in new Lines(output.Text))
        {
            if (IsResult(line, out var name, out var metric))
            {
                latest = Found.Name(name.IsEmpty ? before : name);
                results.Sample(latest, BuiltInMeasure.Latency, metric);
            }
            else if (results.TakesAll) ReadThroughput(line, latest, results);
            before = line;
        }
        return results.OrNull();
    }

    private static bool IsResult(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> name, out Metric metric)
    {
        var end = new FromEnd(line);
        double value = 0, lower = 0, upper = 0;
        var found = end.Byte(']') && end.Duration(out upper) && end.Blanks() && end.Duration(out value)
            && end.Blanks() && end.Duration(out lower) && end.Byte('[') && end.Blanks() && end.Text("time:"u8) && end.Blanks();
        name = end.Rest;
        metric = new(value, lower, upper);
        return found;
    }

    // thrpt:  [1.2000 GiB/s 1.3000 GiB/s 1.4000 GiB/s], under the time that it was computed from.
    private static void ReadThroughput(ReadOnlySpan<byte> text, BenchmarkName? name, Results results)
    {
        var line = new FromStart(text);
        if (!line.Blanks() || !line.Text("thrpt:"u8) || !line.Blanks() || !line.Byte('[') || text[^1] != ']') return;
        if (!line.Number(out var lower) || !line.Blanks() || !line.Word(out var unit) || !line.Blanks()
            || !line.Number(out var value) || !line.Blanks() || !line.Text(unit) || !line.Blanks()
            || !line.Number(out var upper) || !line.Blanks() || !line.Text(unit) || !line.Byte(']') || !line.AtEnd) return;
        results.SampleMore(name, "thrpt", Encoding.UTF8.GetString(unit), new(value, lower, upper));
    }
}
