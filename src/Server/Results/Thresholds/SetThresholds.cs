using Paddock.Core.Analysis;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.Measures;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Results.Thresholds;

/// <summary>Creates, changes and deletes thresholds: by request, by a run, or when a branch starts anew.</summary>
internal static class SetThresholds
{
    /// <exception cref="Refusal">The model is invalid; the branch, testbed or measure does not exist; or the three
    /// have a threshold already.</exception>
    public static async Task<Threshold> CreateAsync(
        Sql sql,
        ProjectRow project,
        NewThreshold threshold,
        DateTimeOffset now
    )
    {
        var model = new Model(
            threshold.Test,
            threshold.MinSampleSize,
            threshold.MaxSampleSize,
            threshold.Window,
            threshold.LowerBoundary,
            threshold.UpperBoundary
        );
        if (model.Problem() is { } problem)
            throw Refusal.BadInput(problem);
        var branch = await LockAsync<Branch, BranchName>(sql, project, "branches", "branch", threshold.Branch);
        var testbed = await LockAsync<Testbed, ResourceName>(sql, project, "testbeds", "testbed", threshold.Testbed);
        var measure = await LockAsync<Measure, ResourceName>(sql, project, "measures", "measure", threshold.Measure);
        if (
            await sql.AnyAsync(
                $"SELECT 1 FROM thresholds WHERE branch_id = {branch} AND testbed_id = {testbed} AND measure_id = "
                    + $"{measure}"
            )
        )
            throw Refusal.Conflict(
                "This branch, testbed and measure have a threshold already; replace its model instead."
            );
        await ApplyAsync(sql, project, branch, new([(new(testbed, measure), model)], [], []), now);
        var uuid = await sql.FirstAsync(
            $"SELECT uuid FROM thresholds WHERE branch_id = {branch} AND testbed_id = {testbed} AND measure_id = "
                + $"{measure}",
            row => row.Uuid()
        );
        return await ThresholdTable.ViewAsync(sql, project, uuid);
    }

    /// <param name="model">The new model; null for none. An equal model changes nothing.</param>
    /// <exception cref="Refusal">The threshold does not exist.</exception>
    public static async Task<Threshold> UpdateAsync(
        Sql sql,
        ProjectRow project,
        Guid uuid,
        Model? model,
        ListLimits limits,
        DateTimeOffset now
    )
    {
        var threshold = await ThresholdTable.FindAsync(sql, project, uuid);
        if (model is not null)
            await limits.MakeRoomAsync(sql, ThresholdTable.ModelLimit, threshold.Id, now);
        var wanted = new Dictionary<ThresholdPlace, Model?> { [threshold.Place] = model };
        await ChangeAsync(
            sql,
            project,
            threshold.BranchId,
            SqlText.Of($"thresholds.id = {threshold.Id}"),
            wanted,
            removeOthers: false,
            now
        );
        return await ThresholdTable.ViewAsync(sql, project, uuid);
    }

    /// <exception cref="Refusal">The threshold does not exist, or it has judged results.</exception>
    public static async Task DeleteAsync(Sql sql, ProjectRow project, Guid uuid)
    {
        var threshold = await ThresholdTable.FindAsync(sql, project, uuid);
        await BranchTable.LockAsync(sql, threshold.BranchId);
        if (await HasJudgedAsync(sql, threshold))
            throw Refusal.Conflict(
                "This threshold has judged results; delete their reports first, or remove its model: {\"test\": null}."
            );
        await sql.ExecuteAsync($"DELETE FROM thresholds WHERE id = {threshold.Id}");
    }

    /// <summary>
    /// Applies the thresholds that a report brings: creates missing thresholds, replaces models that differ, and keeps
    /// equal ones. A reset removes the models of all other thresholds of the branch and testbed.
    /// </summary>
    /// <exception cref="Refusal">A model is invalid, or two models are for one measure.</exception>
    public static async Task FromRunAsync(
        Sql sql,
        ProjectRow project,
        Id<Branch> branchId,
        Id<Testbed> testbedId,
        ReportThresholds? given,
        DateTimeOffset now
    )
    {
        var reset = given?.Reset ?? false;
        var models = given?.Models ?? [];
        if (models.Count == 0 && !reset)
            return;
        foreach (var (measure, model) in models)
            if (model.Problem(inRun: true) is { } problem)
                throw Refusal.BadInput($"thresholds.models.{measure}: {problem}");
        var measures = await MeasureTable.GetOrCreateAsync(sql, project, models.Keys, now);
        var wanted = new Dictionary<ThresholdPlace, Model?>();
        foreach (var (measure, model) in models)
            if (!wanted.TryAdd(new(testbedId, measures[measure].Id), model))
                throw Refusal.BadInput(
                    $"thresholds.models.{measure}: this measure, {Text.Quote(measures[measure].Name)}, is given "
                        + $"twice, under two names; allowed: once"
                );
        await ChangeAsync(
            sql,
            project,
            branchId,
            SqlText.Of($"thresholds.branch_id = {branchId} AND thresholds.testbed_id = {testbedId}"),
            wanted,
            reset,
            now
        );
    }

    /// <summary>
    /// Copies the thresholds of one branch to another, and removes the models of those that the first branch lacks.
    /// </summary>
    public static async Task CloneAsync(
        Sql sql,
        ProjectRow project,
        Id<Branch> fromBranchId,
        Id<Branch> toBranchId,
        DateTimeOffset now
    )
    {
        var wanted = (
            await ThresholdTable.PresentAsync(sql, SqlText.Of($"thresholds.branch_id = {fromBranchId}"))
        ).ToDictionary(t => t.Threshold.Place, t => t.Model?.Model);
        await ChangeAsync(
            sql,
            project,
            toBranchId,
            SqlText.Of($"thresholds.branch_id = {toBranchId}"),
            wanted,
            removeOthers: true,
            now
        );
    }

    // Most reports repeat the thresholds that exist already, so the branch is locked only when something changes.
    private static async Task ChangeAsync(
        Sql sql,
        ProjectRow project,
        Id<Branch> branchId,
        SqlText scope,
        IReadOnlyDictionary<ThresholdPlace, Model?> wanted,
        bool removeOthers,
        DateTimeOffset now
    )
    {
        if (ThresholdChanges.Of(await ThresholdTable.PresentAsync(sql, scope), wanted, removeOthers).IsEmpty)
            return;
        await BranchTable.LockAsync(sql, branchId);
        await ApplyAsync(
            sql,
            project,
            branchId,
            ThresholdChanges.Of(await ThresholdTable.PresentAsync(sql, scope), wanted, removeOthers),
            now
        );
    }

    private static async Task<Id<T>> LockAsync<T, TName>(
        Sql sql,
        ProjectRow project,
        string table,
        string noun,
        NameId<TName> reference
    )
        where TName : class, IText<TName>
    {
        var id = await sql.IdAsync<T>(
            $"SELECT id FROM {new Raw(table)} WHERE project_id = {project.Id} AND "
                + $"{reference.Condition(table)}{sql.ForUpdateOf(table)}"
        );
        return id.IsNone ? throw Refusal.NotFound(noun, reference) : id;
    }

    // Metrics have no index by model. The search is therefore limited to metrics that this threshold can have judged:
    // its series, starting at the first version that has a report since the threshold was created.
    private static async Task<bool> HasJudgedAsync(Sql sql, ThresholdRow threshold)
    {
        if (
            await sql.AnyAsync(
                $"SELECT 1 FROM alerts JOIN models ON models.id = alerts.model_id WHERE models.threshold_id = "
                    + $"{threshold.Id} LIMIT 1"
            )
        )
            return true;
        var first = await sql.FirstAsync(
            $"""
            SELECT min(reports.version_id) FROM heads JOIN reports ON reports.head_id = heads.id
            WHERE heads.branch_id = {threshold.BranchId} AND reports.testbed_id = {threshold.TestbedId} AND reports.created >= {threshold.Created}
            """,
            row => row.LongOrNull()
        );
        if (first is null)
            return false;
        return await sql.AnyAsync(
            $"""
            SELECT 1 FROM heads JOIN series ON series.head_id = heads.id AND series.testbed_id = {threshold.TestbedId} AND series.measure_id = {threshold.MeasureId}
                JOIN metrics ON metrics.series_id = series.id AND metrics.version_id >= {first}
            WHERE heads.branch_id = {threshold.BranchId} AND metrics.model_id IN (SELECT models.id FROM models WHERE models.threshold_id = {threshold.Id})
            LIMIT 1
            """
        );
    }

    private static async Task ApplyAsync(
        Sql sql,
        ProjectRow project,
        Id<Branch> branchId,
        ThresholdChanges changes,
        DateTimeOffset now
    )
    {
        ThresholdTable.ForgetInForce(sql);
        Id<Threshold>[] changed =
        [
            .. changes.Replaced.Select(c => c.Threshold.Id),
            .. changes.Removed.Select(t => t.Id),
        ];
        if (changed.Length > 0)
            await sql.ExecuteAsync(
                $"UPDATE models SET replaced = {now} WHERE threshold_id IN {changed} AND replaced IS NULL"
            );
        var ids = (
            await sql.InsertAllAsync(
                Rows(project, branchId, [.. changes.Added.Select(a => a.Place)], now),
                new("testbed_id, measure_id, id"),
                row => (Place: new ThresholdPlace(row.Id<Testbed>(), row.Id<Measure>()), Id: row.Id<Threshold>())
            )
        ).ToDictionary(made => made.Place, made => made.Id);
        var added = changes.Added.Select(a => (Threshold: ids[a.Place], a.Model));
        await sql.InsertAllAsync(
            Rows([.. added.Concat(changes.Replaced.Select(c => (Threshold: c.Threshold.Id, c.Model)))], now),
            new("id"),
            row => row.Long()
        );
        Id<Threshold>[] all = [.. ids.Values, .. changed];
        await sql.ExecuteAsync(
            $"""
            UPDATE thresholds SET modified = {now},
                model_id = (SELECT models.id FROM models WHERE models.threshold_id = thresholds.id AND models.replaced IS NULL)
            WHERE id IN {all}
            """
        );
    }

    // Inserted as arrays: one run can bring tens of thousands of thresholds.
    private static NewRows Rows(
        ProjectRow project,
        Id<Branch> branchId,
        IReadOnlyList<ThresholdPlace> places,
        DateTimeOffset now
    ) =>
        new NewRows("thresholds", places.Count)
            .With("uuid", [.. places.Select(_ => Guid.CreateVersion7(now).ToString())])
            .With("project_id", project.Id)
            .With("branch_id", branchId)
            .With("testbed_id", [.. places.Select(place => place.TestbedId)])
            .With("measure_id", [.. places.Select(place => place.MeasureId)])
            .With("created", now.ToUnixTimeSeconds())
            .With("modified", now.ToUnixTimeSeconds());

    private static NewRows Rows(IReadOnlyList<(Id<Threshold> Threshold, Model Model)> models, DateTimeOffset now)
    {
        string[] uuids = [.. models.Select(_ => Guid.CreateVersion7(now).ToString())];
        Id<Threshold>[] thresholds = [.. models.Select(one => one.Threshold)];
        long?[] samplesMin = [.. models.Select(one => (long?)one.Model.MinSampleSize)];
        long?[] samplesMax = [.. models.Select(one => (long?)one.Model.MaxSampleSize)];
        long?[] windows = [.. models.Select(one => (long?)one.Model.Window)];
        double?[] lower = [.. models.Select(one => one.Model.LowerBoundary)];
        double?[] upper = [.. models.Select(one => one.Model.UpperBoundary)];
        return new NewRows("models", models.Count)
            .With("uuid", uuids)
            .With("threshold_id", thresholds)
            .With("test", [.. models.Select(one => Words<ModelTest>.Of(one.Model.Test))])
            .With("min_sample_size", samplesMin)
            .With("max_sample_size", samplesMax)
            .With("time_window", windows)
            .With("lower_boundary", lower)
            .With("upper_boundary", upper)
            .With("created", now.ToUnixTimeSeconds());
    }
}
