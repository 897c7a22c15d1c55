using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Machines.Dispatch;

namespace Paddock.Server.Machines.Runners;

/// <summary>
/// The administrators' endpoints for runners. Runners themselves connect through <see cref="ChannelEndpoint"/>.
/// </summary>
internal sealed class RunnerEndpoints(Db db, Dispatcher dispatch, TimeProvider time)
{
    private const int ReasonMax = 200;
    private const int LabelMax = 64;
    private const int LabelsMax = 64;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var runners = ActivatorUtilities.CreateInstance<RunnerEndpoints>(routes.ServiceProvider);
        routes.Get("/v0/runners", CreatedList.Of, By.Admin, runners.ListAsync).GivesList<Runner>();
        routes.Post("/v0/runners", By.Admin, runners.CreateAsync).Takes<NewRunner>().Gives<RunnerKey>(201);
        routes.Get("/v0/runners/{runner}", Input.Id("runner"), By.Admin, runners.ViewAsync).Gives<Runner>();
        routes
            .Patch("/v0/runners/{runner}", Input.Id("runner"), By.Admin, runners.UpdateAsync)
            .Takes<RunnerPatch>()
            .Gives<Runner>();
        routes.Delete("/v0/runners/{runner}", Input.Id("runner"), By.Admin, runners.DeleteAsync).GivesNothing();
        routes
            .Post("/v0/runners/{runner}/key", Input.Id("runner"), By.Admin, runners.RotateAsync)
            .Gives<RunnerKey>(201);
        routes.Get("/v0/runners/{runner}/specs", Input.Id("runner"), By.Admin, runners.SpecsAsync).GivesAll<Spec>();
        routes
            .Post("/v0/runners/{runner}/specs", Input.Id("runner"), By.Admin, runners.AddSpecAsync)
            .Takes<NewRunnerSpec>()
            .Gives<Spec>(201);
        routes
            .Delete(
                "/v0/runners/{runner}/specs/{spec}",
                call => (call.Path<ResourceId>("runner"), call.Path<ResourceId>("spec")),
                By.Admin,
                runners.RemoveSpecAsync
            )
            .GivesNothing();
    }

    private async Task<Answer> ListAsync(Call call, UserCaller admin, CreatedList asked)
    {
        var (page, filter, byCreation) = asked;
        var (rows, total) = await db.ReadAsync(
            sql => RunnerTable.ListAsync(sql, filter, byCreation, page, call.Aborted),
            call.Aborted
        );
        return Answer.List(
            rows.ConvertAll(row => row.ToWire(dispatch.SeenSince)),
            total,
            Wire.Default.IReadOnlyListRunner
        );
    }

    private async Task<Answer> CreateAsync(Call call, UserCaller admin) =>
        Answer.Created(await MakeAsync(call), Wire.Default.RunnerKey);

    /// <summary>Creates the runner in the call's body. Its key is returned only this once.</summary>
    public async Task<RunnerKey> MakeAsync(Call call)
    {
        var runner = await call.BodyAsync(Wire.Default.NewRunner);
        var (uuid, key) = await db.WriteAsync(sql => RunnerTable.CreateAsync(sql, runner, time.GetUtcNow()));
        return new(uuid, key);
    }

    private async Task<Answer> ViewAsync(Call call, UserCaller admin, ResourceId id)
    {
        var view = await db.ReadAsync(
            async sql =>
                await RunnerTable.ViewAsync(sql, await RunnerTable.GetAsync(sql, id, call.Aborted), call.Aborted),
            call.Aborted
        );
        return Answer.Ok(view.ToWire(dispatch.SeenSince), Wire.Default.Runner);
    }

    public async Task<Answer> UpdateAsync(Call call, UserCaller admin, ResourceId id)
    {
        var patch = await call.BodyAsync(Wire.Default.RunnerPatch);
        Check(patch);
        var view = await db.WriteAsync(async sql =>
            await RunnerTable.ViewAsync(sql, await RunnerTable.UpdateAsync(sql, id, patch, time.GetUtcNow()))
        );
        return Answer.Ok(view.ToWire(dispatch.SeenSince), Wire.Default.Runner);
    }

    /// <exception cref="Refusal">A field has an invalid value.</exception>
    public static void Check(RunnerPatch patch)
    {
        if (patch.Maintenance.Value is { Reason: var reason } && !IsLine(reason, ReasonMax))
            throw Refusal.BadInput(
                $"maintenance.reason: {Text.Quote(reason)} is not a valid reason; allowed: 1 to {ReasonMax} characters "
                    + $"on one line. To end the maintenance, set maintenance to null"
            );
        if (patch.Slots.Value is < 1 or > SlotTable.SlotsMax)
            throw Refusal.BadInput(
                $"slots: {patch.Slots.Value} is not possible; allowed: a whole number from 1 to {SlotTable.SlotsMax}, "
                    + $"or null for all slots that the runner offers"
            );
        if (patch.Labels is not { } labels)
            return;
        if (labels.Count > LabelsMax)
            throw Refusal.BadInput($"labels: {labels.Count} are too many; allowed: {LabelsMax}");
        foreach (var label in labels)
            if (!IsLine(label, LabelMax))
                throw Refusal.BadInput(
                    $"labels: {Text.Quote(label)} is not a valid label; allowed: 1 to {LabelMax} characters on one "
                        + $"line, without spaces at either end"
                );
    }

    private static bool IsLine(string? text, int max) =>
        text is { Length: > 0 } && text.Length <= max && text.Trim() == text && !text.Any(char.IsControl);

    public async Task<Answer> DeleteAsync(Call call, UserCaller admin, ResourceId id)
    {
        await db.WriteAsync(sql => RunnerTable.DeleteAsync(sql, id));
        return Answer.Deleted;
    }

    private async Task<Answer> RotateAsync(Call call, UserCaller admin, ResourceId id) =>
        Answer.Created(await RenewAsync(id), Wire.Default.RunnerKey);

    /// <summary>Gives a runner a new key; the old key stops working at once.</summary>
    public async Task<RunnerKey> RenewAsync(ResourceId id)
    {
        var (uuid, key) = await db.WriteAsync(sql => RunnerTable.RotateAsync(sql, id, time.GetUtcNow()));
        return new(uuid, key);
    }

    // A runner has few specs, so the list has no pages. Its total is 1, as v0 answers for anything that is not a page
    // of a list.
    private async Task<Answer> SpecsAsync(Call call, UserCaller admin, ResourceId id)
    {
        var specs = await db.ReadAsync(
            async sql =>
                await RunnerTable.SpecsAsync(sql, (await RunnerTable.GetAsync(sql, id, call.Aborted)).Id, call.Aborted),
            call.Aborted
        );
        return Answer.Ok<IReadOnlyList<Spec>>(specs.ConvertAll(spec => spec.ToWire()), Wire.Default.IReadOnlyListSpec);
    }

    public async Task<Answer> AddSpecAsync(Call call, UserCaller admin, ResourceId id)
    {
        var body = await call.BodyAsync(Wire.Default.NewRunnerSpec);
        var spec = await db.WriteAsync(sql => RunnerTable.AddSpecAsync(sql, id, body.Spec));
        return Answer.Created(spec.ToWire(), Wire.Default.Spec);
    }

    public async Task<Answer> RemoveSpecAsync(Call call, UserCaller admin, (ResourceId Runner, ResourceId Spec) asked)
    {
        var (id, spec) = asked;
        await db.WriteAsync(sql => RunnerTable.RemoveSpecAsync(sql, id, spec));
        return Answer.Deleted;
    }
}
