using Paddock.Core.Analysis;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Overview;

namespace Paddock.Server.Results.Thresholds;

/// <summary>The result of a preview for one benchmark.</summary>
/// <param name="Marks">Positions of the alerts in the trend.</param>
/// <param name="Last">Time of the last alert.</param>
public sealed record PreviewLine(
    string Benchmark,
    string Slug,
    int Alerts,
    DateTimeOffset Last,
    Trend Trend,
    IReadOnlyList<int> Marks
);

/// <summary>The alerts that a model would have raised on the existing history.</summary>
/// <param name="Runs">Number of newest reports that the model was applied to.</param>
/// <param name="Lines">The benchmarks with alerts, most alerts first.</param>
public sealed record ThresholdPreview(int Runs, int Series, int Judged, int Alerts, IReadOnlyList<PreviewLine> Lines)
{
    private const int RunsMax = 200;
    private const int SeriesMax = 100;
    private const int LinesMax = 20;

    private sealed record Tried(Id<Series> Id, string Benchmark, string Slug);

    /// <summary>Applies a model to the newest results of a branch, testbed and measure.</summary>
    internal static async Task<ThresholdPreview> OfAsync(
        Sql sql,
        Model model,
        Id<Head> headId,
        Id<Testbed> testbedId,
        Id<Measure> measureId,
        string units,
        CancellationToken ct
    )
    {
        var versions = await sql.ListAsync(
            $"SELECT version_id FROM reports WHERE head_id = {headId} AND testbed_id = {testbedId} ORDER BY "
                + $"version_id DESC LIMIT {RunsMax}",
            row => row.Id<VersionRow>(),
            ct
        );
        if (versions.Count == 0)
            return new(0, 0, 0, 0, []);
        var series = await sql.ListAsync(
            $"""
            SELECT series.id, benchmarks.name, benchmarks.slug FROM series JOIN benchmarks ON benchmarks.id = series.benchmark_id
            WHERE series.head_id = {headId} AND series.testbed_id = {testbedId} AND series.measure_id = {measureId}
            ORDER BY series.id LIMIT {SeriesMax}
            """,
            row => new Tried(row.Id<Series>(), row.Text(), row.Text()),
            ct
        );
        var values = await ValuesAsync(sql, [.. series.Select(one => one.Id)], versions[^1], ct);
        var (judged, alerts, lines) = (0, 0, new List<PreviewLine>());
        foreach (var one in series)
        {
            if (!values.TryGetValue(one.Id, out var history))
                continue;
            var (would, seen) = DryRun.Of(model, history.ToArray());
            (judged, alerts) = (judged + seen, alerts + would.Count);
            if (would.Count == 0)
                continue;
            lines.Add(
                new(
                    one.Benchmark,
                    one.Slug,
                    would.Count,
                    DateTimeOffset.FromUnixTimeSeconds(history[would[^1].Index].Time),
                    new([.. history.Select(value => value.Value)], units),
                    [.. would.Select(alert => alert.Index)]
                )
            );
        }
        return new(
            versions.Count,
            values.Count,
            judged,
            alerts,
            [
                .. lines
                    .OrderByDescending(line => line.Alerts)
                    .ThenBy(line => line.Benchmark, StringComparer.Ordinal)
                    .Take(LinesMax),
            ]
        );
    }

    private static async Task<Dictionary<Id<Series>, List<TimedValue>>> ValuesAsync(
        Sql sql,
        Id<Series>[] series,
        Id<VersionRow> versionMin,
        CancellationToken ct
    )
    {
        var values = new Dictionary<Id<Series>, List<TimedValue>>();
        if (series.Length == 0)
            return values;
        await sql.ReadAsync(
            $"""
            SELECT series_id, start_time, value FROM metrics WHERE series_id IN {series} AND version_id >= {versionMin}
            ORDER BY series_id, version_id, start_time, report_id, iteration
            """,
            row =>
            {
                var id = row.Id<Series>();
                if (!values.TryGetValue(id, out var list))
                    values.Add(id, list = []);
                list.Add(new(row.Long(), row.Double()));
                return true;
            },
            ct
        );
        return values;
    }
}

/// <summary>The branch, testbed and measure that a form names, resolved.</summary>
internal sealed record ThresholdTarget(Id<Head> HeadId, Id<Testbed> TestbedId, Id<Measure> MeasureId, string Units)
{
    /// <summary>Looks all three up in one query. Each is null when no such name exists.</summary>
    public static Task<(Id<Head>? Head, Id<Testbed>? Testbed, Id<Measure>? Measure, string? Units)> FindAsync(
        Sql sql,
        ProjectRow project,
        NameId<BranchName> branch,
        NameId<ResourceName> testbed,
        NameId<ResourceName> measure,
        CancellationToken ct
    ) =>
        sql.FirstAsync(
            $"""
            SELECT (SELECT head_id FROM branches WHERE project_id = {project.Id} AND {branch.Condition("branches")}),
                (SELECT id FROM testbeds WHERE project_id = {project.Id} AND {testbed.Condition("testbeds")}),
                (SELECT id FROM measures WHERE project_id = {project.Id} AND {measure.Condition("measures")}),
                (SELECT units FROM measures WHERE project_id = {project.Id} AND {measure.Condition("measures")})
            """,
            row => (row.IdOrNull<Head>(), row.IdOrNull<Testbed>(), row.IdOrNull<Measure>(), row.TextOrNull()),
            ct
        );
}
