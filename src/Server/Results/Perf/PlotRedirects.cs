using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Results.Perf;

/// <summary>
/// Redirects from the page of a branch, testbed, benchmark, measure or threshold to the plot of its newest results.
/// </summary>
internal sealed class PlotRedirects(Db db)
{
    private const int BenchmarksMax = 10;

    private sealed record Lines(
        Guid Branch,
        Guid Head,
        Guid Testbed,
        Guid? Spec,
        IReadOnlyList<Guid> Benchmarks,
        Guid Measure
    );

    public static void Map(IEndpointRouteBuilder routes)
    {
        var redirects = ActivatorUtilities.CreateInstance<PlotRedirects>(routes.ServiceProvider);
        foreach (var root in (string[])[ProjectPaths.PublicRoot, ProjectPaths.ConsoleRoot])
        {
            routes.Page(root + "{project}/branches/{branch}/plot", OnProject.View, (call, project) =>
                redirects.NamedAsync(call, project, "branches", "branch", "heads.branch_id", isOne: false)
            );
            routes.Page(root + "{project}/testbeds/{testbed}/plot", OnProject.View, (call, project) =>
                redirects.NamedAsync(call, project, "testbeds", "testbed", "series.testbed_id", isOne: false)
            );
            routes.Page(root + "{project}/benchmarks/{benchmark}/plot", OnProject.View, (call, project) =>
                redirects.NamedAsync(call, project, "benchmarks", "benchmark", "series.benchmark_id", isOne: true)
            );
            routes.Page(root + "{project}/measures/{measure}/plot", OnProject.View, (call, project) =>
                redirects.NamedAsync(call, project, "measures", "measure", "series.measure_id", isOne: false)
            );
            routes.Page(root + "{project}/thresholds/{threshold}/plot", OnProject.View, redirects.ThresholdAsync);
        }
    }

    /// <param name="isOne">True to draw only the benchmark of the newest series, without others beside it.</param>
    private async Task<Answer> NamedAsync(
        Call call,
        ProjectRow project,
        string table,
        string noun,
        string column,
        bool isOne
    )
    {
        var (id, head, spec) = (
            call.Path<ResourceId>(noun),
            noun == "branch" ? call.QueryUuid("head") : null,
            noun == "testbed" ? call.QueryUuid("spec") : null
        );
        return await db.ReadAsync(
            async sql =>
            {
                if (
                    await sql.NumberAsync(
                        $"SELECT id FROM {new Raw(table)} WHERE project_id = {project.Id} AND {id.Condition(table)}",
                        call.Aborted
                    )
                    is not (> 0 and var key)
                )
                    throw Refusal.NotFound(noun, id);
                var where = SqlText.Of($"{new Raw(column)} = {key}");
                if (head is not null)
                    where = SqlText.Of($"{where} AND heads.uuid = {head}");
                if (spec is not null)
                    where = SqlText.Of($"{where} AND specs.uuid = {spec}");
                return To(call, project, await NewestAsync(sql, where, isOne, call.Aborted));
            },
            call.Aborted
        );
    }

    private async Task<Answer> ThresholdAsync(Call call, ProjectRow project)
    {
        var uuid = call.PathUuid("threshold");
        return await db.ReadAsync(
            async sql =>
            {
                var found = await sql.FirstAsync(
                    $"""
                    SELECT branches.head_id, thresholds.testbed_id, thresholds.measure_id FROM thresholds JOIN branches ON branches.id = thresholds.branch_id
                    WHERE thresholds.project_id = {project.Id} AND thresholds.uuid = {uuid}
                    """,
                    row => new
                    {
                        Head = row.Id<Head>(),
                        Testbed = row.Id<Testbed>(),
                        Measure = row.Id<Measure>(),
                    },
                    call.Aborted
                ) ?? throw Refusal.NotFound("threshold", uuid);
                var where = SqlText.Of(
                    $"series.head_id = {found.Head} AND series.testbed_id = {found.Testbed} AND series.measure_id = "
                        + $"{found.Measure}"
                );
                return To(call, project, await NewestAsync(sql, where, isOne: false, call.Aborted));
            },
            call.Aborted
        );
    }

    // Finds the newest matching series, and the first benchmarks beside it.
    private static async Task<Lines?> NewestAsync(Sql sql, SqlText where, bool isOne, CancellationToken ct)
    {
        var newest = await sql.FirstAsync(
            $"""
            SELECT branches.uuid, heads.uuid, testbeds.uuid, specs.uuid, measures.uuid, benchmarks.uuid, series.head_id, series.testbed_id, series.spec_id, series.measure_id
            FROM series
            JOIN heads ON heads.id = series.head_id
            JOIN branches ON branches.id = heads.branch_id
            JOIN testbeds ON testbeds.id = series.testbed_id
            JOIN measures ON measures.id = series.measure_id
            JOIN benchmarks ON benchmarks.id = series.benchmark_id
            LEFT JOIN specs ON specs.id = series.spec_id
            WHERE {where} ORDER BY series.id DESC LIMIT 1
            """,
            row => new
            {
                Branch = row.Uuid(),
                Head = row.Uuid(),
                Testbed = row.Uuid(),
                Spec = row.UuidOrNull(),
                Measure = row.Uuid(),
                Benchmark = row.Uuid(),
                HeadId = row.Id<Head>(),
                TestbedId = row.Id<Testbed>(),
                SpecId = row.Id<Spec>(),
                MeasureId = row.Id<Measure>(),
            },
            ct
        );
        if (newest is null)
            return null;
        var benchmarks = isOne
            ? [newest.Benchmark]
            : await sql.ListAsync(
                $"""
                SELECT benchmarks.uuid FROM series JOIN benchmarks ON benchmarks.id = series.benchmark_id
                WHERE series.head_id = {newest.HeadId} AND series.testbed_id = {newest.TestbedId} AND series.spec_id = {newest.SpecId} AND series.measure_id = {newest.MeasureId}
                ORDER BY benchmarks.name LIMIT {BenchmarksMax}
                """,
                row => row.Uuid(),
                ct
            );
        return new(newest.Branch, newest.Head, newest.Testbed, newest.Spec, benchmarks, newest.Measure);
    }

    // Without results there is no line to draw, so this leads to the project's plot.
    private static Answer To(Call call, ProjectRow project, Lines? lines)
    {
        var plot = ProjectPaths.Of(call, project.Slug).Plot;
        if (lines is null)
            return Pages.Redirect(plot);
        var query = new PerfQuery(
            [lines.Branch],
            [lines.Head],
            [lines.Testbed],
            [lines.Spec],
            lines.Benchmarks,
            [lines.Measure],
            StartTime: null,
            EndTime: null
        );
        return Pages.Redirect(plot + PerfAddress.Of(query, new(LowerBoundary: true, UpperBoundary: true)));
    }
}
