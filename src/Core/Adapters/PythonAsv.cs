using System.Text;
using Paddock.Core.Adapters.Reading;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>What airspeed velocity prints: a line for each benchmark, and under one that has parameters a table of them.</summary>
internal static class PythonAsv
{
    public static Results? Read(ref Output output, Average? average)
    {
        if (average == Average.Mean || !output.Has("%]"u8)) return null;
        var results = output.NewResults();
        AsvTable? table = null;
        foreach (var text in new Lines(output.Text))
        {
            if (table is not null && table.Read(text, results)) continue;
            table = null;
            if (IsEntry(text, out var name, out var value)) ReadValue(name, value, results, ref table);
        }
        return results.OrNull();
    }

    // [ 50.00%] ··· name   value, with hyphens for dots on a console that is not UTF-8.
    private static bool IsEntry(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        name = value = default;
        var line = new FromStart(text);
        if (!line.Byte('[') || !line.BlanksIfAny() || !line.Number(out _) || !line.Text("%]"u8) || !line.Blanks() || !Dots(ref line) || !line.Blanks()
            || !line.Word(out name) || !line.Blanks()) return false;
        value = line.Rest;
        return true;
    }

    private static void ReadValue(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, Results results, ref AsvTable? table)
    {
        if (value.SequenceEqual("ok"u8) || IsPartlyFailed(value)) table = new(Encoding.UTF8.GetString(name));
        else if (value.SequenceEqual("failed"u8)) results.LeaveOut(Encoding.UTF8.GetString(name), "it failed");
        else AsvValue.AddTo(results, Found.Name(name), value);
    }

    private static bool IsPartlyFailed(ReadOnlySpan<byte> value)
    {
        var rest = new FromStart(value);
        return rest.Int(out _) && rest.Byte('/') && rest.Int(out _) && rest.Text(" failed"u8) && rest.AtEnd;
    }

    private static bool Dots(ref FromStart line)
    {
        var any = line.Run('-');
        while (line.Text("·"u8)) any = true;
        return any;
    }
}

/// <summary>One figure as asv shows it: a time with its margin, a size, or a bare number.</summary>
internal static class AsvValue
{
    /// <returns>Whether there was a figure, recorded or not.</returns>
    public static bool AddTo(Results results, BenchmarkName? name, ReadOnlySpan<byte> text)
    {
        if (name is null) return false;
        var line = new FromStart(text);
        if (!line.Number(out var value)) return false;
        double? margin = null;
        if (line.Text("±"u8) || line.Byte('~'))
        {
            if (!line.Number(out var given)) return false;
            margin = given;
        }
        var figure = line;
        if (line.Unit(out var unit) && line.AtEnd)
            return results.Sample(name, BuiltInMeasure.Latency, margin is { } m ? Metric.Around(value * unit, m * unit) : new(value * unit));
        if (results.TakesAll && SizeOf(figure.Rest) is { } scale)
            results.SampleMore(name, KindOf(name.Value), IsMemory(name.Value) ? "bytes (B)" : null, margin is { } by ? Metric.Around(value * scale, by * scale) : new(value * scale));
        return SizeOf(figure.Rest) is not null;
    }

    private static double? SizeOf(ReadOnlySpan<byte> suffix) => suffix switch
    {
        [] => 1,
        [(byte)'k'] => 1e3,
        [(byte)'M'] => 1e6,
        [(byte)'G'] => 1e9,
        [(byte)'T'] => 1e12,
        _ => null,
    };

    private static bool IsMemory(string name) => KindOf(name) is "mem" or "peakmem";

    // asv tells kinds of benchmarks apart by how their functions are called.
    private static string KindOf(string name)
    {
        var bare = name.AsSpan(0, name.IndexOf('(', StringComparison.Ordinal) is >= 0 and var end ? end : name.Length);
        var function = bare[(bare.LastIndexOf('.') + 1)..];
        return function.StartsWith("peakmem", StringComparison.Ordinal) ? "peakmem" : function.StartsWith("mem", StringComparison.Ordinal) ? "mem" : "track";
    }
}
