using Paddock.Server.Ground.Blobs;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Registry;

/// <summary>
/// Removes objects that are no longer needed: first the object, then its row, so that the next try can continue after
/// any interruption.
/// </summary>
internal sealed partial class RemoveParts(Db db, IBlobStore store, OutageLog outages, ILogger<RemoveParts> log)
{
    private const int RowsMax = 256;

    public Task PartAsync(Id<PartRow> id, string key) => RemoveAsync([(id, key)]);

    /// <summary>Removes the leftover parts of an upload that has ended.</summary>
    public async Task OfUploadAsync(Id<UploadRow> uploadId) =>
        await RemoveAsync(
            await db.ReadAsync(
                sql =>
                    sql.ListAsync(
                        $"""
                        SELECT id, key FROM blob_parts
                        WHERE upload_id = {uploadId} AND NOT EXISTS (SELECT 1 FROM uploads WHERE uploads.id = blob_parts.upload_id)
                        """,
                        Read
                    ),
                CancellationToken.None
            )
        );

    /// <summary>Removes all parts whose upload and blob are both gone.</summary>
    /// <returns>The number of removed parts.</returns>
    public async Task<int> OrphansAsync(CancellationToken ct)
    {
        for (var (removed, last) = (0, default(Id<PartRow>)); ; )
        {
            var parts = await db.ReadAsync(
                sql =>
                    sql.ListAsync(
                        $"""
                        SELECT id, key FROM blob_parts WHERE id > {last}
                        AND NOT EXISTS (SELECT 1 FROM uploads WHERE uploads.id = blob_parts.upload_id)
                        AND NOT EXISTS (SELECT 1 FROM blobs WHERE blobs.id = blob_parts.blob_id) ORDER BY id LIMIT {RowsMax}
                        """,
                        Read,
                        ct
                    ),
                ct
            );
            if (parts.Count == 0)
                return removed;
            await RemoveAsync(parts);
            removed += parts.Count;
            last = parts[^1].Id;
        }
    }

    private async Task RemoveAsync(List<(Id<PartRow> Id, string Key)> parts)
    {
        if (parts.Count == 0)
            return;
        var removed = new List<Id<PartRow>>(parts.Count);
        Exception? kept = null;
        foreach (var (id, key) in parts)
        {
            try
            {
                await store.DeleteAsync(key, CancellationToken.None);
                removed.Add(id);
            }
            // The next sweep tries again. This failure does not stop the removal of the other parts.
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                kept = e;
            }
        }
        if (kept is not null && !outages.Takes(kept))
            LogKept(kept, parts.Count - removed.Count);
        if (removed.Count > 0)
            await db.WriteAsync(sql => sql.ExecuteAsync($"DELETE FROM blob_parts WHERE id IN {removed}"));
    }

    private static (Id<PartRow> Id, string Key) Read(Row row) => (row.Id<PartRow>(), row.Text());

    [LoggerMessage(
        LogLevel.Warning,
        "{Count} objects could not be removed from the blob store; the next run tries again"
    )]
    private partial void LogKept(Exception e, int count);
}
