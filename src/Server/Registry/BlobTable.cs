using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Registry;

/// <param name="Used">When its repository was last brought it or asked for it.</param>
internal sealed record BlobRow(Id<BlobRow> Id, Digest Digest, long Size, DateTimeOffset Used);

/// <param name="Place">Which byte of the blob is its first.</param>
internal sealed record PartRow(string Key, long Place, long Size)
{
    public static readonly Raw Columns = new("blob_parts.key, blob_parts.place, blob_parts.size");

    public static PartRow Read(Row row) => new(row.Text(), row.Long(), row.Long());
}

/// <summary>
/// Contents, and which repositories have them. A content is there once; each repository that has it says so for itself.
/// </summary>
internal static class BlobTable
{
    /// <summary>The blob, if the repository has it.</summary>
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

    /// <summary>Where its bytes are, in their order.</summary>
    public static Task<List<PartRow>> PartsAsync(Sql sql, Id<BlobRow> blobId, CancellationToken ct = default) =>
        sql.ListAsync(
            $"SELECT {PartRow.Columns} FROM blob_parts WHERE blob_id = {blobId} ORDER BY place",
            PartRow.Read,
            ct
        );

    /// <summary>The blob, wherever it is, put down as used now: nobody removes it then for a while.</summary>
    public static Task<BlobRow?> TouchAsync(Sql sql, Digest digest, DateTimeOffset now) =>
        sql.FirstAsync(
            $"UPDATE blobs SET used = {now} WHERE digest = {digest.Value} RETURNING id, size",
            row => new BlobRow(row.Id<BlobRow>(), digest, row.Long(), now)
        );

    /// <summary>Puts down that the repository has it.</summary>
    public static Task LinkAsync(Sql sql, Id<Project> projectId, Id<BlobRow> blobId, DateTimeOffset now) =>
        sql.ExecuteAsync(
            $"""
            INSERT INTO repository_blobs (project_id, blob_id, used) VALUES ({projectId}, {blobId}, {now})
            ON CONFLICT (project_id, blob_id) DO UPDATE SET used = excluded.used
            """
        );

    /// <summary>
    /// Puts down that a repository's blob is asked for by somebody who may be about to name it in a manifest.
    /// </summary>
    public static Task UseAsync(Sql sql, Id<Project> projectId, Id<BlobRow> blobId, DateTimeOffset now) =>
        sql.ExecuteAsync(
            $"UPDATE repository_blobs SET used = {now} WHERE project_id = {projectId} AND blob_id = {blobId}"
        );

    /// <summary>
    /// Takes it out of the repository. The content goes when no repository has it any more, and that for a while.
    /// </summary>
    /// <returns>Whether the repository had it.</returns>
    public static async Task<bool> UnlinkAsync(Sql sql, Id<Project> projectId, Digest digest, DateTimeOffset now)
    {
        if (await TouchAsync(sql, digest, now) is not { } blob)
            return false;
        return await sql.ExecuteAsync(
                $"DELETE FROM repository_blobs WHERE project_id = {projectId} AND blob_id = {blob.Id}"
            ) > 0;
    }

    /// <summary>Gives a repository a blob that another one has.</summary>
    /// <param name="sources">Which projects it may be taken from.</param>
    /// <returns>Whether one of them has it.</returns>
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
