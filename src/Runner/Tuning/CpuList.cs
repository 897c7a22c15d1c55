using System.Globalization;
using System.Text;

namespace Paddock.Runner.Tuning;

/// <summary>
/// Sets of processors in the two notations of Linux: lists (<c>0-3,5</c>) and masks (hexadecimal, 32 bits between
/// commas, highest first).
/// </summary>
internal static class CpuList
{
    private const int CpusMax = 8192; // The most that a kernel is built for.

    /// <returns>In order, each once; null if it is no list.</returns>
    public static IReadOnlyList<int>? Parse(string? text)
    {
        if (text is null)
            return null;
        var cpus = new SortedSet<int>();
        foreach (var part in text.Trim().Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || !Number(ends[0], out var first) || !Number(ends[^1], out var last) || first > last)
                return null;
            for (var cpu = first; cpu <= last; cpu++)
                cpus.Add(cpu);
        }
        return [.. cpus];

        static bool Number(string word, out int number) =>
            int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < CpusMax;
    }

    public static string Format(IReadOnlyList<int> cpus)
    {
        var text = new StringBuilder();
        for (var i = 0; i < cpus.Count; )
        {
            var last = i;
            while (last + 1 < cpus.Count && cpus[last + 1] == cpus[last] + 1)
                last++;
            text.Append(text.Length > 0 ? "," : "").Append(cpus[i]);
            if (last > i)
                text.Append('-').Append(cpus[last]);
            i = last + 1;
        }
        return text.ToString();
    }

    /// <returns>Null if it is no mask.</returns>
    public static IReadOnlyList<int>? ParseMask(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        var words = text.Trim().Split(',');
        if (words.Length * 32 > CpusMax)
            return null;
        var cpus = new List<int>();
        for (var i = 0; i < words.Length; i++)
        {
            if (
                !uint.TryParse(
                    words[^(i + 1)],
                    NumberStyles.AllowHexSpecifier,
                    CultureInfo.InvariantCulture,
                    out var bits
                )
            )
                return null;
            for (var bit = 0; bit < 32; bit++)
                if ((bits >> bit & 1) == 1)
                    cpus.Add(i * 32 + bit);
        }
        return cpus;
    }

    public static string FormatMask(IReadOnlyList<int> cpus)
    {
        var words = new uint[cpus.Count == 0 ? 1 : cpus.Max() / 32 + 1];
        foreach (var cpu in cpus)
            words[cpu / 32] |= 1u << cpu % 32;
        return string.Join(',', words.Reverse().Select((word, i) => i == 0 ? $"{word:x}" : $"{word:x8}"));
    }
}

/// <summary>Which processors are for benchmarks, and which for everything else.</summary>
/// <param name="Benchmark">All of them where there is but one: then nothing is kept apart.</param>
internal sealed record CpuLayout(IReadOnlyList<int> Housekeeping, IReadOnlyList<int> Benchmark)
{
    private const int ManyCpus = 8;

    public bool IsSplit => Housekeeping.Count > 0;

    /// <summary>The first processor for everything else, of eight and more the first two.</summary>
    public static CpuLayout Of(IReadOnlyList<int> online)
    {
        var housekeeping =
            online.Count < 2 ? 0
            : online.Count < ManyCpus ? 1
            : 2;
        return new([.. online.Take(housekeeping)], [.. online.Skip(housekeeping)]);
    }
}
