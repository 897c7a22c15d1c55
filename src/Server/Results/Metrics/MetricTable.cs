using Npgsql;
using NpgsqlTypes;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Reports;

namespace Paddock.Server.Results.Metrics;

/// <summary>One past value of a series.</summary>
internal readonly record struct PastValue(Id<VersionRow> VersionId, long StartTime, double Value);

/// <summary>The largest table: written in bulk, read in ranges.</summary>
internal static class MetricTable
{
    private const string Columns =
        "series_id, version_id, start_time, report_id, iteration, value, lower_value, upper_value, model_id, "
        + "baseline, lower_limit, upper_limit, no_limits";

    /// <summary>
    /// Loads a head's past values of these series, newest first: by version, then start time, then iteration. One query
    /// loads all of them.
    /// </summary>
    /// <param name="specId">If given, only values measured on this spec.</param>
    /// <param name="since">If given, only values of reports that started then or later.</param>
    /// <param name="newest">If given, at least this many of the newest values are read, if they exist; older ones may
    /// be left out.</param>
    public static async Task<Dictionary<SeriesKey, List<PastValue>>> HistoriesAsync(
        Sql sql,
        Id<Head> headId,
        Id<Testbed> testbedId,
        Id<Spec>? specId,
        IReadOnlyCollection<SeriesKey> wanted,
        DateTimeOffset? since,
        uint? newest
    )
    {
        var histories = new Dictionary<SeriesKey, List<PastValue>>(wanted.Count);
        foreach (var key in wanted)
            histories[key] = new((int)Math.Min(newest ?? 64, 1024));
        await sql.ReadAsync(
            sql.Engine == Engine.Postgres
                ? NewestOfEach(headId, testbedId, specId, wanted, since, newest)
                : SinceOldest(headId, testbedId, specId, wanted, since, newest),
            row =>
            {
                if (histories.TryGetValue(new(row.Id<Benchmark>(), row.Id<Measure>()), out var history))
                    history.Add(new(row.Id<VersionRow>(), row.Long(), row.Double()));
                return true;
            }
        );
        foreach (var history in histories.Values)
            SortNewestFirst(history);
        return histories;
    }

    /// <summary>
    /// For PostgreSQL: seeks each series and reads backwards from its newest value until there are enough, then reads
    /// the rest of the last value's version, because the index orders by version only. OFFSET 0 keeps the planner from
    /// turning the seeks into a join with the whole table.
    /// </summary>
    internal static SqlText NewestOfEach(
        Id<Head> headId,
        Id<Testbed> testbedId,
        Id<Spec>? specId,
        IReadOnlyCollection<SeriesKey> wanted,
        DateTimeOffset? since,
        uint? newest
    )
    {
        var onSpec = specId is null ? SqlText.Empty : SqlText.Of($" AND spec_id = {specId}");
        var startedSince = since is null ? SqlText.Empty : SqlText.Of($" AND start_time >= {since}");
        var end = newest is { } count ? SqlText.Of($"FETCH FIRST ({count}) ROWS WITH TIES") : SqlText.Of($"OFFSET 0");
        return SqlText.Of(
            $"""
            SELECT wanted.benchmark_id, wanted.measure_id, past.version_id, past.start_time, past.value
            FROM head_histories h CROSS JOIN {SeriesJoin.Wanted(wanted)}
            CROSS JOIN LATERAL (SELECT id FROM series
                WHERE head_id = h.source_head_id AND testbed_id = {testbedId}
                  AND measure_id = wanted.measure_id AND benchmark_id = wanted.benchmark_id{onSpec} OFFSET 0) series
            CROSS JOIN LATERAL (SELECT series_id, version_id, start_time, report_id, iteration, value FROM metrics
                WHERE series_id = series.id AND version_id BETWEEN h.version_min AND h.version_max{startedSince}
                ORDER BY series_id DESC, version_id DESC {end}) past
            WHERE h.head_id = {headId}
            ORDER BY past.series_id, past.version_id, past.start_time, past.report_id, past.iteration
            """
        );
    }

    /// <summary>Loads these reports' values of series of a head and testbed, in order of time.</summary>
    /// <param name="specId">If given, only values measured on this spec.</param>
    public static Task<List<(SeriesKey Key, PastValue Value)>> OfReportsAsync(
        Sql sql,
        IReadOnlyCollection<Id<Report>> reportIds,
        Id<Head> headId,
        Id<Testbed> testbedId,
        Id<Spec>? specId,
        IReadOnlyCollection<SeriesKey> wanted
    ) =>
        sql.ListAsync(OfReports(reportIds, headId, testbedId, specId, wanted), row =>
            (
                new SeriesKey(row.Id<Benchmark>(), row.Id<Measure>()),
                new PastValue(row.Id<VersionRow>(), row.Long(), row.Double())
            )
        );

    // For PostgreSQL only, since only it has several servers. Each value is one seek in the table's key.
    private static SqlText OfReports(
        IReadOnlyCollection<Id<Report>> reportIds,
        Id<Head> headId,
        Id<Testbed> testbedId,
        Id<Spec>? specId,
        IReadOnlyCollection<SeriesKey> wanted
    )
    {
        var onSpec = specId is null ? SqlText.Empty : SqlText.Of($" AND spec_id = {specId}");
        return SqlText.Of(
            $"""
            SELECT wanted.benchmark_id, wanted.measure_id, of_report.version_id, of_report.start_time, of_report.value
            FROM {SeriesJoin.Wanted(wanted)}
            CROSS JOIN LATERAL (SELECT id FROM series
                WHERE head_id = {headId} AND testbed_id = {testbedId}
                  AND measure_id = wanted.measure_id AND benchmark_id = wanted.benchmark_id{onSpec} OFFSET 0) series
            CROSS JOIN (SELECT id, version_id, start_time FROM reports WHERE id IN {reportIds} OFFSET 0) report
            CROSS JOIN LATERAL (SELECT version_id, start_time, report_id, iteration, value FROM metrics
                WHERE series_id = series.id AND version_id = report.version_id AND start_time = report.start_time
                  AND report_id = report.id OFFSET 0) of_report
            ORDER BY of_report.version_id, of_report.start_time, of_report.report_id, of_report.iteration
            """
        );
    }

    private static SqlText SinceOldest(
        Id<Head> headId,
        Id<Testbed> testbedId,
        Id<Spec>? specId,
        IReadOnlyCollection<SeriesKey> wanted,
        DateTimeOffset? since,
        uint? newest
    )
    {
        // The oldest version needed is the one that holds the last of the newest values. Reading stops there,
        // however long the series is.
        var oldest = newest is { } count
            ? SqlText.Of(
                $"""
                COALESCE((SELECT old.version_id FROM metrics old
                    WHERE old.series_id = series.id AND old.version_id BETWEEN h.version_min AND h.version_max
                    ORDER BY old.series_id DESC, old.version_id DESC LIMIT 1 OFFSET {count - 1}), h.version_min)
                """
            )
            : SqlText.Of($"h.version_min");
        var filter = SqlText.Empty;
        if (specId is not null)
            filter = SqlText.Of($" AND series.spec_id = {specId}");
        if (since is not null)
            filter = SqlText.Of($"{filter} AND metrics.start_time >= {since}");
        return SqlText.Of(
            $"""
            SELECT series.benchmark_id, series.measure_id, metrics.version_id, metrics.start_time, metrics.value
            FROM head_histories h
            JOIN series ON series.head_id = h.source_head_id AND series.testbed_id = {testbedId}
              AND series.measure_id IN {wanted.Select(key => key.MeasureId.Value).Distinct().ToArray()}
              AND series.benchmark_id IN {wanted.Select(key => key.BenchmarkId.Value).Distinct().ToArray()}
            JOIN metrics ON metrics.series_id = series.id AND metrics.version_id >= {oldest} AND metrics.version_id <= h.version_max
            WHERE h.head_id = {headId}{filter}
            ORDER BY metrics.series_id, metrics.version_id, metrics.start_time, metrics.report_id, metrics.iteration
            """
        );
    }

    /// <summary>
    /// Sorts values newest first. Each series arrives oldest first; several series of one history (other heads, other
    /// specs) are merged by time.
    /// </summary>
    private static void SortNewestFirst(List<PastValue> history)
    {
        history.Reverse();
        for (var i = 1; i < history.Count; i++)
        {
            if (!IsNewer(history[i], history[i - 1]))
                continue;
            // A stable sort: values of one version and time stay in the order of their iterations.
            var sorted = history.OrderByDescending(v => v.VersionId.Value).ThenByDescending(v => v.StartTime).ToList();
            history.Clear();
            history.AddRange(sorted);
            return;
        }
    }

    private static bool IsNewer(PastValue a, PastValue b) =>
        a.VersionId > b.VersionId || a.VersionId == b.VersionId && a.StartTime > b.StartTime;

    public static Task InsertAsync(
        Sql sql,
        Id<Report> reportId,
        Id<VersionRow> versionId,
        DateTimeOffset startTime,
        IReadOnlyCollection<ReportMetric> metrics
    )
    {
        var start = startTime.ToUnixTimeSeconds();
        if (sql.Engine == Engine.Postgres)
        {
            if (metrics.Count > 0)
                sql.PutOff<NewMetrics>().Add(reportId, versionId, start, metrics);
            return Task.CompletedTask;
        }
        // Inserts in the order of the clustered key.
        ((SqliteSql)sql).ForEach(
            $"INSERT INTO metrics ({Columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            metrics.OrderBy(m => m.SeriesId.Value),
            (parameters, metric) =>
            {
                parameters.Long(1, metric.SeriesId);
                parameters.Long(2, versionId);
                parameters.Long(3, start);
                parameters.Long(4, reportId);
                parameters.Long(5, metric.Iteration);
                parameters.Double(6, metric.Metric.Value);
                parameters.Double(7, metric.Metric.LowerValue);
                parameters.Double(8, metric.Metric.UpperValue);
                parameters.Long(9, metric.JudgedBy?.Model.Id);
                parameters.Double(10, metric.Boundary.Baseline);
                parameters.Double(11, metric.Boundary.LowerLimit);
                parameters.Double(12, metric.Boundary.UpperLimit);
                parameters.Long(13, (long?)metric.NoLimits);
            }
        );
        return Task.CompletedTask;
    }

    /// <summary>
    /// The metrics of one transaction's reports, written by one COPY in the order of the clustered key.
    /// </summary>
    private sealed class NewMetrics : IPutOff
    {
        private readonly List<(ReportMetric Metric, Id<Report> ReportId, Id<VersionRow> VersionId, long Start)> rows =
        [];

        public void Add(
            Id<Report> reportId,
            Id<VersionRow> versionId,
            long start,
            IReadOnlyCollection<ReportMetric> metrics
        )
        {
            foreach (var metric in metrics)
                rows.Add((metric, reportId, versionId, start));
        }

        public async Task WriteAsync(Sql sql)
        {
            await using var copy = await ((PostgresSql)sql).Connection.BeginBinaryImportAsync(
                $"COPY metric_rows ({Columns}) FROM STDIN BINARY"
            );
            foreach (var (metric, report, version, start) in rows.OrderBy(row => row.Metric.SeriesId.Value))
                await CopyAsync(copy, metric, report, version, start);
            await copy.CompleteAsync();
        }
    }

    private static async Task CopyAsync(
        NpgsqlBinaryImporter copy,
        ReportMetric m,
        Id<Report> reportId,
        Id<VersionRow> versionId,
        long start
    )
    {
        await copy.StartRowAsync();
        await copy.WriteAsync(m.SeriesId.Value, NpgsqlDbType.Bigint);
        await copy.WriteAsync(versionId.Value, NpgsqlDbType.Bigint);
        await copy.WriteAsync(start, NpgsqlDbType.Bigint);
        await copy.WriteAsync(reportId.Value, NpgsqlDbType.Bigint);
        if (m.Iteration > 0) // Iteration 0 is stored as null, which takes no space.
            await copy.WriteAsync((long)m.Iteration, NpgsqlDbType.Bigint);
        else
            await copy.WriteNullAsync();
        await copy.WriteAsync(m.Metric.Value, NpgsqlDbType.Double);
        await WriteAsync(m.Metric.LowerValue);
        await WriteAsync(m.Metric.UpperValue);
        if (m.JudgedBy is { } judge)
            await copy.WriteAsync(judge.Model.Id.Value, NpgsqlDbType.Bigint);
        else
            await copy.WriteNullAsync();
        await WriteAsync(m.Boundary.Baseline);
        await WriteAsync(m.Boundary.LowerLimit);
        await WriteAsync(m.Boundary.UpperLimit);
        if (m.NoLimits is { } why)
            await copy.WriteAsync((long)why, NpgsqlDbType.Bigint);
        else
            await copy.WriteNullAsync();

        Task WriteAsync(double? value) =>
            value is { } number ? copy.WriteAsync(number, NpgsqlDbType.Double) : copy.WriteNullAsync();
    }
}
