using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Metrics;

namespace Paddock.Server.Results.Reports;

/// <summary>
/// A cache of the newest values of recently judged series. Reading them again for each report was nine tenths of the
/// work of judging it. On PostgreSQL other servers write too, so a stamp tells if the values are still complete.
/// </summary>
/// <remarks>Only for heads that inherit nothing: their histories change only with their own reports.</remarks>
internal sealed class RecentHistories : IOutlivesReports
{
    private const int ValuesMax = 1_000_000; // 24 MB.
    private readonly Dictionary<(Id<Head> HeadId, Id<Testbed> TestbedId), Group> groups = [];
    private long values;

    private readonly Lock guard = new();

    /// <param name="Newest">Each list holds this many of the newest values, if they exist.</param>
    internal sealed record Group(Id<Spec>? SpecId, uint Newest, Dictionary<SeriesKey, List<PastValue>> Series)
    {
        public HistoryStamp Stamp { get; init; }
    }

    /// <summary>The groups that earlier units of the same transaction have taken, for the units after them.</summary>
    internal sealed class OfTurn
    {
        private readonly Dictionary<(Id<Head> HeadId, Id<Testbed> TestbedId), Group> groups = [];

        public Group? Find(RunPlace place, uint newest) =>
            groups.TryGetValue((place.HeadId, place.TestbedId), out var group)
            && group.SpecId == place.SpecId
            && group.Newest >= newest
                ? group
                : null;

        public bool Holds(RunPlace place, Group group) =>
            groups.TryGetValue((place.HeadId, place.TestbedId), out var held)
            && ReferenceEquals(held.Series, group.Series);

        public void Know(RunPlace place, Group group) => groups[(place.HeadId, place.TestbedId)] = group;

        public void Forget(RunPlace place) => groups.Remove((place.HeadId, place.TestbedId));
    }

    /// <summary>
    /// Removes the cached values from the cache for a run; they are put back once the run is recorded. Their stamp
    /// tells which reports of other servers are missing.
    /// </summary>
    public Group? Take(RunPlace place, uint newest)
    {
        lock (guard)
        {
            if (!groups.Remove((place.HeadId, place.TestbedId), out var group))
                return null;
            values -= Count(group);
            return group.SpecId == place.SpecId && group.Newest >= newest ? group : null;
        }
    }

    /// <summary>Drops a head and testbed after a report that the cached lists do not include.</summary>
    public void Forget(RunPlace place) => Forget(place.HeadId, place.TestbedId);

    /// <summary>Drops a head and testbed after one of its reports was deleted.</summary>
    public void Forget(Id<Head> headId, Id<Testbed> testbedId)
    {
        lock (guard)
            if (groups.Remove((headId, testbedId), out var group))
                values -= Count(group);
    }

    public void Keep(RunPlace place, Group group)
    {
        foreach (var series in group.Series.Values)
            if (series.Count > group.Newest)
                series.RemoveRange((int)group.Newest, series.Count - (int)group.Newest);
        lock (guard)
        {
            if (values > ValuesMax)
            {
                groups.Clear();
                values = 0;
            }
            if (groups.Remove((place.HeadId, place.TestbedId), out var former))
                values -= Count(former); // Left by a concurrent unit.
            groups[(place.HeadId, place.TestbedId)] = group;
            values += Count(group);
        }
    }

    private static long Count(Group group) => group.Series.Values.Sum(series => (long)series.Count);
}
