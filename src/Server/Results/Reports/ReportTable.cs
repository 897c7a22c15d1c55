using Paddock.Core.Adapters;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Users;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Catalog.Specs;
using Paddock.Server.Catalog.Testbeds;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Results.Reports;

/// <summary>The filters of a list of reports.</summary>
internal sealed record ReportFilter(
    NameId<BranchName>? Branch,
    NameId<ResourceName>? Testbed,
    DateTimeOffset? StartTime,
    DateTimeOffset? EndTime,
    bool Archived
)
{
    /// <summary>True to leave out reports without results, such as those of waiting jobs.</summary>
    public bool HasResults { get; init; }
}

internal static class ReportTable
{
    private const int ExpandedMetricsMax = 500_000;

    private static readonly Raw InsertColumns = new(
        "uuid, project_id, user_id, head_id, version_id, testbed_id, spec_id, adapter, start_time, end_time, counts, "
            + "metrics, remarks, notices, idempotency_key, environment_id, created, change, incomplete"
    );

    private static readonly Raw Columns = new(
        $"""
        {ReportRow.Columns.Text}, users.uuid, users.name, users.slug, {BranchRow.Columns.Text}, {HeadRow.Columns.Text}, report_versions.number, report_versions.hash,
        {TestbedRow.Columns.Text}, {SpecRow.Columns.Text}, jobs.uuid, COALESCE(jobs.environment, environments.environment), jobs.status
        """
    );

    private static readonly Raw From = new(
        $"""
        reports
        JOIN heads ON heads.id = reports.head_id
        JOIN branches ON branches.id = heads.branch_id
        JOIN versions report_versions ON report_versions.id = reports.version_id
        JOIN testbeds ON testbeds.id = reports.testbed_id
        LEFT JOIN specs ON specs.id = reports.spec_id
        LEFT JOIN users ON users.id = reports.user_id
        LEFT JOIN jobs ON jobs.report_id = reports.id
        LEFT JOIN environments ON environments.id = reports.environment_id
        {HeadRow.Joins.Text}
        """
    );

    public static async Task<ReportRow> InsertAsync(
        Sql sql,
        ProjectRow project,
        UserRow? user,
        Run run,
        RunPlace place,
        IReadOnlyList<IterationCounts> counts,
        int metrics,
        DateTimeOffset now,
        long change = 0,
        bool isComplete = true
    )
    {
        var (uuid, adapter) = (Guid.CreateVersion7(now), Harness.Canonical(run.Settings?.Adapter ?? Adapter.Magic));
        long? environment = place.Environment.IsTold ? place.Environment.Id : null;
        var (packed, remarks, notices) = (
            ReportRow.PackCounts(counts),
            ReportRow.PackRemarks(run.Remarks),
            ReportRow.PackNotices(run.Notices)
        );
        var id = await sql.InsertLaterAsync<Report>(
            "reports",
            InsertColumns,
            SqlText.Of(
                $"""
                {uuid}, {project.Id}, {user?.Id}, {place.HeadId}, {place.VersionId}, {place.TestbedId}, {place.SpecId}, {adapter},
                {run.StartTime}, {run.EndTime}, {packed}, {metrics}, {remarks}, {notices}, {run.IdempotencyKey}, {environment}, {now}, {change}, {!isComplete}
                """
            )
        );
        return new(
            id,
            uuid,
            place.HeadId,
            place.VersionId,
            adapter,
            run.StartTime,
            run.EndTime,
            counts,
            run.Remarks,
            run.Notices,
            now
        );
    }

    /// <summary>Finds the reports of a head whose changes lie between two numbers.</summary>
    /// <returns>At most <paramref name="max"/> + 1 reports; one above <paramref name="max"/> means that there are
    /// more.</returns>
    public static Task<List<(Id<Report> Id, long Change, Id<Testbed> TestbedId)>> OfChangesAsync(
        Sql sql,
        Id<Head> headId,
        long after,
        long before,
        int max
    ) =>
        sql.ListAsync(
            $"""
            SELECT id, change, testbed_id FROM reports
            WHERE head_id = {headId} AND change > {after} AND change < {before} ORDER BY change LIMIT {max + 1}
            """,
            row => (row.Id<Report>(), row.Long(), row.Id<Testbed>())
        );

    /// <summary>Stores the results of a run that began with an empty report.</summary>
    /// <param name="change">The number of the head's change that adds these results.</param>
    public static Task FillAsync(
        Sql sql,
        Id<Report> id,
        Id<RunEnvironment> environmentId,
        DateTimeOffset start,
        DateTimeOffset end,
        IReadOnlyList<IterationCounts> counts,
        int metrics,
        IReadOnlyList<Remark> remarks,
        IReadOnlyList<Notice> notices,
        long change
    ) =>
        sql.ExecuteAsync(
            $"""
            UPDATE reports SET change = {change}, start_time = {start}, end_time = {end}, counts = {ReportRow.PackCounts(
                counts
            )}, metrics = {metrics},
                environment_id = {(environmentId.IsNone ? null : (long?)environmentId)}, remarks = {ReportRow.PackRemarks(
                remarks
            )}, notices = {ReportRow.PackNotices(notices)} WHERE id = {id}
            """
        );

    public static Task<StoredReport?> FindAsync(
        Sql sql,
        ProjectRow project,
        Guid report,
        CancellationToken ct = default
    ) =>
        FindAsync(
            sql,
            SqlText.Of($"reports.project_id = {project.Id} AND reports.uuid = {report} AND reports.incomplete = 0"),
            ct
        );

    /// <summary>Loads reports with their metrics, in no particular order.</summary>
    public static async Task<IReadOnlyList<StoredReport>> ByIdsAsync(
        Sql sql,
        IReadOnlyCollection<Id<Report>> ids,
        CancellationToken ct
    ) =>
        await ReportMetrics.LoadAsync(
            sql,
            await sql.ListAsync($"SELECT {Columns} FROM {From} WHERE reports.id IN {ids}", Read, ct),
            ct
        );

    /// <exception cref="Refusal">The results of this key's run are still being recorded.</exception>
    public static async Task<StoredReport?> FindByKeyAsync(Sql sql, ProjectRow project, Guid idempotencyKey)
    {
        var condition = SqlText.Of($"reports.project_id = {project.Id} AND reports.idempotency_key = {idempotencyKey}");
        if (await sql.AnyAsync($"SELECT 1 FROM reports WHERE {condition} AND reports.incomplete = 1"))
            throw Refusal.Conflict(
                "idempotency_key: a run with this key is still being recorded; send it again in a few minutes to get "
                    + "its report."
            );
        return await FindAsync(sql, condition, CancellationToken.None);
    }

    private static async Task<StoredReport?> FindAsync(Sql sql, SqlText condition, CancellationToken ct)
    {
        var found = await sql.FirstAsync($"SELECT {Columns} FROM {From} WHERE {condition}", Read, ct);
        return found is null ? null : (await ReportMetrics.LoadAsync(sql, [found], ct))[0];
    }

    public static async Task<(IReadOnlyList<StoredReport> Reports, long Total)> ListAsync(
        Sql sql,
        ProjectRow project,
        ReportFilter filter,
        bool expand,
        Page page,
        CancellationToken ct
    )
    {
        var where = SqlText.Of($"reports.project_id = {project.Id} AND reports.incomplete = 0");
        where = filter.Archived
            ? SqlText.Of($"{where} AND (branches.archived IS NOT NULL OR testbeds.archived IS NOT NULL)")
            : SqlText.Of($"{where} AND branches.archived IS NULL AND testbeds.archived IS NULL");
        if (filter.Branch is { } branch)
            where = SqlText.Of($"{where} AND {branch.Condition("branches")}");
        if (filter.Testbed is { } testbed)
            where = SqlText.Of($"{where} AND {testbed.Condition("testbeds")}");
        if (filter.HasResults)
            where = SqlText.Of($"{where} AND reports.metrics > 0");
        if (filter.StartTime is { } start)
            where = SqlText.Of($"{where} AND reports.start_time >= {start}");
        if (filter.EndTime is { } end)
            where = SqlText.Of($"{where} AND reports.end_time <= {end}");
        var direction = page.Direction(descendingStandard: true);
        var reports = await sql.ListAsync(
            $"""
            SELECT {Columns} FROM {From} WHERE {where}
            ORDER BY reports.start_time {direction}, reports.end_time {direction}, reports.created {direction}, reports.id {direction} {page.Limit}
            """,
            Read,
            ct
        );
        var total = await sql.NumberAsync(
            $"""
            SELECT count(*) FROM reports JOIN heads ON heads.id = reports.head_id JOIN branches ON branches.id = heads.branch_id
            JOIN testbeds ON testbeds.id = reports.testbed_id WHERE {where}
            """,
            ct
        );
        if (expand && reports.Count > 1)
            await RefuseTooMuchAsync(sql, [.. reports.Select(stored => stored.Report.Id)], ct);
        return (expand ? await ReportMetrics.LoadAsync(sql, reports, ct) : reports, total);
    }

    // All reports stay in memory until the last one is written. A single report is never larger than a request may be.
    private static async Task RefuseTooMuchAsync(Sql sql, Id<Report>[] reportIds, CancellationToken ct)
    {
        var metrics = await sql.NumberAsync(
            $"SELECT CAST(sum(metrics) AS BIGINT) FROM reports WHERE id IN {reportIds}",
            ct
        );
        if (metrics > ExpandedMetricsMax)
            throw Refusal.BadInput(
                $"These reports have {metrics} results together; allowed: {ExpandedMetricsMax} at most in one answer. "
                    + "Ask for fewer reports with per_page, or leave expand out."
            );
    }

    /// <summary>Counts the alerts of reports, and how many of them are active.</summary>
    public static async Task<Dictionary<Id<Report>, AlertCounts>> AlertCountsAsync(
        Sql sql,
        IReadOnlyCollection<Id<Report>> reportIds,
        CancellationToken ct
    )
    {
        var counts = new Dictionary<Id<Report>, AlertCounts>();
        await sql.ReadAsync(
            $"""
            SELECT report_id, count(*), sum(CASE WHEN status = {AlertStatus.Active} THEN 1 ELSE 0 END) FROM alerts
            WHERE report_id IN {reportIds} GROUP BY report_id
            """,
            row =>
            {
                counts.Add(row.Id<Report>(), new(row.UInt(), row.UInt()));
                return true;
            },
            ct
        );
        return counts;
    }

    private static StoredReport Read(Row row)
    {
        var report = ReportRow.Read(row);
        var (userUuid, userName, userSlug) = (row.UuidOrNull(), row.TextOrNull(), row.TextOrNull());
        return new(
            report,
            userUuid is { } uuid ? new(uuid, userName!, userSlug!) : null,
            BranchRow.Read(row),
            HeadRow.Read(row),
            new(row.UInt(), row.TextOrNull()),
            TestbedRow.Read(row),
            SpecRow.ReadOrNull(row),
            Metrics: null,
            row.UuidOrNull(),
            row.TextOrNull()
        )
        {
            JobStatus = row.WordOrNull<JobStatus>(),
        };
    }
}
