using System.Text;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>What Ruby's Benchmark prints, tables in which the real time stands in parentheses, and the lines of benchmark-ips.</summary>
internal static class RubyBenchmark
{
    private const double SecondNanoseconds = 1e9;
    private static readonly string[] Times = ["user", "system", "total"];

    public static Results? Read(ref Output output, Average? average)
    {
        if (average is not null) return null;
        return (output.Has("real"u8) ? ReadTables(ref output) : null) ?? (output.Has("i/s"u8) ? ReadRates(ref output) : null);
    }

    private static Results? ReadTables(ref Output output)
    {
        var results = output.NewResults();
        var inTable = false;
        foreach (var line in new Lines(output.Text)) inTable = inTable ? ReadRow(line, results) : IsHeader(line);
        return results.OrNull();
    }

    private static bool IsHeader(ReadOnlySpan<byte> text)
    {
        var line = new FromStart(text);
        return line.Blanks() && line.Text("user"u8) && line.Blanks() && line.Text("system"u8) && line.Blanks() && line.Text("total"u8)
            && line.Blanks() && line.Text("real"u8) && line.AtEnd;
    }

    private static bool ReadRow(ReadOnlySpan<byte> text, Results results)
    {
        Span<double> times = stackalloc double[Times.Length];
        var line = new FromEnd(text);
        if (!line.Byte(')') || !line.Number(out var seconds) || !line.Blanks() || !line.Byte('(')) return false;
        for (var i = Times.Length - 1; i >= 0; i--)
            if (!line.Blanks() || !line.Number(out times[i])) return false;
        if (line.Rest.IsEmpty || !line.Blanks()) return false;
        if (line.Rest.IsEmpty)
        {
            results.LeaveOut("a row of the table", "it has no label");
            return true;
        }
        var name = Found.Name(line.Rest);
        if (!results.Sample(name, BuiltInMeasure.Latency, new(seconds * SecondNanoseconds))) return false;
        if (results.TakesAll)
            for (var i = 0; i < Times.Length; i++) results.SampleMore(name, Times[i], "seconds (s)", new(times[i]));
        return true;
    }

    // name   18.088M (± 2.0%) i/s - 90.440M in 5.000s; a name too long for its column stands on the line before.
    private static Results? ReadRates(ref Output output)
    {
        var results = output.NewResults();
        var before = ReadOnlySpan<byte>.Empty;
        foreach (var text in new Lines(output.Text))
        {
            if (text.IndexOf(" i/s"u8) is > 0 and var end && IsRate(text[..(end + 1)], out var name, out var metric))
                results.Sample(name.IsEmpty ? before : name, BuiltInMeasure.Throughput, metric);
            before = text.Trim(" \t"u8);
        }
        return results.OrNull();
    }

    private static bool IsRate(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> name, out Metric metric)
    {
        name = default;
        metric = default;
        var line = new FromEnd(text);
        if (!line.Blanks() || !line.Byte(')') || !line.Byte('%') || !line.Number(out var percent) || !line.BlanksIfAny() || !line.Text("±"u8) || !line.Byte('(')
            || !line.Blanks()) return false;
        var scale = ScaleOf(line.Rest.IsEmpty ? default : line.Rest[^1]);
        if (scale > 1) line.Byte((char)line.Rest[^1]);
        if (!line.Number(out var value) || !line.Rest.IsEmpty && !line.Blanks()) return false;
        name = line.Rest.Trim(" \t"u8);
        metric = Metric.Around(value * scale, value * scale * (percent / 100));
        return true;
    }

    private static double ScaleOf(byte suffix) => suffix switch
    {
        (byte)'k' => 1e3,
        (byte)'M' => 1e6,
        (byte)'B' => 1e9,
        (byte)'T' => 1e12,
        (byte)'Q' => 1e15,
        _ => 1,
    };
}
