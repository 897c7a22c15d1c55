using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Catalog.Measures;

internal sealed class MeasureEndpoints(Db db, ProjectAccess access, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var measures = ActivatorUtilities.CreateInstance<MeasureEndpoints>(routes.ServiceProvider);
        routes.Get("/v0/projects/{project}/measures", measures.ListAsync).GivesList<Measure>();
        routes.Post("/v0/projects/{project}/measures", measures.CreateAsync).Takes<NewMeasure>().Gives<Measure>(201);
        routes.Get("/v0/projects/{project}/measures/{measure}", measures.ViewAsync).Gives<Measure>();
        routes.Patch("/v0/projects/{project}/measures/{measure}", measures.UpdateAsync).Takes<MeasurePatch>().Gives<Measure>();
        routes.Delete("/v0/projects/{project}/measures/{measure}", measures.DeleteAsync).GivesNothing();
    }

    private async Task<Answer> ListAsync(Call call)
    {
        var (page, filter) = (Page.Of(call), NamedFilter.Of<ResourceName>(call));
        Page.Sort(call, "name");
        var project = await access.ViewAsync(call);
        var (rows, total) = await db.ReadAsync(sql => NamedTable.ListAsync<MeasureRow>(sql, project, filter, page, call.Aborted), call.Aborted);
        return Answer.List(rows.ConvertAll(row => row.ToWire(project)), total, Wire.Default.IReadOnlyListMeasure);
    }

    private async Task<Answer> CreateAsync(Call call)
    {
        var project = await access.AnyAsync(call, Permission.Create);
        var measure = await call.BodyAsync(Wire.Default.NewMeasure);
        var row = await db.WriteAsync(sql => MeasureTable.CreateAsync(sql, project, measure, time.GetUtcNow()));
        return Answer.Created(row.ToWire(project), Wire.Default.Measure);
    }

    private async Task<Answer> ViewAsync(Call call)
    {
        var id = call.Path<ResourceId>("measure");
        var project = await access.ViewAsync(call);
        var row = await db.ReadAsync(sql => NamedTable.FindAsync<MeasureRow>(sql, project, id, call.Aborted), call.Aborted) ?? throw Refusal.NotFound(MeasureRow.Noun, id);
        return Answer.Ok(row.ToWire(project), Wire.Default.Measure);
    }

    private async Task<Answer> UpdateAsync(Call call)
    {
        var id = call.Path<ResourceId>("measure");
        var (project, caller) = await access.CallerAsync(call, Permission.Edit);
        var patch = await call.BodyAsync(Wire.Default.MeasurePatch);
        ProjectAccess.RefuseRename(caller, MeasureRow.Noun, renames: patch.Name is not null || patch.Slug is not null);
        var row = await db.WriteAsync(sql => MeasureTable.UpdateAsync(sql, project, id, patch, time.GetUtcNow()));
        return Answer.Ok(row.ToWire(project), Wire.Default.Measure);
    }

    private async Task<Answer> DeleteAsync(Call call)
    {
        var id = call.Path<ResourceId>("measure");
        var (project, _) = await access.UserAsync(call, Permission.Delete);
        await db.WriteAsync(sql => MeasureTable.DeleteAsync(sql, project, id));
        return Answer.Deleted;
    }
}
