using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Ground.Signals;
using Paddock.Server.Results.Changes;
using Paddock.Server.Results.Reports;

namespace Paddock.Server.Results.Overview;

/// <summary>
/// The data of a project's overview page: whether it got faster or slower, and how fresh that answer is.
/// </summary>
/// <param name="Line">The branch and testbed of the indexes; null while the project has no report.</param>
/// <param name="Slower">The newest open changes for the worse, up to the number that the page shows.</param>
/// <param name="SlowerTotal">The number of all open changes for the worse.</param>
/// <param name="Faster">The newest changes for the better, accepted ones included.</param>
/// <param name="FasterTotal">How many of <paramref name="Faster"/> are open.</param>
/// <param name="Claim">The address where a user can claim an unowned project; null if the project has an owner.</param>
public sealed record OverviewView(
    ProjectPaths Paths,
    string Project,
    string? Url,
    string Host,
    OverviewLine? Line,
    IReadOnlyList<MeasureIndex> Indexes,
    IReadOnlyList<Change> Slower,
    long SlowerTotal,
    IReadOnlyList<Change> Faster,
    long FasterTotal,
    long Alerts,
    IReadOnlyList<ReportLine> Reports,
    string? Claim,
    string State,
    DateTimeOffset Now
)
{
    /// <summary>True if everybody may see the project; otherwise only members of its organization may.</summary>
    public bool IsPublic { get; init; }

    /// <summary>True if the reader gets mail about the project; null if the reader is not signed in.</summary>
    public bool? IsWatched { get; init; }

    /// <summary>The slug of the project's organization.</summary>
    public string Organization { get; init; } = "";

    /// <summary>The newest report with results. The report of a waiting job has none.</summary>
    public ReportLine? LastResult => Reports.FirstOrDefault(report => report.Benchmarks > 0);

    /// <summary>The report of a job without results yet; only set if the project has no results at all.</summary>
    public ReportLine? Awaited =>
        Line is null && LastResult is null ? Reports.FirstOrDefault(one => one.Job is not null) : null;

    /// <summary>The state of the project in one sentence.</summary>
    public string Headline =>
        (SlowerTotal, FasterTotal, Alerts) switch
        {
            (0, 0, 0) when Awaited is { JobStatus: JobStatus.Failed or JobStatus.Canceled } none =>
                $"No results: {JobWords.WithoutResults(none.JobStatus)}",
            (0, 0, 0) when Awaited is { } awaited && JobWords.WithoutResults(awaited.JobStatus) is { } why =>
                $"No results yet: {why}",
            (0, 0, 0) when Line is null && LastResult is null => "No results yet",
            (0, 0, 0) => "Nothing is slower",
            (0, 0, _) => $"{Many(Alerts, "active alert")}, no proven change",
            (0, _, _) => $"Nothing is slower, {Many(FasterTotal, "change")} to the better",
            (_, 0, _) => $"{Many(SlowerTotal, "change")} to the worse {(SlowerTotal == 1 ? "is" : "are")} open",
            _ => $"{Many(SlowerTotal, "change")} to the worse {(SlowerTotal == 1 ? "is" : "are")} open, {FasterTotal} "
                + $"to the better",
        };

    private static string Many(long count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";
}

/// <summary>The branch and testbed that a page describes.</summary>
public sealed record OverviewLine(string Branch, string BranchAddress, string Testbed, string TestbedAddress, int Runs);

/// <summary>Asks whether a user gets mail about a project.</summary>
internal delegate Task<bool> IsWatched(Sql sql, ProjectRow project, Guid user, CancellationToken ct);

/// <summary>The first page of a project.</summary>
internal sealed class OverviewPages(Db db, BaseOptions options, JobWatch watch, IsWatched isWatched, TimeProvider time)
{
    private static readonly TimeSpan FirstSoon = TimeSpan.FromSeconds(3); // A user may be waiting for the first report.
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(15);

    private const int ChangesMax = 5;
    private const int ReportsMax = 5;

    public static OverviewPages Of(IServiceProvider provider) =>
        ActivatorUtilities.CreateInstance<OverviewPages>(provider);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = Of(routes.ServiceProvider);
        routes.Page(ProjectPaths.ConsoleRoot + "{project}", OnProject.ViewAs, pages.ViewAsync);
        foreach (var root in (string[])[ProjectPaths.PublicRoot, ProjectPaths.ConsoleRoot])
            routes.Page(root + "{project}/overview/events", OnProject.View, pages.FollowAsync);
    }

    public async Task<Answer> ViewAsync(Call call, ProjectGrant granted)
    {
        var (project, caller) = granted;
        var paths = ProjectPaths.Of(call, project.Slug);
        var now = time.GetUtcNow();
        return Pages.ShowLive<OverviewPage>(
            await db.ReadAsync(
                async sql =>
                {
                    var line = await HomeLine.FindAsync(sql, project, branch: null, testbed: null, call.Aborted);
                    var indexes = line is null ? [] : await MeasureIndex.LoadAsync(sql, line, call.Aborted);
                    var (slower, slowerTotal) = await ChangesAsync(
                        sql,
                        project,
                        ChangeVerdict.Slower,
                        ChangeState.Open,
                        call.Aborted
                    );
                    // Improvements are often accepted automatically, and are worth showing all the same.
                    var (better, _) = await ChangesAsync(sql, project, ChangeVerdict.Faster, state: null, call.Aborted);
                    var faster = better
                        .Where(change => change.State is ChangeState.Open or ChangeState.Accepted)
                        .ToList();
                    var fasterTotal = faster.Count(change => change.State == ChangeState.Open);
                    var alerts = await sql.NumberAsync(
                        $"SELECT count(*) FROM alerts WHERE project_id = {project.Id} AND status = "
                            + $"{AlertStatus.Active}",
                        call.Aborted
                    );
                    var (reports, _) = await ReportLine.ListAsync(
                        sql,
                        project,
                        ReportLine.Any,
                        new Page(0, ReportsMax, Descending: null),
                        call.Aborted
                    );
                    return new OverviewView(
                        paths,
                        project.Name,
                        project.Url,
                        options.ConsoleUrl.TrimEnd('/'),
                        line is null
                            ? null
                            : new(
                                line.BranchName,
                                paths.Branch(line.BranchSlug),
                                line.TestbedName,
                                paths.Testbed(line.TestbedSlug),
                                line.Runs
                            ),
                        indexes,
                        slower,
                        slowerTotal,
                        faster,
                        fasterTotal,
                        alerts,
                        reports,
                        project.Claimed is null ? $"{AccountPaths.SignUp}?claim={project.Organization}" : null,
                        await StateAsync(sql, project, call.Aborted),
                        now
                    )
                    {
                        IsPublic = project.Visibility == Visibility.Public,
                        IsWatched = caller is UserCaller { User: var user }
                            ? await isWatched(sql, project, user.Uuid, call.Aborted)
                            : null,
                        Organization = await sql.FirstAsync(
                            $"SELECT slug FROM organizations WHERE id = {project.OrganizationId}",
                            row => row.Text(),
                            call.Aborted
                        ) ?? "",
                    };
                },
                call.Aborted
            )
        );
    }

    private async Task<Answer> FollowAsync(Call call, ProjectRow project)
    {
        var isNew = await db.ReadAsync(
            async sql =>
                !await sql.AnyAsync($"SELECT 1 FROM reports WHERE project_id = {project.Id} LIMIT 1", call.Aborted),
            call.Aborted
        );
        // A job signals its end. Other reports signal nothing, so the page polls for them.
        return PageState.Stream(
            call,
            watch.Open(job => job.ProjectId == project.Id),
            isNew ? FirstSoon : LookAgainAfter,
            call.AdmitAgainAsync,
            async () => (await db.ReadAsync(sql => StateAsync(sql, project, call.Aborted), call.Aborted), false)
        );
    }

    // The newest state of everything that the page shows.
    private static async Task<string> StateAsync(Sql sql, ProjectRow project, CancellationToken ct) =>
        PageState.Of(
            await sql.NumberAsync(
                $"""
                SELECT id FROM reports WHERE project_id = {project.Id} AND incomplete = 0 ORDER BY start_time DESC, id DESC LIMIT 1
                """,
                ct
            ),
            // A report exists before its job has filled it.
            string.Join(
                ' ',
                await sql.ListAsync(
                    $"""
                    SELECT reports.metrics, jobs.status FROM reports LEFT JOIN jobs ON jobs.report_id = reports.id
                    WHERE reports.project_id = {project.Id} ORDER BY reports.start_time DESC, reports.id DESC LIMIT {ReportsMax}
                    """,
                    row => $"{row.Long()} {row.TextOrNull()}",
                    ct
                )
            ),
            await sql.NumberAsync($"SELECT max(modified) FROM changes WHERE project_id = {project.Id}", ct),
            await sql.NumberAsync(
                $"SELECT count(*) FROM alerts WHERE project_id = {project.Id} AND status = {AlertStatus.Active}",
                ct
            )
        );

    private static Task<(IReadOnlyList<Change> Changes, long Total)> ChangesAsync(
        Sql sql,
        ProjectRow project,
        ChangeVerdict verdict,
        ChangeState? state,
        CancellationToken ct
    ) =>
        ReadChanges.ListAsync(
            sql,
            project,
            new(Branch: null, Testbed: null, Benchmark: null, Measure: null, state, verdict, ByCreation: true),
            new Page(0, ChangesMax, Descending: null),
            ct
        );
}
