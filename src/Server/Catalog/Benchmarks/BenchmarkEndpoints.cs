using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Catalog.Benchmarks;

internal sealed class BenchmarkEndpoints(Db db, CreationLimits creations, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var benchmarks = ActivatorUtilities.CreateInstance<BenchmarkEndpoints>(routes.ServiceProvider);
        new NounRoutes<Benchmark, ResourceId>(routes, "benchmark", "benchmarks", Input.Id)
            .List(NamedList.Of<BenchmarkName>, benchmarks.ListAsync)
            .Create<NewBenchmark>(benchmarks.CreateAsync)
            .View(benchmarks.ViewAsync)
            .Update<BenchmarkPatch>(benchmarks.UpdateAsync)
            .Delete(benchmarks.DeleteAsync);
    }

    private async Task<Answer> ListAsync(Call call, ProjectRow project, NamedList asked)
    {
        var (page, filter) = asked;
        var (rows, total) = await db.ReadAsync(
            sql => NamedTable.ListAsync<BenchmarkRow>(sql, project, filter, page, call.Aborted),
            call.Aborted
        );
        return Answer.List(rows.ConvertAll(row => row.ToWire(project)), total, Wire.Default.IReadOnlyListBenchmark);
    }

    private async Task<Answer> CreateAsync(Call call, ProjectGrant granted)
    {
        var project = granted.Project;
        var benchmark = await call.BodyAsync(Wire.Default.NewBenchmark);
        RefuseControlCharacters(benchmark.Name);
        var now = time.GetUtcNow();
        var row = await db.WriteAsync(sql =>
            creations.WithinAsync(sql, project, now, () => BenchmarkTable.CreateAsync(sql, project, benchmark, now))
        );
        return Answer.Created(row.ToWire(project), Wire.Default.Benchmark);
    }

    private async Task<Answer> ViewAsync(Call call, ProjectRow project, ResourceId id)
    {
        var row = await db.ReadAsync(
            sql => NamedTable.FindAsync<BenchmarkRow>(sql, project, id, call.Aborted),
            call.Aborted
        ) ?? throw Refusal.NotFound(BenchmarkRow.Noun, id);
        return Answer.Ok(row.ToWire(project), Wire.Default.Benchmark);
    }

    public async Task<Answer> UpdateAsync(Call call, ProjectGrant granted, ResourceId id)
    {
        var (project, caller) = granted;
        var patch = await call.BodyAsync(Wire.Default.BenchmarkPatch);
        RefuseControlCharacters(patch.Name);
        ProjectAccess.RefuseRename(
            caller,
            BenchmarkRow.Noun,
            renames: patch.Name is not null || patch.Slug is not null
        );
        var row = await db.WriteAsync(sql => BenchmarkTable.UpdateAsync(sql, project, id, patch, time.GetUtcNow()));
        return Answer.Ok(row.ToWire(project), Wire.Default.Benchmark);
    }

    public async Task<Answer> DeleteAsync(Call call, ProjectByUser granted, ResourceId id)
    {
        var project = granted.Project;
        await db.WriteAsync(sql => BenchmarkTable.DeleteAsync(sql, project, id));
        return Answer.Deleted;
    }

    // Checks a name that a user enters. Names in results are accepted as the harness prints them; refusing one would
    // lose the run.
    private static void RefuseControlCharacters(BenchmarkName? name)
    {
        if (name is not null && ControlCharacters.AreIn(name.Value))
            throw Refusal.BadInput(
                $"name: {Text.Quote(name.Value)} is not a valid benchmark name; allowed: {BenchmarkName.Rule}, on one "
                    + "line, without control characters"
            );
    }
}
