using System.Text;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>Reads the lines that Benchmark.js prints.</summary>
internal static class JsBenchmark
{
    public static Results? Read(ref Output output, Average? average)
    {
        if (average == Average.Mean || !output.Has("ops/sec"u8))
            return null;
        var results = output.NewResults();
        var lines = new Lines(output.Text);
        while (lines.MoveNext())
            if (!ReadResult(lines.Current, results))
                ReadOther(lines.Current, lines.Whole, results);
        return output.Finish(results);
    }

    private static bool ReadResult(ReadOnlySpan<byte> text, Results results)
    {
        var line = new FromEnd(text);
        return line.Text("sampled)"u8)
            && line.Blanks()
            && (line.Text("runs"u8) || line.Text("run"u8))
            && line.Blanks()
            && line.Int(out _)
            && line.Byte('(')
            && line.Blanks()
            && line.Byte('%')
            && line.Number(out var percent)
            && line.Text("±"u8)
            && line.Blanks()
            && line.Text("ops/sec"u8)
            && line.Blanks()
            && line.Number(out var value)
            && line.Blanks()
            && line.Byte('x')
            && line.Blanks()
            && results.Sample(line.Rest, BuiltInMeasure.Throughput, Metric.Around(value, value * (percent / 100)));
    }

    // A benchmark that threw is printed as its name, a colon and a blank. If it threw an Error, no text follows.
    private static void ReadOther(ReadOnlySpan<byte> text, ReadOnlySpan<byte> whole, Results results)
    {
        if (text.IndexOf(" ops/sec"u8) is > 0 and var at && text.EndsWith("sampled)"u8))
        {
            var name = text[..at].LastIndexOf(" x "u8) is > 0 and var mark ? text[..mark] : text[..at];
            results.LeaveOut(
                Encoding.UTF8.GetString(name).Trim(),
                $"{Encoding.UTF8.GetString(text[name.Length..]).Trim()} is not a rate with a margin"
            );
        }
        else if (text.Length > 1 && text[^1] == ':' && whole.Length == text.Length + 1)
            results.LeaveOut(Encoding.UTF8.GetString(text[..^1]), "it failed");
    }
}
