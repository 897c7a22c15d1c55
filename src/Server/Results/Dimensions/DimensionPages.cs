using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Results.Changes;
using Paddock.Server.Results.Overview;
using Paddock.Server.Results.Reports;
using Paddock.Server.Results.Thresholds;

namespace Paddock.Server.Results.Dimensions;

/// <summary>A row of the list of branches, testbeds or measures.</summary>
/// <param name="Detail">The units of a measure, the spec of a testbed, or the start point of a branch.</param>
public sealed record DimensionLine(
    string Name,
    string Slug,
    string? Detail,
    DateTimeOffset? Last,
    long? Reports,
    long Thresholds,
    long? Benchmarks,
    bool IsArchived
);

/// <summary>The data of the page that lists branches, testbeds or measures.</summary>
/// <param name="Form">The state of the form that creates one.</param>
public sealed record DimensionsView(
    DimensionKind Kind,
    ProjectPaths Paths,
    string Project,
    IReadOnlyList<DimensionLine> Lines,
    ListPart Part,
    bool Archived,
    FormState Form,
    DateTimeOffset Now
);

/// <summary>
/// The pages of branches, testbeds, benchmarks and measures: the lists, and for each of them its reports, thresholds
/// and series.
/// </summary>
internal sealed class DimensionPages(Db db, TimeProvider time)
{
    private const int PartMax = 10;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<DimensionPages>(routes.ServiceProvider);
        var benchmarks = ActivatorUtilities.CreateInstance<BenchmarkListPages>(routes.ServiceProvider);
        var forms = new DimensionForms(routes.ServiceProvider, pages);
        foreach (var root in (string[])[ProjectPaths.PublicRoot, ProjectPaths.ConsoleRoot])
        {
            foreach (var kind in DimensionKind.All)
            {
                var list = $"{root}{{project}}/{kind.Plural}";
                if (kind == DimensionKind.Benchmark)
                    routes.Page(list, OnProject.View, benchmarks.ListAsync);
                else
                    routes.Page(list, OnProject.View, (call, project) =>
                        pages.ListAsync(call, project, kind, FormState.Empty)
                    );
                routes.Page($"{list}/{{{kind.Noun}}}", OnProject.View, (call, project) =>
                    pages.ViewAsync(call, project, kind, FormState.Empty)
                );
                forms.Map(routes, list, kind);
            }
        }
    }

    public async Task<Answer> ListAsync(Call call, ProjectRow project, DimensionKind kind, FormState form)
    {
        var paths = ProjectPaths.Of(call, project.Slug);
        var (search, archived, now) = (ListPart.SearchOf(call), call.QueryFlag("archived"), time.GetUtcNow());
        return await db.ReadAsync(
            async sql =>
            {
                var (rows, total) = await DimensionRow.ListAsync(
                    sql,
                    project,
                    kind,
                    new(Name: null, search, archived),
                    ListPart.PageOf(call),
                    call.Aborted
                );
                var uses = await DimensionUse.OfAsync(sql, kind, [.. rows.Select(row => row.Id)], call.Aborted);
                var part = ListPart.Of(
                    call,
                    kind.List(paths),
                    total,
                    new("search", search),
                    new("archived", archived ? "true" : null)
                );
                var lines = rows.ConvertAll(row => LineOf(row, uses[row.Id]));
                return Pages.Show<DimensionsPage>(
                    new DimensionsView(kind, paths, project.Name, lines, part, archived, form, now),
                    form.IsRefused ? 400 : 200
                );
            },
            call.Aborted
        );
    }

    public async Task<Answer> ViewAsync(Call call, ProjectRow project, DimensionKind kind, FormState form)
    {
        var paths = ProjectPaths.Of(call, project.Slug);
        var id = call.Path<ResourceId>(kind.Noun);
        var variant =
            kind == DimensionKind.Branch ? call.QueryUuid("head")
            : kind == DimensionKind.Testbed ? call.QueryUuid("spec")
            : null;
        var now = time.GetUtcNow();
        return await db.ReadAsync(
            async sql =>
            {
                var row = await DimensionRow.FindAsync(sql, project, kind, id, variant, call.Aborted);
                var use = (await DimensionUse.OfAsync(sql, kind, [row.Id], call.Aborted))[row.Id];
                var (branch, testbed, benchmark, measure) = Named(kind, row.Uuid);
                var (changes, _) = await ReadChanges.ListAsync(
                    sql,
                    project,
                    new(branch, testbed, benchmark, measure, State: null, Verdict: null, ByCreation: true),
                    new Page(0, PartMax, Descending: null),
                    call.Aborted
                );
                var view = new DimensionView(
                    kind,
                    paths,
                    project.Name,
                    row.Name,
                    row.Slug,
                    row.Uuid,
                    row.Units,
                    row.Spec?.ToWire(),
                    row.Head?.ToWire(version: null),
                    row.Created,
                    row.Archived,
                    use.Reports,
                    use.Last,
                    use.Benchmarks,
                    changes,
                    form,
                    now
                )
                {
                    Began = await BeganAsync(sql, paths, row, call.Aborted),
                    Reports =
                        kind == DimensionKind.Branch || kind == DimensionKind.Testbed
                            ? (
                                await ReportLine.ListAsync(
                                    sql,
                                    project,
                                    new(branch, testbed, StartTime: null, EndTime: null, row.Archived is not null),
                                    new Page(0, PartMax, Descending: null),
                                    call.Aborted
                                )
                            ).Lines
                            : [],
                    Thresholds =
                        kind == DimensionKind.Benchmark
                            ? []
                            : (
                                await ThresholdTable.ListAsync(
                                    sql,
                                    project,
                                    new(branch, testbed, measure, row.Archived is not null, ByModification: false),
                                    new Page(0, ListPart.Size, Descending: null),
                                    call.Aborted
                                )
                            ).Thresholds,
                    Series =
                        kind == DimensionKind.Benchmark
                            ? await SeriesLine.OfBenchmarkAsync(sql, paths, row.Id, row.Uuid, call.Aborted)
                            : [],
                };
                return Pages.Show<DimensionPage>(view, form.IsRefused ? 400 : 200);
            },
            call.Aborted
        );
    }

    private static DimensionLine LineOf(DimensionRow row, DimensionUse use) =>
        new(
            row.Name,
            row.Slug,
            row.Units ?? row.Spec?.Name,
            use.Last,
            use.Reports,
            use.Thresholds,
            use.Benchmarks,
            row.Archived is not null
        );

    private static async Task<BranchBegin?> BeganAsync(
        Sql sql,
        ProjectPaths paths,
        DimensionRow row,
        CancellationToken ct
    )
    {
        if (row.Head?.StartPoint is not { } start)
            return null;
        var found = await sql.FirstAsync(
            $"SELECT name, slug FROM branches WHERE uuid = {start.Branch}",
            branch => (Name: branch.Text(), Slug: branch.Text()),
            ct
        );
        return found.Name is null
            ? null
            : new(found.Name, paths.Branch(found.Slug), start.Version.Number, start.Version.Hash);
    }

    private static (NameId<BranchName>?, NameId<ResourceName>?, NameId<BenchmarkName>?, NameId<ResourceName>?) Named(
        DimensionKind kind,
        Guid uuid
    ) =>
        (
            kind == DimensionKind.Branch ? NameId<BranchName>.OfUuid(uuid) : null,
            kind == DimensionKind.Testbed ? NameId<ResourceName>.OfUuid(uuid) : null,
            kind == DimensionKind.Benchmark ? NameId<BenchmarkName>.OfUuid(uuid) : null,
            kind == DimensionKind.Measure ? NameId<ResourceName>.OfUuid(uuid) : null
        );
}
