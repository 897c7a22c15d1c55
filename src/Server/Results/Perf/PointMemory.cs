using System.Collections.Concurrent;

namespace Paddock.Server.Results.Perf;

/// <summary>
/// Keeps the memory of a plot's points for the next plot. Memory that is new to the process is mapped page by page as
/// it is written, which for a hundred thousand points takes longer than unpacking them.
/// </summary>
/// <remarks>Weak, so that the garbage collector has it when nobody plots.</remarks>
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

    /// <summary>Nobody may look at these points any more.</summary>
    public static void GiveBack(List<Point> points)
    {
        if (kept.Count >= KeptMax)
            return;
        points.Clear();
        kept.Enqueue(new(points));
    }
}
