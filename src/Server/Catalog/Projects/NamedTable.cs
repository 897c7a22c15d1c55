using Paddock.Core.Names;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Catalog.Projects;

/// <summary>The SQL shared by all tables whose rows have a name and a slug in a project.</summary>
internal static class NamedTable
{
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
    /// The cache of these rows that the embedded database's only writer keeps; null when other processes write too.
    /// </summary>
    public static KnownNames<TRow>? Known<TRow>(Sql sql)
        where TRow : INamedRow<TRow> => TRow.Remembered ? sql.Memory<KnownNames<TRow>>() : null;

    /// <summary>The project's rows with one of these names.</summary>
    public static Task<List<TRow>> ByNameAsync<TRow>(Sql sql, ProjectRow project, IReadOnlyCollection<string> names)
        where TRow : INamedRow<TRow> =>
        sql.ListAsync(
            $"SELECT {TRow.Columns} FROM "
                + $"{ProjectRows.WithTexts(sql.Engine, TRow.Table, project.Id, new("name"), names)}",
            TRow.Read
        );

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
}
