using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Machines.Jobs;

/// <summary>A row in the pages' lists of jobs, with the names of its runner, project, branch and testbed.</summary>
/// <param name="Runner">The runner that holds the job, or held it last.</param>
/// <param name="IsConfirming">True when the job confirms the report's suspicions instead of filling the report.</param>
public sealed record JobLine(
    Guid Uuid,
    JobStatus Status,
    string? Reason,
    string Spec,
    string? Runner,
    string? RunnerSlug,
    string Project,
    string ProjectSlug,
    Guid? Report,
    string? Branch,
    uint? Version,
    string? Hash,
    string? Testbed,
    DateTimeOffset Created,
    DateTimeOffset? Claimed,
    DateTimeOffset? Started,
    DateTimeOffset? Completed,
    bool IsConfirming
)
{
    /// <summary>Why the job waits, as on its page; null when it does not wait.</summary>
    public string? Waits { get; init; }

    private static readonly Raw Columns = new(
        """
        jobs.uuid, jobs.status, jobs.reason, specs.name, runners.name, runners.slug, projects.name, projects.slug,
        reports.uuid, branches.name, versions.number, versions.hash, testbeds.name, jobs.created, jobs.claimed, jobs.started, jobs.completed,
        CASE WHEN jobs.confirmation_id IS NULL THEN 0 ELSE 1 END
        """
    );

    private static readonly Raw From = new(
        """
        jobs JOIN projects ON projects.id = jobs.project_id JOIN specs ON specs.id = jobs.spec_id
        LEFT JOIN runners ON runners.id = jobs.runner_id LEFT JOIN confirmations ON confirmations.id = jobs.confirmation_id
        LEFT JOIN reports ON reports.id = COALESCE(jobs.report_id, confirmations.head_report_id) LEFT JOIN versions ON versions.id = reports.version_id
        LEFT JOIN heads ON heads.id = reports.head_id LEFT JOIN branches ON branches.id = heads.branch_id LEFT JOIN testbeds ON testbeds.id = reports.testbed_id
        """
    );

    /// <summary>Lists one page of jobs in the given order, and counts them.</summary>
    /// <param name="where">A condition on the table jobs.</param>
    /// <param name="order">The sort columns; an index must cover them together with the condition.</param>
    internal static async Task<(List<JobLine> Lines, long Total)> ListAsync(
        Sql sql,
        SqlText where,
        Raw order,
        Page page,
        CancellationToken ct
    )
    {
        var lines = await sql.ListAsync(
            $"SELECT {Columns} FROM {From} WHERE {where} ORDER BY {order} {page.Limit}",
            Read,
            ct
        );
        return (lines, await sql.NumberAsync($"SELECT count(*) FROM jobs WHERE {where}", ct));
    }

    internal static Task<JobLine?> FindAsync(Sql sql, Id<Job> id, CancellationToken ct) =>
        sql.FirstAsync($"SELECT {Columns} FROM {From} WHERE jobs.id = {id}", Read, ct);

    private static JobLine Read(Row row) =>
        new(
            row.Uuid(),
            row.Word<JobStatus>(),
            row.TextOrNull(),
            row.Text(),
            row.TextOrNull(),
            row.TextOrNull(),
            row.Text(),
            row.Text(),
            row.UuidOrNull(),
            row.TextOrNull(),
            (uint?)row.LongOrNull(),
            row.TextOrNull(),
            row.TextOrNull(),
            row.Time(),
            row.TimeOrNull(),
            row.TimeOrNull(),
            row.TimeOrNull(),
            row.Bool()
        );
}
