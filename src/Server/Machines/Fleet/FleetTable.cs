using System.Globalization;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Machines.Runners;

namespace Paddock.Server.Machines.Fleet;

/// <summary>Reads the runners visible to a caller. The number of queries does not grow with the fleet.</summary>
internal static class FleetTable
{
    /// <summary>A runner with the operating system, architecture and version it last reported.</summary>
    private sealed record RunnerSoftware(RunnerRow Runner, string? Os, string? Arch, string? Version);

    private sealed record Slots(int All, int Taken, int Connected, int FreeForBenchmarks, int FreeForAgents, int Free);

    private static readonly Raw IsFree = new(
        "runner_slots.channel IS NOT NULL AND runner_slots.job_id IS NULL AND (runners.slots IS NULL OR "
            + "runner_slots.slot < runners.slots)"
    );

    private static readonly Slots None = new(0, 0, 0, 0, 0, 0);

    /// <summary>A condition on the table runners: the organization's own runners and the shared ones.</summary>
    public static SqlText VisibleTo(Id<Organization> organizationId) => VisibleTo(SqlText.Of($"{organizationId}"));

    public static SqlText VisibleTo(SqlText organization) =>
        SqlText.Of($"(runners.organization_id = {organization} OR runners.organization_id IS NULL)");

    public static SqlText InUse { get; } = SqlText.Of($"runners.archived IS NULL");

    public static async Task<List<FleetRunner>> ListAsync(
        Sql sql,
        SqlText where,
        DateTimeOffset seenSince,
        CancellationToken ct
    )
    {
        var (rows, slots) = (new List<RunnerSoftware>(), new Dictionary<long, Slots>());
        var (labels, specs) = (new Dictionary<long, List<string>>(), new Dictionary<long, List<string>>());
        await sql.ReadAllAsync(
            [
                (
                    SqlText.Of(
                        $"""
                        SELECT {RunnerRow.Columns}, runners.os, runners.arch, runners.version FROM runners WHERE {where} ORDER BY runners.id
                        """
                    ),
                    row => rows.Add(new(RunnerRow.Read(row), row.TextOrNull(), row.TextOrNull(), row.TextOrNull()))
                ),
                (
                    SqlText.Of(
                        $"""
                        SELECT runner_slots.runner_id, count(*), sum(CASE WHEN runner_slots.job_id IS NULL THEN 0 ELSE 1 END), sum(CASE WHEN runner_slots.channel IS NULL THEN 0 ELSE 1 END),
                            sum(CASE WHEN {IsFree} AND runner_slots.kind <> 'agent' THEN 1 ELSE 0 END), sum(CASE WHEN {IsFree} AND runner_slots.kind <> 'benchmark' THEN 1 ELSE 0 END),
                            sum(CASE WHEN {IsFree} THEN 1 ELSE 0 END)
                        FROM runner_slots JOIN runners ON runners.id = runner_slots.runner_id WHERE {where} GROUP BY runner_slots.runner_id
                        """
                    ),
                    row => slots.Add(row.Long(), new(row.Int(), row.Int(), row.Int(), row.Int(), row.Int(), row.Int()))
                ),
                (
                    SqlText.Of(
                        $"""
                        SELECT runner_labels.runner_id, runner_labels.label FROM runner_labels JOIN runners ON runners.id = runner_labels.runner_id
                        WHERE {where} ORDER BY runner_labels.runner_id, runner_labels.label
                        """
                    ),
                    row => Add(labels, row)
                ),
                (
                    SqlText.Of(
                        $"""
                        SELECT runner_specs.runner_id, specs.slug FROM runner_specs JOIN specs ON specs.id = runner_specs.spec_id JOIN runners ON runners.id = runner_specs.runner_id
                        WHERE {where} ORDER BY runner_specs.id
                        """
                    ),
                    row => Add(specs, row)
                ),
            ],
            ct
        );
        return rows.ConvertAll(row =>
            ToWire(
                row,
                slots.GetValueOrDefault(row.Runner.Id, None),
                labels.GetValueOrDefault(row.Runner.Id, []),
                specs.GetValueOrDefault(row.Runner.Id, []),
                seenSince
            )
        );
    }

    /// <summary>A text that changes whenever the answer to <see cref="ListAsync"/> changes.</summary>
    /// <remarks>
    /// The sums are enough: revisions and heartbeats only grow, and without any other change the number of recently
    /// seen runners only falls.
    /// </remarks>
    public static async Task<string> StateAsync(
        Sql sql,
        SqlText where,
        DateTimeOffset seenSince,
        CancellationToken ct
    ) => (await sql.FirstAsync(StateOf(where, seenSince), ReadState, ct))!;

    /// <summary>The query behind <see cref="StateAsync"/>: one row, for <see cref="ReadState"/>.</summary>
    public static SqlText StateOf(SqlText where, DateTimeOffset seenSince)
    {
        var isSeen = RunnerLiveness.IsSeen(seenSince);
        return SqlText.Of(
            $"""
            SELECT count(*), CAST(COALESCE(sum(runners.id), 0) AS BIGINT), CAST(COALESCE(sum(runners.revision), 0) AS BIGINT), CAST(COALESCE(sum(runners.id * runners.revision), 0) AS BIGINT),
                CAST(COALESCE(sum(runners.last_heartbeat), 0) AS BIGINT), CAST(COALESCE(sum(CASE WHEN {isSeen} THEN 1 ELSE 0 END), 0) AS BIGINT)
            FROM runners WHERE {where}
            """
        );
    }

    public static string ReadState(Row row) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{row.Long()}-{row.Long():x}-{row.Long():x}-{row.Long():x}-{row.Long():x}-{row.Long()}"
        );

    private static void Add(Dictionary<long, List<string>> found, Row row)
    {
        var id = row.Long();
        if (!found.TryGetValue(id, out var texts))
            found.Add(id, texts = []);
        texts.Add(row.Text());
    }

    private static FleetRunner ToWire(
        RunnerSoftware software,
        Slots slots,
        List<string> labels,
        List<string> specs,
        DateTimeOffset seenSince
    )
    {
        var row = software.Runner;
        var facts = new RunnerFactsNow(
            row.Archived is not null,
            row.LastHeartbeat,
            slots.Connected > 0,
            row.Maintenance,
            row.Draining,
            slots.Free
        );
        var (status, reason) = RunnerStatus.Of(facts, seenSince);
        if (status == FleetStatus.Busy && reason is null)
            reason = NotAllConnected(slots.Connected, row.SlotsMax ?? slots.All, slots.Taken);
        var free =
            status == FleetStatus.Online ? new FreeSlots(slots.FreeForBenchmarks, slots.FreeForAgents) : new(0, 0);
        return new(
            row.Id,
            row.Name,
            status,
            software.Version ?? "",
            RunnerStatus.Os(software.Os),
            RunnerStatus.Architecture(software.Arch),
            labels,
            slots.Taken,
            row.SlotsMax ?? slots.All,
            row.LastHeartbeat,
            row.Created,
            reason,
            row.Uuid,
            row.Slug,
            specs,
            row.OrganizationId is null,
            free
        );
    }

    // A busy runner with fewer pods than slots looks like a mistake unless the reason says that its other slots are not
    // connected.
    private static string? NotAllConnected(int connected, int max, int taken) =>
        taken < max && connected < max
            ? $"Only {connected} of its {max} slots {(connected == 1 ? "is" : "are")} connected, and none of those "
                + $"is free."
            : null;
}
