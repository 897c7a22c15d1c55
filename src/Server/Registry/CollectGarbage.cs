using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Registry;

/// <summary>
/// Garbage collection: removes abandoned uploads, manifests that no tag and no job leads to, blobs that no manifest
/// names, and their bytes. Only rows that have been unused for a while are removed, and each removal checks again, in
/// its own unit of work, that no use was recorded meanwhile. So pushes can run concurrently, and an interrupted
/// collection is continued by the next.
/// </summary>
internal sealed partial class CollectGarbage(
    Db db,
    UploadHashes hashes,
    RemoveParts removal,
    RegistryOptions options,
    TimeProvider time,
    OutageLog outages,
    ILogger<CollectGarbage> log
)
{
    private const long LockKey = 0x9add0c01; // An advisory lock: one server at a time.
    private const int RowsMax = 512;

    // Images of jobs are kept for a while after the job has ended, so that it can be inspected and measured again.
    private SqlText Wanted =>
        SqlText.Of(
            $"""
            EXISTS (SELECT 1 FROM tags WHERE tags.manifest_id = manifests.id)
            OR EXISTS (SELECT 1 FROM jobs WHERE jobs.project_id = manifests.project_id AND jobs.digest = manifests.digest
                AND (jobs.completed IS NULL OR jobs.completed >= {time.GetUtcNow() - options.KeepJobImages}))
            OR EXISTS (SELECT 1 FROM confirmations WHERE confirmations.project_id = manifests.project_id
                AND confirmations.base_digest = manifests.digest AND confirmations.state = 'open')
            """
        );

    /// <returns>False when another server is collecting.</returns>
    public Task<bool> RunAsync(CancellationToken ct) => db.TryAloneAsync(LockKey, async () =>
        {
            var now = time.GetUtcNow();
            await UploadsAsync(before: now - options.UploadTimeout, ct);
            var before = now - options.KeepUnused;
            await DeletedProjectsAsync(before, ct);
            await ManifestsAsync(before, ct);
            await RepositoryBlobsAsync(before, ct);
            await InBatchesAsync(
                sql =>
                    sql.ExecuteAsync(
                        $"""
                        DELETE FROM blobs WHERE used < {before} AND id IN (
                            SELECT id FROM blobs WHERE used < {before} AND NOT EXISTS (SELECT 1 FROM repository_blobs WHERE repository_blobs.blob_id = blobs.id)
                            ORDER BY used LIMIT {RowsMax})
                        """
                    ),
                ct
            );
            await removal.OrphansAsync(ct);
        });

    private Task UploadsAsync(DateTimeOffset before, CancellationToken ct) =>
        InBatchesAsync(
            async sql =>
            {
                var ended = await sql.ListAsync(
                    $"DELETE FROM uploads WHERE used < {before} AND id IN (SELECT id FROM uploads WHERE used < "
                        + $"{before} LIMIT {RowsMax}) RETURNING uuid",
                    row => row.Uuid()
                );
                foreach (var upload in ended)
                    hashes.Forget(upload);
                return ended.Count;
            },
            ct
        );

    private async Task DeletedProjectsAsync(DateTimeOffset before, CancellationToken ct)
    {
        var deleted = SqlText.Of($"SELECT id FROM projects WHERE deleted < {before}");
        await InBatchesAsync(
            sql =>
                sql.ExecuteAsync(
                    $"DELETE FROM manifests WHERE id IN (SELECT id FROM manifests WHERE project_id IN ({deleted}) "
                        + $"LIMIT {RowsMax})"
                ),
            ct
        );
    }

    private async Task ManifestsAsync(DateTimeOffset before, CancellationToken ct)
    {
        var projects = await db.ReadAsync(
            sql =>
                sql.ListAsync(
                    $"SELECT DISTINCT project_id FROM manifests WHERE used < {before} AND NOT ({Wanted})",
                    row => row.Id<Project>(),
                    ct
                ),
            ct
        );
        foreach (var project in projects)
        {
            try
            {
                await ManifestsAsync(project, before, ct);
            }
            // A failure in one project must not keep the others from being collected.
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                if (!outages.Takes(e))
                    LogProject(e, project);
            }
        }
    }

    private async Task ManifestsAsync(Id<Project> project, DateTimeOffset before, CancellationToken ct)
    {
        var manifests = await db.ReadAsync(sql => NodesAsync(sql, project, before, ct), ct);
        var kept = KeptManifests.Of(manifests);
        var unneeded = manifests.Select(manifest => manifest.Id).Where(id => !kept.Contains(id));
        foreach (var some in unneeded.Chunk(RowsMax))
            await db.WriteAsync(sql =>
                sql.ExecuteAsync($"DELETE FROM manifests WHERE id IN {some} AND used < {before} AND NOT ({Wanted})")
            );
    }

    private async Task<List<ManifestNode>> NodesAsync(
        Sql sql,
        Id<Project> project,
        DateTimeOffset before,
        CancellationToken ct
    )
    {
        var names = (
            await sql.ListAsync(
                $"""
                SELECT manifest_digests.manifest_id, manifest_digests.digest FROM manifest_digests
                JOIN manifests child ON child.project_id = manifest_digests.project_id AND child.digest = manifest_digests.digest
                WHERE manifest_digests.project_id = {project}
                """,
                row => (Manifest: row.Id<ManifestRow>(), Digest: row.Text()),
                ct
            )
        ).ToLookup(name => name.Manifest, name => name.Digest);
        return await sql.ListAsync(
            $"""
            SELECT id, digest, subject, CAST(CASE WHEN used >= {before} OR ({Wanted}) THEN 1 ELSE 0 END AS BIGINT) FROM manifests WHERE project_id = {project}
            """,
            row => Node(row.Id<ManifestRow>(), row.Text(), row.TextOrNull(), row.Bool()),
            ct
        );

        ManifestNode Node(Id<ManifestRow> id, string digest, string? subject, bool isWanted) =>
            new(id, digest, isWanted, subject, [.. names[id]]);
    }

    private Task RepositoryBlobsAsync(DateTimeOffset before, CancellationToken ct) =>
        InBatchesAsync(
            async sql =>
            {
                var unnamed = SqlText.Of(
                    $"""
                    repository_blobs.used < {before} AND NOT EXISTS (
                        SELECT 1 FROM manifest_digests JOIN blobs ON blobs.digest = manifest_digests.digest
                        WHERE manifest_digests.project_id = repository_blobs.project_id AND blobs.id = repository_blobs.blob_id)
                    """
                );
                var some = await sql.ListAsync(
                    $"SELECT project_id, blob_id FROM repository_blobs WHERE {unnamed} ORDER BY used LIMIT {RowsMax}",
                    row => (Project: row.Id<Project>(), Blob: row.Id<BlobRow>())
                );
                foreach (var (project, blob) in some)
                    await sql.ExecuteAsync(
                        $"DELETE FROM repository_blobs WHERE project_id = {project} AND blob_id = {blob} AND used < "
                            + $"{before}"
                    );
                return some.Count;
            },
            ct
        );

    // Small units of work, so that other writers get their turn in between.
    private async Task InBatchesAsync(Func<Sql, Task<int>> batch, CancellationToken ct)
    {
        while (await db.WriteAsync(batch) >= RowsMax)
            ct.ThrowIfCancellationRequested();
    }

    [LoggerMessage(
        LogLevel.Error,
        "Garbage collection failed in the repository of project {Project}; the next run tries again"
    )]
    private partial void LogProject(Exception e, long project);
}
