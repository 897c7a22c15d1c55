using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Perf;
using Paddock.Server.Results.Verdicts;

namespace Paddock.Server.Results.Reports;

/// <summary>A dependent of a report in a higher layer, which ends when the report is deleted.</summary>
internal interface IEndsWithReport
{
    /// <summary>Ends the dependent, in the unit of work that deletes the report and before the deletion.</summary>
    Task EndAsync(Sql sql, Id<Report> reportId);
}

/// <summary>Deletes a report with its metrics and alerts.</summary>
internal static class DeleteReport
{
    /// <summary>Deletes the report, and its version if no other report uses it.</summary>
    /// <param name="followers">The dependents that end together with the report.</param>
    /// <returns>True if the report existed.</returns>
    public static async Task<bool> RunAsync(
        Sql sql,
        Id<Project> projectId,
        Guid report,
        IEnumerable<IEndsWithReport> followers
    )
    {
        var found = await sql.FirstAsync(
            $"""
            SELECT reports.id, reports.version_id, heads.branch_id, heads.id, reports.testbed_id FROM reports JOIN heads ON heads.id = reports.head_id
            WHERE reports.project_id = {projectId} AND reports.uuid = {report}
            """,
            row => new
            {
                Id = row.Id<Report>(),
                VersionId = row.Id<VersionRow>(),
                BranchId = row.Id<Branch>(),
                HeadId = row.Id<Head>(),
                TestbedId = row.Id<Testbed>(),
            }
        );
        if (found is null)
            return false;
        // The lock keeps other reports from being judged by a state that still holds these values.
        await BranchTable.LockAsync(sql, found.BranchId);
        await SeriesStates.ForgetOfReportAsync(sql, found.Id);
        await ReadPoints.UnpackFromAsync(sql, found.HeadId, found.TestbedId, found.VersionId);
        await sql.ExecuteAsync(
            $"""
            DELETE FROM metrics WHERE report_id = {found.Id} AND version_id = {found.VersionId}
              AND start_time = (SELECT start_time FROM reports WHERE id = {found.Id})
              AND series_id IN (SELECT series.id FROM series JOIN reports ON reports.head_id = series.head_id AND reports.testbed_id = series.testbed_id
                WHERE reports.id = {found.Id})
            """
        );
        await HeadTable.LostReportAsync(sql, found.HeadId);
        sql.Shared<RecentHistories>().Forget(found.HeadId, found.TestbedId);
        foreach (var follower in followers)
            await follower.EndAsync(sql, found.Id);
        await sql.ExecuteAsync($"DELETE FROM reports WHERE id = {found.Id}");
        await VersionTable.RemoveIfEmptyAsync(sql, found.VersionId);
        return true;
    }
}
