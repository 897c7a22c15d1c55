using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Metrics;

namespace Paddock.Server.Results.Reports;

/// <summary>
/// The newest values of the series that were judged lately. Reading them again for each report was nine tenths of the
/// work of judging it. On PostgreSQL others write too, so a stamp tells whether they are still all.
/// </summary>
/// <remarks>Only for heads that inherit nothing: what these see changes with their own reports alone.</remarks>
internal sealed class RecentHistories : IOutlivesReports
{
    private const int ValuesMax = 1_000_000; // 24 MB.
    private readonly Dictionary<(Id<Head> HeadId, Id<Testbed> TestbedId), Group> groups = [];
    private long values;

    private readonly Lock guard = new();

    /// <param name="Newest">How many of the newest values each list holds, if there are so many.</param>
    internal sealed record Group(Id<Spec>? SpecId, uint Newest, Dictionary<SeriesKey, List<PastValue>> Series)
    {
        public HistoryStamp Stamp { get; init; }
    }

    /// <summary>What the units of one transaction have taken out, for those after them.</summary>
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
    /// Takes out what is remembered for a run: it comes back only when the run has been recorded. Its stamp says which
    /// reports of other servers it lacks.
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

    /// <summary>Forgets a head and testbed, since a report was recorded there that the lists do not have.</summary>
    public void Forget(RunPlace place) => Forget(place.HeadId, place.TestbedId);

    /// <summary>Forgets a head and testbed of which a report was deleted.</summary>
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
                values -= Count(former); // Of a unit that ended beside this one.
            groups[(place.HeadId, place.TestbedId)] = group;
            values += Count(group);
        }
    }

    private static long Count(Group group) => group.Series.Values.Sum(series => (long)series.Count);
}
