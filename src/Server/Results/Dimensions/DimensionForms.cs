using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Benchmarks;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.Measures;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Catalog.Testbeds;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Results.Dimensions;

/// <summary>
/// The forms that create, change, archive and delete branches, testbeds, benchmarks and measures. Each form becomes the
/// body of the API endpoint, which checks permission and rules.
/// </summary>
internal sealed class DimensionForms(IServiceProvider provider, DimensionPages pages)
{
    private readonly BranchEndpoints branches = ActivatorUtilities.CreateInstance<BranchEndpoints>(provider);
    private readonly TestbedEndpoints testbeds = ActivatorUtilities.CreateInstance<TestbedEndpoints>(provider);
    private readonly BenchmarkEndpoints benchmarks = ActivatorUtilities.CreateInstance<BenchmarkEndpoints>(provider);
    private readonly MeasureEndpoints measures = ActivatorUtilities.CreateInstance<MeasureEndpoints>(provider);

    /// <param name="list">The address of the list.</param>
    public void Map(IEndpointRouteBuilder routes, string list, DimensionKind kind)
    {
        var one = $"{list}/{{{kind.Noun}}}";
        if (kind != DimensionKind.Benchmark)
            routes.Form(
                list,
                OnProject.May(Permission.Create),
                (call, granted, fields) => CreateAsync(call, granted, kind, fields),
                (call, granted, state) => pages.ListAsync(call, granted.Project, kind, state)
            );
        routes.Form(
            one,
            OnProject.May(Permission.Edit),
            (call, granted, fields) => ChangeAsync(call, granted, kind, fields),
            (call, granted, state) => pages.ViewAsync(call, granted.Project, kind, state)
        );
        routes.Act(one + "/archive", OnProject.May(Permission.Edit), (call, granted, _) =>
            ArchiveAsync(call, granted, kind, archived: true)
        );
        routes.Act(one + "/restore", OnProject.May(Permission.Edit), (call, granted, _) =>
            ArchiveAsync(call, granted, kind, archived: false)
        );
        routes.Form(
            one + "/delete",
            OnProject.UserMay(Permission.Delete),
            (call, granted, fields) => DeleteAsync(call, granted, kind, fields),
            (call, granted, state) => pages.ViewAsync(call, granted.Project, kind, state)
        );
    }

    private async Task<Answer> CreateAsync(Call call, ProjectGrant granted, DimensionKind kind, FormFields fields)
    {
        var slug = fields.Optional<Slug>("slug");
        if (kind == DimensionKind.Branch)
        {
            var name = fields.Required<BranchName>("name");
            fields.Check();
            await branches.CreateAsync(call.With(new NewBranch(name, slug)), granted);
        }
        else if (kind == DimensionKind.Testbed)
        {
            var name = fields.Required<ResourceName>("name");
            fields.Check();
            await testbeds.CreateAsync(call.With(new NewTestbed(name, slug)), granted);
        }
        else
        {
            var (name, units) = (fields.Required<ResourceName>("name"), fields.Required<ResourceName>("units"));
            fields.Check();
            await measures.CreateAsync(call.With(new NewMeasure(name, units, slug)), granted);
        }
        return Pages.After(call.Http.Request.Path);
    }

    private async Task<Answer> ChangeAsync(Call call, ProjectGrant granted, DimensionKind kind, FormFields fields)
    {
        var id = call.Path<ResourceId>(kind.Noun);
        var slug = fields.Required<Slug>("slug");
        if (kind == DimensionKind.Branch)
        {
            var name = fields.Required<BranchName>("name");
            fields.Check();
            await branches.PatchAsync(call.With(new BranchPatch(name, slug)), granted, id);
        }
        else if (kind == DimensionKind.Benchmark)
        {
            var name = fields.Required<BenchmarkName>("name");
            fields.Check();
            await benchmarks.UpdateAsync(call.With(new BenchmarkPatch(name, slug)), granted, id);
        }
        else if (kind == DimensionKind.Testbed)
        {
            var name = fields.Required<ResourceName>("name");
            fields.Check();
            await testbeds.UpdateAsync(call.With(new TestbedPatch { Name = new(name), Slug = new(slug) }), granted, id);
        }
        else
        {
            var (name, units) = (fields.Required<ResourceName>("name"), fields.Required<ResourceName>("units"));
            fields.Check();
            await measures.UpdateAsync(call.With(new MeasurePatch(name, slug, units)), granted, id);
        }
        return Pages.After($"{ListOf(call)}/{slug.Value}");
    }

    private async Task<Answer> ArchiveAsync(Call call, ProjectGrant granted, DimensionKind kind, bool archived)
    {
        var id = call.Path<ResourceId>(kind.Noun);
        if (kind == DimensionKind.Branch)
            await branches.PatchAsync(call.With(new BranchPatch(Archived: archived)), granted, id);
        else if (kind == DimensionKind.Benchmark)
            await benchmarks.UpdateAsync(call.With(new BenchmarkPatch(Archived: archived)), granted, id);
        else if (kind == DimensionKind.Testbed)
            await testbeds.UpdateAsync(call.With(new TestbedPatch { Archived = new(archived) }), granted, id);
        else
            await measures.UpdateAsync(call.With(new MeasurePatch(Archived: archived)), granted, id);
        return Pages.After($"{ListOf(call)}/{id}");
    }

    private async Task<Answer> DeleteAsync(Call call, ProjectByUser granted, DimensionKind kind, FormFields fields)
    {
        var id = call.Path<ResourceId>(kind.Noun);
        fields.Confirm(id.ToString());
        if (kind == DimensionKind.Branch)
            await branches.DeleteAsync(call, granted, id);
        else if (kind == DimensionKind.Benchmark)
            await benchmarks.DeleteAsync(call, granted, id);
        else if (kind == DimensionKind.Testbed)
            await testbeds.DeleteAsync(call, granted, id);
        else
            await measures.DeleteAsync(call, granted, id);
        return Pages.After(ListOf(call));
    }

    // Finds the list's address: forms post below the list, to /perf/PROJECT/KIND/SLUG/...
    private static string ListOf(Call call)
    {
        var parts = call.Http.Request.Path.Value!.Split('/');
        return string.Join('/', parts.Take(parts[1] == "console" ? 5 : 4));
    }
}
