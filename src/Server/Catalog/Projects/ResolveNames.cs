using Paddock.Core.Names;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Catalog.Projects;

/// <summary>
/// Resolves the UUIDs, slugs and names in a report to rows of their tables, and creates the rows that are missing.
/// </summary>
internal static class ResolveNames
{
    private const int SuffixRoundsMax = 16;

    /// <summary>
    /// Finds or creates the rows that a report names, with one query for each kind of reference. Archived rows are
    /// unarchived.
    /// </summary>
    /// <param name="wanted">The name and slug for a missing row; never called for a UUID.</param>
    /// <param name="insert">Builds the rows to insert for such names.</param>
    /// <exception cref="Refusal">No row has that UUID.</exception>
    public static async Task<Dictionary<NameId<TName>, TRow>> GetOrCreateAsync<TName, TRow>(
        Sql sql,
        ProjectRow project,
        IReadOnlyCollection<NameId<TName>> references,
        Func<NameId<TName>, WantedName> wanted,
        Func<IReadOnlyList<WantedName>, NewRows> insert,
        DateTimeOffset now
    )
        where TName : class, IText<TName>
        where TRow : class, INamedRow<TRow>
    {
        var rows = new Dictionary<NameId<TName>, TRow>(references.Count);
        var known = NamedTable.Known<TRow>(sql);
        var asked = new List<NameId<TName>>();
        foreach (var reference in references)
            if (known?.Find(project.Id, reference.Kind, reference.Value) is { } row)
                rows[reference] = row;
            else
                asked.Add(reference);
        if (asked.Count == 0)
            return rows;
        foreach (var (reference, row) in await FindAsync<TName, TRow>(sql, project, asked, wanted))
            rows[reference] = row;
        await NamedTable.UnarchiveAsync<NameId<TName>, TRow>(sql, rows, now);
        var missing = asked.Where(reference => !rows.ContainsKey(reference)).Distinct().ToList();
        project.Names?.Take(project.Id, missing.Count);
        if (missing.Count > project.NewNamesAtOnceMax)
            throw new TooManyNewNames(project);
        if (missing.Count > 0)
            await CreateAsync(sql, project, missing, wanted, insert, rows, now);
        foreach (var reference in asked)
            known?.Keep(project.Id, reference.Kind, reference.Value, rows[reference]);
        return rows;
    }

    /// <summary>
    /// The references for which <see cref="GetOrCreateAsync"/> would create a row, and those that are an unknown UUID.
    /// </summary>
    public static async Task<List<NameId<TName>>> MissingAsync<TName, TRow>(
        Sql sql,
        ProjectRow project,
        IReadOnlyCollection<NameId<TName>> references,
        Func<NameId<TName>, WantedName> wanted
    )
        where TName : class, IText<TName>
        where TRow : class, INamedRow<TRow>
    {
        var rows = await FindAsync<TName, TRow>(sql, project, references, wanted);
        return [.. references.Where(reference => !rows.ContainsKey(reference))];
    }

    private static async Task<Dictionary<NameId<TName>, TRow>> FindAsync<TName, TRow>(
        Sql sql,
        ProjectRow project,
        IReadOnlyCollection<NameId<TName>> asked,
        Func<NameId<TName>, WantedName> wanted
    )
        where TName : class, IText<TName>
        where TRow : class, INamedRow<TRow>
    {
        var rows = new Dictionary<NameId<TName>, TRow>(asked.Count);
        foreach (var kind in (NameIdKind[])[NameIdKind.Slug, NameIdKind.Name, NameIdKind.Uuid])
            await FindAsync(sql, project, kind, asked, rows);
        await FindRenamedAsync(sql, project, asked, wanted, rows);
        return rows;
    }

    private static async Task FindAsync<TName, TRow>(
        Sql sql,
        ProjectRow project,
        NameIdKind kind,
        IReadOnlyCollection<NameId<TName>> references,
        Dictionary<NameId<TName>, TRow> rows
    )
        where TName : class, IText<TName>
        where TRow : class, INamedRow<TRow>
    {
        var byText = new Dictionary<string, NameId<TName>>();
        foreach (var reference in references)
            if (reference.Kind == kind)
                byText[reference.Value] = reference;
        if (byText.Count == 0)
            return;
        var column = new Raw(
            kind switch
            {
                NameIdKind.Uuid => "uuid",
                NameIdKind.Slug => "slug",
                NameIdKind.Name => "name",
            }
        );
        await sql.ReadAsync(
            $"SELECT {TRow.Columns} FROM "
                + $"{ProjectRows.WithTexts(sql.Engine, TRow.Table, project.Id, column, byText.Keys)}",
            read =>
            {
                var row = TRow.Read(read);
                rows[
                    byText[
                        kind switch
                        {
                            NameIdKind.Uuid => row.Uuid.ToString(),
                            NameIdKind.Slug => row.Slug,
                            NameIdKind.Name => row.Name,
                        }
                    ]
                ] = row;
                return true;
            }
        );
    }

    // A text that looks like a slug but matches none may be a name: of a row that was renamed and kept its slug, or
    // that got a different slug. It is compared with the name that a new row would get, so a built-in measure is found
    // by its own name.
    private static async Task FindRenamedAsync<TName, TRow>(
        Sql sql,
        ProjectRow project,
        IReadOnlyCollection<NameId<TName>> asked,
        Func<NameId<TName>, WantedName> wanted,
        Dictionary<NameId<TName>, TRow> rows
    )
        where TName : class, IText<TName>
        where TRow : class, INamedRow<TRow>
    {
        var byName = asked
            .Where(reference => reference.Kind == NameIdKind.Slug && !rows.ContainsKey(reference))
            .Distinct()
            .ToLookup(reference => wanted(reference).Name);
        if (byName.Count == 0)
            return;
        foreach (var row in await NamedTable.ByNameAsync<TRow>(sql, project, [.. byName.Select(same => same.Key)]))
        foreach (var reference in byName[row.Name])
            rows[reference] = row;
    }

    private static async Task CreateAsync<TName, TRow>(
        Sql sql,
        ProjectRow project,
        List<NameId<TName>> missing,
        Func<NameId<TName>, WantedName> wanted,
        Func<IReadOnlyList<WantedName>, NewRows> insert,
        Dictionary<NameId<TName>, TRow> rows,
        DateTimeOffset now
    )
        where TName : class, IText<TName>
        where TRow : class, INamedRow<TRow>
    {
        if (
            missing.Find(reference => reference.Kind == NameIdKind.Uuid) is
            { Kind: NameIdKind.Uuid, Value: not null } unknown
        )
            throw Refusal.NotFound(TRow.Noun, unknown);
        var wishes = missing.ConvertAll(reference => (Reference: reference, Wanted: wanted(reference)));
        var takenNames = await TakenAsync<TRow>(sql, project, "name", [.. wishes.Select(wish => wish.Wanted.Name)]);
        var takenSlugs = await TakenAsync<TRow>(
            sql,
            project,
            "slug",
            [.. wishes.Select(wish => wish.Wanted.Slug.Value)]
        );
        var (names, slugs) = (
            takenNames.Select(row => row.Name).ToHashSet(),
            takenSlugs.Select(row => row.Slug).ToHashSet()
        );
        if (
            wishes.Exists(wish =>
                names.Contains(wish.Wanted.Name)
                || wish.Reference.Kind == NameIdKind.Slug && slugs.Contains(wish.Reference.Value)
            )
        )
        {
            // Another writer has created one of the rows since the lookup.
            foreach (
                var (reference, row) in await GetOrCreateAsync<TName, TRow>(sql, project, missing, wanted, insert, now)
            )
                rows.Add(reference, row);
            return;
        }
        var (drafts, draftOf) = await DraftAsync<TName, TRow>(sql, project, wishes, takenSlugs);
        // Sorted, so that two writers inserting the same rows wait for each other instead of deadlocking.
        var ordered = drafts.OrderBy(draft => draft.Name, StringComparer.Ordinal).ToList();
        var made = (await sql.InsertAllAsync(insert(ordered), TRow.Columns, TRow.Read)).ToDictionary(row => row.Name);
        foreach (var (reference, draft) in draftOf)
            rows.Add(reference, made[draft.Name]);
    }

    // Slugs with a random suffix are known only after the draft, so they are checked in another query; hardly ever is
    // one taken.
    private static async Task<(
        IReadOnlyCollection<WantedName> Drafts,
        List<(NameId<TName> Reference, WantedName Draft)> DraftOf
    )> DraftAsync<TName, TRow>(
        Sql sql,
        ProjectRow project,
        List<(NameId<TName> Reference, WantedName Wanted)> wishes,
        List<(string Name, string Slug)> takenSlugs
    )
        where TName : class, IText<TName>
        where TRow : class, INamedRow<TRow>
    {
        var slugs = takenSlugs.Select(taken => taken.Slug).ToHashSet();
        for (var round = 0; round < SuffixRoundsMax; round++)
        {
            var drafts = new NameDrafts<TName>(slugs);
            var draftOf = wishes.ConvertAll(wish => (wish.Reference, drafts.Add(wish.Reference, wish.Wanted)));
            var clashes =
                drafts.Suffixed.Count == 0 ? [] : await TakenAsync<TRow>(sql, project, "slug", drafts.Suffixed);
            if (clashes.Count == 0)
                return (drafts.All, draftOf);
            slugs.UnionWith(clashes.Select(taken => taken.Slug));
        }
        throw Refusal.Conflict(
            $"No free slug was found for a {TRow.Noun} in {SuffixRoundsMax} attempts; give the slugs yourself."
        );
    }

    private static Task<List<(string Name, string Slug)>> TakenAsync<TRow>(
        Sql sql,
        ProjectRow project,
        string column,
        IReadOnlyCollection<string> texts
    )
        where TRow : INamedRow<TRow> =>
        sql.ListAsync(
            $"SELECT name, slug FROM {ProjectRows.WithTexts(sql.Engine, TRow.Table, project.Id, new(column), texts)}",
            row => (row.Text(), row.Text())
        );
}
