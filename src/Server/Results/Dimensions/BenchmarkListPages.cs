using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Results.Overview;
using Paddock.Server.Results.Perf;

namespace Paddock.Server.Results.Dimensions;

/// <summary>A benchmark in the list, with its trend on one line of history.</summary>
/// <param name="Trend">Null if the benchmark has no recent results there.</param>
/// <param name="Verdict">The verdict of its open change, if any.</param>
public sealed record BenchmarkLine(
    string Name,
    string Slug,
    Trend? Trend,
    ChangeVerdict? Verdict,
    double? Effect,
    Guid? Change,
    string? Plot
);

/// <summary>The data of the page that lists benchmarks.</summary>
/// <param name="Measures">The measures of the line: name, slug, and whether the page shows this one.</param>
public sealed record BenchmarksView(
    ProjectPaths Paths,
    string Project,
    IReadOnlyList<BenchmarkLine> Lines,
    ListPart Part,
    OverviewLine? Line,
    string? Measure,
    IReadOnlyList<(string Name, string Slug, bool IsShown)> Measures,
    bool ByName,
    bool Archived
);

/// <summary>The list of a project's benchmarks, those with changes first.</summary>
internal sealed class BenchmarkListPages(Db db)
{
    private sealed record Listed(Id<Benchmark> Id, Guid Uuid, string Name, string Slug);

    private sealed record Chosen(Id<Measure> Id, Guid Uuid, string Name, string Slug, string Units);

    private sealed record Moved(ChangeVerdict Verdict, double Effect, Guid Change);

    public async Task<Answer> ListAsync(Call call, ProjectRow project)
    {
        var paths = ProjectPaths.Of(call, project.Slug);
        var (search, archived, byName) = (
            ListPart.SearchOf(call),
            call.QueryFlag("archived"),
            Page.Sort(call, "change", "name") == "name"
        );
        var (branch, testbed) = (call.QueryNameId<BranchName>("branch"), call.QueryNameId<ResourceName>("testbed"));
        var wanted = call.Query("measure");
        return await db.ReadAsync(
            async sql =>
            {
                var line = await HomeLine.FindAsync(sql, project, branch, testbed, call.Aborted);
                var measures = line is null ? [] : await MeasuresAsync(sql, line, call.Aborted);
                var measure = measures.Find(one => one.Slug == wanted) ?? (measures.Count > 0 ? measures[0] : null);
                var (rows, total) = await RowsAsync(
                    sql,
                    project,
                    search,
                    archived,
                    byName,
                    ListPart.PageOf(call),
                    call.Aborted
                );
                var part = ListPart.Of(
                    call,
                    paths.Benchmarks,
                    total,
                    new("search", search),
                    new("measure", wanted),
                    new("branch", call.Query("branch")),
                    new("testbed", call.Query("testbed")),
                    new("sort", byName ? "name" : null),
                    new("archived", archived ? "true" : null)
                );
                var lines = await LinesAsync(sql, project, paths, line, measure, rows, call.Aborted);
                return Pages.Show<BenchmarksPage>(
                    new BenchmarksView(
                        paths,
                        project.Name,
                        lines,
                        part,
                        line is null
                            ? null
                            : new(
                                line.BranchName,
                                paths.Branch(line.BranchSlug),
                                line.TestbedName,
                                paths.Testbed(line.TestbedSlug),
                                line.Runs
                            ),
                        measure?.Name,
                        [.. measures.Select(one => (one.Name, one.Slug, one == measure))],
                        byName,
                        archived
                    )
                );
            },
            call.Aborted
        );
    }

    // Benchmarks with the largest open change come first.
    private static async Task<(List<Listed> Rows, long Total)> RowsAsync(
        Sql sql,
        ProjectRow project,
        string? search,
        bool archived,
        bool byName,
        Page page,
        CancellationToken ct
    )
    {
        var where = SqlText.Of(
            $"""
            benchmarks.project_id = {project.Id} AND {Conditions.Archived(archived, "benchmarks")}
            {Page.Search(search, "benchmarks.name", "benchmarks.slug", "benchmarks.uuid")}
            """
        );
        var rows = await sql.ListAsync(
            $"""
            SELECT benchmarks.id, benchmarks.uuid, benchmarks.name, benchmarks.slug FROM benchmarks
            LEFT JOIN (SELECT series.benchmark_id, max(abs(change_series.effect)) AS size
                FROM changes JOIN change_series ON change_series.change_id = changes.id JOIN series ON series.id = change_series.series_id
                WHERE changes.project_id = {project.Id} AND changes.state = {ChangeState.Open} AND change_series.state = {ChangeState.Open}
                GROUP BY series.benchmark_id) moved ON moved.benchmark_id = benchmarks.id
            WHERE {where} ORDER BY {(
                byName ? SqlText.Empty : SqlText.Of($"CASE WHEN moved.size IS NULL THEN 1 ELSE 0 END, moved.size DESC,")
            )}
                benchmarks.name {page.Limit}
            """,
            row => new Listed(row.Id<Benchmark>(), row.Uuid(), row.Text(), row.Text()),
            ct
        );
        return (rows, await sql.NumberAsync($"SELECT count(*) FROM benchmarks WHERE {where}", ct));
    }

    private static async Task<List<BenchmarkLine>> LinesAsync(
        Sql sql,
        ProjectRow project,
        ProjectPaths paths,
        HomeLine? line,
        Chosen? measure,
        List<Listed> rows,
        CancellationToken ct
    )
    {
        if (rows.Count == 0)
            return [];
        Id<Benchmark>[] ids = [.. rows.Select(row => row.Id)];
        var moved = await MovedAsync(sql, project, ids, ct);
        var series =
            line is null || measure is null
                ? []
                : (
                    await sql.ListAsync(
                        $"""
                        SELECT benchmark_id, id FROM series
                        WHERE head_id = {line.HeadId} AND testbed_id = {line.TestbedId} AND spec_id = {line.SpecId} AND measure_id = {measure.Id}
                            AND benchmark_id IN {ids}
                        """,
                        row => KeyValuePair.Create(row.Id<Benchmark>(), row.Id<Series>()),
                        ct
                    )
                ).ToDictionary();
        var values = await Trend.ValuesAsync(sql, series.Values, line?.VersionMin ?? 0, ct);
        return rows.ConvertAll(row =>
        {
            var trend =
                series.TryGetValue(row.Id, out var id) && values.TryGetValue(id, out var found)
                    ? new Trend(found, measure!.Units)
                    : null;
            var change = moved.GetValueOrDefault(row.Id);
            return new BenchmarkLine(
                row.Name,
                row.Slug,
                trend,
                change?.Verdict,
                change?.Effect,
                change?.Change,
                trend is null ? null : PlotOf(paths, line!, row.Uuid, measure!.Uuid)
            );
        });
    }

    private static async Task<Dictionary<Id<Benchmark>, Moved>> MovedAsync(
        Sql sql,
        ProjectRow project,
        Id<Benchmark>[] benchmarks,
        CancellationToken ct
    )
    {
        var moved = new Dictionary<Id<Benchmark>, Moved>();
        await sql.ReadAsync(
            $"""
            SELECT series.benchmark_id, changes.verdict, change_series.effect, changes.uuid
            FROM changes JOIN change_series ON change_series.change_id = changes.id JOIN series ON series.id = change_series.series_id
            WHERE changes.project_id = {project.Id} AND changes.state = {ChangeState.Open} AND change_series.state = {ChangeState.Open}
                AND series.benchmark_id IN {benchmarks}
            ORDER BY abs(change_series.effect) DESC
            """,
            row => moved.TryAdd(row.Id<Benchmark>(), new(row.Word<ChangeVerdict>(), row.Double(), row.Uuid())) || true,
            ct
        );
        return moved;
    }

    private static Task<List<Chosen>> MeasuresAsync(Sql sql, HomeLine line, CancellationToken ct) =>
        sql.ListAsync(
            $"""
            SELECT measures.id, measures.uuid, measures.name, measures.slug, measures.units FROM measures JOIN
                (SELECT measure_id, count(*) AS series FROM series
                WHERE head_id = {line.HeadId} AND testbed_id = {line.TestbedId} AND spec_id = {line.SpecId} GROUP BY measure_id) measured
                ON measured.measure_id = measures.id
            ORDER BY measured.series DESC, measures.name
            """,
            row => new Chosen(row.Id<Measure>(), row.Uuid(), row.Text(), row.Text(), row.Text()),
            ct
        );

    private static string PlotOf(ProjectPaths paths, HomeLine line, Guid benchmark, Guid measure)
    {
        var query = new PerfQuery(
            [line.Branch],
            [line.Head],
            [line.Testbed],
            [line.Spec],
            [benchmark],
            [measure],
            StartTime: null,
            EndTime: null
        );
        return paths.Plot + PerfAddress.Of(query, new(LowerBoundary: true, UpperBoundary: true));
    }
}
