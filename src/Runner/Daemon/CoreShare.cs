using Paddock.Runner.Tuning;

namespace Paddock.Runner.Daemon;

/// <summary>Chooses the cores of a job.</summary>
internal static class CoreShare
{
    /// <returns>
    /// As many of the slot's cores as the job demands, or fewer when the slot has no more. The only slot of a machine
    /// also takes housekeeping cores when the job needs them. Null when the machine has too few cores to pin a job to
    /// any.
    /// </returns>
    public static IReadOnlyList<int>? Of(CpuLayout layout, int wanted, int slot, int slots)
    {
        if (!layout.IsSplit)
            return slots == 1 ? null : Part(layout.Benchmark, slot, slots).Take(wanted).ToList();
        if (slots == 1 && wanted > layout.Benchmark.Count)
            return [.. layout.Benchmark.Concat(layout.Housekeeping).Take(wanted).Order()];
        return [.. Part(layout.Benchmark, slot, slots).Take(wanted)];
    }

    // Each slot gets neighboring cores, because these share caches.
    private static IEnumerable<int> Part(IReadOnlyList<int> cores, int slot, int slots) =>
        cores.Take(cores.Count * (slot + 1) / slots).Skip(cores.Count * slot / slots);
}
