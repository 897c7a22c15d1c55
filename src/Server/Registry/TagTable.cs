using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Registry;

/// <summary>The tags of repositories.</summary>
internal static class TagTable
{
    public static readonly ListLimit Limit = new(
        "PADDOCK_TAGS_PER_REPOSITORY_MAX",
        Standard: 100_000,
        Owner: "repository",
        Owners: "projects",
        Things: "tags",
        Table: "tags",
        OwnerColumn: "project_id"
    );

    /// <summary>Sets a tag. A manifest that had the tag before is marked as used, so it is kept for a while.</summary>
    /// <exception cref="Ground.Http.Refusal">The tag is new, and the repository has the maximum of tags.</exception>
    public static async Task SetAsync(
        Sql sql,
        Id<Project> projectId,
        Tag tag,
        Id<ManifestRow> manifestId,
        ListLimits limits,
        DateTimeOffset now
    )
    {
        if (!await sql.AnyAsync($"SELECT 1 FROM tags WHERE project_id = {projectId} AND name = {tag.Value}"))
            await limits.MakeRoomAsync(sql, Limit, projectId, now);
        await UseTaggedAsync(sql, projectId, tag, now);
        await sql.ExecuteAsync(
            $"""
            INSERT INTO tags (project_id, name, manifest_id, modified) VALUES ({projectId}, {tag.Value}, {manifestId}, {now})
            ON CONFLICT (project_id, name) DO UPDATE SET manifest_id = excluded.manifest_id, modified = excluded.modified
            """
        );
    }

    /// <returns>True when the tag existed.</returns>
    public static async Task<bool> DeleteAsync(Sql sql, Id<Project> projectId, Tag tag, DateTimeOffset now)
    {
        await UseTaggedAsync(sql, projectId, tag, now);
        return await sql.ExecuteAsync($"DELETE FROM tags WHERE project_id = {projectId} AND name = {tag.Value}") > 0;
    }

    /// <summary>Lists tags in byte order.</summary>
    /// <param name="after">The list starts after this tag.</param>
    public static Task<List<string>> ListAsync(
        Sql sql,
        Id<Project> projectId,
        Tag? after,
        int count,
        CancellationToken ct
    )
    {
        var condition = after is null ? SqlText.Empty : SqlText.Of($" AND name > {after.Value}");
        return sql.ListAsync(
            $"SELECT name FROM tags WHERE project_id = {projectId}{condition} ORDER BY name LIMIT {count}",
            row => row.Text(),
            ct
        );
    }

    private static Task<int> UseTaggedAsync(Sql sql, Id<Project> projectId, Tag tag, DateTimeOffset now) =>
        sql.ExecuteAsync(
            $"UPDATE manifests SET used = {now} WHERE id IN (SELECT manifest_id FROM tags WHERE project_id = "
                + $"{projectId} AND name = {tag.Value})"
        );
}
