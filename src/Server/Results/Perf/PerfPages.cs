using Paddock.Core.Names;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Ground.RateLimits;
using Paddock.Server.Results.Overview;
using Paddock.Server.Results.Reports;

namespace Paddock.Server.Results.Perf;

internal sealed class PerfPages(Db db, Shares shares, LimitOptions limits, TimeProvider time)
{
    private const int OpeningBenchmarksMax = 10;
    private static readonly ReportFilter AnyReport = new(
        Branch: null,
        Testbed: null,
        StartTime: null,
        EndTime: null,
        Archived: false
    );

    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<PerfPages>(routes.ServiceProvider);
        var overview = OverviewPages.Of(routes.ServiceProvider);
        // Clients print this address with a query for a plot, and without a query for the project.
        routes.Page(ProjectPaths.PublicRoot + "{project}", OnProject.ViewAs, (call, granted) =>
            call.Http.Request.Query.Count == 0 ? overview.ViewAsync(call, granted) : pages.ViewAsync(call, granted)
        );
        routes.Page(ProjectPaths.ConsoleRoot + "{project}/perf", OnProject.ViewAs, pages.ViewAsync);
        routes.Page(ProjectPaths.PublicRoot + "{project}/explore", OnProject.ViewAs, pages.ViewAsync);
        routes.Page(ProjectPaths.ConsoleRoot + "{project}/explore", OnProject.ViewAs, pages.ViewAsync);
    }

    private async Task<Answer> ViewAsync(Call call, ProjectGrant granted)
    {
        var (project, caller) = granted;
        var paths = ProjectPaths.Of(call, project.Slug);
        if (PerfForm.IsSent(call))
        {
            var (chosen, drawn) = PerfForm.Read(call);
            var find = PerfForm.FindOf(call);
            if (find is not null && call.Query(PerfForm.Pick) is not null)
            {
                var found = await db.ReadAsync(
                    sql => PerfChoices.FoundAsync(sql, project, find, call.Aborted),
                    call.Aborted
                );
                chosen = chosen with { Benchmarks = [.. chosen.Benchmarks.Union(found).Take(PerfQuery.SeriesMax)] };
            }
            // A form with nothing checked is a choice, too, and must differ from a visit without a query.
            var address =
                PerfAddress.Of(chosen, drawn) is { Length: > 0 } plot && !chosen.IsEmpty ? plot : "?clear=true";
            return Pages.Redirect(
                paths.Plot + address + (find is null ? "" : $"&{PerfForm.Find}={Uri.EscapeDataString(find)}")
            );
        }
        var (query, display) = (PerfQuery.OfUnfinished(call), PerfDisplay.Of(call));
        var isBare = query.IsEmpty && !call.QueryFlag("clear");
        var now = time.GetUtcNow();
        using var place = await shares.PlotAsync(call.Aborted);
        return await db.ReadAsync(
            async sql =>
            {
                // A waiting job already has a report, but without results there is nothing to show.
                var newest = isBare ? await NewestOfHomeAsync(sql, project, call) : [];
                if (isBare && newest.Count == 0)
                    newest = await NewestAsync(sql, project, AnyReport with { HasResults = true }, call);
                if (isBare && newest.Count == 0)
                    newest = await NewestAsync(sql, project, AnyReport, call);
                var opening = newest is [{ Metrics.Count: > 0 }] ? newest[0] : null;
                if (opening is not null)
                    (query, display) = Opened(opening, display);
                var data = query.IsComplete
                    ? await PerfTable.LoadAsync(sql, project, query, limits.PlotPointsMax, call.Aborted)
                    : null;
                var explanation = Explanation(query, isBare, newest);
                if (data is not null && PerfPlot.IsTooMuch(data))
                    (data, explanation) = (null, PerfPlot.TooMuch);
                var choices = await PerfChoices.LoadAsync(sql, project, query, PerfForm.FindOf(call), call.Aborted);
                var from = opening is null
                    ? null
                    : new OpeningReport(
                        opening.Report.Uuid,
                        opening.Branch.Name,
                        opening.Testbed.Name,
                        opening.Report.StartTime,
                        query.Benchmarks.Count,
                        opening.Metrics!.Select(m => m.Benchmark.Uuid).Distinct().Count()
                    );
                var history = data is null
                    ? PlotHistory.Empty
                    : await PlotHistory.LoadAsync(
                        sql,
                        project,
                        data,
                        await PlotReader.OfAsync(sql, project, caller, call.Aborted),
                        opening is null ? query.EndTime : null,
                        paths,
                        call.Aborted
                    );
                var view = PerfView.Of(
                    project.Name,
                    query,
                    display,
                    data,
                    history,
                    from,
                    explanation,
                    choices,
                    paths,
                    now
                );
                return data is not { Lines.Count: > 0 }
                    ? Pages.Show<PerfPage>(view)
                    : Pages.ShowLive<PerfPage>(
                        view with
                        {
                            Explorer = ExplorerSettings.JsonOf(project, view.Address, paths, history),
                        }
                    );
            },
            call.Aborted
        );
    }

    // Starts with the main branch: other branches are short-lived, and a reader without a choice wants the project's
    // state.
    private static async Task<IReadOnlyList<StoredReport>> NewestOfHomeAsync(Sql sql, ProjectRow project, Call call) =>
        await HomeLine.FindAsync(sql, project, branch: null, testbed: null, call.Aborted) is not { } home
            ? []
            : await NewestAsync(
                sql,
                project,
                AnyReport with
                {
                    Branch = NameId<BranchName>.OfUuid(home.Branch),
                    HasResults = true,
                },
                call
            );

    private static async Task<IReadOnlyList<StoredReport>> NewestAsync(
        Sql sql,
        ProjectRow project,
        ReportFilter filter,
        Call call
    ) => (await ReportTable.ListAsync(sql, project, filter, expand: true, new Page(0, 1, null), call.Aborted)).Reports;

    /// <summary>
    /// The default plot of a project: the first benchmarks of its main branch's newest report, in their first measure.
    /// </summary>
    private static (PerfQuery Query, PerfDisplay Display) Opened(StoredReport report, PerfDisplay display)
    {
        var first = report.Metrics!.Min(m => m.Iteration);
        var metrics = report
            .Metrics!.Where(m => m.Iteration == first)
            .OrderBy(m => m.Benchmark.Name, StringComparer.Ordinal)
            .ThenBy(m => m.Measure.Name, StringComparer.Ordinal)
            .ToList();
        Guid[] benchmarks = [.. metrics.Select(m => m.Benchmark.Uuid).Distinct().Take(OpeningBenchmarksMax)];
        return (
            PerfAddress.QueryOf(report, benchmarks, metrics[0].Measure.Uuid),
            display with
            {
                LowerBoundary = true,
                UpperBoundary = true,
                Report = report.Report.Uuid,
            }
        );
    }

    private static string? Explanation(PerfQuery query, bool isBare, IReadOnlyList<StoredReport> newest)
    {
        if (query.IsComplete)
            return null;
        if (isBare)
            return newest.Count == 0
                    ? "This project has no report yet. Its first one is drawn here as soon as it arrives."
                : JobWords.WithoutResults(newest[0].JobStatus) is { } why ? $"There are no results to draw: {why}."
                : "The newest report has no benchmarks.";
        string[] missing =
        [
            .. query.Branches.Count == 0 ? ["a branch"] : Array.Empty<string>(),
            .. query.Testbeds.Count == 0 ? ["a testbed"] : Array.Empty<string>(),
            .. query.Benchmarks.Count == 0 ? ["a benchmark"] : Array.Empty<string>(),
            .. query.Measures.Count == 0 ? ["a measure"] : Array.Empty<string>(),
        ];
        return $"Choose {string.Join(", ", missing)} below, then update the plot.";
    }
}
