using System.Text;
using System.Text.Json;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>What <c>cargo bench</c> prints with Rust's own harness, libtest, and others in its form; as text or as JSON, a line each.</summary>
internal static class RustBench
{
    public static Results? Read(ref Output output, Average? average)
    {
        if (average == Average.Mean || !output.Has("bench"u8)) return null;
        var results = output.NewResults();
        foreach (var line in new Lines(output.Text))
        {
            if (line.StartsWith("{"u8)) ReadEvent(line, results);
            else ReadLine(line, results);
        }
        return results.OrNull();
    }

    private static void ReadLine(ReadOnlySpan<byte> text, Results results)
    {
        var line = new FromStart(text[MarksLength(text)..]);
        if (!line.Text("test"u8) || !line.Blanks()) return;
        var name = line.Rest;
        for (var at = name.IndexOf("..."u8); at > 0; at = NextDots(name, at))
        {
            var rest = new FromStart(name[(at + 3)..]);
            if (!Lexing.IsBlank(name[at - 1]) || !rest.Blanks()) continue;
            name = name[..at].TrimEnd(" \t"u8);
            if (rest.Text("FAILED"u8)) results.LeaveOut(Encoding.UTF8.GetString(name), "it failed");
            else ReadFigures(rest, name, results);
            return;
        }
    }

    private static int NextDots(ReadOnlySpan<byte> name, int at) => name[(at + 1)..].IndexOf("..."u8) is >= 0 and var next ? at + 1 + next : -1;

    private static void ReadFigures(FromStart line, ReadOnlySpan<byte> name, Results results)
    {
        if (!line.Text("bench:"u8) || !line.Blanks() || !line.Number(out var value)
            || !line.Blanks() || !line.Unit(out var nanoseconds) || !line.Text("/iter"u8)
            || !line.Blanks() || !line.Text("(+/-"u8) || !line.Blanks() || !line.Number(out var deviation) || !line.Byte(')')) return;
        double? throughput = null;
        if (!line.AtEnd)
        {
            if (!line.Blanks() || !line.Byte('=') || !line.Blanks() || !line.Number(out var rate) || !line.Blanks() || !line.Text("MB/s"u8) || !line.AtEnd) return;
            throughput = rate;
        }
        if (!results.Sample(name, BuiltInMeasure.Latency, Metric.Around(value * nanoseconds, deviation * nanoseconds))) return;
        if (results.TakesAll && throughput is not null) results.SampleMore(Found.Name(name), "MB/s", "MB/s", new(throughput.Value));
    }

    // With --format terse a letter for each test that is no benchmark stands before the next line that is one.
    private static int MarksLength(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOfAnyExcept("iF."u8);
        return end < 0 ? 0 : end;
    }

    private static void ReadEvent(ReadOnlySpan<byte> line, Results results)
    {
        if (line.IndexOf("\"bench\""u8) < 0 && line.IndexOf("\"failed\""u8) < 0) return;
        string? type = null, name = null, happened = null;
        double? median = null, deviation = null, rate = null;
        if (!Json.Document(line, Read)) return;
        if (type == "test" && happened == "failed" && name is not null) results.LeaveOut(name, "it failed");
        if (type != "bench" || median is null || deviation is null || name is null) return;
        if (!results.Sample(Found.Name(name), BuiltInMeasure.Latency, Metric.Around(median.Value, deviation.Value))) return;
        if (results.TakesAll && rate is not null) results.SampleMore(Found.Name(name), "MiB/s", "MiB/s", new(rate.Value));

        bool Read(ref Utf8JsonReader json)
        {
            if (!json.Object()) return false;
            while (json.Property())
            {
                var fine = json.Is("type"u8) ? json.Text(out type)
                    : json.Is("name"u8) ? json.Text(out name)
                    : json.Is("event"u8) ? json.Text(out happened)
                    : json.Is("median"u8) ? json.Number(out median)
                    : json.Is("deviation"u8) ? json.Number(out deviation)
                    : json.Is("mib_per_second"u8) ? json.NumberOrNull(out rate)
                    : json.Other();
                if (!fine) return false;
            }
            return true;
        }
    }
}
