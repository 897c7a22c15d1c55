using System.Globalization;
using System.Text.Json;
using Paddock.Core.Adapters;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Reports;

internal sealed record ReportRow(
    Id<Report> Id,
    Guid Uuid,
    Id<Head> HeadId,
    Id<VersionRow> VersionId,
    Adapter Adapter,
    DateTimeOffset StartTime,
    DateTimeOffset EndTime,
    IReadOnlyList<IterationCounts> Counts,
    IReadOnlyList<Remark> Remarks,
    IReadOnlyList<Notice> Notices,
    DateTimeOffset Created
)
{
    public static readonly Raw Columns = new(
        """
        reports.id, reports.uuid, reports.head_id, reports.version_id, reports.adapter, reports.start_time, reports.end_time, reports.counts, reports.remarks,
        reports.notices, reports.created, reports.removed
        """
    );

    public static ReportRow Read(Row row)
    {
        var report = new ReportRow(
            row.Id<Report>(),
            row.Uuid(),
            row.Id<Head>(),
            row.Id<VersionRow>(),
            row.Word<Adapter>(),
            row.Time(),
            row.Time(),
            UnpackCounts(row.Text()),
            UnpackRemarks(row.Text()),
            UnpackNotices(row.Text()),
            row.Time()
        );
        var removed = row.Long();
        return removed == 0 ? report : report with { Notices = [.. report.Notices, RemovedNotice(removed)] };
    }

    private static Notice RemovedNotice(long removed) =>
        new(
            NoticeKind.ResultsRemoved,
            (removed == 1 ? "One of the results of this report was" : $"{removed} of the results of this report were")
                + " removed by the project's retention. The counts still include removed results."
        );

    /// <summary>Benchmarks and measures of each iteration, as "3:1,3:1".</summary>
    public static string PackCounts(IReadOnlyList<IterationCounts> counts) =>
        string.Join(
            ',',
            counts.Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Benchmarks}:{c.Measures}"))
        );

    // If a report has too many remarks for this limit, only the number of left-out results is kept.
    private const int RemarksLengthMax = 64 * 1024;

    public static string PackRemarks(IReadOnlyList<Remark> remarks)
    {
        if (remarks.Count == 0)
            return "";
        var text = JsonSerializer.Serialize(remarks, Wire.Default.IReadOnlyListRemark);
        return text.Length <= RemarksLengthMax
            ? text
            : JsonSerializer.Serialize(
                [.. remarks.Take(RemarksCountMax).Select(remark => remark with { LeftOut = [] })],
                Wire.Default.IReadOnlyListRemark
            );
    }

    private const int RemarksCountMax = 500;

    private static IReadOnlyList<Remark> UnpackRemarks(string text) =>
        text.Length == 0 ? [] : JsonSerializer.Deserialize(text, Wire.Default.IReadOnlyListRemark)!;

    public static string PackNotices(IReadOnlyList<Notice> notices) =>
        notices.Count == 0 ? "" : JsonSerializer.Serialize(notices, Wire.Default.IReadOnlyListNotice);

    private static IReadOnlyList<Notice> UnpackNotices(string text) =>
        text.Length == 0 ? [] : JsonSerializer.Deserialize(text, Wire.Default.IReadOnlyListNotice)!;

    private static IterationCounts[] UnpackCounts(string text) =>
        text.Length == 0 ? [] : Array.ConvertAll(text.Split(','), pair =>
            {
                var colon = pair.IndexOf(':', StringComparison.Ordinal);
                return new IterationCounts(
                    uint.Parse(pair.AsSpan(0, colon), CultureInfo.InvariantCulture),
                    uint.Parse(pair.AsSpan(colon + 1), CultureInfo.InvariantCulture)
                );
            });
}
