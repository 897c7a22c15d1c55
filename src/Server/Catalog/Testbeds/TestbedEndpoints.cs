using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Catalog.Specs;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Catalog.Testbeds;

internal sealed class TestbedEndpoints(Db db, CreationLimits creations, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var testbeds = ActivatorUtilities.CreateInstance<TestbedEndpoints>(routes.ServiceProvider);
        new NounRoutes<Testbed, ResourceId>(routes, "testbed", "testbeds", Input.Id)
            .List(NamedList.Of<ResourceName>, testbeds.ListAsync)
            .Create<NewTestbed>(testbeds.CreateAsync)
            .View(call => (call.Path<ResourceId>("testbed"), call.QueryUuid("spec")), testbeds.ViewAsync)
            .Update<TestbedPatch>(testbeds.UpdateAsync)
            .Delete(testbeds.DeleteAsync);
    }

    private async Task<Answer> ListAsync(Call call, ProjectRow project, NamedList asked)
    {
        var (page, filter) = asked;
        var (testbeds, total) = await db.ReadAsync(
            async sql =>
            {
                var (rows, count) = await NamedTable.ListAsync<TestbedRow>(sql, project, filter, page, call.Aborted);
                var specs = await SpecTable.OfAsync(
                    sql,
                    [.. rows.Where(row => row.SpecId is not null).Select(row => row.SpecId!.Value)],
                    call.Aborted
                );
                return (
                    rows.ConvertAll(row => row.ToWire(project, row.SpecId is { } spec ? specs[spec] : null)),
                    count
                );
            },
            call.Aborted
        );
        return Answer.List(testbeds, total, Wire.Default.IReadOnlyListTestbed);
    }

    public async Task<Answer> CreateAsync(Call call, ProjectGrant granted)
    {
        var project = granted.Project;
        var testbed = await call.BodyAsync(Wire.Default.NewTestbed);
        var now = time.GetUtcNow();
        var (row, spec) = await db.WriteAsync(sql =>
            creations.WithinAsync(sql, project, now, () => TestbedTable.CreateAsync(sql, project, testbed, now))
        );
        return Answer.Created(row.ToWire(project, spec), Wire.Default.Testbed);
    }

    // If the request names a spec, the testbed is shown with that spec.
    private async Task<Answer> ViewAsync(Call call, ProjectRow project, (ResourceId Id, Guid? Spec) asked)
    {
        var (id, specUuid) = asked;
        var testbed = await db.ReadAsync(
            async sql =>
            {
                var row = await NamedTable.FindAsync<TestbedRow>(sql, project, id, call.Aborted)
                    ?? throw Refusal.NotFound(TestbedRow.Noun, id);
                var spec = specUuid is { } uuid
                    ? await SpecTable.GetAsync(sql, ResourceId.Of(uuid))
                    : await SpecTable.OfAsync(sql, row.SpecId);
                return row.ToWire(project, spec);
            },
            call.Aborted
        );
        return Answer.Ok(testbed, Wire.Default.Testbed);
    }

    public async Task<Answer> UpdateAsync(Call call, ProjectGrant granted, ResourceId id)
    {
        var (project, caller) = granted;
        var patch = await call.BodyAsync(Wire.Default.TestbedPatch);
        ProjectAccess.RefuseRename(caller, TestbedRow.Noun, renames: patch.Name.IsSet || patch.Slug.IsSet);
        var (row, spec) = await db.WriteAsync(sql =>
            TestbedTable.UpdateAsync(sql, project, id, patch, time.GetUtcNow())
        );
        return Answer.Ok(row.ToWire(project, spec), Wire.Default.Testbed);
    }

    public async Task<Answer> DeleteAsync(Call call, ProjectByUser granted, ResourceId id)
    {
        var project = granted.Project;
        await db.WriteAsync(sql => TestbedTable.DeleteAsync(sql, project, id));
        return Answer.Deleted;
    }
}
