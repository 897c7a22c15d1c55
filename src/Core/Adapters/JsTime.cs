using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>What a browser's <c>console.timeEnd</c> prints.</summary>
internal static class JsTime
{
    public static Results? Read(ref Output output, Average? average) => average is not null ? null
        : Lines.Read(ref output, "ended"u8, static (text, results) =>
        {
            var line = new FromEnd(text);
            if (line.Text("ended"u8) && line.Blanks() && line.Text("timer"u8) && line.Blanks() && line.Byte('-')
                && line.Blanks() && line.Unit(out var nanoseconds) && line.Int(out var value) && line.Blanks() && line.Byte(':'))
                results.AddOnly(line.Rest, BuiltInMeasure.Latency, new(value * nanoseconds));
        });
}
