using Paddock.Core.Import;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Benchmarks;
using Paddock.Server.Catalog.Measures;
using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Thresholds;

namespace Paddock.Server.Outside.Import;

/// <summary>Everything a project has besides its reports; maps Bencher's keys to Paddock's.</summary>
internal sealed class BencherCatalog
{
    private Dictionary<long, long> branches = [],
        thresholds = [];

    public Dictionary<long, long> Heads { get; private set; } = [];
    public Dictionary<long, long> Versions { get; } = [];
    public Dictionary<long, long> Testbeds { get; private set; } = [];
    public Dictionary<long, BenchmarkRow> Benchmarks { get; private set; } = [];
    public Dictionary<long, MeasureRow> Measures { get; private set; } = [];
    public Dictionary<long, (ThresholdRow Threshold, ModelRow Model)> Models { get; private set; } = [];

    public static async Task<BencherCatalog> ImportAsync(
        Sql sql,
        BencherFile file,
        BencherProject project,
        BencherPeople people
    )
    {
        var catalog = new BencherCatalog();
        catalog.branches = await NamedAsync(sql, file, project, "branch", "branches");
        catalog.Testbeds = await NamedAsync(sql, file, project, "testbed", "testbeds");
        await catalog.TestbedSpecsAsync(sql, file, project, people);
        var benchmarks = await NamedAsync(sql, file, project, "benchmark", "benchmarks");
        var measures = await MeasuresAsync(sql, file, project);
        catalog.Benchmarks = await RowsAsync(
            sql,
            benchmarks,
            $"SELECT {BenchmarkRow.Columns} FROM benchmarks WHERE id IN {benchmarks.Values}",
            BenchmarkRow.Read,
            row => row.Id
        );
        catalog.Measures = await RowsAsync(
            sql,
            measures,
            $"SELECT {MeasureRow.Columns} FROM measures WHERE id IN {measures.Values}",
            MeasureRow.Read,
            row => row.Id
        );
        await catalog.HeadsAsync(sql, file, project);
        await catalog.ThresholdsAsync(sql, file, project, measures);
        await BencherPlots.ImportAsync(
            sql,
            file,
            project,
            new()
            {
                ["branch"] = catalog.branches,
                ["testbed"] = catalog.Testbeds,
                ["benchmark"] = benchmarks,
                ["measure"] = measures,
            }
        );
        return catalog;
    }

    private static async Task<Dictionary<long, TRow>> RowsAsync<TRow>(
        Sql sql,
        Dictionary<long, long> map,
        SqlText query,
        Func<Row, TRow> read,
        Func<TRow, long> id
    )
    {
        var rows = (await sql.ListAsync(query, read)).ToDictionary(id);
        return map.ToDictionary(pair => pair.Key, pair => rows[pair.Value]);
    }

    // Branches, testbeds and benchmarks have the same columns.
    private static Task<Dictionary<long, long>> NamedAsync(
        Sql sql,
        BencherFile file,
        BencherProject project,
        string theirTable,
        string table
    )
    {
        var theirs = file.List(
            $"SELECT id, uuid, name, slug, created, modified, archived FROM {theirTable} WHERE project_id = @project "
                + $"ORDER BY id",
            row =>
                (
                    Id: row.Long(),
                    Uuid: row.Uuid(),
                    Name: row.Text(),
                    Slug: row.Text(),
                    Created: row.Long(),
                    Modified: row.Long(),
                    Archived: row.LongOrNull()
                ),
            ("@project", project.Theirs)
        );
        return BencherRows.MapAsync(sql, table, theirs.ConvertAll(one => (one.Id, one.Uuid)), project.Ours.Id, i =>
            theirs[i] is var one
                ? SqlText.Of(
                    $"""
                    INSERT INTO {new Raw(table)} (uuid, project_id, name, slug, created, modified, archived)
                    VALUES ({one.Uuid}, {project.Ours.Id}, {one.Name}, {BencherRows.Slug(
                        one.Slug
                    )}, {one.Created}, {one.Modified}, {one.Archived})
                    """
                )
                : SqlText.Empty
        );
    }

    private static Task<Dictionary<long, long>> MeasuresAsync(Sql sql, BencherFile file, BencherProject project)
    {
        var theirs = file.List(
            "SELECT id, uuid, name, slug, units, created, modified, archived FROM measure WHERE project_id = "
                + "@project ORDER BY id",
            row =>
                (
                    Id: row.Long(),
                    Uuid: row.Uuid(),
                    Name: row.Text(),
                    Slug: row.Text(),
                    Units: row.Text(),
                    Created: row.Long(),
                    Modified: row.Long(),
                    Archived: row.LongOrNull()
                ),
            ("@project", project.Theirs)
        );
        return BencherRows.MapAsync(sql, "measures", theirs.ConvertAll(one => (one.Id, one.Uuid)), project.Ours.Id, i =>
            theirs[i] is var one
                ? SqlText.Of(
                    $"""
                    INSERT INTO measures (uuid, project_id, name, slug, units, created, modified, archived)
                    VALUES ({one.Uuid}, {project.Ours.Id}, {one.Name}, {BencherRows.Slug(
                        one.Slug
                    )}, {one.Units}, {one.Created}, {one.Modified}, {one.Archived})
                    """
                )
                : SqlText.Empty
        );
    }

    private async Task TestbedSpecsAsync(Sql sql, BencherFile file, BencherProject project, BencherPeople people)
    {
        var specs = file.List(
            "SELECT id, spec_id FROM testbed WHERE project_id = @project AND spec_id IS NOT NULL",
            row => (row.Long(), row.Long()),
            ("@project", project.Theirs)
        );
        if (specs.Count > 0)
            await sql.ExecuteEachAsync([
                .. specs.Select(of =>
                    SqlText.Of(
                        $"UPDATE testbeds SET spec_id = {people.Specs[of.Item2]} WHERE id = {Testbeds[of.Item1]} AND "
                            + $"spec_id IS NULL"
                    )
                ),
            ]);
    }

    private async Task HeadsAsync(Sql sql, BencherFile file, BencherProject project)
    {
        var of = ("@project", project.Theirs);
        var theirs = file.List(
            """
            SELECT head.id, head.uuid, branch_id, head.created, replaced, branch.head_id = head.id FROM head JOIN branch ON branch.id = head.branch_id
            WHERE branch.project_id = @project ORDER BY head.id
            """,
            row =>
                (
                    Id: row.Long(),
                    Uuid: row.Uuid(),
                    Branch: row.Long(),
                    Created: row.Long(),
                    Replaced: row.LongOrNull(),
                    IsCurrent: row.LongOrNull() == 1
                ),
            of
        );
        var known = await BencherRows.KnownAsync(sql, "heads", [.. theirs.Select(one => one.Uuid)], project.Ours.Id);
        Heads = await BencherRows.MapAsync(
            sql,
            "heads",
            theirs.ConvertAll(one => (one.Id, one.Uuid)),
            project.Ours.Id,
            i =>
                theirs[i] is var one
                    ? SqlText.Of(
                        $"INSERT INTO heads (uuid, branch_id, created, replaced) VALUES ({one.Uuid}, "
                            + $"{branches[one.Branch]}, {one.Created}, {one.Replaced})"
                    )
                    : SqlText.Empty
        );
        var fresh = theirs.FindAll(one => !known.ContainsKey(one.Uuid));
        if (fresh.Count > 0)
            await sql.ExecuteEachAsync([
                .. fresh
                    .Where(one => one.IsCurrent)
                    .Select(one =>
                        SqlText.Of($"UPDATE branches SET head_id = {Heads[one.Id]} WHERE id = {branches[one.Branch]}")
                    ),
            ]);
        await VersionsAsync(sql, file, of);
        await HistoriesAsync(sql, file, of, fresh.ConvertAll(one => one.Id));
    }

    // In Bencher a version belongs to the project and is seen by heads. In Paddock it belongs to the head on which it
    // was created, the first that saw it.
    private async Task VersionsAsync(Sql sql, BencherFile file, (string, long) of)
    {
        var theirs = file.List(
                """
                SELECT version.id, version.number, version.hash, (SELECT head_id FROM head_version WHERE version_id = version.id ORDER BY head_version.id LIMIT 1)
                FROM version WHERE project_id = @project ORDER BY version.id
                """,
                row => (Id: row.Long(), Number: row.Long(), Hash: row.TextOrNull(), Head: row.LongOrNull()),
                of
            )
            .FindAll(one => one.Head is not null);
        var known = (
            await sql.ListAsync(
                $"SELECT head_id, number, hash, id FROM versions WHERE head_id IN {Heads.Values}",
                row => ((row.Long(), row.Long(), row.TextOrNull()), row.Long())
            )
        ).ToLookup(pair => pair.Item1, pair => pair.Item2);
        (long, long, string?) KeyOf((long Id, long Number, string? Hash, long? Head) one) =>
            (Heads[one.Head!.Value], one.Number, one.Hash);
        var missing = theirs.FindAll(one => !known.Contains(KeyOf(one)));
        foreach (var one in theirs.Except(missing))
            Versions[one.Id] = known[KeyOf(one)].First();
        if (missing.Count == 0)
            return;
        var made = await sql.EachAsync(
            [
                .. missing.Select(one =>
                    SqlText.Of(
                        $"INSERT INTO versions (head_id, number, hash) VALUES ({Heads[one.Head!.Value]}, "
                            + $"{one.Number}, {one.Hash}) RETURNING id"
                    )
                ),
            ],
            row => row.Long()
        );
        for (var i = 0; i < missing.Count; i++)
            Versions[missing[i].Id] = made[i];
    }

    // The versions that a head sees of another head are a range, because a new head takes over a history up to its
    // start point.
    private async Task HistoriesAsync(Sql sql, BencherFile file, (string, long) of, List<long> fresh)
    {
        if (fresh.Count == 0)
            return;
        var owners = new Dictionary<long, long>();
        var seen = file.List(
            """
            SELECT head_version.head_id, head_version.version_id FROM head_version JOIN version ON version.id = head_version.version_id
            WHERE version.project_id = @project ORDER BY head_version.id
            """,
            row => (Head: row.Long(), Version: row.Long()),
            of
        );
        foreach (var (head, version) in seen)
            owners.TryAdd(version, head);
        var ranges = seen.Where(one => fresh.Contains(one.Head) && owners[one.Version] != one.Head)
            .GroupBy(one => (one.Head, Source: owners[one.Version]))
            .Select(group =>
                (group.Key.Head, group.Key.Source, Ids: group.Select(one => Versions[one.Version]).ToList())
            );
        var starts = file.List(
            """
            SELECT head.id, head_version.head_id, head_version.version_id FROM head JOIN branch ON branch.id = head.branch_id
            JOIN head_version ON head_version.id = head.start_point_id WHERE branch.project_id = @project
            """,
            row => (Head: row.Long(), Source: row.Long(), Version: row.Long()),
            of
        );
        await sql.ExecuteEachAsync([
            .. fresh.Select(head =>
                SqlText.Of(
                    $"INSERT INTO head_histories (head_id, source_head_id, version_min, version_max) VALUES "
                        + $"({Heads[head]}, {Heads[head]}, 0, {long.MaxValue})"
                )
            ),
            .. ranges.Select(range =>
                SqlText.Of(
                    $"""
                    INSERT INTO head_histories (head_id, source_head_id, version_min, version_max)
                    VALUES ({Heads[range.Head]}, {Heads[range.Source]}, {range.Ids.Min()}, {range.Ids.Max()})
                    """
                )
            ),
            .. starts
                .Where(start => fresh.Contains(start.Head))
                .Select(start =>
                    SqlText.Of(
                        $"UPDATE heads SET start_head_id = {Heads[start.Source]}, start_version_id = "
                            + $"{Versions[start.Version]} WHERE id = {Heads[start.Head]}"
                    )
                ),
        ]);
    }

    private async Task ThresholdsAsync(
        Sql sql,
        BencherFile file,
        BencherProject project,
        Dictionary<long, long> measures
    )
    {
        var of = ("@project", project.Theirs);
        var theirs = file.List(
            "SELECT id, uuid, branch_id, testbed_id, measure_id, model_id, created, modified FROM threshold WHERE "
                + "project_id = @project ORDER BY id",
            row =>
                (
                    Id: row.Long(),
                    Uuid: row.Uuid(),
                    Branch: row.Long(),
                    Testbed: row.Long(),
                    Measure: row.Long(),
                    Model: row.LongOrNull(),
                    Created: row.Long(),
                    Modified: row.Long()
                ),
            of
        );
        var known = await BencherRows.KnownAsync(
            sql,
            "thresholds",
            [.. theirs.Select(one => one.Uuid)],
            project.Ours.Id
        );
        thresholds = await BencherRows.MapAsync(
            sql,
            "thresholds",
            theirs.ConvertAll(one => (one.Id, one.Uuid)),
            project.Ours.Id,
            i =>
                theirs[i] is var one
                    ? SqlText.Of(
                        $"""
                    INSERT INTO thresholds (uuid, project_id, branch_id, testbed_id, measure_id, created, modified)
                    VALUES ({one.Uuid}, {project.Ours.Id}, {branches[one.Branch]}, {Testbeds[one.Testbed]}, {measures[
                        one.Measure
                    ]}, {one.Created}, {one.Modified})
                    """
                    )
                    : SqlText.Empty
        );
        var models = file.List(
            """
            SELECT model.id, model.uuid, threshold_id, test, min_sample_size, max_sample_size, window, lower_boundary, upper_boundary, model.created, replaced
            FROM model JOIN threshold ON threshold.id = model.threshold_id WHERE threshold.project_id = @project ORDER BY model.id
            """,
            row =>
                (
                    Id: row.Long(),
                    Uuid: row.Uuid(),
                    Threshold: row.Long(),
                    Test: BencherCodes.TestOf(row.Long())
                        ?? throw new InvalidDataException("a model has an unknown test"),
                    Min: row.LongOrNull(),
                    Max: row.LongOrNull(),
                    Window: row.LongOrNull(),
                    Lower: row.DoubleOrNull(),
                    Upper: row.DoubleOrNull(),
                    Created: row.Long(),
                    Replaced: row.LongOrNull()
                ),
            of
        );
        var map = await BencherRows.MapAsync(
            sql,
            "models",
            models.ConvertAll(one => (one.Id, one.Uuid)),
            project.Ours.Id,
            i =>
                models[i] is var one
                    ? SqlText.Of(
                        $"""
                    INSERT INTO models (uuid, threshold_id, test, min_sample_size, max_sample_size, time_window, lower_boundary, upper_boundary, created, replaced)
                    VALUES ({one.Uuid}, {thresholds[
                        one.Threshold
                    ]}, {one.Test}, {one.Min}, {one.Max}, {one.Window}, {one.Lower}, {one.Upper}, {one.Created}, {one.Replaced})
                    """
                    )
                    : SqlText.Empty
        );
        var inForce = theirs.FindAll(one => one.Model is not null && !known.ContainsKey(one.Uuid));
        if (inForce.Count > 0)
            await sql.ExecuteEachAsync([
                .. inForce.Select(one =>
                    SqlText.Of(
                        $"UPDATE thresholds SET model_id = {map[one.Model!.Value]} WHERE id = {thresholds[one.Id]}"
                    )
                ),
            ]);
        var (thresholdRows, modelRows) = (
            (
                await sql.ListAsync(
                    $"SELECT {ThresholdRow.Columns} FROM thresholds WHERE id IN {thresholds.Values}",
                    ThresholdRow.Read
                )
            ).ToDictionary(row => row.Id),
            (
                await sql.ListAsync($"SELECT {ModelRow.Columns} FROM models WHERE id IN {map.Values}", ModelRow.Read)
            ).ToDictionary(row => row.Id)
        );
        Models = models.ToDictionary(
            one => one.Id,
            one => (thresholdRows[new(thresholds[one.Threshold])], modelRows[new(map[one.Id])])
        );
    }
}

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
        var known = await BencherRows.KnownAsync(sql, "plots", [.. theirs.Select(one => one.Uuid)], project.Ours.Id);
        var plots = await BencherRows.MapAsync(
            sql,
            "plots",
            theirs.ConvertAll(one => (one.Id, one.Uuid)),
            project.Ours.Id,
            i =>
                theirs[i] is var one
                    ? SqlText.Of(
                        $"""
                        INSERT INTO plots (uuid, project_id, title, place, lower_value, upper_value, lower_boundary, upper_boundary, x_axis, y_axis, time_window, created, modified)
                        VALUES ({one.Uuid}, {project.Ours.Id}, {one.Title}, {one.Rank}, {one.LowerValue}, {one.UpperValue}, {one.LowerBoundary}, {one.UpperBoundary}, {one.X}, {one.Y},
                            {one.Window}, {one.Created}, {one.Modified})
                        """
                    )
                    : SqlText.Empty
        );
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
