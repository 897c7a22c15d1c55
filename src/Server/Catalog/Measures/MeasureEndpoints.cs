using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Catalog.Measures;

internal sealed class MeasureEndpoints(Db db, CreationLimits creations, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var measures = ActivatorUtilities.CreateInstance<MeasureEndpoints>(routes.ServiceProvider);
        new NounRoutes<Measure, ResourceId>(routes, "measure", "measures", Input.Id)
            .List(NamedList.Of<ResourceName>, measures.ListAsync)
            .Create<NewMeasure>(measures.CreateAsync)
            .View(measures.ViewAsync)
            .Update<MeasurePatch>(measures.UpdateAsync)
            .Delete(measures.DeleteAsync);
    }

    private async Task<Answer> ListAsync(Call call, ProjectRow project, NamedList asked)
    {
        var (page, filter) = asked;
        var (rows, total) = await db.ReadAsync(
            sql => NamedTable.ListAsync<MeasureRow>(sql, project, filter, page, call.Aborted),
            call.Aborted
        );
        return Answer.List(rows.ConvertAll(row => row.ToWire(project)), total, Wire.Default.IReadOnlyListMeasure);
    }

    public async Task<Answer> CreateAsync(Call call, ProjectGrant granted)
    {
        var project = granted.Project;
        var measure = await call.BodyAsync(Wire.Default.NewMeasure);
        var now = time.GetUtcNow();
        var row = await db.WriteAsync(sql =>
            creations.WithinAsync(sql, project, now, () => MeasureTable.CreateAsync(sql, project, measure, now))
        );
        return Answer.Created(row.ToWire(project), Wire.Default.Measure);
    }

    private async Task<Answer> ViewAsync(Call call, ProjectRow project, ResourceId id)
    {
        var row = await db.ReadAsync(
            sql => NamedTable.FindAsync<MeasureRow>(sql, project, id, call.Aborted),
            call.Aborted
        ) ?? throw Refusal.NotFound(MeasureRow.Noun, id);
        return Answer.Ok(row.ToWire(project), Wire.Default.Measure);
    }

    public async Task<Answer> UpdateAsync(Call call, ProjectGrant granted, ResourceId id)
    {
        var (project, caller) = granted;
        var patch = await call.BodyAsync(Wire.Default.MeasurePatch);
        ProjectAccess.RefuseRename(caller, MeasureRow.Noun, renames: patch.Name is not null || patch.Slug is not null);
        var row = await db.WriteAsync(sql => MeasureTable.UpdateAsync(sql, project, id, patch, time.GetUtcNow()));
        return Answer.Ok(row.ToWire(project), Wire.Default.Measure);
    }

    public async Task<Answer> DeleteAsync(Call call, ProjectByUser granted, ResourceId id)
    {
        var project = granted.Project;
        await db.WriteAsync(sql => MeasureTable.DeleteAsync(sql, project, id));
        return Answer.Deleted;
    }
}
