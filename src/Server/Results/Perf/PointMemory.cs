using System.Collections.Concurrent;

namespace Paddock.Server.Results.Perf;

/// <summary>
/// Reuses the memory of a plot's points for the next plot. The operating system maps newly allocated memory page by
/// page on first write, which takes longer for a hundred thousand points than unpacking them.
/// </summary>
/// <remarks>Weak references let the garbage collector reclaim the memory when nobody plots.</remarks>
internal static class PointMemory
{
    private const int KeptMax = 4;
    private static readonly ConcurrentQueue<WeakReference<List<Point>>> kept = new();

    public static List<Point> Take()
    {
        while (kept.TryDequeue(out var reference))
            if (reference.TryGetTarget(out var points))
                return points;
        return [];
    }

    /// <summary>Returns a list for reuse. The caller must not use its points afterwards.</summary>
    public static void GiveBack(List<Point> points)
    {
        if (kept.Count >= KeptMax)
            return;
        points.Clear();
        kept.Enqueue(new(points));
    }
}
