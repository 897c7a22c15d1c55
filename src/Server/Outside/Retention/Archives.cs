using System.Runtime.InteropServices;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Blobs;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Outside.Retention;

/// <summary>The row of an archive.</summary>
internal sealed record ArchiveRow(long Id, string Key, RetentionArchive Wire)
{
    public static readonly Raw Columns = new("id, key, uuid, created, first_time, last_time, reports, metrics, size");

    public static ArchiveRow Read(Row row) =>
        new(
            row.Long(),
            row.Text(),
            new(row.Uuid(), row.Time(), row.Time(), row.Time(), row.Long(), row.Long(), row.Long())
        );
}

/// <summary>The metrics that retention has removed, as Parquet files in the blob store.</summary>
internal sealed partial class Archives(Db db, IBlobStore store, TimeProvider time, ILogger<Archives> log)
{
    private const int AtOnceMax = 1000;

    // Archives left unfinished for so long belong to a server that was killed while writing.
    private static readonly TimeSpan UnfinishedMax = TimeSpan.FromHours(1);

    private sealed record ReportNames(
        Guid Uuid,
        Guid? Key,
        string Branch,
        long Version,
        string? Hash,
        string Testbed,
        DateTimeOffset Start,
        DateTimeOffset End,
        string Adapter
    );

    /// <summary>Archives metrics before they are removed. When this returns, the store has them.</summary>
    /// <exception cref="IOException">The store failed, so nothing may be removed.</exception>
    public async Task SaveAsync(Guid project, Id<Project> projectId, List<OldMetric> metrics, CancellationToken ct)
    {
        if (metrics.Count == 0)
            return;
        var rows = await db.ReadAsync(sql => RowsAsync(sql, metrics, ct), ct);
        using var file = await ArchivedMetric.WriteAsync(rows, ct);
        var (uuid, now) = (Guid.CreateVersion7(time.GetUtcNow()), time.GetUtcNow());
        var key = $"archives/{project}/{uuid}";
        var reports = rows.DistinctBy(row => row.Report).Count();
        var (first, last) = (metrics.Min(metric => metric.StartTime), metrics.Max(metric => metric.StartTime));
        var id = await db.WriteAsync(sql =>
            sql.InsertAsync(
                $"""
                INSERT INTO retention_archives (uuid, project_id, key, whole, first_time, last_time, reports, metrics, size, created)
                VALUES ({uuid}, {projectId}, {key}, 0, {first}, {last}, {reports}, {rows.Count}, {file.Length}, {now})
                """
            )
        );
        await store.PutAsync(key, file, ct);
        await DemandStoredAsync(key, file, ct);
        await db.WriteAsync(sql => sql.ExecuteAsync($"UPDATE retention_archives SET whole = 1 WHERE id = {id}"));
    }

    // The archive becomes the only copy, so a store that reports success but kept nothing, or half of it, must be
    // detected first.
    private async Task DemandStoredAsync(string key, MemoryStream file, CancellationToken ct)
    {
        try
        {
            await using var stored = await store.OpenAsync(key, offset: 0, file.Length, ct);
            var (all, buffer) = (file.GetBuffer().AsMemory(0, (int)file.Length), new byte[64 << 10]);
            while (!all.IsEmpty)
            {
                var read = await stored.ReadAsync(buffer.AsMemory(0, Math.Min(buffer.Length, all.Length)), ct);
                if (read == 0 || !all.Span[..read].SequenceEqual(buffer.AsSpan(0, read)))
                    throw new BlobStoreFailure(
                        $"The blob store lost or changed the object {key} after storing it",
                        null
                    );
                all = all[read..];
            }
        }
        catch (FileNotFoundException e)
        {
            throw new BlobStoreFailure($"The blob store lost or changed the object {key} after storing it", e);
        }
    }

    public static async Task<(List<ArchiveRow> Rows, long Total)> ListAsync(
        Sql sql,
        Id<Project> projectId,
        Ground.Http.Page page,
        CancellationToken ct
    ) =>
        (
            await sql.ListAsync(
                $"""
                SELECT {ArchiveRow.Columns} FROM retention_archives WHERE project_id = {projectId} AND whole = 1
                ORDER BY id {page.Direction(descendingStandard: true)} {page.Limit}
                """,
                ArchiveRow.Read,
                ct
            ),
            await sql.NumberAsync(
                $"SELECT count(*) FROM retention_archives WHERE project_id = {projectId} AND whole = 1",
                ct
            )
        );

    public Task<ArchiveRow?> FindAsync(Id<Project> projectId, Guid uuid, CancellationToken ct) =>
        db.ReadAsync(
            sql =>
                sql.FirstAsync(
                    $"""
                    SELECT {ArchiveRow.Columns} FROM retention_archives
                    WHERE project_id = {projectId} AND uuid = {uuid} AND whole = 1
                    """,
                    ArchiveRow.Read,
                    ct
                ),
            ct
        );

    public Task<Stream> OpenAsync(ArchiveRow archive, CancellationToken ct) =>
        store.OpenAsync(archive.Key, offset: 0, archive.Wire.Bytes, ct);

    /// <summary>Removes the object from the store, then the row.</summary>
    public async Task DeleteAsync(long id, string key)
    {
        await store.DeleteAsync(key, CancellationToken.None);
        await db.WriteAsync(sql => sql.ExecuteAsync($"DELETE FROM retention_archives WHERE id = {id}"));
    }

    /// <summary>Removes archives that were never finished, and those of erased projects.</summary>
    public async Task TidyAsync(CancellationToken ct)
    {
        var orphans = await db.ReadAsync(
            sql =>
                sql.ListAsync(
                    $"""
                    SELECT id, key FROM retention_archives
                    WHERE (whole = 0 AND created < {time.GetUtcNow() - UnfinishedMax})
                      OR NOT EXISTS (SELECT 1 FROM projects WHERE projects.id = retention_archives.project_id)
                    LIMIT {AtOnceMax}
                    """,
                    row => (Id: row.Long(), Key: row.Text()),
                    ct
                ),
            ct
        );
        foreach (var (id, key) in orphans)
        {
            ct.ThrowIfCancellationRequested();
            try
            {
                await DeleteAsync(id, key);
            }
            // An archive that cannot be removed does not stop the removal of the others.
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                LogKept(e, key);
            }
        }
    }

    // Sorted by report, iteration and names, as in an export.
    private static async Task<List<ArchivedMetric>> RowsAsync(Sql sql, List<OldMetric> metrics, CancellationToken ct)
    {
        var (reportIds, seriesIds) = (new HashSet<long>(), new HashSet<long>());
        foreach (ref readonly var metric in CollectionsMarshal.AsSpan(metrics))
        {
            reportIds.Add(metric.ReportId);
            seriesIds.Add(metric.SeriesId);
        }
        var reports = (
            await sql.ListAsync(
                $"""
                SELECT reports.id, reports.uuid, reports.idempotency_key, branches.name, versions.number, versions.hash, testbeds.name,
                    reports.start_time, reports.end_time, reports.adapter
                FROM reports JOIN heads ON heads.id = reports.head_id JOIN branches ON branches.id = heads.branch_id
                JOIN versions ON versions.id = reports.version_id JOIN testbeds ON testbeds.id = reports.testbed_id
                WHERE reports.id IN {reportIds}
                """,
                row =>
                    KeyValuePair.Create(
                        row.Long(),
                        new ReportNames(
                            row.Uuid(),
                            row.UuidOrNull(),
                            row.Text(),
                            row.Long(),
                            row.TextOrNull(),
                            row.Text(),
                            row.Time(),
                            row.Time(),
                            row.Text()
                        )
                    ),
                ct
            )
        ).ToDictionary();
        var series = (
            await sql.ListAsync(
                $"""
                SELECT series.id, benchmarks.name, measures.name, measures.units FROM series
                JOIN benchmarks ON benchmarks.id = series.benchmark_id JOIN measures ON measures.id = series.measure_id
                WHERE series.id IN {seriesIds}
                """,
                row => KeyValuePair.Create(row.Long(), (Benchmark: row.Text(), Measure: row.Text(), Unit: row.Text())),
                ct
            )
        ).ToDictionary();
        return
        [
            // Metrics deleted meanwhile are not removed by retention either, so they are not archived.
            .. metrics
                .Where(metric => reports.ContainsKey(metric.ReportId) && series.ContainsKey(metric.SeriesId))
                .OrderBy(metric => metric.ReportId)
                .ThenBy(metric => metric.Iteration)
                .ThenBy(metric => series[metric.SeriesId].Benchmark, StringComparer.Ordinal)
                .ThenBy(metric => series[metric.SeriesId].Measure, StringComparer.Ordinal)
                .Select(metric => RowOf(metric, reports[metric.ReportId], series[metric.SeriesId])),
        ];
    }

    private static ArchivedMetric RowOf(
        OldMetric metric,
        ReportNames report,
        (string Benchmark, string Measure, string Unit) series
    ) =>
        new()
        {
            Report = report.Uuid.ToString(),
            Key = (report.Key ?? report.Uuid).ToString(),
            Branch = report.Branch,
            Version = report.Version,
            Hash = report.Hash,
            Testbed = report.Testbed,
            Time = report.Start.UtcDateTime,
            EndTime = report.End.UtcDateTime,
            Adapter = report.Adapter,
            Iteration = (int)metric.Iteration,
            Benchmark = series.Benchmark,
            Measure = series.Measure,
            Unit = series.Unit,
            Value = metric.Value,
            Lower = metric.LowerValue,
            Upper = metric.UpperValue,
            Baseline = metric.Baseline,
            LowerLimit = metric.LowerLimit,
            UpperLimit = metric.UpperLimit,
        };

    [LoggerMessage(LogLevel.Warning, "The archive {Key} could not be removed; the next sweep tries again")]
    private partial void LogKept(Exception e, string key);
}
