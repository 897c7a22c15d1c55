using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Ground.RateLimits;
using Paddock.Server.Results.Changes;

namespace Paddock.Server.Results.Comparisons;

/// <summary>One compared result, formatted for the page.</summary>
public sealed record ComparedRow(
    ComparedState State,
    string Benchmark,
    string Measure,
    string Testbed,
    string? Base,
    string? Head,
    string? Effect,
    string? Interval,
    EffectPlace? Bar,
    int BaseValues,
    int HeadValues
);

/// <param name="Problem">Why the comparison failed although both sides were named.</param>
/// <param name="Changed">The results that differ, the worst first.</param>
/// <param name="Left">The number of results beyond <see cref="RowsMax"/>, which only the JSON contains.</param>
/// <param name="Branches">Suggestions for the form.</param>
public sealed record CompareView(
    ProjectPaths Paths,
    string Project,
    string? Base,
    string? Head,
    string? Testbed,
    string? Measure,
    string? Problem,
    SideBySide? Comparison,
    IReadOnlyList<ComparedRow> Changed,
    IReadOnlyList<ComparedRow> Same,
    int Left,
    string? Markdown,
    string? Json,
    IReadOnlyList<string> Branches
)
{
    public const int RowsMax = 500;
}

/// <summary>The comparison of two branches, commits or reports, as a page and as JSON.</summary>
internal sealed class ComparePages(Db db, Shares shares, LimitOptions limits)
{
    private const int BranchesMax = 100;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<ComparePages>(routes.ServiceProvider);
        foreach (var root in (string[])[ProjectPaths.PublicRoot, ProjectPaths.ConsoleRoot])
            routes.Page(root + "{project}/compare", OnProject.View, pages.ViewAsync);
        routes
            .Get("/v0/projects/{project}/compare", Read, OnProject.View, pages.JsonAsync)
            .KnowsItsQuery()
            .Gives<SideBySide>();
    }

    private static (string Base, string Head, CompareFilter Filter) Read(Call call)
    {
        // Reads all parameters before reporting a missing one.
        var (from, to, filter) = (Side(call, "base"), Side(call, "head"), FilterOf(call));
        return (from ?? throw Call.BadQuery("base", Missing), to ?? throw Call.BadQuery("head", Missing), filter);
    }

    private async Task<Answer> JsonAsync(
        Call call,
        ProjectRow project,
        (string Base, string Head, CompareFilter Filter) asked
    )
    {
        using var place = await shares.PlotAsync(call.Aborted);
        return Answer.Ok(
            await db.ReadAsync(
                sql =>
                    ReadComparison.RunAsync(
                        sql,
                        project,
                        asked.Base,
                        asked.Head,
                        asked.Filter,
                        limits.PlotPointsMax,
                        call.Aborted
                    ),
                call.Aborted
            ),
            Wire.Default.SideBySide
        );
    }

    private async Task<Answer> ViewAsync(Call call, ProjectRow project)
    {
        var paths = ProjectPaths.Of(call, project.Slug);
        var (from, to) = (Side(call, "base"), Side(call, "head"));
        using var place = await shares.PlotAsync(call.Aborted);
        return await db.ReadAsync(
            async sql =>
            {
                var branches = await sql.ListAsync(
                    $"SELECT name FROM branches WHERE project_id = {project.Id} AND archived IS NULL ORDER BY id "
                        + $"DESC LIMIT {BranchesMax}",
                    row => row.Text(),
                    call.Aborted
                );
                var (comparison, problem) = ((SideBySide?)null, (string?)null);
                if (from is not null && to is not null)
                {
                    try
                    {
                        comparison = await ReadComparison.RunAsync(
                            sql,
                            project,
                            from,
                            to,
                            FilterOf(call),
                            limits.PlotPointsMax,
                            call.Aborted
                        );
                    }
                    catch (Refusal refusal) when (refusal.Because == Because.BadInput)
                    {
                        problem = refusal.Message;
                    }
                }
                return Pages.Show<ComparePage>(
                    Of(call, project, paths, from, to, comparison, problem, branches),
                    problem is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest
                );
            },
            call.Aborted
        );
    }

    private static CompareView Of(
        Call call,
        ProjectRow project,
        ProjectPaths paths,
        string? from,
        string? to,
        SideBySide? comparison,
        string? problem,
        IReadOnlyList<string> branches
    )
    {
        IReadOnlyList<ComparedResult> results = comparison?.Results ?? [];
        var shown = results.Take(CompareView.RowsMax).ToList();
        var scale = EffectScale.Of(
            shown.SelectMany(one => (double?[])[one.Effect, one.Interval?.Lower, one.Interval?.Upper])
        );
        var rows = shown.ConvertAll(one =>
        {
            var (had, has) = CompareWords.Values(one);
            return new ComparedRow(
                one.State,
                one.Benchmark,
                one.Measure,
                one.Testbed,
                had,
                has,
                CompareWords.Effect(one),
                CompareWords.Interval(one),
                scale.PlaceOf(one.Effect, one.Interval?.Lower ?? one.Effect, one.Interval?.Upper ?? one.Effect),
                one.BaseValues,
                one.HeadValues
            );
        });
        return new(
            paths,
            project.Name,
            from,
            to,
            Given(call, "testbed"),
            Given(call, "measure"),
            problem,
            comparison,
            rows.FindAll(row => row.State != ComparedState.Same),
            rows.FindAll(row => row.State == ComparedState.Same),
            results.Count - shown.Count,
            comparison is null ? null : CompareWords.Markdown(comparison),
            comparison is null ? null : $"{paths.Api}/compare{call.Http.Request.QueryString}",
            branches
        );
    }

    private const string Missing = "missing; allowed: a branch, the hash of a commit, or the UUID of a report";

    private static CompareFilter FilterOf(Call call) =>
        new(
            Given(call, "testbed") is null ? null : call.QueryNameId<ResourceName>("testbed"),
            Given(call, "measure") is null ? null : call.QueryNameId<ResourceName>("measure")
        );

    private static string? Side(Call call, string name)
    {
        var text = Given(call, name);
        if (text is { Length: > BranchName.BytesMax })
            throw Call.BadQuery(name, $"has {text.Length} characters; allowed: {BranchName.BytesMax} at most");
        return text;
    }

    // A form submits its empty fields, too.
    private static string? Given(Call call, string name) =>
        call.Query(name)?.Trim() is { Length: > 0 } text ? text : null;
}
