using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>
/// Reads the output of Gungraun, formerly Iai-Callgrind: summaries as JSON, or text. It has no averages.
/// </summary>
internal static class RustGungraun
{
    public static Results? Read(ref Output output, Average? average) =>
        ReadJson(ref output, average) ?? ReadText(ref output, average);

    public static Results? ReadText(ref Output output, Average? average) =>
        average is null ? GungraunText.Read(output.Plain, output.NewResults()) : null;

    public static Results? ReadJson(ref Output output, Average? average) =>
        average is null ? GungraunSummaries.Read(output.Plain, output.NewResults()) : null;
}
