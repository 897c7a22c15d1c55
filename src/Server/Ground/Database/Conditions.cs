using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Ground.Database;

/// <summary>Turns references into SQL conditions that search only the column the reference names.</summary>
internal static class Conditions
{
    public static SqlText Condition(this ResourceId reference, string table) =>
        reference.Uuid is { } uuid
            ? SqlText.Of($"{new Raw(table)}.uuid = {uuid}")
            : SqlText.Of($"{new Raw(table)}.slug = {reference.Slug}");

    public static SqlText Condition<T>(this NameId<T> reference, string table)
        where T : class, IText<T> =>
        reference.Kind switch
        {
            NameIdKind.Uuid => SqlText.Of($"{new Raw(table)}.uuid = {reference.Uuid}"),
            NameIdKind.Slug => SqlText.Of($"{new Raw(table)}.slug = {reference.Value}"),
            NameIdKind.Name => SqlText.Of($"{new Raw(table)}.name = {reference.Value}"),
        };

    /// <summary>Selects rows that are not archived, or only the archived ones.</summary>
    public static SqlText Archived(bool archived, string table) =>
        SqlText.Of($"{new Raw(table)}.archived {new Raw(archived ? "IS NOT NULL" : "IS NULL")}");

    /// <summary>
    /// Finds a slug for a new row: the wanted slug, or the wanted slug with a random suffix if it is taken.
    /// </summary>
    /// <param name="scope">A condition for the rows among which the slug must be unique, or null for all rows.</param>
    public static async Task<Slug> FreeSlugAsync(this Sql sql, string table, Slug wanted, SqlText? scope)
    {
        var within = scope is null ? SqlText.Empty : SqlText.Of($" AND {scope}");
        var slug = wanted;
        while (await sql.AnyAsync($"SELECT 1 FROM {new Raw(table)} WHERE slug = {slug.Value}{within}"))
            slug = wanted.WithSuffix();
        return slug;
    }

    /// <exception cref="Refusal">Another row of the project has this name or slug.</exception>
    public static async Task RefuseTakenAsync(
        this Sql sql,
        string table,
        string column,
        string value,
        Id<Project> projectId,
        long exceptId
    )
    {
        if (
            await sql.AnyAsync(
                $"SELECT 1 FROM {new Raw(table)} WHERE project_id = {projectId} AND {new Raw(column)} = {value} AND "
                    + $"id <> {exceptId}"
            )
        )
            throw Refusal.Conflict($"{column}: {Text.Quote(value)} is taken by another of the {table} of this project");
    }
}
