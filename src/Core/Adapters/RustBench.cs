using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>What <c>cargo bench</c> prints with Rust's own harness, libtest.</summary>
internal static class RustBench
{
    public static Results? Read(ref Output output, Average? average) => average == Average.Mean ? null
        : Lines.Read(ref output, "/iter"u8, static (text, results) =>
        {
            var line = new FromStart(text);
            if (line.Text("test"u8) && line.Blanks() && line.Word(out var name) && line.Blanks() && line.Text("..."u8)
                && line.Blanks() && line.Text("bench:"u8) && line.Blanks() && line.Number(out var value)
                && line.Blanks() && line.Unit(out var nanoseconds) && line.Text("/iter"u8)
                && line.Blanks() && line.Text("(+/-"u8) && line.Blanks() && line.Number(out var deviation) && line.Byte(')') && line.AtEnd)
                results.AddOnly(name, BuiltInMeasure.Latency, Metric.Around(value * nanoseconds, deviation * nanoseconds));
        });
}
