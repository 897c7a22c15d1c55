using System.Text;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>Reads the output of <c>console.timeEnd</c> in browsers, Node, Deno and Bun.</summary>
internal static class JsTime
{
    public static Results? Read(ref Output output, Average? average) =>
        ReadBrowser(ref output, average) ?? ReadRuntime(ref output, average);

    /// <summary>Reads "name: 5ms - timer ended", which no other tool prints.</summary>
    public static Results? ReadBrowser(ref Output output, Average? average) =>
        average is not null ? null : Lines.Read(ref output, "ended"u8, static (text, results) =>
            {
                if (!IsBrowser(text, results) && text.EndsWith("timer ended"u8))
                    results.LeaveOut(Encoding.UTF8.GetString(text), "browsers print whole numbers and a unit of time");
            });

    /// <summary>
    /// Reads "name: 5.3ms" and Bun's "[5.3ms] name", which may be mixed with lines of a browser. Other tools print
    /// lines like these, too.
    /// </summary>
    public static Results? ReadRuntime(ref Output output, Average? average) =>
        average is not null ? null : Lines.Read(ref output, "s"u8, static (text, results) =>
            {
                if (text.Length > 0 && !IsBrowser(text, results) && !IsNode(text, results))
                    IsBun(text, results);
            });

    private static bool IsBrowser(ReadOnlySpan<byte> text, Results results)
    {
        var line = new FromEnd(text);
        return line.Text("ended"u8)
            && line.Blanks()
            && line.Text("timer"u8)
            && line.Blanks()
            && line.Byte('-')
            && line.Blanks()
            && line.Unit(out var nanoseconds)
            && line.Int(out var value)
            && line.Blanks()
            && line.Byte(':')
            && results.Sample(line.Rest, BuiltInMeasure.Latency, new(value * nanoseconds));
    }

    // A line of console.timeLog may have more text after the time, and so does not end with a time.
    private static bool IsNode(ReadOnlySpan<byte> text, Results results)
    {
        var line = new FromEnd(text);
        if (line.Rest[^1] == ')')
            return IsClock(ref line, out var clock) && results.Sample(line.Rest, BuiltInMeasure.Latency, new(clock));
        return line.Unit(out var nanoseconds)
            && line.Number(out var value)
            && line.Blanks()
            && line.Byte(':')
            && results.Sample(line.Rest, BuiltInMeasure.Latency, new(value * nanoseconds));
    }

    // The form for a minute and longer: 3:02.500 (m:ss.mmm), 1:03:02.500 (h:mm:ss.mmm).
    private static bool IsClock(ref FromEnd line, out double nanoseconds)
    {
        nanoseconds = 0;
        var hours = 0.0;
        var hasHours = line.Text("(h:mm:ss.mmm)"u8);
        if (
            !hasHours && !line.Text("(m:ss.mmm)"u8)
            || !line.Blanks()
            || !line.Number(out var seconds)
            || !line.Byte(':')
            || !line.Int(out var minutes)
        )
            return false;
        if (hasHours && (!line.Byte(':') || !line.Int(out hours)))
            return false;
        nanoseconds = (hours * 3600 + minutes * 60 + seconds) * 1e9;
        return line.Blanks() && line.Byte(':');
    }

    private static bool IsBun(ReadOnlySpan<byte> text, Results results)
    {
        var line = new FromStart(text);
        return line.Byte('[')
            && line.Number(out var value)
            && line.Unit(out var nanoseconds)
            && line.Byte(']')
            && line.Byte(' ')
            && results.Sample(line.Rest, BuiltInMeasure.Latency, new(value * nanoseconds));
    }
}
