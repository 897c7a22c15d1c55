using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Perf;

/// <summary>One box to tick.</summary>
/// <param name="Value">What the form sends; see <see cref="PerfForm"/>.</param>
public sealed record Choice(string Value, string Name, bool IsChosen);

/// <summary>What of one dimension a plot may show: the chosen ones first, then the others by name.</summary>
/// <param name="Left">How many more there are than the list has.</param>
public sealed record Choices(string Field, string Heading, IReadOnlyList<Choice> All, long Left)
{
    public const int Max = 255;

    public int Chosen => All.Count(c => c.IsChosen);
}

/// <summary>The project's branches, testbeds, benchmarks and measures, as a form offers them.</summary>
internal static class PerfChoices
{
    public static async Task<IReadOnlyList<Choices>> LoadAsync(
        Sql sql,
        ProjectRow project,
        PerfQuery query,
        CancellationToken ct
    ) =>
        [
            await LoadAsync(sql, project, "branches", "branch", "Branches", query.Branches, query.Heads, ct),
            await LoadAsync(sql, project, "testbeds", "testbed", "Testbeds", query.Testbeds, query.Specs, ct),
            await LoadAsync(sql, project, "benchmarks", "benchmark", "Benchmarks", query.Benchmarks, [], ct),
            await LoadAsync(sql, project, "measures", "measure", "Measures", query.Measures, [], ct),
        ];

    /// <param name="parts">Beside the chosen ones: the heads of branches, the specs of testbeds.</param>
    private static async Task<Choices> LoadAsync(
        Sql sql,
        ProjectRow project,
        string tableName,
        string field,
        string heading,
        IReadOnlyList<Guid> chosen,
        IReadOnlyList<Guid?> parts,
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
        var others = await sql.ListAsync(
            $"SELECT uuid, name FROM {table} WHERE project_id = {project.Id} AND archived IS NULL ORDER BY name, id "
                + $"LIMIT {Choices.Max + names.Count}",
            row => (Uuid: row.Uuid(), Name: row.Text()),
            ct
        );
        var total = await sql.NumberAsync(
            $"SELECT count(*) FROM {table} WHERE project_id = {project.Id} AND archived IS NULL",
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
        return new(field, heading, all, Math.Max(0, left));
    }
}
