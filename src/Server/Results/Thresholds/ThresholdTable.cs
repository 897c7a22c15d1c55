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

/// <summary>The bare threshold; its model and dimensions are joined where they are shown.</summary>
internal sealed record ThresholdRow(
    Id<Threshold> Id,
    Guid Uuid,
    Id<Branch> BranchId,
    Id<Testbed> TestbedId,
    Id<Measure> MeasureId,
    Id<ModelRow>? ModelId,
    DateTimeOffset Created,
    DateTimeOffset Modified
)
{
    public static readonly Raw Columns = new(
        """
        thresholds.id, thresholds.uuid, thresholds.branch_id, thresholds.testbed_id, thresholds.measure_id, thresholds.model_id,
        thresholds.created, thresholds.modified
        """
    );

    public static ThresholdRow Read(Row row) =>
        new(
            row.Id<Threshold>(),
            row.Uuid(),
            row.Id<Branch>(),
            row.Id<Testbed>(),
            row.Id<Measure>(),
            row.IdOrNull<ModelRow>(),
            row.Time(),
            row.Time()
        );

    public ThresholdPlace Place => new(TestbedId, MeasureId);

    public MetricThreshold ToWire(ProjectRow project, ModelRow model) =>
        new(Uuid, project.Uuid, model.ToWire(), Created);
}

internal sealed record ModelRow(
    Id<ModelRow> Id,
    Guid Uuid,
    Model Model,
    DateTimeOffset Created,
    DateTimeOffset? Replaced
)
{
    public const int ColumnCount = 10;
    public static readonly Raw Columns = new(
        """
        models.id, models.uuid, models.test, models.min_sample_size, models.max_sample_size, models.time_window, models.lower_boundary, models.upper_boundary,
        models.created, models.replaced
        """
    );

    public static ModelRow Read(Row row) =>
        new(
            row.Id<ModelRow>(),
            row.Uuid(),
            new(
                row.Word<ModelTest>(),
                row.UIntOrNull(),
                row.UIntOrNull(),
                row.UIntOrNull(),
                row.DoubleOrNull(),
                row.DoubleOrNull()
            ),
            row.Time(),
            row.TimeOrNull()
        );

    /// <summary>For a left join: null where no model was joined.</summary>
    public static ModelRow? ReadOrNull(Row row)
    {
        if (!row.IsNull())
            return Read(row);
        row.Skip(ColumnCount - 1);
        return null;
    }

    public ThresholdModel ToWire() =>
        new(
            Uuid,
            Model.Test,
            Model.MinSampleSize,
            Model.MaxSampleSize,
            Model.Window,
            Model.LowerBoundary,
            Model.UpperBoundary,
            Created,
            Replaced
        );
}

internal static class ThresholdTable
{
    /// <summary>Models that were given to a threshold by hand, or by runs.</summary>
    public static readonly ListLimit ModelLimit = new(
        "PADDOCK_MODELS_PER_THRESHOLD_MAX",
        Standard: 10_000,
        Owner: "threshold",
        Owners: "thresholds",
        Things: "models",
        Table: "models",
        OwnerColumn: "threshold_id",
        Remedy: "What it has judged needs them; delete its reports and the threshold first."
    );

    private const string Noun = "threshold";

    private static readonly Raw Joins = new(
        $"""
        JOIN branches ON branches.id = thresholds.branch_id
        JOIN heads ON heads.id = branches.head_id
        {HeadRow.Joins.Text}
        JOIN testbeds ON testbeds.id = thresholds.testbed_id
        LEFT JOIN specs ON specs.id = testbeds.spec_id
        JOIN measures ON measures.id = thresholds.measure_id
        """
    );

    public static async Task<(List<Threshold> Thresholds, long Total)> ListAsync(
        Sql sql,
        ProjectRow project,
        ThresholdFilter filter,
        Page page,
        CancellationToken ct
    )
    {
        var where = SqlText.Of($"thresholds.project_id = {project.Id} AND {filter.Condition()}");
        var (direction, column) = (
            page.Direction(descendingStandard: filter.ByModification),
            new Raw(filter.ByModification ? "modified" : "created")
        );
        var rows = await sql.ListAsync(
            $"""
            SELECT {FullThreshold.Columns} FROM thresholds {Joins} LEFT JOIN models ON models.id = thresholds.model_id
            WHERE {where} ORDER BY thresholds.{column} {direction}, thresholds.id {direction} {page.Limit}
            """,
            row => FullThreshold.Read(row, project),
            ct
        );
        var total = await sql.NumberAsync(
            $"""
            SELECT count(*) FROM thresholds JOIN branches ON branches.id = thresholds.branch_id JOIN testbeds ON testbeds.id = thresholds.testbed_id
                JOIN measures ON measures.id = thresholds.measure_id
            WHERE {where}
            """,
            ct
        );
        return (rows, total);
    }

    /// <param name="model">The model to show it with, in force or past; the one in force where null.</param>
    /// <exception cref="Refusal">There is no such threshold, or it never had this model.</exception>
    public static async Task<Threshold> ViewAsync(
        Sql sql,
        ProjectRow project,
        Guid uuid,
        Guid? model = null,
        CancellationToken ct = default
    )
    {
        var which = model is { } past
            ? SqlText.Of($"models.threshold_id = thresholds.id AND models.uuid = {past}")
            : SqlText.Of($"models.id = thresholds.model_id");
        var threshold = await sql.FirstAsync(
            $"""
            SELECT {FullThreshold.Columns} FROM thresholds {Joins} LEFT JOIN models ON {which}
            WHERE thresholds.project_id = {project.Id} AND thresholds.uuid = {uuid}
            """,
            row => FullThreshold.Read(row, project),
            ct
        ) ?? throw Refusal.NotFound(Noun, uuid);
        return model is not null && threshold.Model is null
            ? throw Refusal.NotFound("model of this threshold", model)
            : threshold;
    }

    /// <summary>All models that a threshold ever had, the newest first.</summary>
    public static Task<List<ThresholdModel>> ModelsAsync(
        Sql sql,
        ProjectRow project,
        Guid uuid,
        CancellationToken ct
    ) =>
        sql.ListAsync(
            $"""
            SELECT {ModelRow.Columns} FROM models JOIN thresholds ON thresholds.id = models.threshold_id
            WHERE thresholds.project_id = {project.Id} AND thresholds.uuid = {uuid} ORDER BY models.id DESC LIMIT 50
            """,
            row => ModelRow.Read(row).ToWire(),
            ct
        );

    /// <exception cref="Refusal">The model makes no sense, or branch, testbed or measure is not there, or they have a
    /// threshold.</exception>
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
        return await ViewAsync(sql, project, uuid);
    }

    /// <param name="model">The model from now on; null for none. The same again changes nothing.</param>
    /// <exception cref="Refusal">There is no such threshold.</exception>
    public static async Task<Threshold> UpdateAsync(
        Sql sql,
        ProjectRow project,
        Guid uuid,
        Model? model,
        ListLimits limits,
        DateTimeOffset now
    )
    {
        var threshold = await FindAsync(sql, project, uuid);
        if (model is not null)
            await limits.MakeRoomAsync(sql, ModelLimit, threshold.Id, now);
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
        return await ViewAsync(sql, project, uuid);
    }

    /// <exception cref="Refusal">There is no such threshold, or it has judged results.</exception>
    public static async Task DeleteAsync(Sql sql, ProjectRow project, Guid uuid)
    {
        var threshold = await FindAsync(sql, project, uuid);
        await BranchTable.LockAsync(sql, threshold.BranchId);
        if (await HasJudgedAsync(sql, threshold))
            throw Refusal.Conflict(
                "This threshold has judged results; delete their reports first, or take its model away: {\"test\": "
                    + "null}."
            );
        await sql.ExecuteAsync($"DELETE FROM thresholds WHERE id = {threshold.Id}");
    }

    /// <summary>What judges the reports of a branch on a testbed.</summary>
    public static async Task<List<(ThresholdRow Threshold, ModelRow Model)>> InForceAsync(
        Sql sql,
        Id<Branch> branchId,
        Id<Testbed> testbedId,
        CancellationToken ct = default
    )
    {
        var known = sql.OfTurn<KnownThresholds>();
        if (known is not null && known.InForce.TryGetValue((branchId, testbedId), out var inForce))
            return inForce;
        inForce = await sql.ListAsync(
            $"""
            SELECT {ThresholdRow.Columns}, {ModelRow.Columns} FROM thresholds JOIN models ON models.id = thresholds.model_id
            WHERE thresholds.branch_id = {branchId} AND thresholds.testbed_id = {testbedId}
            """,
            row => (ThresholdRow.Read(row), ModelRow.Read(row)),
            ct
        );
        known?.InForce.Add((branchId, testbedId), inForce);
        return inForce;
    }

    /// <summary>What judges the reports of a branch that this transaction has locked.</summary>
    private sealed class KnownThresholds
    {
        public Dictionary<
            (Id<Branch> BranchId, Id<Testbed> TestbedId),
            List<(ThresholdRow Threshold, ModelRow Model)>
        > InForce { get; } = [];
    }

    /// <summary>
    /// Sets the thresholds that came with a report: creates, replaces where different, leaves where equal; a reset
    /// takes the model from all others.
    /// </summary>
    /// <exception cref="Refusal">A model makes no sense, or two of them are for one measure.</exception>
    public static async Task SetFromRunAsync(
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
    /// Gives a branch the thresholds of another, and takes the model from those that the other does not have.
    /// </summary>
    public static async Task CloneAsync(
        Sql sql,
        ProjectRow project,
        Id<Branch> fromBranchId,
        Id<Branch> toBranchId,
        DateTimeOffset now
    )
    {
        var wanted = (await PresentAsync(sql, SqlText.Of($"thresholds.branch_id = {fromBranchId}"))).ToDictionary(
            t => t.Threshold.Place,
            t => t.Model?.Model
        );
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

    // Most reports send the thresholds that are there already, so the branch is only locked once there is something to
    // change.
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
        if (ThresholdChanges.Of(await PresentAsync(sql, scope), wanted, removeOthers).IsEmpty)
            return;
        await BranchTable.LockAsync(sql, branchId);
        await ApplyAsync(
            sql,
            project,
            branchId,
            ThresholdChanges.Of(await PresentAsync(sql, scope), wanted, removeOthers),
            now
        );
    }

    private static Task<List<(ThresholdRow Threshold, ModelRow? Model)>> PresentAsync(Sql sql, SqlText scope) =>
        sql.ListAsync(
            $"SELECT {ThresholdRow.Columns}, {ModelRow.Columns} FROM thresholds LEFT JOIN models ON models.id = "
                + $"thresholds.model_id WHERE {scope}",
            row => (ThresholdRow.Read(row), ModelRow.ReadOrNull(row))
        );

    private static async Task<ThresholdRow> FindAsync(Sql sql, ProjectRow project, Guid uuid) =>
        await sql.FirstAsync(
            $"SELECT {ThresholdRow.Columns} FROM thresholds WHERE project_id = {project.Id} AND uuid = {uuid}",
            ThresholdRow.Read
        ) ?? throw Refusal.NotFound(Noun, uuid);

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
        return id != 0 ? id : throw Refusal.NotFound(noun, reference);
    }

    // Metrics know their model but are not indexed by it, so the search is narrowed to what this threshold can have
    // judged: its series, from the first version on that a report of its lifetime is on.
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
        sql.OfTurn<KnownThresholds>()?.InForce.Clear();
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

    // A run may bring tens of thousands of them.
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
