using Paddock.Core.Jobs;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Catalog.Specs;

/// <summary>The endpoints of specs, the hardware that testbeds and jobs demand; for administrators.</summary>
internal sealed class SpecEndpoints(Db db, TimeProvider time)
{
    private const string Microvm = Sandboxes.MicrovmInSpec;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var specs = ActivatorUtilities.CreateInstance<SpecEndpoints>(routes.ServiceProvider);
        routes.Get("/v0/specs", CreatedList.Of, By.Admin, specs.ListAsync).GivesList<Spec>();
        routes.Post("/v0/specs", By.Admin, specs.CreateAsync).Takes<NewSpec>().Gives<Spec>(201);
        routes.Get("/v0/specs/{spec}", Input.Id("spec"), By.Admin, specs.ViewAsync).Gives<Spec>();
        routes
            .Patch("/v0/specs/{spec}", Input.Id("spec"), By.Admin, specs.UpdateAsync)
            .Takes<SpecPatch>()
            .Gives<Spec>();
        routes.Delete("/v0/specs/{spec}", Input.Id("spec"), By.Admin, specs.DeleteAsync).GivesNothing();
    }

    private async Task<Answer> ListAsync(Call call, UserCaller admin, CreatedList asked)
    {
        var (page, filter, byCreation) = asked;
        var (rows, total) = await db.ReadAsync(
            sql => SpecTable.ListAsync(sql, filter, byCreation, page, call.Aborted),
            call.Aborted
        );
        return Answer.List(rows.ConvertAll(row => row.ToWire()), total, Wire.Default.IReadOnlyListSpec);
    }

    public async Task<Answer> CreateAsync(Call call, UserCaller admin)
    {
        var spec = await call.BodyAsync(Wire.Default.NewSpec);
        if (Problem(spec) is { } problem)
            throw Refusal.BadInput("unable to parse JSON body: " + problem);
        var row = await db.WriteAsync(sql => SpecTable.CreateAsync(sql, spec, time.GetUtcNow()));
        return Answer.Created(row.ToWire(), Wire.Default.Spec);
    }

    private async Task<Answer> ViewAsync(Call call, UserCaller admin, ResourceId id)
    {
        var row = await db.ReadAsync(sql => SpecTable.GetAsync(sql, id), call.Aborted);
        return Answer.Ok(row.ToWire(), Wire.Default.Spec);
    }

    public async Task<Answer> UpdateAsync(Call call, UserCaller admin, ResourceId id)
    {
        var patch = await call.BodyAsync(Wire.Default.SpecPatch);
        if (TooFew("timeout_max", patch.TimeoutMax.Value ?? 1, int.MaxValue) is { } problem)
            throw Refusal.BadInput("unable to parse JSON body: " + problem);
        var row = await db.WriteAsync(sql => SpecTable.UpdateAsync(sql, id, patch, time.GetUtcNow()));
        return Answer.Ok(row.ToWire(), Wire.Default.Spec);
    }

    public async Task<Answer> DeleteAsync(Call call, UserCaller admin, ResourceId id)
    {
        await db.WriteAsync(sql => SpecTable.DeleteAsync(sql, id));
        return Answer.Deleted;
    }

    private static string? Problem(NewSpec spec) =>
        spec.Architecture is not (Architectures.X8664 or Architectures.Aarch64)
            ? $"architecture: {Text.Quote(spec.Architecture)} is not one of {Architectures.X8664}, "
                + $"{Architectures.Aarch64}"
        : spec.Sandbox is not (null or Microvm) ? $"sandbox: {Text.Quote(spec.Sandbox)} is not {Microvm} or null"
        : TooFew("cpu", spec.Cpu, int.MaxValue)
            ?? TooFew("memory", spec.Memory, long.MaxValue)
            ?? TooFew("disk", spec.Disk, long.MaxValue)
            ?? TooFew("timeout_max", spec.TimeoutMax ?? 1, int.MaxValue);

    private static string? TooFew(string field, long given, long max) =>
        given >= 1 ? null : $"{field}: {given} is not a whole number from 1 to {max}";
}
