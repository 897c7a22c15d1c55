using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Reports;

namespace Paddock.Server.Machines.Jobs;

/// <summary>Ends jobs together with their project or report.</summary>
internal sealed class EndJobs : IEndsWithProject, IEndsWithReport
{
    public Task EndAsync(Sql sql, SqlText projects, DateTimeOffset now) => JobTable.CancelOfAsync(sql, projects, now);

    public Task EndAsync(Sql sql, Id<Report> reportId) => JobTable.CancelOfReportAsync(sql, reportId);
}
