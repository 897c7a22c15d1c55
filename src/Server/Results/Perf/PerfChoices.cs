using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Results.Perf;

/// <summary>A checkbox of the form.</summary>
/// <param name="Value">The value that the form submits; see <see cref="PerfForm"/>.</param>
public sealed record Choice(string Value, string Name, bool IsChosen);

/// <summary>The options of one dimension of a plot: the chosen ones first, then the others by name.</summary>
/// <param name="Left">The number of options that the list leaves out.</param>
public sealed record Choices(string Field, string Heading, IReadOnlyList<Choice> All, long Left)
{
    /// <summary>The search text for the options that are not chosen; null if this dimension has no search.</summary>
    public string? Find { get; init; }

    public const int Max = 255;

    public int Chosen => All.Count(c => c.IsChosen);
}

/// <summary>Loads a project's branches, testbeds, benchmarks and measures as options of a form.</summary>
internal static class PerfChoices
{
    public static async Task<IReadOnlyList<Choices>> LoadAsync(
        Sql sql,
        ProjectRow project,
        PerfQuery query,
        string? find,
        CancellationToken ct
    ) =>
        [
            await LoadAsync(
                sql,
                project,
                "branches",
                "branch",
                "Branches",
                query.Branches,
                query.Heads,
                find: null,
                ct
            ),
            await LoadAsync(
                sql,
                project,
                "testbeds",
                "testbed",
                "Testbeds",
                query.Testbeds,
                query.Specs,
                find: null,
                ct
            ),
            await LoadAsync(
                sql,
                project,
                "benchmarks",
                "benchmark",
                "Benchmarks",
                query.Benchmarks,
                [],
                find ?? "",
                ct
            ),
            await LoadAsync(sql, project, "measures", "measure", "Measures", query.Measures, [], find: null, ct),
        ];

    /// <summary>
    /// Finds benchmarks by a search text, those with an open change first; at most as many as a plot has lines.
    /// </summary>
    public static Task<List<Guid>> FoundAsync(Sql sql, ProjectRow project, string find, CancellationToken ct) =>
        sql.ListAsync(
            $"""
            SELECT uuid FROM benchmarks WHERE project_id = {project.Id} AND archived IS NULL{Search(find)}
            ORDER BY {ChangedFirst(project)}, name, id LIMIT {PerfQuery.SeriesMax}
            """,
            row => row.Uuid(),
            ct
        );

    // A star matches anything, as in parse/*; without a star the text may appear anywhere.
    private static SqlText Search(string find) => Page.Search(find.Replace('*', '%'), "name");

    private static SqlText ChangedFirst(ProjectRow project) =>
        SqlText.Of(
            $"""
            CASE WHEN id IN (SELECT series.benchmark_id FROM changes JOIN change_series ON change_series.change_id = changes.id
                JOIN series ON series.id = change_series.series_id
                WHERE changes.project_id = {project.Id} AND changes.state = {ChangeState.Open}) THEN 0 ELSE 1 END
            """
        );

    /// <param name="find">The search text for the options that are not chosen; null if they are not searched.</param>
    /// <param name="parts">The second parts of the chosen values: the heads of branches, the specs of testbeds.</param>
    private static async Task<Choices> LoadAsync(
        Sql sql,
        ProjectRow project,
        string tableName,
        string field,
        string heading,
        IReadOnlyList<Guid> chosen,
        IReadOnlyList<Guid?> parts,
        string? find,
        CancellationToken ct
    )
    {
        var table = new Raw(tableName);
        var names = (
            await sql.ListAsync(
                $"SELECT uuid, name FROM {table} WHERE project_id = {project.Id} AND uuid IN {chosen}",
                row => (Uuid: row.Uuid(), Name: row.Text()),
                ct
            )
        ).ToDictionary(found => found.Uuid, found => found.Name);
        var search = Search(find ?? "");
        var order = find is null ? SqlText.Of($"name, id") : SqlText.Of($"{ChangedFirst(project)}, name, id");
        var others = await sql.ListAsync(
            $"""
            SELECT uuid, name FROM {table} WHERE project_id = {project.Id} AND archived IS NULL{search}
            ORDER BY {order} LIMIT {Choices.Max + names.Count}
            """,
            row => (Uuid: row.Uuid(), Name: row.Text()),
            ct
        );
        var total = await sql.NumberAsync(
            $"SELECT count(*) FROM {table} WHERE project_id = {project.Id} AND archived IS NULL{search}",
            ct
        );

        var all = new List<Choice>();
        for (var i = 0; i < chosen.Count; i++)
        {
            var value = PerfForm.Pair(chosen[i], i < parts.Count ? parts[i] : null);
            if (names.TryGetValue(chosen[i], out var name) && !all.Exists(c => c.Value == value))
                all.Add(new(value, name, IsChosen: true));
        }
        all.AddRange(
            others
                .Where(o => !names.ContainsKey(o.Uuid))
                .Take(Math.Max(0, Choices.Max - all.Count))
                .Select(o => new Choice(o.Uuid.ToString(), o.Name, IsChosen: false))
        );
        var left = total - others.Count(o => names.ContainsKey(o.Uuid)) - all.Count(c => !c.IsChosen);
        return new(field, heading, all, Math.Max(0, left)) { Find = find };
    }
}
