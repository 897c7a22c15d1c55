using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Catalog.PinnedPlots;

internal sealed record PlotRow(
    Id<Plot> Id,
    Guid Uuid,
    string? Title,
    bool LowerValue,
    bool UpperValue,
    bool LowerBoundary,
    bool UpperBoundary,
    XAxis XAxis,
    YAxis YAxis,
    uint Window,
    DateTimeOffset Created,
    DateTimeOffset Modified
)
{
    public static readonly Raw Columns = new(
        """
        plots.id, plots.uuid, plots.title, plots.lower_value, plots.upper_value, plots.lower_boundary, plots.upper_boundary, plots.x_axis, plots.y_axis,
        plots.time_window, plots.created, plots.modified
        """
    );

    public static PlotRow Read(Row row) =>
        new(
            row.Id<Plot>(),
            row.Uuid(),
            row.TextOrNull(),
            row.Bool(),
            row.Bool(),
            row.Bool(),
            row.Bool(),
            row.Word<XAxis>(),
            row.Word<YAxis>(),
            row.UInt(),
            row.Time(),
            row.Time()
        );

    public Plot ToWire(ProjectRow project, PlotItems items) =>
        new(
            Uuid,
            project.Uuid,
            Title,
            LowerValue,
            UpperValue,
            LowerBoundary,
            UpperBoundary,
            XAxis,
            YAxis,
            Window,
            items.Branches ?? [],
            items.Testbeds ?? [],
            items.Benchmarks ?? [],
            items.Measures ?? [],
            Created,
            Modified
        );
}

/// <summary>The filter and the order of a list of plots.</summary>
internal sealed record PlotFilter(string? Title, string? Search, bool ByTitle);

internal static class PlotTable
{
    private const string Noun = "plot";

    public static readonly ListLimit Limit = new(
        "PADDOCK_PLOTS_PER_PROJECT_MAX",
        Standard: PlotOrder.PlotsMax,
        Owner: "project",
        Owners: "projects",
        Things: "plots",
        Table: "plots",
        OwnerColumn: "project_id"
    );

    public static async Task<(List<Plot> Plots, long Total)> ListAsync(
        Sql sql,
        ProjectRow project,
        PlotFilter filter,
        Page page,
        CancellationToken ct
    )
    {
        var where = SqlText.Of($"project_id = {project.Id}{Page.Search(filter.Search, "title", "uuid")}");
        if (filter.Title is { } title)
            where = SqlText.Of($"{where} AND title = {title}");
        var direction = page.Direction();
        var order = filter.ByTitle // The engines sort null differently, so its place is explicit: before every title.
            ? SqlText.Of($"CASE WHEN title IS NULL THEN 0 ELSE 1 END {direction}, title {direction}, place {direction}")
            : SqlText.Of($"place {direction}");
        var rows = await sql.ListAsync(
            $"SELECT {PlotRow.Columns} FROM plots WHERE {where} ORDER BY {order} {page.Limit}",
            PlotRow.Read,
            ct
        );
        var items = await PlotItems.OfAsync(sql, [.. rows.Select(row => row.Id)], ct);
        return (
            rows.ConvertAll(row => row.ToWire(project, items[row.Id])),
            await sql.NumberAsync($"SELECT count(*) FROM plots WHERE {where}", ct)
        );
    }

    /// <exception cref="Refusal">The plot does not exist.</exception>
    public static async Task<Plot> ViewAsync(Sql sql, ProjectRow project, Guid uuid, CancellationToken ct = default)
    {
        var row = await sql.FirstAsync(
            $"SELECT {PlotRow.Columns} FROM plots WHERE project_id = {project.Id} AND uuid = {uuid}",
            PlotRow.Read,
            ct
        ) ?? throw Refusal.NotFound(Noun, uuid);
        return row.ToWire(project, (await PlotItems.OfAsync(sql, [row.Id], ct))[row.Id]);
    }

    /// <exception cref="Refusal">The project has reached its limit of plots, or a list is refused.</exception>
    public static async Task<Plot> CreateAsync(
        Sql sql,
        ProjectRow project,
        NewPlot plot,
        ListLimits limits,
        DateTimeOffset now
    )
    {
        await limits.MakeRoomAsync(sql, Limit, project.Id, now);
        var order = await LockAsync(sql, project);
        var uuid = Guid.CreateVersion7(now);
        var id = await sql.InsertAsync<Plot>(
            $"""
            INSERT INTO plots (uuid, project_id, title, place, lower_value, upper_value, lower_boundary, upper_boundary, x_axis, y_axis, time_window, created, modified)
            VALUES ({uuid}, {project.Id}, {plot.Title?.Value}, {order.Count}, {plot.LowerValue}, {plot.UpperValue}, {plot.LowerBoundary}, {plot.UpperBoundary},
                    {plot.XAxis}, {plot.YAxis ?? YAxis.Auto}, {plot.Window}, {now}, {now})
            """
        );
        await PlaceAsync(sql, PlotOrder.Placed(order, id, plot.Index ?? 0));
        await new PlotItems(plot.Branches, plot.Testbeds, plot.Benchmarks, plot.Measures).StoreAsync(sql, project, id);
        return await ViewAsync(sql, project, uuid);
    }

    /// <exception cref="Refusal">The plot does not exist, or a list is refused.</exception>
    public static async Task<Plot> UpdateAsync(
        Sql sql,
        ProjectRow project,
        Guid uuid,
        PlotPatch patch,
        DateTimeOffset now
    )
    {
        var order = await LockAsync(sql, project);
        var set = SqlText.Of($"modified = {now}");
        if (patch.Title.IsSet)
            set = SqlText.Of($"{set}, title = {patch.Title.Value?.Value}");
        if (patch.LowerValue.IsSet)
            set = SqlText.Of($"{set}, lower_value = {patch.LowerValue.Value}");
        if (patch.UpperValue.IsSet)
            set = SqlText.Of($"{set}, upper_value = {patch.UpperValue.Value}");
        if (patch.LowerBoundary.IsSet)
            set = SqlText.Of($"{set}, lower_boundary = {patch.LowerBoundary.Value}");
        if (patch.UpperBoundary.IsSet)
            set = SqlText.Of($"{set}, upper_boundary = {patch.UpperBoundary.Value}");
        if (patch.XAxis.IsSet)
            set = SqlText.Of($"{set}, x_axis = {patch.XAxis.Value}");
        if (patch.YAxis.IsSet)
            set = SqlText.Of($"{set}, y_axis = {patch.YAxis.Value}");
        if (patch.Window.IsSet)
            set = SqlText.Of($"{set}, time_window = {patch.Window.Value}");
        var id = await sql.IdAsync<Plot>(
            $"UPDATE plots SET {set} WHERE project_id = {project.Id} AND uuid = {uuid} RETURNING id"
        );
        if (id.IsNone)
            throw Refusal.NotFound(Noun, uuid);
        if (patch.Index.IsSet)
            await PlaceAsync(sql, PlotOrder.Placed(order, id, patch.Index.Value));
        await new PlotItems(
            patch.Branches.Value,
            patch.Testbeds.Value,
            patch.Benchmarks.Value,
            patch.Measures.Value
        ).StoreAsync(sql, project, id);
        return await ViewAsync(sql, project, uuid);
    }

    /// <exception cref="Refusal">The plot does not exist.</exception>
    public static async Task DeleteAsync(Sql sql, ProjectRow project, Guid uuid)
    {
        if (await sql.ExecuteAsync($"DELETE FROM plots WHERE project_id = {project.Id} AND uuid = {uuid}") == 0)
            throw Refusal.NotFound(Noun, uuid);
    }

    /// <summary>The project's plots in their order, locked until this unit of work ends.</summary>
    private static async Task<List<long>> LockAsync(Sql sql, ProjectRow project)
    {
        await sql.AnyAsync($"SELECT id FROM projects WHERE id = {project.Id}{sql.ForUpdateOf("projects")}");
        return await sql.ListAsync($"SELECT id FROM plots WHERE project_id = {project.Id} ORDER BY place, id", row =>
            row.Long()
        );
    }

    private static Task PlaceAsync(Sql sql, List<long> order) =>
        sql.ExecuteEachAsync([
            .. order.Select(
                (id, place) => SqlText.Of($"UPDATE plots SET place = {place} WHERE id = {id} AND place <> {place}")
            ),
        ]);
}
