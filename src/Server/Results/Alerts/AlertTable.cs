using Paddock.Core.Analysis;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Benchmarks;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Results.Metrics;
using Paddock.Server.Results.Reports;
using Paddock.Server.Results.Thresholds;
using Version = Paddock.Core.Wire.Version;

namespace Paddock.Server.Results.Alerts;

/// <summary>The filter and order of a list of alerts.</summary>
internal readonly record struct AlertFilter(AlertStatus? Status, bool Archived, bool ByCreation);

internal static class AlertTable
{
    private static readonly Raw Columns = new(
        $"""
        alerts.uuid, alerts.series_id, alerts.report_id, alerts.iteration, alerts.boundary_limit, alerts.status, alerts.modified,
        reports.uuid, reports.created, versions.number, versions.hash,
        metrics.value, metrics.lower_value, metrics.upper_value, metrics.baseline, metrics.lower_limit, metrics.upper_limit,
        {BenchmarkRow.Columns.Text}, {FullThreshold.Columns.Text}
        """
    );

    // Head, version and spec come from the report. The model is the one that judged the metric.
    private static readonly Raw Joins = new(
        $"""
        JOIN reports ON reports.id = alerts.report_id
        JOIN versions ON versions.id = reports.version_id
        JOIN heads ON heads.id = reports.head_id
        {HeadRow.Joins.Text}
        LEFT JOIN specs ON specs.id = reports.spec_id
        JOIN metrics ON metrics.series_id = alerts.series_id AND metrics.version_id = reports.version_id AND metrics.start_time = reports.start_time
            AND metrics.report_id = alerts.report_id AND metrics.iteration = alerts.iteration
        JOIN series ON series.id = alerts.series_id
        JOIN benchmarks ON benchmarks.id = series.benchmark_id
        JOIN models ON models.id = alerts.model_id
        JOIN thresholds ON thresholds.id = models.threshold_id
        JOIN branches ON branches.id = thresholds.branch_id
        JOIN testbeds ON testbeds.id = thresholds.testbed_id
        JOIN measures ON measures.id = thresholds.measure_id
        """
    );

    /// <summary>Loads the alerts of some reports or series, keyed by the metric that raised them.</summary>
    /// <param name="of">A condition on the columns of the alerts table.</param>
    public static async Task<
        Dictionary<(Id<Report> ReportId, Id<Series> SeriesId, uint Iteration), RaisedAlert>
    > RaisedAsync(Sql sql, SqlText of, CancellationToken ct) =>
        (
            await sql.ListAsync(
                $"""
                SELECT report_id, series_id, iteration, uuid, boundary_limit, status, modified FROM alerts WHERE {of}
                """,
                row =>
                    (
                        Key: (row.Id<Report>(), row.Id<Series>(), row.UInt()),
                        Alert: new RaisedAlert(
                            row.Uuid(),
                            row.Word<BoundaryLimit>(),
                            row.Word<AlertStatus>(),
                            row.Time()
                        )
                    ),
                ct
            )
        ).ToDictionary(found => found.Key, found => found.Alert);

    /// <summary>
    /// Loads a page of alerts: always the active ones first, then the dismissed, then the silenced. The requested order
    /// applies within each status.
    /// </summary>
    public static async Task<(List<Alert> Alerts, long Total)> ListAsync(
        Sql sql,
        ProjectRow project,
        AlertFilter filter,
        Page page,
        CancellationToken ct
    )
    {
        var archived = await ArchivedModelsAsync(sql, project, ct);
        var where = SqlText.Of($"alerts.project_id = {project.Id}");
        if (filter.Archived)
            where = SqlText.Of($"{where} AND alerts.model_id IN {archived}");
        else if (archived.Count > 0)
            where = SqlText.Of($"{where} AND alerts.model_id NOT IN {archived}");
        var (ids, offset, total) = (new List<Id<Alert>>(), page.Offset, 0L);
        foreach (var status in filter.Status is { } one ? [one] : Enum.GetValues<AlertStatus>())
        {
            var ofStatus = SqlText.Of($"{where} AND alerts.status = {status}");
            var count = await sql.NumberAsync($"SELECT count(*) FROM alerts WHERE {ofStatus}", ct);
            total += count;
            if (offset < count && ids.Count < page.Size)
                ids.AddRange(
                    await IdsAsync(
                        sql,
                        ofStatus,
                        filter.ByCreation,
                        page with
                        {
                            Offset = offset,
                            Size = page.Size - ids.Count,
                        },
                        ct
                    )
                );
            offset = Math.Max(0, offset - count);
        }
        return (await InOrderAsync(sql, project, ids, ct), total);
    }

    /// <exception cref="Refusal">The alert does not exist.</exception>
    public static async Task<Alert> ViewAsync(Sql sql, ProjectRow project, Guid uuid, CancellationToken ct = default) =>
        await sql.FirstAsync(
            $"SELECT {Columns} FROM alerts {Joins} WHERE alerts.project_id = {project.Id} AND alerts.uuid = {uuid}",
            row => Read(row, project),
            ct
        ) ?? throw Refusal.NotFound("alert", uuid);

    /// <summary>Sets the status if one is given. The modification time changes either way.</summary>
    /// <exception cref="Refusal">The alert does not exist.</exception>
    public static async Task<Alert> UpdateAsync(
        Sql sql,
        ProjectRow project,
        Guid uuid,
        AlertPatchStatus? status,
        DateTimeOffset now
    )
    {
        var set = SqlText.Of($"modified = {now}");
        if (status is { } wanted)
            set = SqlText.Of($"{set}, status = {wanted}");
        await sql.ExecuteAsync($"UPDATE alerts SET {set} WHERE project_id = {project.Id} AND uuid = {uuid}");
        return await ViewAsync(sql, project, uuid);
    }

    /// <summary>Counts the active alerts, without those of archived thresholds.</summary>
    public static async Task<long> ActiveAsync(Sql sql, ProjectRow project, CancellationToken ct)
    {
        var archived = await ArchivedModelsAsync(sql, project, ct);
        var where = SqlText.Of($"project_id = {project.Id} AND status = {AlertStatus.Active}");
        if (archived.Count > 0)
            where = SqlText.Of($"{where} AND model_id NOT IN {archived}");
        return await sql.NumberAsync($"SELECT count(*) FROM alerts WHERE {where}", ct);
    }

    public static Task<List<(Guid Uuid, AlertStatus Status)>> StatusesAsync(
        Sql sql,
        ProjectRow project,
        IReadOnlyList<Guid> uuids
    ) =>
        sql.ListAsync($"SELECT uuid, status FROM alerts WHERE project_id = {project.Id} AND uuid IN {uuids}", row =>
            (row.Uuid(), row.Word<AlertStatus>())
        );

    /// <exception cref="Refusal">One of the alerts does not exist.</exception>
    public static async Task UpdateAsync(
        Sql sql,
        ProjectRow project,
        IReadOnlyList<Guid> uuids,
        AlertPatchStatus status,
        DateTimeOffset now
    )
    {
        var changed = await sql.ExecuteAsync(
            $"UPDATE alerts SET modified = {now}, status = {status} WHERE project_id = {project.Id} AND uuid IN {uuids}"
        );
        if (changed < uuids.Count)
            throw Refusal.NotFound("alert", named: null);
    }

    /// <summary>Dismisses all active alerts of a project.</summary>
    public static Task<int> DismissEveryAsync(Sql sql, ProjectRow project, DateTimeOffset now) =>
        sql.ExecuteAsync(
            $"UPDATE alerts SET modified = {now}, status = {AlertStatus.Dismissed} WHERE project_id = {project.Id} "
                + $"AND status = {AlertStatus.Active}"
        );

    /// <summary>
    /// Undoes <see cref="DismissEveryAsync"/>: reactivates the alerts that were dismissed in that second.
    /// </summary>
    public static Task<int> ActivateEveryAsync(Sql sql, ProjectRow project, long at, DateTimeOffset now) =>
        sql.ExecuteAsync(
            $"UPDATE alerts SET modified = {now}, status = {AlertStatus.Active} WHERE project_id = {project.Id} AND "
                + $"status = {AlertStatus.Dismissed} AND modified = {at}"
        );

    // An alert counts as archived if the branch, testbed or measure of its threshold is. The query goes through
    // models, of which there are far fewer than alerts.
    private static Task<List<Id<ModelRow>>> ArchivedModelsAsync(Sql sql, ProjectRow project, CancellationToken ct) =>
        sql.ListAsync(
            $"""
            SELECT models.id FROM thresholds JOIN models ON models.threshold_id = thresholds.id
                JOIN branches ON branches.id = thresholds.branch_id JOIN testbeds ON testbeds.id = thresholds.testbed_id
                JOIN measures ON measures.id = thresholds.measure_id
            WHERE thresholds.project_id = {project.Id}
              AND (branches.archived IS NOT NULL OR testbeds.archived IS NOT NULL OR measures.archived IS NOT NULL)
            """,
            row => row.Id<ModelRow>(),
            ct
        );

    // The index has the alerts of one status in modification order, so only the rows that the page needs are read.
    private static Task<List<Id<Alert>>> IdsAsync(
        Sql sql,
        SqlText where,
        bool byCreation,
        Page page,
        CancellationToken ct
    )
    {
        var order = byCreation
            ? SqlText.Of($"reports.start_time {page.Direction()}, benchmarks.name, alerts.iteration, alerts.id")
            : SqlText.Of(
                $"alerts.modified {page.Direction(descendingStandard: true)}, benchmarks.name, alerts.iteration, "
                    + $"alerts.id"
            );
        return sql.ListAsync(
            $"""
            SELECT alerts.id FROM alerts JOIN reports ON reports.id = alerts.report_id JOIN series ON series.id = alerts.series_id
                JOIN benchmarks ON benchmarks.id = series.benchmark_id
            WHERE {where} ORDER BY {order} {page.Limit}
            """,
            row => row.Id<Alert>(),
            ct
        );
    }

    private static async Task<List<Alert>> InOrderAsync(
        Sql sql,
        ProjectRow project,
        List<Id<Alert>> ids,
        CancellationToken ct
    )
    {
        if (ids.Count == 0)
            return [];
        // Selects the page's rows first and joins them afterwards: with so many joins, PostgreSQL does not find this
        // cheaper plan by itself.
        var alerts = await sql.ListAsync(
            $"SELECT alerts.id, {Columns} FROM (SELECT * FROM alerts page WHERE page.id IN {ids}) alerts {Joins}",
            row => KeyValuePair.Create(row.Id<Alert>(), Read(row, project)),
            ct
        );
        var byId = alerts.ToDictionary();
        return [.. ids.Where(byId.ContainsKey).Select(id => byId[id])];
    }

    private static Alert Read(Row row, ProjectRow project)
    {
        var uuid = row.Uuid();
        var key = new MetricKey(row.Id<Series>(), row.Id<Report>(), row.UInt());
        var (limit, status, modified) = (row.Word<BoundaryLimit>(), row.Word<AlertStatus>(), row.Time());
        var (report, created, version) = (row.Uuid(), row.Time(), new Version(row.UInt(), row.TextOrNull()));
        var metric = new Metric(key.ToUuid(), row.Double(), row.DoubleOrNull(), row.DoubleOrNull());
        var boundary = new Boundary(row.DoubleOrNull(), row.DoubleOrNull(), row.DoubleOrNull());
        var benchmark = BenchmarkRow.Read(row);
        var threshold = FullThreshold.Read(row, project, version);
        return new(
            uuid,
            report,
            key.Iteration,
            threshold,
            benchmark.ToWire(project),
            metric,
            limit,
            boundary,
            status,
            created,
            modified
        );
    }
}
