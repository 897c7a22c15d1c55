using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>What Criterion prints. A name too long for its column stands alone on the line before.</summary>
internal static class RustCriterion
{
    public static Results? Read(ref Output output, Average? average)
    {
        if (average == Average.Median || !output.Has("time:"u8)) return null;
        var results = new Results();
        var before = ReadOnlySpan<byte>.Empty;
        foreach (var line in new Lines(output.Utf8))
        {
            if (IsResult(line, out var name, out var metric)) results.AddOnly(name.IsEmpty ? before : name, BuiltInMeasure.Latency, metric);
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
}
