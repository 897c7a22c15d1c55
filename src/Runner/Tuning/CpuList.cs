using System.Globalization;
using System.Text;

namespace Paddock.Runner.Tuning;

/// <summary>
/// Parses and formats sets of processors in the two notations of Linux: lists (<c>0-3,5</c>) and masks (hexadecimal, 32
/// bits between commas, highest first).
/// </summary>
internal static class CpuList
{
    private const int CpusMax = 8192; // The most that kernels are built for.

    /// <returns>The processors, sorted and distinct; null when the text is not a list.</returns>
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

    /// <returns>Null when the text is not a mask.</returns>
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

/// <summary>The split of processors between benchmarks and everything else.</summary>
/// <param name="Benchmark">The benchmark cores; on a machine with a single core, that core, without a split.</param>
internal sealed record CpuLayout(IReadOnlyList<int> Housekeeping, IReadOnlyList<int> Benchmark)
{
    private const int ManyCpus = 8;

    public bool IsSplit => Housekeeping.Count > 0;

    /// <summary>Keeps the first processor for housekeeping; with eight or more, the first two.</summary>
    public static CpuLayout Of(IReadOnlyList<int> online)
    {
        var housekeeping =
            online.Count < 2 ? 0
            : online.Count < ManyCpus ? 1
            : 2;
        return new([.. online.Take(housekeeping)], [.. online.Skip(housekeeping)]);
    }
}
