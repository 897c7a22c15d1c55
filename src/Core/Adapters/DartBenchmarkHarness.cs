using System.Text;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>Reads the output of Dart's benchmark_harness in its default form.</summary>
internal static class DartBenchmarkHarness
{
    private const double MicrosecondNanoseconds = 1e3;

    public static Results? Read(ref Output output, Average? average) =>
        average == Average.Median ? null : Lines.Read(ref output, "(RunTime):"u8, static (text, results) =>
            {
                var mark = text.IndexOf("(RunTime):"u8);
                if (mark < 0)
                    return;
                var line = new FromStart(text[mark..]);
                var name = Encoding.UTF8.GetString(text[..mark]).Trim();
                if (!line.Text("(RunTime):"u8) || !line.BlanksIfAny())
                    return;
                var given = line.Rest;
                if (
                    line.Number(out var value)
                    && line.Blanks()
                    && line.Text("us."u8)
                    && line.AtEnd
                    && results.Sample(Found.Name(name), BuiltInMeasure.Latency, new(value * MicrosecondNanoseconds))
                )
                    return;
                results.LeaveOut(name, $"{Encoding.UTF8.GetString(given)} is not a time in microseconds");
            });
}
