using Paddock.Core.Names;
using Paddock.Server.Database;
using Paddock.Server.Http;

namespace Paddock.Server.Projects;

/// <summary>The SQL that everything shares that a project has by name.</summary>
internal static class NamedTable
{
    private const int SuffixRoundsMax = 16;

    public static Task<TRow?> FindAsync<TRow>(Sql sql, ProjectRow project, ResourceId id, CancellationToken ct = default) where TRow : class, INamedRow<TRow> =>
        sql.FirstAsync($"SELECT {TRow.Columns} FROM {TRow.Table} WHERE project_id = {project.Id} AND {id.Condition(TRow.Table.Text)}", TRow.Read, ct);

    public static Task<TRow?> FindAsync<TName, TRow>(Sql sql, ProjectRow project, NameId<TName> reference, CancellationToken ct = default)
        where TName : class, IText<TName> where TRow : class, INamedRow<TRow> =>
        sql.FirstAsync($"SELECT {TRow.Columns} FROM {TRow.Table} WHERE project_id = {project.Id} AND {reference.Condition(TRow.Table.Text)}", TRow.Read, ct);

    /// <summary>The rows that a report names: one query for each kind of reference. What is missing is made, what is archived comes back.</summary>
    /// <param name="wanted">What a missing row is to be called; never asked for a UUID.</param>
    /// <param name="insert">The statement that makes a row, with its values.</param>
    /// <exception cref="Refusal">There is no row with that UUID, or the name is taken by one with another slug.</exception>
    public static async Task<Dictionary<NameId<TName>, TRow>> GetOrCreateAsync<TName, TRow>(
        Sql sql, ProjectRow project, IReadOnlyCollection<NameId<TName>> references, Func<NameId<TName>, WantedName> wanted,
        Func<WantedName, SqlText> insert, DateTimeOffset now)
        where TName : class, IText<TName> where TRow : class, INamedRow<TRow>
    {
        var rows = new Dictionary<NameId<TName>, TRow>(references.Count);
        foreach (var kind in (NameIdKind[])[NameIdKind.Slug, NameIdKind.Name, NameIdKind.Uuid]) await FindAsync(sql, project, kind, references, rows);
        await UnarchiveAsync(sql, rows, now);
        var missing = references.Where(reference => !rows.ContainsKey(reference)).Distinct().ToList();
        if (missing.Count > 0) await CreateAsync(sql, project, missing, wanted, insert, rows, now);
        return rows;
    }

    /// <summary>The slug for a new row in a project.</summary>
    /// <exception cref="Refusal">The name is taken.</exception>
    public static async Task<Slug> NewSlugAsync<TRow>(Sql sql, ProjectRow project, string name, Slug? wanted, DateTimeOffset now) where TRow : INamedRow<TRow>
    {
        if (await sql.AnyAsync($"SELECT 1 FROM {TRow.Table} WHERE project_id = {project.Id} AND name = {name}")) throw NameTaken<TRow>(name);
        return await sql.FreeSlugAsync(TRow.Table.Text, wanted ?? Slug.FromName(name, now), SqlText.Of($"project_id = {project.Id}"), now);
    }

    /// <summary>Refuses a new name or slug that another row of the project has.</summary>
    public static async Task RefuseTakenAsync<TRow>(Sql sql, ProjectRow project, TRow row, string? name, Slug? slug) where TRow : INamedRow<TRow>
    {
        if (name is not null && await sql.AnyAsync($"SELECT 1 FROM {TRow.Table} WHERE project_id = {project.Id} AND name = {name} AND id <> {row.Id}"))
            throw NameTaken<TRow>(name);
        if (slug is not null && await sql.AnyAsync($"SELECT 1 FROM {TRow.Table} WHERE project_id = {project.Id} AND slug = {slug.Value} AND id <> {row.Id}"))
            throw Refusal.Conflict($"slug: there is already a {TRow.Noun} with the slug {Text.Quote(slug.Value)} in this project.");
    }

    private static Refusal NameTaken<TRow>(string name) where TRow : INamedRow<TRow> =>
        Refusal.Conflict($"name: there is already a {TRow.Noun} with the name {Text.Quote(name)} in this project.");

    private static async Task FindAsync<TName, TRow>(
        Sql sql, ProjectRow project, NameIdKind kind, IReadOnlyCollection<NameId<TName>> references, Dictionary<NameId<TName>, TRow> rows)
        where TName : class, IText<TName> where TRow : class, INamedRow<TRow>
    {
        var byText = new Dictionary<string, NameId<TName>>();
        foreach (var reference in references)
            if (reference.Kind == kind) byText[reference.Value] = reference;
        if (byText.Count == 0) return;
        var column = new Raw(kind switch { NameIdKind.Uuid => "uuid", NameIdKind.Slug => "slug", NameIdKind.Name => "name" });
        await sql.ReadAsync($"SELECT {TRow.Columns} FROM {TRow.Table} WHERE project_id = {project.Id} AND {column} IN {byText.Keys}", read =>
        {
            var row = TRow.Read(read);
            rows[byText[kind switch { NameIdKind.Uuid => row.Uuid.ToString(), NameIdKind.Slug => row.Slug, NameIdKind.Name => row.Name }]] = row;
            return true;
        });
    }

    private static async Task UnarchiveAsync<TName, TRow>(Sql sql, Dictionary<NameId<TName>, TRow> rows, DateTimeOffset now)
        where TName : class, IText<TName> where TRow : class, INamedRow<TRow>
    {
        var archived = rows.Where(found => found.Value.Archived is not null).ToList();
        if (archived.Count == 0) return;
        long[] ids = [.. archived.Select(found => found.Value.Id)];
        await sql.ExecuteAsync($"UPDATE {TRow.Table} SET archived = NULL, modified = {now} WHERE id IN {ids}");
        foreach (var (reference, row) in archived) rows[reference] = row.Unarchived(now);
    }

    private static async Task CreateAsync<TName, TRow>(
        Sql sql, ProjectRow project, List<NameId<TName>> missing, Func<NameId<TName>, WantedName> wanted, Func<WantedName, SqlText> insert,
        Dictionary<NameId<TName>, TRow> rows, DateTimeOffset now)
        where TName : class, IText<TName> where TRow : class, INamedRow<TRow>
    {
        if (missing.Find(reference => reference.Kind == NameIdKind.Uuid) is { Kind: NameIdKind.Uuid, Value: not null } unknown) throw Refusal.NotFound(TRow.Noun, unknown);
        var wishes = missing.ConvertAll(reference => (Reference: reference, Wanted: wanted(reference)));
        var (drafts, draftOf) = await DraftAsync<TName, TRow>(sql, project, wishes, now);
        // In one order for all writers, so that two that make the same rows wait for each other instead of both for ever.
        var inserts = drafts.OrderBy(draft => draft.Name, StringComparer.Ordinal).Select(draft => SqlText.Of($"{insert(draft)} RETURNING {TRow.Columns}")).ToList();
        var made = (await sql.EachAsync(inserts, TRow.Read)).ToDictionary(row => row.Name);
        foreach (var (reference, draft) in draftOf) rows.Add(reference, made[draft.Name]);
    }

    // Slugs with a random suffix are only known after the draft, so they are asked for in another round; hardly ever is one of them taken.
    private static async Task<(IReadOnlyCollection<WantedName> Drafts, List<(NameId<TName> Reference, WantedName Draft)> DraftOf)> DraftAsync<TName, TRow>(
        Sql sql, ProjectRow project, List<(NameId<TName> Reference, WantedName Wanted)> wishes, DateTimeOffset now)
        where TName : class, IText<TName> where TRow : class, INamedRow<TRow>
    {
        var takenNames = await TakenAsync<TRow>(sql, project, "name", [.. wishes.Select(wish => wish.Wanted.Name)]);
        var takenSlugs = await TakenAsync<TRow>(sql, project, "slug", [.. wishes.Select(wish => wish.Wanted.Slug.Value)]);
        var slugs = takenSlugs.Select(taken => taken.Slug).ToHashSet();
        for (var round = 0; round < SuffixRoundsMax; round++)
        {
            var drafts = new NameDrafts<TName>(TRow.Noun, takenNames.ToDictionary(taken => taken.Name, taken => taken.Slug), slugs, now);
            var draftOf = wishes.ConvertAll(wish => (wish.Reference, drafts.Add(wish.Reference, wish.Wanted)));
            var clashes = drafts.Suffixed.Count == 0 ? [] : await TakenAsync<TRow>(sql, project, "slug", drafts.Suffixed);
            if (clashes.Count == 0) return (drafts.All, draftOf);
            slugs.UnionWith(clashes.Select(taken => taken.Slug));
        }
        throw Refusal.Conflict($"No free slug was found for a {TRow.Noun} in {SuffixRoundsMax} attempts; give the slugs yourself.");
    }

    private static Task<List<(string Name, string Slug)>> TakenAsync<TRow>(Sql sql, ProjectRow project, string column, IReadOnlyCollection<string> texts)
        where TRow : INamedRow<TRow> =>
        sql.ListAsync($"SELECT name, slug FROM {TRow.Table} WHERE project_id = {project.Id} AND {new Raw(column)} IN {texts}", row => (row.Text(), row.Text()));
}
