using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>What airspeed velocity prints for a benchmark without parameters.</summary>
internal static class PythonAsv
{
    public static Results? Read(ref Output output, Average? average) => average == Average.Mean ? null
        : Lines.Read(ref output, "±"u8, static (text, results) =>
        {
            var line = new FromStart(text);
            if (line.Byte('[') && line.BlanksIfAny() && line.Number(out _) && line.Text("%]"u8)
                && line.Blanks() && Dots(ref line) && line.Blanks() && line.Word(out var name) && line.Blanks()
                && line.Number(out var value) && line.Text("±"u8) && line.Number(out var margin) && line.Unit(out var unit) && line.AtEnd)
                results.AddOnly(name, BuiltInMeasure.Latency, Metric.Around(value * unit, margin * unit));
        });

    private static bool Dots(ref FromStart line)
    {
        var any = false;
        while (line.Text("·"u8)) any = true;
        return any;
    }
}
