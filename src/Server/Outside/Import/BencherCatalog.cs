using Paddock.Core.Wire;
using Paddock.Server.Catalog.Benchmarks;
using Paddock.Server.Catalog.Measures;
using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Thresholds;

namespace Paddock.Server.Outside.Import;

/// <summary>Everything a project has besides its reports; maps Bencher's keys to Paddock's.</summary>
internal sealed class BencherCatalog
{
    public Dictionary<long, long> Heads { get; private set; } = [];
    public Dictionary<long, long> Versions { get; private set; } = [];
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
        var branches = await NamedAsync(sql, file, project, "branch", "branches");
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
        var heads = await BencherHeads.ImportAsync(sql, file, project, branches);
        (catalog.Heads, catalog.Versions) = (heads.Heads, heads.Versions);
        catalog.Models = await BencherThresholds.ImportAsync(sql, file, project, branches, catalog.Testbeds, measures);
        await BencherPlots.ImportAsync(
            sql,
            file,
            project,
            new()
            {
                ["branch"] = branches,
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
        return ImportedRows.MapAsync(sql, table, theirs.ConvertAll(one => (one.Id, one.Uuid)), project.Ours.Id, i =>
            theirs[i] is var one
                ? SqlText.Of(
                    $"""
                    INSERT INTO {new Raw(table)} (uuid, project_id, name, slug, created, modified, archived)
                    VALUES ({one.Uuid}, {project.Ours.Id}, {one.Name}, {ImportedRows.Slug(
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
        return ImportedRows.MapAsync(
            sql,
            "measures",
            theirs.ConvertAll(one => (one.Id, one.Uuid)),
            project.Ours.Id,
            i =>
                theirs[i] is var one
                    ? SqlText.Of(
                        $"""
                    INSERT INTO measures (uuid, project_id, name, slug, units, created, modified, archived)
                    VALUES ({one.Uuid}, {project.Ours.Id}, {one.Name}, {ImportedRows.Slug(
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
}
