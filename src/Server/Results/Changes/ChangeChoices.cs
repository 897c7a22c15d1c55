using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Changes;

/// <summary>One option of a filter on the list of changes.</summary>
public sealed record ChangeChoice(Guid Uuid, string Name, string Slug);

/// <summary>The options of one filter.</summary>
/// <param name="IsWhole">False if there are more options than listed.</param>
public sealed record ChangeChoices(IReadOnlyList<ChangeChoice> All, bool IsWhole)
{
    private const int Max = 200;

    private enum Kind
    {
        Branch,
        Testbed,
        Benchmark,
        Measure,
    }

    /// <summary>
    /// Loads the filter options for a project's changes in one query: branches with changes, benchmarks with an open
    /// change, and all testbeds and measures, by name.
    /// </summary>
    internal static async Task<(
        ChangeChoices Branches,
        ChangeChoices Testbeds,
        ChangeChoices Benchmarks,
        ChangeChoices Measures
    )> LoadAsync(Sql sql, ProjectRow project, CancellationToken ct)
    {
        var rows = await sql.ListAsync(
            $"""
            SELECT * FROM (SELECT {Kind.Branch} AS kind, uuid, name, slug FROM branches WHERE project_id = {project.Id} AND id IN (
                SELECT heads.branch_id FROM changes JOIN heads ON heads.id = changes.head_id WHERE changes.project_id = {project.Id})
                ORDER BY name LIMIT {Max + 1}) branches
            UNION ALL SELECT * FROM (SELECT {Kind.Testbed}, uuid, name, slug FROM testbeds
                WHERE project_id = {project.Id} AND archived IS NULL ORDER BY name LIMIT {Max + 1}) testbeds
            UNION ALL SELECT * FROM (SELECT {Kind.Benchmark}, uuid, name, slug FROM benchmarks WHERE project_id = {project.Id} AND id IN (
                SELECT series.benchmark_id FROM changes JOIN change_series ON change_series.change_id = changes.id
                JOIN series ON series.id = change_series.series_id WHERE changes.project_id = {project.Id} AND changes.state = {ChangeState.Open})
                ORDER BY name LIMIT {Max + 1}) benchmarks
            UNION ALL SELECT * FROM (SELECT {Kind.Measure}, uuid, name, slug FROM measures
                WHERE project_id = {project.Id} AND archived IS NULL ORDER BY name LIMIT {Max + 1}) measures
            """,
            row => (Kind: row.Word<Kind>(), Choice: new ChangeChoice(row.Uuid(), row.Text(), row.Text())),
            ct
        );
        var byKind = rows.ToLookup(row => row.Kind, row => row.Choice);
        ChangeChoices Of(Kind kind) => new([.. byKind[kind].Take(Max)], byKind[kind].Count() <= Max);
        return (Of(Kind.Branch), Of(Kind.Testbed), Of(Kind.Benchmark), Of(Kind.Measure));
    }
}
