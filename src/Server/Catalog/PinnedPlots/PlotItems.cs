using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Catalog.PinnedPlots;

/// <summary>The items of a plot: four lists, in the order given. In a change, null leaves a list unchanged.</summary>
internal sealed record PlotItems(
    IReadOnlyList<Guid>? Branches,
    IReadOnlyList<Guid>? Testbeds,
    IReadOnlyList<Guid>? Benchmarks,
    IReadOnlyList<Guid>? Measures
)
{
    private const int ItemsMax = 255; // A plot draws at most 255 lines, so more in one list would never be seen.

    private static readonly (string Kind, string Table)[] Kinds =
    [
        ("branch", "branches"),
        ("testbed", "testbeds"),
        ("benchmark", "benchmarks"),
        ("measure", "measures"),
    ];

    /// <summary>Replaces the plot's lists with the given ones.</summary>
    /// <exception cref="Refusal">A list is empty or too long, or an item is not in the project.</exception>
    public async Task StoreAsync(Sql sql, ProjectRow project, Id<Plot> plotId)
    {
        foreach (var ((kind, table), given) in Kinds.Zip([Branches, Testbeds, Benchmarks, Measures]))
        {
            if (given is null)
                continue;
            if (given.Count == 0)
                throw Refusal.BadInput($"{table}: is empty; allowed: 1 to {ItemsMax} UUIDs");
            var uuids = given.Distinct().ToList(); // A repeated UUID keeps its first position.
            if (uuids.Count > ItemsMax)
                throw Refusal.BadInput($"{table}: holds {uuids.Count} UUIDs; allowed: 1 to {ItemsMax}");
            var ids = (
                await sql.ListAsync(
                    $"SELECT uuid, id FROM {new Raw(table)} WHERE project_id = {project.Id} AND uuid IN {uuids}",
                    row => KeyValuePair.Create(row.Uuid(), row.Long())
                )
            ).ToDictionary();
            foreach (var uuid in uuids)
                if (!ids.ContainsKey(uuid))
                    throw Refusal.NotFound(kind, uuid);
            await sql.ExecuteAsync($"DELETE FROM plot_items WHERE plot_id = {plotId} AND kind = {kind}");
            await sql.ExecuteEachAsync([
                .. uuids.Select(
                    (uuid, place) =>
                        SqlText.Of(
                            $"INSERT INTO plot_items (plot_id, kind, item_id, place) VALUES ({plotId}, {kind}, "
                                + $"{ids[uuid]}, {place})"
                        )
                ),
            ]);
        }
    }

    /// <summary>The lists of the given plots.</summary>
    public static async Task<Dictionary<long, PlotItems>> OfAsync(
        Sql sql,
        IReadOnlyCollection<long> plots,
        CancellationToken ct
    )
    {
        var found = new List<(long Plot, string Kind, Guid Uuid)>();
        foreach (var (kind, table) in Kinds)
        {
            found.AddRange(
                await sql.ListAsync(
                    $"""
                    SELECT plot_items.plot_id, items.uuid FROM plot_items JOIN {new Raw(
                        table
                    )} items ON items.id = plot_items.item_id
                    WHERE plot_items.kind = {kind} AND plot_items.plot_id IN {plots} ORDER BY plot_items.place
                    """,
                    row => (row.Long(), kind, row.Uuid()),
                    ct
                )
            );
        }
        var lists = found.ToLookup(item => (item.Plot, item.Kind), item => item.Uuid);
        return plots.ToDictionary(
            plot => plot,
            plot => new PlotItems(
                [.. lists[(plot, "branch")]],
                [.. lists[(plot, "testbed")]],
                [.. lists[(plot, "benchmark")]],
                [.. lists[(plot, "measure")]]
            )
        );
    }
}
