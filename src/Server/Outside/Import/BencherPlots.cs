using Paddock.Core.Import;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Outside.Import;

/// <summary>Imports the pinned plots of a project, with their items.</summary>
internal static class BencherPlots
{
    public static async Task ImportAsync(
        Sql sql,
        BencherFile file,
        BencherProject project,
        Dictionary<string, Dictionary<long, long>> items
    )
    {
        var theirs = file.List(
            """
            SELECT id, uuid, rank, title, lower_value, upper_value, lower_boundary, upper_boundary, x_axis, y_axis, window, created, modified
            FROM plot WHERE project_id = @project ORDER BY id
            """,
            row =>
                (
                    Id: row.Long(),
                    Uuid: row.Uuid(),
                    Rank: row.Long(),
                    Title: row.TextOrNull(),
                    LowerValue: row.Long(),
                    UpperValue: row.Long(),
                    LowerBoundary: row.Long(),
                    UpperBoundary: row.Long(),
                    X: BencherCodes.XAxisOf(row.Long()),
                    Y: BencherCodes.YAxisOf(row.Long()),
                    Window: row.Long(),
                    Created: row.Long(),
                    Modified: row.Long()
                ),
            ("@project", project.Theirs)
        );
        var known = await ImportedRows.KnownAsync(sql, "plots", [.. theirs.Select(one => one.Uuid)], project.Ours.Id);
        var plots = await ImportedRows.MapAsync(sql, known, theirs.ConvertAll(one => (one.Id, one.Uuid)), i => theirs[i]
                is var one
                ? SqlText.Of(
                    $"""
                    INSERT INTO plots (uuid, project_id, title, place, lower_value, upper_value, lower_boundary, upper_boundary, x_axis, y_axis, time_window, created, modified)
                    VALUES ({one.Uuid}, {project.Ours.Id}, {one.Title}, {one.Rank}, {one.LowerValue}, {one.UpperValue}, {one.LowerBoundary}, {one.UpperBoundary}, {one.X}, {one.Y},
                        {one.Window}, {one.Created}, {one.Modified})
                    """
                )
                : SqlText.Empty);
        foreach (var (kind, map) in items)
        {
            var links = file.List($"SELECT plot_id, {kind}_id, rank FROM plot_{kind}", row =>
                    (Plot: row.Long(), Item: row.Long(), Rank: row.Long())
                )
                .FindAll(link =>
                    theirs.Exists(one => one.Id == link.Plot && !known.ContainsKey(one.Uuid))
                    && map.ContainsKey(link.Item)
                );
            if (links.Count > 0)
                await sql.ExecuteEachAsync([
                    .. links.Select(link =>
                        SqlText.Of(
                            $"INSERT INTO plot_items (plot_id, kind, item_id, place) VALUES ({plots[link.Plot]}, "
                                + $"{kind}, {map[link.Item]}, {link.Rank})"
                        )
                    ),
                ]);
        }
    }
}
