using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>What <c>go test -bench</c> prints. Metrics after the time are not read.</summary>
internal static class GoBench
{
    public static Results? Read(ref Output output, Average? average) => average == Average.Median ? null
        : Lines.Read(ref output, "/op"u8, static (text, results) =>
        {
            var line = new FromStart(text);
            if (line.Word(out var name) && line.Blanks() && line.Int(out _)
                && line.Blanks() && line.Number(out var value) && line.Blanks() && line.Unit(out var nanoseconds) && line.Text("/op"u8)
                && (line.AtEnd || line.Blanks() && line.Number(out _) && line.Blanks()))
                results.AddOnly(name, BuiltInMeasure.Latency, new(value * nanoseconds));
        });
}
