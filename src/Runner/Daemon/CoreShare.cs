using Paddock.Runner.Tuning;

namespace Paddock.Runner.Daemon;

/// <summary>Which cores a job gets.</summary>
internal static class CoreShare
{
    /// <returns>
    /// As many as it demands of those that belong to its slot. A lone slot takes those for housekeeping, too, where the
    /// job could not run otherwise; fewer than demanded where there are no more. Null where the machine has too few
    /// cores to tie anything to any.
    /// </returns>
    public static IReadOnlyList<int>? Of(CpuLayout layout, int wanted, int slot, int slots)
    {
        if (!layout.IsSplit)
            return slots == 1 ? null : Part(layout.Benchmark, slot, slots).Take(wanted).ToList();
        if (slots == 1 && wanted > layout.Benchmark.Count)
            return [.. layout.Benchmark.Concat(layout.Housekeeping).Take(wanted).Order()];
        return [.. Part(layout.Benchmark, slot, slots).Take(wanted)];
    }

    // Neighbours stay together: they share caches.
    private static IEnumerable<int> Part(IReadOnlyList<int> cores, int slot, int slots) =>
        cores.Take(cores.Count * (slot + 1) / slots).Skip(cores.Count * slot / slots);
}
