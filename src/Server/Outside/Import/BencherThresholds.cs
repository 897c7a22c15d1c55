using Paddock.Core.Import;
using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Thresholds;

namespace Paddock.Server.Outside.Import;

/// <summary>Imports the thresholds of a project with their models.</summary>
internal static class BencherThresholds
{
    /// <returns>Each model with its threshold, by Bencher's key of the model.</returns>
    public static async Task<Dictionary<long, (ThresholdRow Threshold, ModelRow Model)>> ImportAsync(
        Sql sql,
        BencherFile file,
        BencherProject project,
        Dictionary<long, long> branches,
        Dictionary<long, long> testbeds,
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
        var known = await ImportedRows.KnownAsync(
            sql,
            "thresholds",
            [.. theirs.Select(one => one.Uuid)],
            project.Ours.Id
        );
        var thresholds = await ImportedRows.MapAsync(sql, known, theirs.ConvertAll(one => (one.Id, one.Uuid)), i =>
            theirs[i] is var one
                ? SqlText.Of(
                    $"""
                    INSERT INTO thresholds (uuid, project_id, branch_id, testbed_id, measure_id, created, modified)
                    VALUES ({one.Uuid}, {project.Ours.Id}, {branches[one.Branch]}, {testbeds[one.Testbed]}, {measures[
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
        var map = await ImportedRows.MapAsync(
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
        return models.ToDictionary(
            one => one.Id,
            one => (thresholdRows[new(thresholds[one.Threshold])], modelRows[new(map[one.Id])])
        );
    }
}
