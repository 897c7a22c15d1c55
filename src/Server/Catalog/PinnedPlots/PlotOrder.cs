namespace Paddock.Server.Catalog.PinnedPlots;

/// <summary>The order in which a project shows its plots.</summary>
internal static class PlotOrder
{
    /// <summary>How many plots a project may have.</summary>
    public const int PlotsMax = 64;

    /// <summary>The order with one plot, new or moved, at an index; an index beyond the end means the end.</summary>
    public static List<long> Placed(IEnumerable<long> order, long plot, int index)
    {
        var placed = order.Where(other => other != plot).ToList();
        placed.Insert(Math.Min(index, placed.Count), plot);
        return placed;
    }
}
