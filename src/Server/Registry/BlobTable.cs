using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Registry;

/// <param name="Used">When the blob was last pushed to its repository or checked for there.</param>
internal sealed record BlobRow(Id<BlobRow> Id, Digest Digest, long Size, DateTimeOffset Used);

/// <param name="Place">The part's offset in the blob.</param>
internal sealed record PartRow(string Key, long Place, long Size)
{
    public static readonly Raw Columns = new("blob_parts.key, blob_parts.place, blob_parts.size");

    public static PartRow Read(Row row) => new(row.Text(), row.Long(), row.Long());
}

/// <summary>
/// Blobs and the repositories that have them. Each blob is stored once and linked to every repository that has it.
/// </summary>
internal static class BlobTable
{
    /// <summary>Finds a blob of a repository.</summary>
    public static Task<BlobRow?> FindAsync(
        Sql sql,
        Id<Project> projectId,
        Digest digest,
        CancellationToken ct = default
    ) =>
        sql.FirstAsync(
            $"""
            SELECT blobs.id, blobs.size, repository_blobs.used FROM blobs
            JOIN repository_blobs ON repository_blobs.blob_id = blobs.id AND repository_blobs.project_id = {projectId}
            WHERE blobs.digest = {digest.Value}
            """,
            row => new BlobRow(row.Id<BlobRow>(), digest, row.Long(), row.Time()),
            ct
        );

    /// <summary>The stored parts of a blob, in order.</summary>
    public static Task<List<PartRow>> PartsAsync(Sql sql, Id<BlobRow> blobId, CancellationToken ct = default) =>
        sql.ListAsync(
            $"SELECT {PartRow.Columns} FROM blob_parts WHERE blob_id = {blobId} ORDER BY place",
            PartRow.Read,
            ct
        );

    /// <summary>Finds a blob of any repository and marks it as used now, which delays its garbage collection.</summary>
    public static Task<BlobRow?> TouchAsync(Sql sql, Digest digest, DateTimeOffset now) =>
        sql.FirstAsync(
            $"UPDATE blobs SET used = {now} WHERE digest = {digest.Value} RETURNING id, size",
            row => new BlobRow(row.Id<BlobRow>(), digest, row.Long(), now)
        );

    /// <summary>Links a blob to a repository.</summary>
    public static Task LinkAsync(Sql sql, Id<Project> projectId, Id<BlobRow> blobId, DateTimeOffset now) =>
        sql.ExecuteAsync(
            $"""
            INSERT INTO repository_blobs (project_id, blob_id, used) VALUES ({projectId}, {blobId}, {now})
            ON CONFLICT (project_id, blob_id) DO UPDATE SET used = excluded.used
            """
        );

    /// <summary>
    /// Records that a client has just checked for this blob, so garbage collection keeps it until its manifest arrives.
    /// </summary>
    public static Task UseAsync(Sql sql, Id<Project> projectId, Id<BlobRow> blobId, DateTimeOffset now) =>
        sql.ExecuteAsync(
            $"UPDATE repository_blobs SET used = {now} WHERE project_id = {projectId} AND blob_id = {blobId}"
        );

    /// <summary>
    /// Removes a blob from a repository. Its content is deleted when no repository has had it for a while.
    /// </summary>
    /// <returns>True when the repository had the blob.</returns>
    public static async Task<bool> UnlinkAsync(Sql sql, Id<Project> projectId, Digest digest, DateTimeOffset now)
    {
        if (await TouchAsync(sql, digest, now) is not { } blob)
            return false;
        return await sql.ExecuteAsync(
                $"DELETE FROM repository_blobs WHERE project_id = {projectId} AND blob_id = {blob.Id}"
            ) > 0;
    }

    /// <summary>Links a blob of another repository to a repository.</summary>
    /// <param name="sources">A condition for the projects that the blob may come from.</param>
    /// <returns>True when one of these projects has the blob.</returns>
    public static async Task<bool> MountAsync(
        Sql sql,
        ProjectRow into,
        SqlText sources,
        Digest digest,
        DateTimeOffset now
    )
    {
        if (await TouchAsync(sql, digest, now) is not { } blob)
            return false;
        var isThere = await sql.AnyAsync(
            $"""
            SELECT 1 FROM repository_blobs JOIN projects ON projects.id = repository_blobs.project_id
            WHERE repository_blobs.blob_id = {blob.Id} AND projects.deleted IS NULL AND ({sources}) LIMIT 1
            """
        );
        if (isThere)
            await LinkAsync(sql, into.Id, blob.Id, now);
        return isThere;
    }
}
