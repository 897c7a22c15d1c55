using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Reports;

/// <summary>
/// Records the results of long runs slice by slice, so that other writers can run in between. The report stays hidden
/// until all slices are recorded; if that fails, the report is removed. Every check that can refuse a run has passed
/// before its first slice is recorded.
/// </summary>
internal sealed class LongRuns(Db db, IEnumerable<IEndsWithReport> followers, TimeProvider time)
{
    // No run takes this long. A younger one may still be in progress on another server of the same database.
    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromMinutes(10);

    /// <summary>For tests: awaited after each slice except the last.</summary>
    internal Func<Task>? AfterSlice { get; set; }

    /// <summary>Records the remaining slices of a run.</summary>
    /// <returns>The whole report.</returns>
    public async Task<StoredReport> FinishAsync(ProjectRow project, StoredReport report)
    {
        if (report.Rest is not { } rest)
            return report;
        var isWhole = false;
        try
        {
            for (var slice = 1; slice < rest.Slices.Count; slice++)
            {
                if (AfterSlice is { } told)
                    await told();
                var next = slice; // A unit may run twice.
                await db.WriteAsync(sql => rest.Slices.RecordAsync(sql, next, rest.Open));
            }
            isWhole = true;
            return report with
            {
                Report = report.Report with { Notices = rest.Slices.NoticesOf(rest.Open) },
                Rest = null,
            };
        }
        finally
        {
            if (!isWhole)
                await RemoveAsync(project.Id, report.Report.Uuid);
        }
    }

    /// <summary>Removes the reports of interrupted runs, as after a crash.</summary>
    /// <param name="serverBegan">The time at which this server started, if it just did. With an embedded database, no
    /// active run is older.</param>
    public async Task TidyAsync(DateTimeOffset? serverBegan)
    {
        var before = serverBegan is { } began && db.Engine == Engine.Sqlite ? began : time.GetUtcNow() - AbandonedAfter;
        // Runs as a writer, which never does a full scan: incomplete reports are few among all reports.
        var left = await db.WriteAsync(sql =>
            sql.ListAsync($"SELECT project_id, uuid FROM reports WHERE incomplete = 1 AND created < {before}", row =>
                (ProjectId: row.Id<Project>(), Uuid: row.Uuid())
            )
        );
        foreach (var (projectId, uuid) in left)
            await RemoveAsync(projectId, uuid);
    }

    private Task<bool> RemoveAsync(Id<Project> projectId, Guid uuid) =>
        db.WriteAsync(sql => DeleteReport.RunAsync(sql, projectId, uuid, followers));
}
