using System.Globalization;
using Paddock.Core.Names;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Ground.Signals;

namespace Paddock.Server.Results.Reports;

/// <summary>The data of the page that lists a project's reports.</summary>
/// <param name="Branch">The branch that the list is filtered by.</param>
/// <param name="Events">The address of the event stream that signals changes; null if the page does not follow.</param>
/// <param name="From">The first day of the filter: "2026-11-20".</param>
public sealed record ReportsView(
    ProjectPaths Paths,
    string Project,
    IReadOnlyList<ReportLine> Reports,
    ListPart Part,
    string? Branch,
    string? Testbed,
    string? From,
    string? To,
    bool Archived,
    string Host,
    string? Events,
    DateTimeOffset Now
)
{
    public string State => StateOf(Reports, Part.Total);

    internal static string StateOf(IReadOnlyList<ReportLine> reports, long total) =>
        PageState.Of([
            total,
            .. reports.Select(report =>
                $"{report.Uuid} {report.ActiveAlerts} {report.Slower} {report.Faster} {report.JobStatus}"
            ),
        ]);

    public bool IsNarrowed =>
        Branch is not null || Testbed is not null || From is not null || To is not null || Archived;
}

internal sealed class ReportPages(Db db, BaseOptions options, JobWatch watch, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<ReportPages>(routes.ServiceProvider);
        foreach (var root in (string[])[ProjectPaths.PublicRoot, ProjectPaths.ConsoleRoot])
        {
            routes.Page(root + "{project}/reports", OnProject.View, pages.ListAsync);
            routes.Page(root + "{project}/reports/events", OnProject.View, pages.FollowAsync);
            routes.Page(root + "{project}/reports/{report}", OnProject.View, pages.ViewAsync);
        }
    }

    private async Task<Answer> ListAsync(Call call, ProjectRow project)
    {
        var paths = ProjectPaths.Of(call, project.Slug);
        var (branch, testbed, archived) = (Given(call, "branch"), Given(call, "testbed"), call.QueryFlag("archived"));
        var (lines, total) = await db.ReadAsync(sql => LinesAsync(sql, call, project), call.Aborted);
        var part = ListPart.Of(
            call,
            paths.Reports,
            total,
            new("branch", branch),
            new("testbed", testbed),
            new("from", Given(call, "from")),
            new("to", Given(call, "to")),
            new("archived", archived ? "true" : null)
        );
        return Pages.ShowLive<ReportsPage>(
            new ReportsView(
                paths,
                project.Name,
                lines,
                part,
                branch,
                testbed,
                Given(call, "from"),
                Given(call, "to"),
                archived,
                options.ConsoleUrl.TrimEnd('/'),
                part.Before is null ? $"{paths.Reports}/events{call.Http.Request.QueryString}" : null,
                time.GetUtcNow()
            )
        );
    }

    private Task<Answer> FollowAsync(Call call, ProjectRow project)
    {
        FilterOf(call);
        return Task.FromResult(PageState.StreamList(call, watch.Open(job => job.ProjectId == project.Id), async () =>
            {
                var (lines, total) = await db.ReadAsync(sql => LinesAsync(sql, call, project), call.Aborted);
                return ReportsView.StateOf(lines, total);
            }));
    }

    private static Task<(List<ReportLine> Lines, long Total)> LinesAsync(Sql sql, Call call, ProjectRow project) =>
        ReportLine.ListAsync(sql, project, FilterOf(call), ListPart.PageOf(call), call.Aborted);

    private static ReportFilter FilterOf(Call call) =>
        new(
            Given(call, "branch") is null ? null : call.QueryNameId<BranchName>("branch"),
            Given(call, "testbed") is null ? null : call.QueryNameId<ResourceName>("testbed"),
            Day(call, "from"),
            Day(call, "to")?.AddDays(1),
            call.QueryFlag("archived")
        );

    // A form submits its empty fields, too.
    private static string? Given(Call call, string name) => call.Query(name) is { Length: > 0 } text ? text : null;

    private static DateTimeOffset? Day(Call call, string name)
    {
        if (Given(call, name) is not { } text)
            return null;
        return
            DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            && day.Year is >= 1970 and < 9999
            ? new(day, TimeOnly.MinValue, TimeSpan.Zero)
            : throw Call.BadQuery(name, $"{Text.Quote(text)} is not a day as in 2026-11-20");
    }

    private async Task<Answer> ViewAsync(Call call, ProjectRow project)
    {
        var uuid = call.PathUuid("report");
        var (report, startBranch, words) = await db.ReadAsync(
            async sql =>
            {
                var found = await ReportTable.FindAsync(sql, project, uuid, call.Aborted)
                    ?? throw Refusal.NotFound("report", uuid);
                var start = found.Head.StartPoint is { } point
                    ? await sql.FirstAsync(
                        $"SELECT name FROM branches WHERE project_id = {project.Id} AND uuid = {point.Branch}",
                        row => row.Text(),
                        call.Aborted
                    )
                    : null;
                var words = await VersionTable.WordsAsync(sql, found.Report.VersionId, call.Aborted);
                return (found, start, words);
            },
            call.Aborted
        );
        return Pages.Show<ReportPage>(
            ReportView.Of(project, report, startBranch, ProjectPaths.Of(call, project.Slug)) with
            {
                Words = words,
            }
        );
    }
}
