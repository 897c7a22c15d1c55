using Paddock.Core.Names;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Catalog.Projects;

/// <summary>The SQL shared by all tables whose rows have a name and a slug in a project.</summary>
internal static class NamedTable
{
    private const int SuffixRoundsMax = 16;

    public static Task<TRow?> FindAsync<TRow>(
        Sql sql,
        ProjectRow project,
        ResourceId id,
        CancellationToken ct = default
    )
        where TRow : class, INamedRow<TRow> =>
        sql.FirstAsync(
            $"SELECT {TRow.Columns} FROM {TRow.Table} WHERE project_id = {project.Id} AND "
                + $"{id.Condition(TRow.Table.Text)}",
            TRow.Read,
            ct
        );

    public static Task<TRow?> FindAsync<TName, TRow>(
        Sql sql,
        ProjectRow project,
        NameId<TName> reference,
        CancellationToken ct = default
    )
        where TName : class, IText<TName>
        where TRow : class, INamedRow<TRow> =>
        sql.FirstAsync(
            $"SELECT {TRow.Columns} FROM {TRow.Table} WHERE project_id = {project.Id} AND "
                + $"{reference.Condition(TRow.Table.Text)}",
            TRow.Read,
            ct
        );

    /// <summary>
    /// A page of the project's rows, filtered by the query parameters name, search and archived, and the total number
    /// of matches.
    /// </summary>
    public static async Task<(List<TRow> Rows, long Total)> ListAsync<TRow>(
        Sql sql,
        ProjectRow project,
        NamedFilter filter,
        Page page,
        CancellationToken ct
    )
        where TRow : INamedRow<TRow>
    {
        var table = TRow.Table.Text;
        var where = SqlText.Of(
            $"project_id = {project.Id} AND "
                + $"{Conditions.Archived(filter.Archived, table)}{Page.Search(filter.Search, "name", "slug", "uuid")}"
        );
        if (filter.Name is { } name)
            where = SqlText.Of($"{where} AND name = {name}");
        var rows = await sql.ListAsync(
            $"SELECT {TRow.Columns} FROM {TRow.Table} WHERE {where} ORDER BY name {page.Direction()} {page.Limit}",
            TRow.Read,
            ct
        );
        return (rows, await sql.NumberAsync($"SELECT count(*) FROM {TRow.Table} WHERE {where}", ct));
    }

    /// <summary>The row that a route names, locked until this unit of work ends.</summary>
    /// <exception cref="Refusal">The row does not exist.</exception>
    public static async Task<TRow> LockAsync<TRow>(Sql sql, ProjectRow project, ResourceId id)
        where TRow : class, INamedRow<TRow> =>
        await sql.FirstAsync(
            $"SELECT {TRow.Columns} FROM {TRow.Table} WHERE project_id = {project.Id} AND "
                + $"{id.Condition(TRow.Table.Text)}{sql.ForUpdateOf(TRow.Table.Text)}",
            TRow.Read
        ) ?? throw Refusal.NotFound(TRow.Noun, id);

    /// <summary>Creates a row. Its name must be free; a taken slug gets a suffix.</summary>
    public static async Task<TRow> CreateAsync<TRow>(
        Sql sql,
        ProjectRow project,
        string name,
        Slug? slug,
        Func<IReadOnlyList<WantedName>, NewRows> insert
    )
        where TRow : INamedRow<TRow>
    {
        await sql.RefuseTakenAsync(TRow.Table.Text, "name", name, project.Id, exceptId: 0);
        var free = await sql.FreeSlugAsync(
            TRow.Table.Text,
            slug ?? Slug.FromName(name),
            SqlText.Of($"project_id = {project.Id}")
        );
        return (await sql.InsertAllAsync(insert([new(name, free)]), TRow.Columns, TRow.Read))[0];
    }

    /// <summary>The columns common to all new rows; each table adds its own.</summary>
    public static NewRows NewRows<TRow>(ProjectRow project, IReadOnlyList<WantedName> names, DateTimeOffset now)
        where TRow : INamedRow<TRow> =>
        new NewRows(TRow.Table.Text, names.Count)
            .With("uuid", [.. names.Select(_ => Guid.CreateVersion7(now).ToString())])
            .With("project_id", project.Id)
            .With("name", [.. names.Select(name => name.Name)])
            .With("slug", [.. names.Select(name => name.Slug.Value)])
            .With("created", now.ToUnixTimeSeconds())
            .With("modified", now.ToUnixTimeSeconds());

    /// <summary>Changes the given fields only.</summary>
    /// <param name="more">Further columns to set, each with a comma before it.</param>
    public static async Task<TRow> UpdateAsync<TRow>(
        Sql sql,
        ProjectRow project,
        TRow row,
        string? name,
        Slug? slug,
        bool? archived,
        SqlText more,
        DateTimeOffset now
    )
        where TRow : INamedRow<TRow>
    {
        if (name is not null)
            await sql.RefuseTakenAsync(TRow.Table.Text, "name", name, project.Id, row.Key);
        if (slug is not null)
            await sql.RefuseTakenAsync(TRow.Table.Text, "slug", slug.Value, project.Id, row.Key);
        var set = SqlText.Of($"modified = {now}{more}");
        if (name is not null)
            set = SqlText.Of($"{set}, name = {name}");
        if (slug is not null)
            set = SqlText.Of($"{set}, slug = {slug.Value}");
        if (archived is { } isArchived && isArchived != row.Archived is not null)
            set = SqlText.Of($"{set}, archived = {(isArchived ? now : (DateTimeOffset?)null)}");
        Known<TRow>(sql)?.Forget();
        return (
            await sql.FirstAsync(
                $"UPDATE {TRow.Table} SET {set} WHERE id = {row.Key} RETURNING {TRow.Columns}",
                TRow.Read
            )
        )!;
    }

    /// <summary>Removes the row and its entries in plots.</summary>
    public static async Task DeleteAsync<TRow>(Sql sql, TRow row)
        where TRow : INamedRow<TRow>
    {
        await sql.ExecuteAsync($"DELETE FROM plot_items WHERE kind = {TRow.Noun} AND item_id = {row.Key}");
        await sql.ExecuteAsync($"DELETE FROM {TRow.Table} WHERE id = {row.Key}");
    }

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
        var known = Known<TRow>(sql);
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
        await UnarchiveAsync<NameId<TName>, TRow>(sql, rows, now);
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

    /// <summary>
    /// The cache of these rows that the embedded database's only writer keeps; null when other processes write too.
    /// </summary>
    public static KnownNames<TRow>? Known<TRow>(Sql sql)
        where TRow : INamedRow<TRow> => TRow.Remembered ? sql.Memory<KnownNames<TRow>>() : null;

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

    /// <summary>The project's rows with one of these names.</summary>
    public static Task<List<TRow>> ByNameAsync<TRow>(Sql sql, ProjectRow project, IReadOnlyCollection<string> names)
        where TRow : INamedRow<TRow> =>
        sql.ListAsync(
            $"SELECT {TRow.Columns} FROM "
                + $"{ProjectRows.WithTexts(sql.Engine, TRow.Table, project.Id, new("name"), names)}",
            TRow.Read
        );

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
        foreach (var row in await ByNameAsync<TRow>(sql, project, [.. byName.Select(same => same.Key)]))
        foreach (var reference in byName[row.Name])
            rows[reference] = row;
    }

    /// <summary>Unarchives the archived ones among the rows.</summary>
    public static async Task UnarchiveAsync<TKey, TRow>(Sql sql, Dictionary<TKey, TRow> rows, DateTimeOffset now)
        where TKey : notnull
        where TRow : class, INamedRow<TRow>
    {
        var archived = rows.Where(found => found.Value.Archived is not null).ToList();
        if (archived.Count == 0)
            return;
        long[] ids = [.. archived.Select(found => found.Value.Key)];
        Known<TRow>(sql)?.Forget();
        await sql.ExecuteAsync($"UPDATE {TRow.Table} SET archived = NULL, modified = {now} WHERE id IN {ids}");
        foreach (var (reference, row) in archived)
            rows[reference] = row.Unarchived(now);
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
