using System.Text;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>What Iai prints: a line with the name, then five lines with a counter each.</summary>
internal static class RustIai
{
    private static readonly BuiltInMeasure[] Counters =
        [.. "instructions l1-accesses l2-accesses ram-accesses estimated-cycles".Split(' ').Select(slug => BuiltInMeasure.Find(slug)!)];

    private static readonly byte[][] Labels = [.. Counters.Select(counter => Encoding.UTF8.GetBytes(counter.Name + ":"))];

    public static Results? Read(ref Output output, Average? average)
    {
        if (average is not null || !output.Has("RAM Accesses:"u8)) return null;
        var results = output.NewResults();
        Span<double> values = stackalloc double[Counters.Length];
        var lines = new Lines(output.Text);
        var name = ReadOnlySpan<byte>.Empty;
        while (lines.MoveNext())
        {
            if (!name.IsEmpty && AreCounters(lines, values) && Found.Name(name) is { } valid)
            {
                var benchmark = results.Benchmark(valid);
                benchmark.Reserve(values.Length);
                for (var i = 0; i < values.Length; i++) results.Sample(benchmark, Counters[i].Id, new(values[i]));
            }
            name = lines.Current;
        }
        return results.OrNull();
    }

    private static bool AreCounters(Lines lines, Span<double> values)
    {
        for (var i = 0; i < values.Length; i++)
            if (i > 0 && !lines.MoveNext() || !IsCounter(lines.Current, Labels[i], out values[i])) return false;
        return true;
    }

    private static bool IsCounter(ReadOnlySpan<byte> text, ReadOnlySpan<byte> label, out double value)
    {
        value = 0;
        var line = new FromStart(text);
        return line.BlanksIfAny() && line.Text(label) && line.Blanks() && line.Int(out value)
            && (line.AtEnd || line.Blanks() && IsChange(line));
    }

    private static bool IsChange(FromStart line)
    {
        if (line.Rest.SequenceEqual("(No change)"u8)) return true;
        return line.Byte('(') && (line.Byte('+') || line.Byte('-')) && line.Number(out _) && line.Text("%)"u8) && line.AtEnd;
    }
}
