using System.Globalization;

namespace Paddock.Core.Noise;

/// <summary>The counters of /proc/stat since the machine started.</summary>
/// <param name="Total">Ticks of all processors, busy or idle.</param>
/// <param name="Steal">Ticks that the hypervisor gave to other guests; null if the kernel does not count them.</param>
public sealed record ProcessorTime(long Total, long? Steal, long? ContextSwitches)
{
    private const int StealField = 7,
        GuestField = 8; // The user ticks already include the guest ticks.

    /// <returns>Null if the text does not have the format of /proc/stat.</returns>
    public static ProcessorTime? Parse(string stat)
    {
        long[]? ticks = null;
        long? switches = null;
        foreach (var line in stat.Split('\n'))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is ["cpu", .. var counts])
                ticks = Numbers(counts);
            if (
                words is ["ctxt", var count]
                && long.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            )
                switches = number;
        }
        return ticks is { Length: > 0 }
            ? new(ticks.Take(GuestField).Sum(), ticks.Length > StealField ? ticks[StealField] : null, switches)
            : null;
    }

    /// <summary>
    /// The percentage of all processors' time that was stolen since <paramref name="before"/>. Null if it is unknown,
    /// or if no tick has passed.
    /// </summary>
    public double? StealPercentSince(ProcessorTime before) =>
        Steal is { } after && before.Steal is { } earlier && Total > before.Total
            ? Math.Clamp(100.0 * (after - earlier) / (Total - before.Total), 0, 100)
            : null;

    private static long[]? Numbers(string[] words)
    {
        var numbers = new long[words.Length];
        for (var i = 0; i < words.Length; i++)
            if (!long.TryParse(words[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]))
                return null;
        return numbers;
    }
}
