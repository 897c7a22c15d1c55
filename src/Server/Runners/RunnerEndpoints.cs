using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Database;
using Paddock.Server.Http;
using Paddock.Server.Jobs;
using Paddock.Server.Projects;
using Paddock.Server.Users;

namespace Paddock.Server.Runners;

/// <summary>The machines that carry jobs out: for administrators. Their own way in is <see cref="ChannelEndpoint"/>.</summary>
internal sealed class RunnerEndpoints(Db db, Callers callers, Dispatch dispatch, TimeProvider time)
{
    private const int DrainMax = 200;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var runners = ActivatorUtilities.CreateInstance<RunnerEndpoints>(routes.ServiceProvider);
        routes.Get("/v0/runners", runners.ListAsync);
        routes.Post("/v0/runners", runners.CreateAsync);
        routes.Get("/v0/runners/{runner}", runners.ViewAsync);
        routes.Patch("/v0/runners/{runner}", runners.UpdateAsync);
        routes.Delete("/v0/runners/{runner}", runners.DeleteAsync);
        routes.Post("/v0/runners/{runner}/key", runners.RotateAsync);
        routes.Get("/v0/runners/{runner}/specs", runners.SpecsAsync);
        routes.Post("/v0/runners/{runner}/specs", runners.AddSpecAsync);
        routes.Delete("/v0/runners/{runner}/specs/{spec}", runners.RemoveSpecAsync);
    }

    private async Task<Answer> ListAsync(Call call)
    {
        var (page, filter) = (Page.Of(call), NamedFilter.Of<ResourceName>(call));
        var byCreation = Page.Sort(call, "name", "created") == "created";
        await callers.AdminAsync(call);
        var (rows, total) = await db.ReadAsync(sql => RunnerTable.ListAsync(sql, filter, byCreation, page, call.Aborted), call.Aborted);
        return Answer.List(rows.ConvertAll(row => row.ToWire(dispatch.SeenSince)), total, Wire.Default.IReadOnlyListRunner);
    }

    private async Task<Answer> CreateAsync(Call call)
    {
        await callers.AdminAsync(call);
        var runner = await call.BodyAsync(Wire.Default.NewRunner);
        var (uuid, key) = await db.WriteAsync(sql => RunnerTable.CreateAsync(sql, runner, time.GetUtcNow()));
        return Answer.Created(new RunnerKey(uuid, key), Wire.Default.RunnerKey);
    }

    private async Task<Answer> ViewAsync(Call call)
    {
        var id = call.Path<ResourceId>("runner");
        await callers.AdminAsync(call);
        var view = await db.ReadAsync(async sql => await RunnerTable.ViewAsync(sql, await RunnerTable.GetAsync(sql, id, call.Aborted), call.Aborted), call.Aborted);
        return Answer.Ok(view.ToWire(dispatch.SeenSince), Wire.Default.Runner);
    }

    private async Task<Answer> UpdateAsync(Call call)
    {
        var id = call.Path<ResourceId>("runner");
        await callers.AdminAsync(call);
        var patch = await call.BodyAsync(Wire.Default.RunnerPatch);
        if (patch.Drain.Value is { } reason && (reason.Trim().Length == 0 || reason.Length > DrainMax || reason.Any(char.IsControl)))
            throw Refusal.BadInput($"drain: {Text.Quote(reason)} is no reason; allowed: 1 to {DrainMax} characters on one line, or null to go on");
        var view = await db.WriteAsync(async sql => await RunnerTable.ViewAsync(sql, await RunnerTable.UpdateAsync(sql, id, patch, time.GetUtcNow())));
        return Answer.Ok(view.ToWire(dispatch.SeenSince), Wire.Default.Runner);
    }

    private async Task<Answer> DeleteAsync(Call call)
    {
        var id = call.Path<ResourceId>("runner");
        await callers.AdminAsync(call);
        await db.WriteAsync(sql => RunnerTable.DeleteAsync(sql, id));
        return Answer.Deleted;
    }

    private async Task<Answer> RotateAsync(Call call)
    {
        var id = call.Path<ResourceId>("runner");
        await callers.AdminAsync(call);
        var (uuid, key) = await db.WriteAsync(sql => RunnerTable.RotateAsync(sql, id, time.GetUtcNow()));
        return Answer.Created(new RunnerKey(uuid, key), Wire.Default.RunnerKey);
    }

    // Of them there are few, so the list has no pages.
    private async Task<Answer> SpecsAsync(Call call)
    {
        var id = call.Path<ResourceId>("runner");
        await callers.AdminAsync(call);
        var specs = await db.ReadAsync(async sql => await RunnerTable.SpecsAsync(sql, (await RunnerTable.GetAsync(sql, id, call.Aborted)).Id, call.Aborted), call.Aborted);
        return Answer.Ok<IReadOnlyList<Spec>>(specs.ConvertAll(spec => spec.ToWire()), Wire.Default.IReadOnlyListSpec);
    }

    private async Task<Answer> AddSpecAsync(Call call)
    {
        var id = call.Path<ResourceId>("runner");
        await callers.AdminAsync(call);
        var body = await call.BodyAsync(Wire.Default.NewRunnerSpec);
        var spec = await db.WriteAsync(sql => RunnerTable.AddSpecAsync(sql, id, body.Spec));
        return Answer.Created(spec.ToWire(), Wire.Default.Spec);
    }

    private async Task<Answer> RemoveSpecAsync(Call call)
    {
        var (id, spec) = (call.Path<ResourceId>("runner"), call.Path<ResourceId>("spec"));
        await callers.AdminAsync(call);
        await db.WriteAsync(sql => RunnerTable.RemoveSpecAsync(sql, id, spec));
        return Answer.Deleted;
    }
}
