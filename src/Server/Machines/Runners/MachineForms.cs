using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Specs;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Machines.Runners;

/// <summary>The content of the form for a new runner, and its result.</summary>
/// <param name="Key">The new key, which is shown only this once.</param>
/// <param name="Runner">The runner that the key belongs to.</param>
public sealed record RunnerFormView(string Host, FormState Form, RunnerKey? Key = null, string? Runner = null);

/// <summary>The content of the form for a new spec.</summary>
public sealed record SpecFormView(FormState Form);

/// <summary>Handles the administrators' forms for runners and specs. The API's endpoints do the work.</summary>
internal sealed class MachineForms(RunnerEndpoints runners, SpecEndpoints specs, BaseOptions options)
{
    private const long BytesOfGibibyte = 1L << 30;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var provider = routes.ServiceProvider;
        var forms = ActivatorUtilities.CreateInstance<MachineForms>(
            provider,
            ActivatorUtilities.CreateInstance<RunnerEndpoints>(provider),
            ActivatorUtilities.CreateInstance<SpecEndpoints>(provider)
        );
        var (runner, spec) = (AdminPaths.Runners + "/{runner}", AdminPaths.Specs + "/{spec}");
        routes.Page(AdminPaths.Runners + "/add", By.Admin, (_, _) => forms.Show(FormState.Empty));
        routes.Form(AdminPaths.Runners + "/add", By.Admin, forms.CreateAsync, (_, _, state) => forms.Show(state));
        routes.Form(runner, By.Admin, forms.ChangeAsync, (_, _, state) =>
            throw Refusal.BadInput(state.Problem ?? string.Join(" ", state.Errors.Values))
        );
        routes.Act(runner + "/rotate", By.Admin, forms.RotateAsync);
        routes.Act(runner + "/archive", By.Admin, (call, admin, _) => forms.ArchiveAsync(call, admin, archived: true));
        routes.Act(runner + "/restore", By.Admin, (call, admin, _) => forms.ArchiveAsync(call, admin, archived: false));
        routes.Act(runner + "/specs", By.Admin, forms.ServeAsync);
        routes.Act(runner + "/specs/{spec}/remove", By.Admin, forms.NoLongerServeAsync);
        routes.Page(AdminPaths.Specs + "/add", By.Admin, (_, _) =>
            ShowSpec(FormState.Of(("architecture", Architectures.X8664), ("cpu", "2"), ("memory", "4"), ("disk", "10")))
        );
        routes.Form(AdminPaths.Specs + "/add", By.Admin, forms.CreateSpecAsync, (_, _, state) => ShowSpec(state));
        routes.Act(spec + "/archive", By.Admin, (call, admin, _) =>
            forms.ArchiveSpecAsync(call, admin, archived: true)
        );
        routes.Act(spec + "/restore", By.Admin, (call, admin, _) =>
            forms.ArchiveSpecAsync(call, admin, archived: false)
        );
        routes.Act(spec + "/delete", By.Admin, forms.DeleteSpecAsync);
    }

    private Task<Answer> Show(FormState state) =>
        Task.FromResult(
            Pages.Show<RunnerFormPage>(
                new RunnerFormView(options.ConsoleUrl.TrimEnd('/'), state),
                state.IsRefused ? 400 : 200
            )
        );

    private static Task<Answer> ShowSpec(FormState state) =>
        Task.FromResult(Pages.Show<SpecFormPage>(new SpecFormView(state), state.IsRefused ? 400 : 200));

    private async Task<Answer> CreateAsync(Call call, UserCaller admin, FormFields fields)
    {
        var (name, slug) = (fields.Required<ResourceName>("name"), fields.Optional<Slug>("slug"));
        fields.Check();
        var key = await runners.MakeAsync(call.With(new NewRunner(name, slug)));
        return Pages.Show<RunnerFormPage>(
            new RunnerFormView(options.ConsoleUrl.TrimEnd('/'), FormState.Empty, key, key.Uuid.ToString())
        );
    }

    private async Task<Answer> RotateAsync(Call call, UserCaller admin, FormFields fields)
    {
        var id = call.Path<ResourceId>("runner");
        return Pages.Show<RunnerFormPage>(
            new RunnerFormView(
                options.ConsoleUrl.TrimEnd('/'),
                FormState.Empty,
                await runners.RenewAsync(id),
                id.ToString()
            )
        );
    }

    private async Task<Answer> ChangeAsync(Call call, UserCaller admin, FormFields fields)
    {
        var (name, slug) = (fields.Required<ResourceName>("name"), fields.Required<Slug>("slug"));
        fields.Check();
        await runners.UpdateAsync(call.With(new RunnerPatch(name, slug)), admin, call.Path<ResourceId>("runner"));
        return Pages.After(AdminPaths.Runner(slug.Value));
    }

    private async Task<Answer> ArchiveAsync(Call call, UserCaller admin, bool archived)
    {
        var id = call.Path<ResourceId>("runner");
        await runners.UpdateAsync(call.With(new RunnerPatch(Archived: archived)), admin, id);
        return Pages.After(AdminPaths.Runner(id.ToString()));
    }

    private async Task<Answer> ServeAsync(Call call, UserCaller admin, FormFields fields)
    {
        var id = call.Path<ResourceId>("runner");
        var spec = ResourceId.TryParse(fields.Text("spec"), out var named)
            ? named
            : throw Refusal.BadInput($"spec: {Text.Refusal<ResourceId>(fields.Text("spec"))}");
        await runners.AddSpecAsync(call.With(new NewRunnerSpec(spec)), admin, id);
        return Pages.After(AdminPaths.Runner(id.ToString()));
    }

    private async Task<Answer> NoLongerServeAsync(Call call, UserCaller admin, FormFields fields)
    {
        var id = call.Path<ResourceId>("runner");
        await runners.RemoveSpecAsync(call, admin, (id, call.Path<ResourceId>("spec")));
        return Pages.After(AdminPaths.Runner(id.ToString()));
    }

    private async Task<Answer> CreateSpecAsync(Call call, UserCaller admin, FormFields fields)
    {
        var (name, slug) = (fields.Required<ResourceName>("name"), fields.Optional<Slug>("slug"));
        var (cpu, memory, disk) = (
            fields.Whole("cpu", 1, 4096),
            fields.Whole("memory", 1, 1 << 20),
            fields.Whole("disk", 1, 1 << 20)
        );
        foreach (var (field, given) in ((string, long?)[])[("cpu", cpu), ("memory", memory), ("disk", disk)])
            if (given is null && fields.Text(field).Length == 0)
                fields.Wrong(field, "Fill this in.");
        fields.Check();
        await specs.CreateAsync(
            call.With(
                new NewSpec(
                    name,
                    fields.Text("architecture"),
                    (int)cpu!.Value,
                    memory!.Value * BytesOfGibibyte,
                    disk!.Value * BytesOfGibibyte,
                    Slug: slug,
                    Sandbox: fields.IsTicked("microvm") ? Core.Jobs.Sandboxes.MicrovmInSpec : null,
                    Network: fields.IsTicked("network"),
                    Fallback: fields.IsTicked("fallback") ? true : null
                )
            ),
            admin
        );
        return Pages.After(AdminPaths.Specs);
    }

    private async Task<Answer> ArchiveSpecAsync(Call call, UserCaller admin, bool archived)
    {
        await specs.UpdateAsync(call.With(new SpecPatch(Archived: archived)), admin, call.Path<ResourceId>("spec"));
        return Pages.After(AdminPaths.Specs + (archived ? "" : "?archived=true"));
    }

    private async Task<Answer> DeleteSpecAsync(Call call, UserCaller admin, FormFields fields)
    {
        await specs.DeleteAsync(call, admin, call.Path<ResourceId>("spec"));
        return Pages.After(AdminPaths.Specs);
    }
}
