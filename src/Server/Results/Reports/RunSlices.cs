using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Results.Metrics;
using Paddock.Server.Results.Thresholds;
using Paddock.Server.Results.Verdicts;

namespace Paddock.Server.Results.Reports;

/// <summary>
/// The results of a long run in slices, each with the results of some of its series. The first slice is recorded in the
/// transaction that creates the report, every other slice in its own transaction; see <see cref="LongRuns"/>. A slice
/// is judged like a separate report, so a report of the same branch may come between two slices.
/// </summary>
internal sealed class RunSlices
{
    /// <summary>
    /// The number of results that one transaction records; exceeded only if a single series has more.
    /// </summary>
    public const int ResultsMax = 2500;

    private readonly List<List<ReportMetric>> slices;
    private readonly List<StoredVerdict>?[] told;
    private readonly int seriesCount;

    private RunSlices(List<List<ReportMetric>> slices, int seriesCount)
    {
        (this.slices, this.seriesCount) = (slices, seriesCount);
        told = new List<StoredVerdict>?[slices.Count];
    }

    public int Count => slices.Count;

    /// <summary>The results that the transaction of the report records.</summary>
    public IReadOnlyList<ReportMetric> First => slices[0];

    /// <returns>Null if all results fit into one slice.</returns>
    public static RunSlices? OfLong(IReadOnlyList<ReportMetric> metrics)
    {
        if (metrics.Count <= ResultsMax)
            return null;
        var series = metrics
            .GroupBy(metric => new SeriesKey(metric.Benchmark.Id, metric.Measure.Id))
            .Select(of => of.ToList())
            .ToList();
        var slices = new List<List<ReportMetric>> { new() };
        foreach (var one in series)
        {
            if (slices[^1].Count > 0 && slices[^1].Count + one.Count > ResultsMax)
                slices.Add([]);
            slices[^1].AddRange(one);
        }
        return slices.Count > 1 ? new(slices, series.Count) : null;
    }

    /// <summary>Records a slice other than the first, in a separate unit of work.</summary>
    public async Task RecordAsync(Sql sql, int slice, OpenReport open)
    {
        await BranchTable.LockAsync(sql, open.BranchId);
        if (!await sql.AnyAsync($"SELECT 1 FROM reports WHERE id = {open.ReportId} AND incomplete = 1"))
            throw Refusal.Conflict("The report was deleted while its results were recorded.");
        await JudgeMetrics.RunAsync(sql, open.Place, slices[slice], open.Thresholds, open.Now);
        await KeepAsync(sql, slice, open);
    }

    /// <summary>Records results after thresholds have judged them.</summary>
    public async Task KeepAsync(Sql sql, int slice, OpenReport open)
    {
        var metrics = slices[slice];
        await SeriesTable.AssignAsync(sql, open.Place, metrics);
        if (open.Judges)
            told[slice] = (
                await JudgeSeries.JudgeAsync(
                    sql,
                    open.Project,
                    open.Place,
                    open.ReportId,
                    metrics,
                    open.Now,
                    seriesCount: seriesCount
                )
            )?.Told;
        await MetricTable.InsertAsync(sql, open.ReportId, open.Place.VersionId, open.Place.StartTime, metrics);
        await RaiseAlerts.InsertAsync(sql, open.Project, open.ReportId, metrics, open.Now);
        if (slice < slices.Count - 1)
            return;
        StoredVerdict[] all = [.. told.OfType<List<StoredVerdict>>().SelectMany(of => of)];
        if (all.Length > 0)
            await ReportVerdicts.WriteAsync(sql, open.ReportId, all);
        await sql.ExecuteLaterAsync(
            SqlText.Of(
                $"""
                UPDATE reports SET incomplete = 0, notices = {ReportRow.PackNotices(NoticesOf(open))}
                WHERE id = {open.ReportId}
                """
            )
        );
    }

    /// <summary>The notices of a report after all its slices are judged.</summary>
    public IReadOnlyList<Notice> NoticesOf(OpenReport open) =>
        [.. open.Notices, .. ThinHistory.NoticesOf([.. slices.SelectMany(of => of)])];
}

/// <summary>A report of which only some slices are recorded yet.</summary>
/// <param name="Notices">The notices from before judging.</param>
/// <param name="Judges">True if its series get verdicts.</param>
internal sealed record OpenReport(
    ProjectRow Project,
    Id<Report> ReportId,
    Id<Branch> BranchId,
    RunPlace Place,
    IReadOnlyList<(ThresholdRow Threshold, ModelRow Model)> Thresholds,
    IReadOnlyList<Notice> Notices,
    bool Judges,
    DateTimeOffset Now
);
