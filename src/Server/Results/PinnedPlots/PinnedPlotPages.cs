using System.Globalization;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.PinnedPlots;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Ground.RateLimits;
using Paddock.Server.Results.Perf;
using Paddock.Server.Results.Perf.Drawing;

namespace Paddock.Server.Results.PinnedPlots;

/// <summary>A pinned plot with its address in the explorer.</summary>
public sealed record PinnedPlot(Plot Plot, string Name, string Explore);

/// <summary>The data of the page that lists pinned plots.</summary>
public sealed record PinnedPlotsView(
    ProjectPaths Paths,
    string Project,
    IReadOnlyList<PinnedPlot> Plots,
    ListPart Part
);

/// <summary>The data of the page of one pinned plot.</summary>
/// <param name="Form">The state of a refused form.</param>
public sealed record PinnedPlotView(
    ProjectPaths Paths,
    string Project,
    PinnedPlot Pinned,
    PlotPicture? Wide,
    PlotPicture? Narrow,
    string? Explanation,
    FormState Form
)
{
    public string Address => Paths.PinnedPlot(Pinned.Plot.Uuid);
}

/// <summary>The data of the form that pins a plot.</summary>
/// <param name="Query">The plot as the explorer's query string; null if nothing was selected there.</param>
public sealed record PinPlotView(ProjectPaths Paths, string Project, string? Query, FormState Form);

/// <summary>
/// The pages of a project's pinned plots. The list loads each picture lazily, when it scrolls into view.
/// </summary>
internal sealed class PinnedPlotPages(Db db, Shares shares, LimitOptions limits, TimeProvider time)
{
    private const string StandardDays = "28";
    private static readonly (int Width, int Height) WideSize = (1200, 560);
    private static readonly (int Width, int Height) NarrowSize = (400, 460);
    private static readonly (int Width, int Height) CardSize = (600, 320);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<PinnedPlotPages>(routes.ServiceProvider);
        var forms = new PinnedPlotForms(ActivatorUtilities.CreateInstance<PlotEndpoints>(routes.ServiceProvider));
        foreach (var root in (string[])[ProjectPaths.PublicRoot, ProjectPaths.ConsoleRoot])
        {
            var list = root + "{project}/plots";
            routes.Page(list, OnProject.View, pages.ListAsync);
            routes.Page(list + "/add", OnProject.UserMay(Permission.Create), (call, granted) =>
                pages.AddAsync(call, granted, FormState.Empty)
            );
            routes.Form(list + "/add", OnProject.UserMay(Permission.Create), forms.CreateAsync, pages.AddAsync);
            routes.Page(list + "/{plot}", OnProject.View, (call, project) =>
                pages.ViewAsync(call, project, FormState.Empty)
            );
            routes.Page(list + "/{plot}/picture", OnProject.View, pages.PictureAsync);
            routes.Form(
                list + "/{plot}",
                OnProject.UserMay(Permission.Edit),
                forms.UpdateAsync,
                (call, granted, state) => pages.ViewAsync(call, granted.Project, state)
            );
            routes.Act(list + "/{plot}/delete", OnProject.UserMay(Permission.Delete), forms.DeleteAsync);
        }
    }

    private async Task<Answer> ListAsync(Call call, ProjectRow project)
    {
        var (paths, search, now) = (ProjectPaths.Of(call, project.Slug), ListPart.SearchOf(call), time.GetUtcNow());
        var (plots, total) = await db.ReadAsync(
            sql =>
                PlotTable.ListAsync(
                    sql,
                    project,
                    new(Title: null, search, ByTitle: false),
                    ListPart.PageOf(call),
                    call.Aborted
                ),
            call.Aborted
        );
        var part = ListPart.Of(call, paths.Plots, total, KeyValuePair.Create("search", search));
        return Pages.Show<PinnedPlotsPage>(
            new PinnedPlotsView(paths, project.Name, plots.ConvertAll(plot => Of(plot, paths, now)), part)
        );
    }

    private async Task<Answer> ViewAsync(Call call, ProjectRow project, FormState form)
    {
        var (paths, uuid, now) = (ProjectPaths.Of(call, project.Slug), call.PathUuid("plot"), time.GetUtcNow());
        var (plot, data) = await LoadAsync(call, project, uuid, now);
        var view = new PinnedPlotView(
            paths,
            project.Name,
            Of(plot, paths, now),
            Wide: null,
            Narrow: null,
            Explanation: null,
            form
        );
        var status = form.IsRefused ? 400 : 200;
        if (PerfPlot.IsTooMuch(data))
            return Pages.Show<PinnedPlotPage>(view with { Explanation = PerfPlot.TooMuch }, status);
        if (data.Lines.Count == 0)
            return Pages.Show<PinnedPlotPage>(
                view with
                {
                    Explanation = "No results yet match this plot in its time.",
                },
                status
            );
        var picture = PerfPlot.Of(data, DisplayOf(plot), view.Pinned.Name, now, paths.Report) with
        {
            Theme = PlotTheme.Page,
            LinesMax = PerfQuery.SeriesMax,
        };
        return Pages.Show<PinnedPlotPage>(
            view with
            {
                Wide = picture with { Width = WideSize.Width, Height = WideSize.Height, Id = "plot" },
                Narrow = picture with
                {
                    Width = NarrowSize.Width,
                    Height = NarrowSize.Height,
                    Id = "plot-narrow",
                    TooltipsMax = 0,
                },
            },
            status
        );
    }

    private async Task<Answer> PictureAsync(Call call, ProjectRow project)
    {
        var (uuid, now) = (call.PathUuid("plot"), time.GetUtcNow());
        var (plot, data) = await LoadAsync(call, project, uuid, now);
        if (PerfPlot.IsTooMuch(data))
            throw Refusal.BadInput(PerfPlot.TooMuch);
        var picture = PerfPlot.Of(data, DisplayOf(plot), NameOf(plot), now, reportAddress: null) with
        {
            Theme = call.Query("theme") == "dark" ? PlotTheme.Dark : PlotTheme.Light,
            Width = CardSize.Width,
            Height = CardSize.Height,
        };
        call.Http.Response.Headers.CacheControl = "private, max-age=60";
        call.Http.Response.Headers.XContentTypeOptions = "nosniff";
        return new LongAnswer(StatusCodes.Status200OK, "image/svg+xml", total: null, flow =>
        {
            PlotSvg.Write(picture, flow.Output);
            return Task.CompletedTask;
        });
    }

    private Task<Answer> AddAsync(Call call, ProjectByUser granted, FormState form)
    {
        var project = granted.Project;
        // After a refused submission the plot is in the form; before, it is in the query string from the explorer.
        var text = form.Value("query") ?? call.Http.Request.QueryString.Value;
        var query = PerfQuery.OfUnfinished(
            call.Http.Request.Query.Count > 0 || form.Value("query") is null ? call : PinnedPlotForms.CallOf(call, text)
        );
        var view = new PinPlotView(
            ProjectPaths.Of(call, project.Slug),
            project.Name,
            query.IsComplete ? text : null,
            form.IsRefused ? form : FormState.Of(("window", DaysOf(query)))
        );
        return Task.FromResult(Pages.Show<PinPlotPage>(view, form.IsRefused ? 400 : 200));
    }

    // The number of days that the explorer showed.
    private static string DaysOf(PerfQuery query) =>
        query is { StartTime: { } from, EndTime: { } to } && to > from
            ? Math.Ceiling((to - from).TotalDays).ToString(CultureInfo.InvariantCulture)
            : StandardDays;

    private async Task<(Plot Plot, PerfData Data)> LoadAsync(
        Call call,
        ProjectRow project,
        Guid uuid,
        DateTimeOffset now
    )
    {
        using var place = await shares.PlotAsync(call.Aborted);
        return await db.ReadAsync(
            async sql =>
            {
                var plot = await PlotTable.ViewAsync(sql, project, uuid, call.Aborted);
                return (
                    plot,
                    await PerfTable.LoadAsync(sql, project, QueryOf(plot, now), limits.PlotPointsMax, call.Aborted)
                );
            },
            call.Aborted
        );
    }

    private static PinnedPlot Of(Plot plot, ProjectPaths paths, DateTimeOffset now) =>
        new(plot, NameOf(plot), paths.Plot + PerfAddress.Of(QueryOf(plot, now), DisplayOf(plot)));

    private static string NameOf(Plot plot) =>
        plot.Title
        ?? string.Create(
            CultureInfo.InvariantCulture,
            $"{plot.Benchmarks.Count} {(plot.Benchmarks.Count == 1 ? "benchmark" : "benchmarks")}"
        );

    private static PerfQuery QueryOf(Plot plot, DateTimeOffset now)
    {
        var window = TimeSpan.FromSeconds(plot.Window);
        var start = now - DateTimeOffset.UnixEpoch > window ? now - window : DateTimeOffset.UnixEpoch;
        return new(plot.Branches, [], plot.Testbeds, [], plot.Benchmarks, plot.Measures, start, EndTime: null);
    }

    private static PerfDisplay DisplayOf(Plot plot) =>
        new(plot.LowerValue, plot.UpperValue, plot.LowerBoundary, plot.UpperBoundary, plot.XAxis, plot.YAxis);
}
