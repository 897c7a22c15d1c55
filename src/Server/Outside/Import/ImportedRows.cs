using Paddock.Core.Names;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Outside.Import;

/// <summary>Rows that keep their UUIDs: existing ones are found, the others are inserted.</summary>
internal static class ImportedRows
{
    public static async Task<Dictionary<Guid, long>> KnownAsync(
        Sql sql,
        string table,
        IReadOnlyCollection<Guid> uuids
    ) =>
        (
            await sql.ListAsync($"SELECT uuid, id FROM {new Raw(table)} WHERE uuid IN {uuids}", row =>
                (row.Uuid(), row.Long())
            )
        ).ToDictionary();

    // The expression for the project of a row, by table.
    private static readonly Dictionary<string, Raw> ProjectOf = new()
    {
        ["branches"] = new("project_id"),
        ["testbeds"] = new("project_id"),
        ["benchmarks"] = new("project_id"),
        ["measures"] = new("project_id"),
        ["thresholds"] = new("project_id"),
        ["plots"] = new("project_id"),
        ["heads"] = new("(SELECT project_id FROM branches WHERE branches.id = heads.branch_id)"),
        ["models"] = new("(SELECT project_id FROM thresholds WHERE thresholds.id = models.threshold_id)"),
    };

    /// <summary>The same for rows that belong to a project.</summary>
    /// <exception cref="InvalidDataException">
    /// A row belongs to another project: UUIDs of public projects are no secret.
    /// </exception>
    public static async Task<Dictionary<Guid, long>> KnownAsync(
        Sql sql,
        string table,
        IReadOnlyCollection<Guid> uuids,
        long projectId
    )
    {
        var known = await KnownAsync(sql, table, uuids);
        if (
            known.Count > 0
            && await sql.FirstAsync(
                $"SELECT uuid FROM {new Raw(table)} WHERE id IN {known.Values} AND {ProjectOf[table]} <> {projectId}",
                row => (Guid?)row.Uuid()
            )
                is { } other
        )
            throw new InvalidDataException($"{other} of {table} belongs to another project on this server");
        return known;
    }

    /// <summary>The rows among these that were created by an import.</summary>
    public static async Task<HashSet<long>> ImportedAsync(Sql sql, string table, IReadOnlyCollection<long> ids) =>
        [
            .. await sql.ListAsync($"SELECT id FROM {new Raw(table)} WHERE id IN {ids} AND imported = 1", row =>
                row.Long()
            ),
        ];

    public static string IsOurs(string noun, string name) =>
        $"the {noun} {Text.Quote(name)}: it exists on this server already and was not created by an import.";

    /// <summary>Inserts the rows that do not exist yet.</summary>
    /// <param name="known">The rows that exist, as KnownAsync returns them.</param>
    /// <param name="insert">Builds the statement that inserts the row with this index.</param>
    /// <returns>Paddock's keys by Bencher's.</returns>
    public static async Task<Dictionary<long, long>> MapAsync(
        Sql sql,
        Dictionary<Guid, long> known,
        IReadOnlyList<(long Id, Guid Uuid)> theirs,
        Func<int, Task<SqlText>> insert
    )
    {
        var missing = Enumerable.Range(0, theirs.Count).Where(i => !known.ContainsKey(theirs[i].Uuid)).ToList();
        var statements = new List<SqlText>(missing.Count);
        foreach (var i in missing)
            statements.Add(SqlText.Of($"{await insert(i)} RETURNING id"));
        var made = statements.Count == 0 ? [] : await sql.EachAsync(statements, row => row.Long());
        var map = theirs.Where(one => known.ContainsKey(one.Uuid)).ToDictionary(one => one.Id, one => known[one.Uuid]);
        for (var i = 0; i < missing.Count; i++)
            map[theirs[missing[i]].Id] = made[i];
        return map;
    }

    public static Task<Dictionary<long, long>> MapAsync(
        Sql sql,
        Dictionary<Guid, long> known,
        IReadOnlyList<(long Id, Guid Uuid)> theirs,
        Func<int, SqlText> insert
    ) => MapAsync(sql, known, theirs, i => Task.FromResult(insert(i)));

    /// <summary>Inserts the rows of a project that do not exist yet.</summary>
    public static async Task<Dictionary<long, long>> MapAsync(
        Sql sql,
        string table,
        IReadOnlyList<(long Id, Guid Uuid)> theirs,
        long projectId,
        Func<int, SqlText> insert
    )
    {
        var known = await KnownAsync(sql, table, [.. theirs.Select(one => one.Uuid)], projectId);
        return await MapAsync(sql, known, theirs, insert);
    }

    /// <summary>Checks that the text is a slug, and returns it.</summary>
    public static string Slug(string text) =>
        Core.Names.Slug.TryParse(text, out var slug)
            ? slug.Value
            : throw new InvalidDataException($"{Text.Quote(text)} is not a slug");

    public static async Task<string> SlugAsync(Sql sql, string table, string wanted, string name) =>
        (
            await sql.FreeSlugAsync(
                table,
                Core.Names.Slug.TryParse(wanted, out var slug) ? slug : Core.Names.Slug.FromName(name),
                scope: null
            )
        ).Value;
}
