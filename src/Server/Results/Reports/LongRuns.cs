using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Reports;

/// <summary>
/// Records the results of long runs slice by slice, and others write in between. The report is shown to nobody before
/// all of them are there; where that never comes, it is removed. Everything that can refuse a run has been asked when
/// its first slice is recorded.
/// </summary>
internal sealed class LongRuns(Db db, IEnumerable<IEndsWithReport> followers, TimeProvider time)
{
    // No run takes so long. Another server of the same database may be at it.
    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromMinutes(10);

    /// <summary>For tests: is awaited after each slice but the last one.</summary>
    internal Func<Task>? AfterSlice { get; set; }

    /// <summary>Records what is still missing of a run.</summary>
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

    /// <summary>Removes the reports of runs that were cut off, as by a crash.</summary>
    /// <param name="serverBegan">When this server started, where it has just done so: no run of an embedded database is
    /// older.</param>
    public async Task TidyAsync(DateTimeOffset? serverBegan)
    {
        var before = serverBegan is { } began && db.Engine == Engine.Sqlite ? began : time.GetUtcNow() - AbandonedAfter;
        // As a writer, which never reads a table through: there are few of these among all reports.
        var left = await db.WriteAsync(sql =>
            sql.ListAsync($"SELECT project_id, uuid FROM reports WHERE incomplete = 1 AND created < {before}", row =>
                (ProjectId: row.Id<Project>(), Uuid: row.Uuid())
            )
        );
        foreach (var (projectId, uuid) in left)
            await RemoveAsync(projectId, uuid);
    }

    private Task<bool> RemoveAsync(Id<Project> projectId, Guid uuid) =>
        db.WriteAsync(sql => ReportTable.DeleteAsync(sql, projectId, uuid, followers));
}
