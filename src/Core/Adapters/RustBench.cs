using System.Text;
using System.Text.Json;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>
/// Reads the output of <c>cargo bench</c> with libtest, Rust's built-in harness, and of others that use its format:
/// text, or JSON with one object a line.
/// </summary>
internal static class RustBench
{
    public static Results? Read(ref Output output, Average? average)
    {
        if (average == Average.Mean || !output.Has("bench"u8))
            return null;
        var results = output.NewResults();
        var text = new LibtestText(results);
        foreach (var line in new Lines(output.Text))
        {
            if (line.StartsWith("{"u8))
                ReadEvent(line, results);
            else
                text.Read(line);
        }
        text.End();
        return output.Finish(results);
    }

    private static void ReadEvent(ReadOnlySpan<byte> line, Results results)
    {
        if (line.IndexOf("\"bench\""u8) < 0 && line.IndexOf("\"failed\""u8) < 0)
            return;
        string? type = null,
            name = null,
            happened = null;
        double? median = null,
            deviation = null,
            rate = null;
        if (!Json.Document(line, Read))
            return;
        if (type == "test" && happened == "failed" && name is not null)
            results.LeaveOut(name, "it failed");
        if (type != "bench" || median is null || deviation is null || name is null)
            return;
        if (!results.Sample(Found.Name(name), BuiltInMeasure.Latency, Metric.Around(median.Value, deviation.Value)))
            return;
        if (results.TakesAll && rate is not null)
            results.SampleMore(Found.Name(name), "MiB/s", "MiB/s", new(rate.Value));

        bool Read(ref Utf8JsonReader json)
        {
            if (!json.Object())
                return false;
            while (json.Property())
            {
                var fine =
                    json.Is("type"u8) ? json.Text(out type)
                    : json.Is("name"u8) ? json.Text(out name)
                    : json.Is("event"u8) ? json.Text(out happened)
                    : json.Is("median"u8) ? json.Number(out median)
                    : json.Is("deviation"u8) ? json.Number(out deviation)
                    : json.Is("mib_per_second"u8) ? json.NumberOrNull(out rate)
                    : json.Other();
                if (!fine)
                    return false;
            }
            return true;
        }
    }
}

/// <summary>
/// Reads the lines of libtest: "test NAME ... bench: 1,234 ns/iter (+/- 56)". The text before "bench:" is printed
/// before the benchmark runs, so output of the benchmark comes in between.
/// </summary>
internal sealed class LibtestText(Results results)
{
    private string? waiting;

    public void Read(ReadOnlySpan<byte> text)
    {
        var line = new FromStart(text[MarksLength(text)..]);
        if (line.Text("test"u8) && line.Blanks() && NameIn(line.Rest, out var name, out var rest))
            ReadTest(name, rest);
        else if (waiting is null)
            return;
        else if (text.StartsWith("test result:"u8))
            End();
        else
            ReadEnd(text);
    }

    /// <summary>Reports a benchmark that is still unfinished when the text ends.</summary>
    public void End()
    {
        if (waiting is not null)
            results.LeaveOut(waiting, LeftOut.NoFigures);
        waiting = null;
    }

    // The name is the text before the first dots that have a blank on either side, or that end the line.
    private static bool NameIn(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> rest)
    {
        name = rest = default;
        for (var at = text.IndexOf("..."u8); at > 0; at = NextDots(text, at))
        {
            var after = new FromStart(text[(at + 3)..]);
            if (!Lexing.IsBlank(text[at - 1]) || !after.AtEnd && !after.Blanks())
                continue;
            name = text[..at].TrimEnd(" \t"u8);
            rest = after.Rest;
            return !name.IsEmpty;
        }
        return false;
    }

    private static int NextDots(ReadOnlySpan<byte> name, int at) =>
        name[(at + 1)..].IndexOf("..."u8) is >= 0 and var next ? at + 1 + next : -1;

    // An ordinary test, which is not a benchmark, has no figures to wait for.
    private void ReadTest(ReadOnlySpan<byte> name, ReadOnlySpan<byte> rest)
    {
        End();
        if (rest.StartsWith("bench:"u8) && LibtestFigures.Read(rest, out var figures))
        {
            figures.AddTo(results, name);
            return;
        }
        if (rest.SequenceEqual("ok"u8) || rest.StartsWith("ignored"u8))
            return;
        waiting = Encoding.UTF8.GetString(name);
        ReadEnd(rest);
    }

    private void ReadEnd(ReadOnlySpan<byte> text)
    {
        if (text.LastIndexOf("bench:"u8) is >= 0 and var at && LibtestFigures.Read(text[at..], out var figures))
            figures.AddTo(results, Encoding.UTF8.GetBytes(waiting!));
        else if (text.StartsWith("FAILED"u8))
            results.LeaveOut(waiting!, "it failed");
        else if (!text.SequenceEqual("ok"u8) && !text.StartsWith("ignored"u8))
            return;
        waiting = null;
    }

    // With --format terse, a letter for each ordinary test stands before the next line of a benchmark.
    private static int MarksLength(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOfAnyExcept("iF."u8);
        return end < 0 ? 0 : end;
    }
}

/// <summary>"bench: 1,234 ns/iter (+/- 56) = 415 MB/s".</summary>
internal readonly struct LibtestFigures
{
    private double Nanoseconds { get; init; }
    private double Deviation { get; init; }
    private double? Throughput { get; init; }

    // The reason why there is no time; null if there is one.
    private string? Trouble { get; init; }

    public static bool Read(ReadOnlySpan<byte> text, out LibtestFigures figures)
    {
        figures = default;
        var line = new FromStart(text);
        if (!line.Text("bench:"u8) || !line.Blanks())
            return false;
        var given = line.Rest;
        if (!line.Number(out var value) || !line.Blanks() || !line.Unit(out var nanoseconds) || !line.Text("/iter"u8))
            return IsOther(given, out figures);
        if (
            !line.Blanks()
            || !line.Text("(+/-"u8)
            || !line.Blanks()
            || !line.Number(out var deviation)
            || !line.Byte(')')
        )
            return IsOther(given, out figures);
        double? throughput = null;
        if (!line.AtEnd)
        {
            if (
                !line.Blanks()
                || !line.Byte('=')
                || !line.Blanks()
                || !line.Number(out var rate)
                || !line.Blanks()
                || !line.Text("MB/s"u8)
                || !line.AtEnd
            )
                return IsOther(given, out figures);
            throughput = rate;
        }
        figures = new()
        {
            Nanoseconds = value * nanoseconds,
            Deviation = deviation * nanoseconds,
            Throughput = throughput,
        };
        return true;
    }

    // A figure per iteration that is not a time, or a time without a margin.
    private static bool IsOther(ReadOnlySpan<byte> text, out LibtestFigures figures)
    {
        figures = new() { Trouble = $"{Encoding.UTF8.GetString(text)} is not a time with a margin" };
        return text.IndexOf("/iter"u8) > 0;
    }

    public void AddTo(Results results, ReadOnlySpan<byte> name)
    {
        if (Trouble is not null)
            results.LeaveOut(Encoding.UTF8.GetString(name), Trouble);
        else if (!results.Sample(name, BuiltInMeasure.Latency, Metric.Around(Nanoseconds, Deviation)))
            results.LeaveOut(Encoding.UTF8.GetString(name), "its name or its time is too long");
        else if (results.TakesAll && Throughput is { } rate)
            results.SampleMore(Found.Name(name), "MB/s", "MB/s", new(rate));
    }
}
