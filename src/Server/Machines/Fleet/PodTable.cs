using System.Text.Json;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Registry;

namespace Paddock.Server.Machines.Fleet;

/// <summary>Selects the pods of a list.</summary>
/// <param name="RunnerId">Only pods that this runner has, or had last.</param>
/// <param name="Statuses">Only pods of these statuses; empty for all.</param>
internal sealed record PodFilter(
    Id<Organization> OrganizationId,
    Id<Runner>? RunnerId,
    IReadOnlyList<PodStatus> Statuses
);

/// <summary>Jobs as the fleet API shows them. A pod is not stored separately: it exists as long as its job.</summary>
internal static class PodTable
{
    private static readonly Raw Columns = new(
        """
        jobs.key, jobs.kind, jobs.status, jobs.lost, jobs.reason, jobs.created, jobs.modified, jobs.started, jobs.completed, jobs.runner_id, jobs.uuid, projects.uuid, jobs.config, specs.slug
        """
    );

    private static readonly Raw From = new(
        "jobs JOIN projects ON projects.id = jobs.project_id LEFT JOIN specs ON specs.id = jobs.spec_id"
    );

    /// <param name="whole">True to include the members that need the scope to read pods.</param>
    public static async Task<(List<Pod> Pods, long Total)> ListAsync(
        Sql sql,
        PodFilter filter,
        int limit,
        long offset,
        bool whole,
        CancellationToken ct
    )
    {
        var where = SqlText.Of($"jobs.organization_id = {filter.OrganizationId} AND projects.deleted IS NULL");
        if (filter.RunnerId is { } runner)
            where = SqlText.Of($"{where} AND jobs.runner_id = {runner}");
        if (filter.Statuses.Count > 0)
            where = SqlText.Of($"{where} AND ({AnyOf(filter.Statuses)})");
        var pods = await sql.ListAsync(
            $"SELECT {Columns} FROM {From} WHERE {where} ORDER BY jobs.created DESC, jobs.id DESC LIMIT {limit} "
                + $"OFFSET {offset}",
            row => Read(row, whole),
            ct
        );
        return (
            pods,
            await sql.NumberAsync(
                $"SELECT count(*) FROM jobs JOIN projects ON projects.id = jobs.project_id WHERE {where}",
                ct
            )
        );
    }

    public static Task<Pod?> FindAsync(
        Sql sql,
        Id<Organization> organizationId,
        string key,
        CancellationToken ct = default
    ) =>
        sql.FirstAsync(
            $"SELECT {Columns} FROM {From} WHERE jobs.key = {key} AND jobs.organization_id = {organizationId} AND "
                + $"projects.deleted IS NULL",
            row => Read(row, whole: true),
            ct
        );

    /// <summary>Maps a job's status to the status of its pod.</summary>
    /// <param name="isLost">True when the job failed because its runner was lost.</param>
    public static PodStatus Status(JobStatus status, bool isLost) =>
        status switch
        {
            JobStatus.Pending => PodStatus.Pending,
            JobStatus.Claimed => PodStatus.Initializing,
            JobStatus.Running => PodStatus.Running,
            JobStatus.Completed or JobStatus.Processed => PodStatus.Completed,
            JobStatus.Failed => isLost ? PodStatus.Orphaned : PodStatus.Error,
            JobStatus.Canceled => PodStatus.Terminated,
        };

    private static SqlText AnyOf(IReadOnlyList<PodStatus> statuses)
    {
        var any = Is(statuses[0]);
        foreach (var status in statuses.Skip(1))
            any = SqlText.Of($"{any} OR {Is(status)}");
        return any;
    }

    private static SqlText Is(PodStatus status) =>
        status switch
        {
            PodStatus.Pending => SqlText.Of($"jobs.status = 'pending'"),
            PodStatus.Initializing => SqlText.Of($"jobs.status = 'claimed'"),
            PodStatus.Running => SqlText.Of($"jobs.status = 'running'"),
            PodStatus.Completed => SqlText.Of($"jobs.status IN ('completed', 'processed')"),
            PodStatus.Error => SqlText.Of($"jobs.status = 'failed' AND jobs.lost IS NULL"),
            PodStatus.Orphaned => SqlText.Of($"jobs.status = 'failed' AND jobs.lost IS NOT NULL"),
            PodStatus.Terminated => SqlText.Of($"jobs.status = 'canceled'"),
        };

    private static Pod Read(Row row, bool whole)
    {
        var (key, kind, status, lost, reason) = (
            row.Text(),
            row.Text(),
            row.Word<JobStatus>(),
            row.TimeOrNull(),
            row.TextOrNull()
        );
        var (created, modified, started, completed) = (row.Time(), row.Time(), row.TimeOrNull(), row.TimeOrNull());
        // A benchmark has no prompt. Its command is not one, and may hold private text.
        var pod = new Pod(
            key,
            Status(status, lost is not null),
            kind,
            InitialPrompt: "",
            created,
            modified,
            started,
            completed,
            row.LongOrNull(),
            kind,
            row.Uuid(),
            row.Uuid(),
            reason
        );
        if (!whole)
            return pod;
        var (config, spec) = (JsonSerializer.Deserialize(row.Text(), Wire.Default.JobConfig), row.TextOrNull());
        return pod with
        {
            Image = config?.Image ?? config?.Digest,
            Command = [.. config?.Entrypoint ?? [], .. config?.Cmd ?? []],
            Spec = spec,
        };
    }
}
