using System.Runtime.CompilerServices;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Reports;

namespace Paddock.Server.Outside.Export;

/// <summary>The filter of an export.</summary>
internal sealed record ExportFilter(
    NameId<BranchName>? Branch,
    NameId<ResourceName>? Testbed,
    NameId<BenchmarkName>? Benchmark,
    NameId<ResourceName>? Measure,
    DateTimeOffset? Since,
    DateTimeOffset? Until
)
{
    public bool IsAll =>
        this is { Branch: null, Testbed: null, Benchmark: null, Measure: null, Since: null, Until: null };
}

/// <summary>A report to export.</summary>
/// <param name="Key">The report's idempotency key, if it has one.</param>
internal sealed record OutgoingReport(StoredReport Stored, Guid? Key)
{
    public IEnumerable<ReportMetric> Metrics => Stored.Metrics!;
}

/// <summary>
/// The reports of a project in the order of their creation, read in batches. Each batch is a separate read, so that an
/// export of an hour holds no transaction open. Reports created meanwhile are included; reports deleted meanwhile may
/// be missing.
/// </summary>
internal sealed class ExportedReports(Db db, ProjectRow project, ExportFilter filter)
{
    private const int ReportsAtOnce = 50;
    private const long MetricsAtOnceMax = 20_000;

    public ProjectRow Project => project;
    public ExportFilter Filter => filter;

    public Task<Dictionary<Guid, string>> BranchNamesAsync(CancellationToken ct) =>
        db.ReadAsync(
            async sql =>
                (
                    await sql.ListAsync(
                        $"SELECT uuid, name FROM branches WHERE project_id = {project.Id}",
                        row => (row.Uuid(), row.Text()),
                        ct
                    )
                ).ToDictionary(),
            ct
        );

    public async IAsyncEnumerable<OutgoingReport> ReadAsync([EnumeratorCancellation] CancellationToken ct)
    {
        var where = Condition();
        for (var after = 0L; ; )
        {
            var at = after;
            var part = await db.ReadAsync(sql => PartAsync(sql, where, at, ct), ct);
            foreach (var report in part)
                if (filter is { Benchmark: null, Measure: null } || report.Metrics.Any())
                    yield return report;
            if (part.Count == 0)
                yield break;
            after = part[^1].Stored.Report.Id;
        }
    }

    private async Task<List<OutgoingReport>> PartAsync(Sql sql, SqlText where, long after, CancellationToken ct)
    {
        var next = await sql.ListAsync(
            $"""
            SELECT reports.id, reports.metrics, reports.idempotency_key FROM reports JOIN heads ON heads.id = reports.head_id
            JOIN branches ON branches.id = heads.branch_id JOIN testbeds ON testbeds.id = reports.testbed_id
            WHERE {where} AND reports.id > {after} ORDER BY reports.id LIMIT {ReportsAtOnce}
            """,
            row => (Id: row.Id<Report>(), Metrics: row.Long(), Key: row.UuidOrNull()),
            ct
        );
        var (taken, metrics) = (new Dictionary<Id<Report>, Guid?>(), 0L);
        foreach (var report in next)
        {
            if (taken.Count > 0 && metrics + report.Metrics > MetricsAtOnceMax)
                break;
            metrics += report.Metrics;
            taken.Add(report.Id, report.Key);
        }
        var stored = await ReportTable.ByIdsAsync(sql, taken.Keys, ct);
        return
        [
            .. stored
                .OrderBy(report => report.Report.Id)
                .Select(report => new OutgoingReport(
                    report with
                    {
                        Metrics = Wanted(report),
                    },
                    taken[report.Report.Id]
                )),
        ];
    }

    private List<ReportMetric> Wanted(StoredReport report) =>
        [
            .. report
                .Metrics!.Where(metric =>
                    Fits(filter.Benchmark, metric.Benchmark.Uuid, metric.Benchmark.Name, metric.Benchmark.Slug)
                    && Fits(filter.Measure, metric.Measure.Uuid, metric.Measure.Name, metric.Measure.Slug)
                )
                .OrderBy(metric => metric.Iteration)
                .ThenBy(metric => metric.Benchmark.Name, StringComparer.Ordinal)
                .ThenBy(metric => metric.Measure.Name, StringComparer.Ordinal),
        ];

    private static bool Fits<T>(NameId<T>? wanted, Guid uuid, string name, string slug)
        where T : class, IText<T> =>
        wanted is null
        || (
            wanted.Value.Kind switch
            {
                NameIdKind.Uuid => UuidText.TryParse(wanted.Value.Value, out var given) && given == uuid,
                NameIdKind.Slug => wanted.Value.Value == slug || wanted.Value.Value == name,
                NameIdKind.Name => wanted.Value.Value == name,
            }
        );

    private SqlText Condition()
    {
        var where = SqlText.Of($"reports.project_id = {project.Id} AND reports.incomplete = 0");
        if (filter.Branch is { } branch)
            where = SqlText.Of($"{where} AND {branch.Condition("branches")}");
        if (filter.Testbed is { } testbed)
            where = SqlText.Of($"{where} AND {testbed.Condition("testbeds")}");
        if (filter.Since is { } since)
            where = SqlText.Of($"{where} AND reports.start_time >= {since}");
        if (filter.Until is { } until)
            where = SqlText.Of($"{where} AND reports.start_time <= {until}");
        return where;
    }
}
