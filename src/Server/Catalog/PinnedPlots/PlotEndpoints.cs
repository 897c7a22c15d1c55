using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Catalog.PinnedPlots;

/// <summary>
/// The plots that a project has pinned. Callers who may read the project see them; only users change them.
/// </summary>
internal sealed class PlotEndpoints(Db db, ListLimits limits, CreationLimits creations, TimeProvider time)
{
    private const byte IndexMax = 64;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var plots = ActivatorUtilities.CreateInstance<PlotEndpoints>(routes.ServiceProvider);
        routes.Get("/v0/projects/{project}/plots", ReadList, OnProject.View, plots.ListAsync).GivesList<Plot>();
        routes
            .Post("/v0/projects/{project}/plots", OnProject.UserMay(Permission.Create), plots.CreateAsync)
            .Takes<NewPlot>()
            .Gives<Plot>(201);
        routes
            .Get("/v0/projects/{project}/plots/{plot}", Input.Uuid("plot"), OnProject.View, plots.ViewAsync)
            .Gives<Plot>();
        routes
            .Patch(
                "/v0/projects/{project}/plots/{plot}",
                Input.Uuid("plot"),
                OnProject.UserMay(Permission.Edit),
                plots.UpdateAsync
            )
            .Takes<PlotPatch>()
            .Gives<Plot>();
        routes
            .Delete(
                "/v0/projects/{project}/plots/{plot}",
                Input.Uuid("plot"),
                OnProject.UserMay(Permission.Delete),
                plots.DeleteAsync
            )
            .GivesNothing();
    }

    private static (Page Page, PlotFilter Filter) ReadList(Call call) =>
        (
            Page.Of(call),
            new(
                call.Query<ResourceName>("title")?.Value,
                call.Query("search"),
                Page.Sort(call, "index", "title") == "title"
            )
        );

    private async Task<Answer> ListAsync(Call call, ProjectRow project, (Page Page, PlotFilter Filter) asked)
    {
        var (page, filter) = asked;
        var (plots, total) = await db.ReadAsync(
            sql => PlotTable.ListAsync(sql, project, filter, page, call.Aborted),
            call.Aborted
        );
        return Answer.List(plots, total, Wire.Default.IReadOnlyListPlot);
    }

    public async Task<Answer> CreateAsync(Call call, ProjectByUser granted)
    {
        var project = granted.Project;
        var plot = await call.BodyAsync(Wire.Default.NewPlot);
        Check(plot.Index, plot.Window);
        var now = time.GetUtcNow();
        return Answer.Created(
            await db.WriteAsync(sql =>
                creations.WithinAsync(sql, project, now, () => PlotTable.CreateAsync(sql, project, plot, limits, now))
            ),
            Wire.Default.Plot
        );
    }

    private async Task<Answer> ViewAsync(Call call, ProjectRow project, Guid uuid)
    {
        return Answer.Ok(
            await db.ReadAsync(sql => PlotTable.ViewAsync(sql, project, uuid, call.Aborted), call.Aborted),
            Wire.Default.Plot
        );
    }

    public async Task<Answer> UpdateAsync(Call call, ProjectByUser granted, Guid uuid)
    {
        var project = granted.Project;
        var patch = await call.BodyAsync(Wire.Default.PlotPatch);
        Check(patch.Index.IsSet ? patch.Index.Value : null, patch.Window.IsSet ? patch.Window.Value : null);
        return Answer.Ok(
            await db.WriteAsync(sql => PlotTable.UpdateAsync(sql, project, uuid, patch, time.GetUtcNow())),
            Wire.Default.Plot
        );
    }

    public async Task<Answer> DeleteAsync(Call call, ProjectByUser granted, Guid uuid)
    {
        var project = granted.Project;
        await db.WriteAsync(sql => PlotTable.DeleteAsync(sql, project, uuid));
        return Answer.Deleted;
    }

    private static void Check(byte? index, uint? window)
    {
        if (index > IndexMax)
            throw Refusal.BadInput(
                $"unable to parse JSON body: index: {index} is not a whole number from 0 to {IndexMax}"
            );
        if (window == 0)
            throw Refusal.BadInput(
                $"unable to parse JSON body: window: 0 is not a whole number of seconds from 1 to {uint.MaxValue}"
            );
    }
}
