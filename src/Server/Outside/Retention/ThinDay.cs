using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Outside.Retention;

/// <summary>A metric that is old enough to be thinned or dropped.</summary>
internal readonly record struct OldMetric(
    Id<Series> SeriesId,
    Id<VersionRow> VersionId,
    long StartTime,
    Id<Report> ReportId,
    uint Iteration,
    double Value,
    double? LowerValue,
    double? UpperValue,
    double? Baseline,
    double? LowerLimit,
    double? UpperLimit
);

/// <summary>Versions of a series whose metrics stay; both ends are included.</summary>
internal readonly record struct KeptVersions(long First, long Last);

/// <summary>Decides which reports of one day a series keeps when its history is thinned.</summary>
internal static class ThinDay
{
    /// <summary>A day with at most this many reports is not thinned; at least this many always stay.</summary>
    public const int ReportsLeast = 3;

    /// <summary>How many reports stay on each side of an alert.</summary>
    private const int AroundAlert = 2;

    /// <param name="metrics">
    /// The metrics of one series and day, sorted by version, start time, report and iteration.
    /// </param>
    /// <param name="alerts">The reports in which the series has an alert.</param>
    /// <param name="kept">Versions that stay for another reason, such as a change.</param>
    /// <returns>
    /// The reports whose metrics of this series are removed. Either all iterations of a report stay, or none.
    /// </returns>
    public static List<Id<Report>> Goes(
        ReadOnlySpan<OldMetric> metrics,
        IReadOnlySet<Id<Report>> alerts,
        IReadOnlyList<KeptVersions> kept
    )
    {
        var reports = new List<(Id<Report> Id, Id<VersionRow> Version)>();
        var (least, greatest) = (0, 0);
        var (leastOf, greatestOf) = (0, 0);
        for (var i = 0; i < metrics.Length; i++)
        {
            if (reports.Count == 0 || reports[^1].Id != metrics[i].ReportId)
                reports.Add((metrics[i].ReportId, metrics[i].VersionId));
            if (metrics[i].Value < metrics[least].Value)
                (least, leastOf) = (i, reports.Count - 1);
            if (metrics[i].Value > metrics[greatest].Value)
                (greatest, greatestOf) = (i, reports.Count - 1);
        }
        if (reports.Count <= ReportsLeast)
            return [];
        var stays = new bool[reports.Count];
        stays[^1] = stays[leastOf] = stays[greatestOf] = true;
        for (var i = 0; i < reports.Count; i++)
        {
            if (alerts.Contains(reports[i].Id))
                for (var j = Math.Max(0, i - AroundAlert); j <= Math.Min(reports.Count - 1, i + AroundAlert); j++)
                    stays[j] = true;
            foreach (var range in kept)
                stays[i] |= reports[i].Version >= range.First && reports[i].Version <= range.Last;
        }
        var goes = new List<Id<Report>>(reports.Count);
        for (var i = 0; i < reports.Count; i++)
            if (!stays[i])
                goes.Add(reports[i].Id);
        return goes;
    }
}
