using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>What Ruby's Benchmark prints: tables, in which the real time stands in parentheses.</summary>
internal static class RubyBenchmark
{
    private const double SecondNanoseconds = 1e9;

    public static Results? Read(ref Output output, Average? average)
    {
        if (average is not null || !output.Has("real"u8)) return null;
        var results = new Results();
        var inTable = false;
        foreach (var line in new Lines(output.Utf8))
        {
            if (!inTable) inTable = IsHeader(line);
            else if (!IsRow(line, out var name, out var seconds)) inTable = false;
            else results.AddOnly(name, BuiltInMeasure.Latency, new(seconds * SecondNanoseconds));
        }
        return results.OrNull();
    }

    private static bool IsHeader(ReadOnlySpan<byte> text)
    {
        var line = new FromStart(text);
        return line.Blanks() && line.Text("user"u8) && line.Blanks() && line.Text("system"u8) && line.Blanks() && line.Text("total"u8)
            && line.Blanks() && line.Text("real"u8) && line.AtEnd;
    }

    private static bool IsRow(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> name, out double seconds)
    {
        seconds = 0;
        var line = new FromEnd(text);
        var found = line.Byte(')') && line.Number(out seconds) && line.Blanks() && line.Byte('(')
            && line.Blanks() && line.Number(out _) && line.Blanks() && line.Number(out _)
            && line.Blanks() && line.Number(out _) && line.Blanks();
        name = line.Rest;
        return found && !name.IsEmpty;
    }
}
