using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Verdicts;

/// <summary>
/// Values that verdicts judged in place of the metric. If a metric is a mean over results of which some lack it,
/// verdicts use the mean of those that have it. It is stored so that a rebuilt state judges the same value.
/// </summary>
internal static class MeanParts
{
    public static Task InsertAsync(Sql sql, Id<Report> reportId, IReadOnlyCollection<JudgedSeries> series) =>
        sql.ExecuteEachAsync([
            .. series.Select(one =>
                SqlText.Of(
                    $"INSERT INTO mean_parts (series_id, report_id, value) VALUES ({one.Id}, {reportId}, {one.Value})"
                )
            ),
        ]);

    /// <summary>Keyed by series and report.</summary>
    public static async Task<Dictionary<(Id<Series> SeriesId, Id<Report> ReportId), double>> OfSeriesAsync(
        Sql sql,
        IReadOnlyCollection<Id<Series>> seriesIds
    ) =>
        (
            await sql.ListAsync(
                $"SELECT series_id, report_id, value FROM mean_parts WHERE series_id IN {seriesIds}",
                row => (Key: (row.Id<Series>(), row.Id<Report>()), Value: row.Double())
            )
        ).ToDictionary(one => one.Key, one => one.Value);
}
