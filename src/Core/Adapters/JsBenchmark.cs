using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>What Benchmark.js prints for each benchmark.</summary>
internal static class JsBenchmark
{
    public static Results? Read(ref Output output, Average? average) => average == Average.Mean ? null
        : Lines.Read(ref output, "sampled)"u8, static (text, results) =>
        {
            var line = new FromEnd(text);
            if (line.Text("sampled)"u8) && line.Blanks() && (line.Text("runs"u8) || line.Text("run"u8)) && line.Blanks() && line.Int(out _) && line.Byte('(')
                && line.Blanks() && line.Byte('%') && line.Number(out var percent) && line.Text("±"u8)
                && line.Blanks() && line.Text("ops/sec"u8) && line.Blanks() && line.Number(out var value)
                && line.Blanks() && line.Byte('x') && line.Blanks())
                results.Sample(line.Rest, BuiltInMeasure.Throughput, Metric.Around(value, value * (percent / 100)));
        });
}
