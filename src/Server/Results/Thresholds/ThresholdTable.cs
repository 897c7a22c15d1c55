using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Results.Thresholds;

internal static class ThresholdTable
{
    /// <summary>The limit on models per threshold, counting those set by request and by runs.</summary>
    public static readonly ListLimit ModelLimit = new(
        "PADDOCK_MODELS_PER_THRESHOLD_MAX",
        Standard: 10_000,
        Owner: "threshold",
        Owners: "thresholds",
        Things: "models",
        Table: "models",
        OwnerColumn: "threshold_id",
        Remedy: "The results that it has judged need its models. Delete the threshold with its reports, and create a "
            + "new one."
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

    /// <param name="model">The model to show, current or past; null for the current one.</param>
    /// <exception cref="Refusal">The threshold does not exist, or it never had this model.</exception>
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

    /// <summary>All models of a threshold, newest first.</summary>
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

    /// <summary>The thresholds in force for reports of a branch on a testbed.</summary>
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

    /// <summary>Empties the cache of this transaction after a change.</summary>
    public static void ForgetInForce(Sql sql) => sql.OfTurn<KnownThresholds>()?.InForce.Clear();

    /// <summary>The thresholds in force on branches that this transaction has locked.</summary>
    private sealed class KnownThresholds
    {
        public Dictionary<
            (Id<Branch> BranchId, Id<Testbed> TestbedId),
            List<(ThresholdRow Threshold, ModelRow Model)>
        > InForce { get; } = [];
    }

    /// <summary>The thresholds in a scope, each with its current model or null.</summary>
    public static Task<List<(ThresholdRow Threshold, ModelRow? Model)>> PresentAsync(Sql sql, SqlText scope) =>
        sql.ListAsync(
            $"SELECT {ThresholdRow.Columns}, {ModelRow.Columns} FROM thresholds LEFT JOIN models ON models.id = "
                + $"thresholds.model_id WHERE {scope}",
            row => (ThresholdRow.Read(row), ModelRow.ReadOrNull(row))
        );

    /// <exception cref="Refusal">The threshold does not exist.</exception>
    public static async Task<ThresholdRow> FindAsync(Sql sql, ProjectRow project, Guid uuid) =>
        await sql.FirstAsync(
            $"SELECT {ThresholdRow.Columns} FROM thresholds WHERE project_id = {project.Id} AND uuid = {uuid}",
            ThresholdRow.Read
        ) ?? throw Refusal.NotFound(Noun, uuid);
}
