using Paddock.Server.Ground.Blobs;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Registry;

/// <summary>
/// Removes objects that nothing needs any more: first the object, then the row, so that whatever stops it in between,
/// the next try goes on.
/// </summary>
internal sealed partial class RemoveParts(Db db, IBlobStore store, OutageLog outages, ILogger<RemoveParts> log)
{
    private const int RowsMax = 256;

    public Task PartAsync(Id<PartRow> id, string key) => RemoveAsync([(id, key)]);

    /// <summary>What an upload that has ended has left.</summary>
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

    /// <summary>All whose upload and whose blob are gone.</summary>
    /// <returns>How many there were.</returns>
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
            // The sweep tries again, and the others are not kept by it.
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

    [LoggerMessage(LogLevel.Warning, "{Count} objects of the blob store could not be removed; they will be later")]
    private partial void LogKept(Exception e, int count);
}
