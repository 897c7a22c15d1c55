using Paddock.Core.Adapters;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Results.Reports;

/// <summary>A report in a list.</summary>
/// <param name="Slower">The number of changes for the worse that this report proved.</param>
/// <param name="ActiveAlerts">The number of its <paramref name="Alerts"/> that are active.</param>
public sealed record ReportLine(
    Guid Uuid,
    DateTimeOffset Time,
    string Branch,
    string BranchSlug,
    string Testbed,
    string TestbedSlug,
    uint Version,
    Commit? Commit,
    string Adapter,
    uint Benchmarks,
    uint Alerts,
    uint ActiveAlerts,
    int Slower,
    int Faster
)
{
    /// <summary>The job that fills the report; null if there is none.</summary>
    public Guid? Job { get; init; }

    /// <summary>The status of that job.</summary>
    public JobStatus? JobStatus { get; init; }

    internal static readonly ReportFilter Any = new(
        Branch: null,
        Testbed: null,
        StartTime: null,
        EndTime: null,
        Archived: false
    );

    /// <summary>Loads a page of reports, the newest first.</summary>
    internal static async Task<(List<ReportLine> Lines, long Total)> ListAsync(
        Sql sql,
        ProjectRow project,
        ReportFilter filter,
        Page page,
        CancellationToken ct
    )
    {
        var (reports, total) = await ReportTable.ListAsync(sql, project, filter, expand: false, page, ct);
        if (reports.Count == 0)
            return ([], total);
        Id<Report>[] ids = [.. reports.Select(stored => stored.Report.Id)];
        var alerts = await ReportTable.AlertCountsAsync(sql, ids, ct);
        var changes = (
            await sql.ListAsync(
                $"SELECT report_id, verdict, count(*) FROM changes WHERE report_id IN {ids} GROUP BY report_id, "
                    + $"verdict",
                row => KeyValuePair.Create((row.Long(), row.Word<ChangeVerdict>()), row.Int()),
                ct
            )
        ).ToDictionary();
        return (
            [.. reports.Select(stored => Of(project, stored, alerts.GetValueOrDefault(stored.Report.Id), changes))],
            total
        );
    }

    private static ReportLine Of(
        ProjectRow project,
        StoredReport stored,
        AlertCounts? alerts,
        Dictionary<(long, ChangeVerdict), int> changes
    ) =>
        new(
            stored.Report.Uuid,
            stored.Report.StartTime,
            stored.Branch.Name,
            stored.Branch.Slug,
            stored.Testbed.Name,
            stored.Testbed.Slug,
            stored.Version.Number,
            Commit.Of(stored.Version.Hash, project.Url),
            Words<Adapter>.Of(stored.Report.Adapter),
            stored.Report.Counts.Count == 0 ? 0 : stored.Report.Counts.Max(iteration => iteration.Benchmarks),
            alerts?.Total ?? 0,
            alerts?.Active ?? 0,
            changes.GetValueOrDefault((stored.Report.Id, ChangeVerdict.Slower)),
            changes.GetValueOrDefault((stored.Report.Id, ChangeVerdict.Faster))
        )
        {
            Job = stored.Job,
            JobStatus = stored.JobStatus,
        };
}
