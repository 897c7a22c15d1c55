using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>What Gungraun, once Iai-Callgrind, prints: summaries as JSON, or text. It has no averages.</summary>
internal static class RustGungraun
{
    public static Results? Read(ReadOnlySpan<byte> utf8, Average? average)
    {
        if (average is not null) return null;
        var plain = Terminal.Plain(utf8);
        return GungraunSummaries.Read(plain) ?? GungraunText.Read(plain);
    }

    public static Results? ReadText(ReadOnlySpan<byte> utf8, Average? average) => average is null ? GungraunText.Read(Terminal.Plain(utf8)) : null;

    public static Results? ReadJson(ReadOnlySpan<byte> utf8, Average? average) => average is null ? GungraunSummaries.Read(Terminal.Plain(utf8)) : null;
}
