using System.Text.Json;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Registry;

internal sealed record ManifestRow(Id<ManifestRow> Id, Digest Digest, string MediaType, long Size)
{
    public static readonly Raw Columns = new("manifests.id, manifests.digest, manifests.media_type, manifests.size");

    public static ManifestRow Read(Row row) =>
        new(row.Id<ManifestRow>(), Text.Parse<Digest>(row.Text()), row.Text(), row.Long());
}

/// <summary>The manifests of repositories, and the digests that they name.</summary>
internal static class ManifestTable
{
    private const int NamedMax = 5;

    public static Task<ManifestRow?> FindAsync(
        Sql sql,
        Id<Project> projectId,
        Digest digest,
        CancellationToken ct = default
    ) =>
        sql.FirstAsync(
            $"SELECT {ManifestRow.Columns} FROM manifests WHERE project_id = {projectId} AND digest = {digest.Value}",
            ManifestRow.Read,
            ct
        );

    public static Task<ManifestRow?> FindAsync(
        Sql sql,
        Id<Project> projectId,
        Tag tag,
        CancellationToken ct = default
    ) =>
        sql.FirstAsync(
            $"SELECT {ManifestRow.Columns} FROM manifests JOIN tags ON tags.manifest_id = manifests.id WHERE "
                + $"tags.project_id = {projectId} AND tags.name = {tag.Value}",
            ManifestRow.Read,
            ct
        );

    public static Task<byte[]?> BodyAsync(Sql sql, Id<ManifestRow> id, CancellationToken ct) =>
        sql.FirstAsync($"SELECT body FROM manifests WHERE id = {id}", row => row.Bytes(), ct);

    /// <summary>Adds a manifest to a repository. If it exists already, it is marked as used.</summary>
    /// <exception cref="Http.Refusal">The repository lacks blobs or manifests that this one names.</exception>
    public static async Task<Id<ManifestRow>> PutAsync(
        Sql sql,
        Id<Project> projectId,
        ManifestDocument document,
        Digest digest,
        byte[] body,
        DateTimeOffset now
    )
    {
        var needs = document.Needs.Select(need => need.Value).Distinct().ToArray();
        RefuseIncomplete(
            document,
            document.IsIndex
                ? await UseManifestsAsync(sql, projectId, needs, now)
                : await UseBlobsAsync(sql, projectId, needs, now)
        );
        var known = await sql.IdAsync<ManifestRow>(
            $"UPDATE manifests SET used = {now} WHERE project_id = {projectId} AND digest = {digest.Value} RETURNING id"
        );
        if (!known.IsNone)
            return known;
        var annotations = document is { Subject: not null, Annotations: { Count: > 0 } all }
            ? JsonSerializer.Serialize(all, ManifestJsonContext.Default.IReadOnlyDictionaryStringString)
            : null;
        var id = await sql.InsertAsync<ManifestRow>(
            $"""
            INSERT INTO manifests (project_id, digest, media_type, artifact_type, subject, annotations, body, size, used, created)
            VALUES ({projectId}, {digest.Value}, {document.MediaType}, {document.ArtifactType}, {document.Subject?.Value}, {annotations}, {body}, {body.Length}, {now}, {now})
            """
        );
        foreach (var need in needs)
            await sql.ExecuteAsync(
                $"INSERT INTO manifest_digests (manifest_id, digest, project_id) VALUES ({id}, {need}, {projectId})"
            );
        return id;
    }

    /// <summary>Deletes a manifest and its tags.</summary>
    public static Task DeleteAsync(Sql sql, Id<Project> projectId, Digest digest) =>
        sql.ExecuteAsync($"DELETE FROM manifests WHERE project_id = {projectId} AND digest = {digest.Value}");

    /// <summary>
    /// Refuses a manifest without its configuration, or without any of its parts: they went to another repository or
    /// were not pushed yet, and the pusher should learn that, not somebody who pulls later. Some missing parts are
    /// allowed, because a mirror may have only some layers of an image or platforms of an index.
    /// </summary>
    private static void RefuseIncomplete(ManifestDocument document, HashSet<string> here)
    {
        var lacksConfig = document.Config is { } config && !here.Contains(config.Value);
        if (!lacksConfig && (document.Parts.Count == 0 || document.Parts.Any(part => here.Contains(part.Value))))
            return;
        var missing = document.Needs.Select(need => need.Value).Where(need => !here.Contains(need)).Distinct().ToList();
        var more = missing.Count > NamedMax ? $" and {missing.Count - NamedMax} more" : "";
        throw OciError.ManifestBlobUnknown(
            $"The manifest names {(document.IsIndex ? "manifests" : "blobs")} that the repository does not have; "
                + $"push them first: {string.Join(", ", missing.Take(NamedMax))}{more}"
        );
    }

    // Records the use of the blobs before the manifest is added. A blob that is being collected concurrently is then
    // either missing for both, or kept for both.
    private static async Task<HashSet<string>> UseBlobsAsync(
        Sql sql,
        Id<Project> projectId,
        string[] digests,
        DateTimeOffset now
    )
    {
        if (digests.Length == 0)
            return [];
        await sql.ExecuteAsync(
            $"UPDATE repository_blobs SET used = {now} WHERE project_id = {projectId} AND blob_id IN (SELECT id FROM "
                + $"blobs WHERE digest IN {digests})"
        );
        return
        [
            .. await sql.ListAsync(
                $"""
                SELECT blobs.digest FROM blobs JOIN repository_blobs ON repository_blobs.blob_id = blobs.id
                WHERE repository_blobs.project_id = {projectId} AND blobs.digest IN {digests}
                """,
                row => row.Text()
            ),
        ];
    }

    private static async Task<HashSet<string>> UseManifestsAsync(
        Sql sql,
        Id<Project> projectId,
        string[] digests,
        DateTimeOffset now
    ) =>
        digests.Length == 0
            ? []
            :
            [
                .. await sql.ListAsync(
                    $"UPDATE manifests SET used = {now} WHERE project_id = {projectId} AND digest IN {digests} "
                        + $"RETURNING digest",
                    row => row.Text()
                ),
            ];
}
