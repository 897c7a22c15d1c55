using Paddock.Server.Metrics;

namespace Paddock.Server.Reports;

/// <summary>
/// The newest values of the series that were judged lately, as the one writer of the embedded database left them. Reading them again for
/// each report was nine tenths of the work of judging it. PostgreSQL has other writers, so there they are read each time.
/// </summary>
/// <remarks>Only for heads that inherit nothing: what these see changes with their own reports alone.</remarks>
internal sealed class RecentHistories
{
    private const int ValuesMax = 1_000_000; // 24 MB.
    private readonly Dictionary<(long HeadId, long TestbedId), Group> groups = [];
    private long values;

    /// <param name="Newest">How many of the newest values each list holds, if there are so many.</param>
    internal sealed record Group(long? SpecId, uint Newest, Dictionary<SeriesKey, List<PastValue>> Series);

    /// <summary>Takes out what is remembered for a run: it comes back only when the run has been recorded.</summary>
    public Group? Take(RunPlace place, uint newest)
    {
        if (!groups.Remove((place.HeadId, place.TestbedId), out var group)) return null;
        values -= Count(group);
        return group.SpecId == place.SpecId && group.Newest >= newest ? group : null;
    }

    /// <summary>Forgets a head and testbed, since a report was recorded there that the lists do not have.</summary>
    public void Forget(RunPlace place)
    {
        if (groups.Remove((place.HeadId, place.TestbedId), out var group)) values -= Count(group);
    }

    public void Keep(RunPlace place, Group group)
    {
        foreach (var series in group.Series.Values)
            if (series.Count > group.Newest) series.RemoveRange((int)group.Newest, series.Count - (int)group.Newest);
        if (values > ValuesMax)
        {
            groups.Clear();
            values = 0;
        }
        groups[(place.HeadId, place.TestbedId)] = group;
        values += Count(group);
    }

    private static long Count(Group group) => group.Series.Values.Sum(series => (long)series.Count);
}
