using System.Runtime.InteropServices;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Verdicts;

/// <summary>The values of one series from reruns at a report.</summary>
/// <param name="Level">The level of the rank test, over all series of that report.</param>
internal sealed record SeriesReruns(Id<Series> SeriesId, Id<Report> ReportId, double Level, double[] Fresh);

internal static class RerunTable
{
    public static Task InsertAsync(Sql sql, IReadOnlyCollection<SeriesReruns> reruns) =>
        sql.ExecuteEachAsync([
            .. reruns.Select(one =>
                SqlText.Of(
                    $"""
                    INSERT INTO reruns (series_id, report_id, level, fresh_values)
                    VALUES ({one.SeriesId}, {one.ReportId}, {one.Level}, {MemoryMarshal.AsBytes(
                        one.Fresh.AsSpan()
                    ).ToArray()})
                    """
                )
            ),
        ]);

    /// <summary>Keyed by series and report.</summary>
    public static async Task<Dictionary<(Id<Series> SeriesId, Id<Report> ReportId), SeriesReruns>> OfSeriesAsync(
        Sql sql,
        IReadOnlyCollection<Id<Series>> seriesIds
    ) =>
        (
            await sql.ListAsync(
                $"SELECT series_id, report_id, level, fresh_values FROM reruns WHERE series_id IN {seriesIds}",
                row => new SeriesReruns(
                    row.Id<Series>(),
                    row.Id<Report>(),
                    row.Double(),
                    MemoryMarshal.Cast<byte, double>(row.Bytes()).ToArray()
                )
            )
        ).ToDictionary(one => (one.SeriesId, one.ReportId));
}
