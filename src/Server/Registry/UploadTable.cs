using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Registry;

/// <param name="Size">The number of bytes received.</param>
internal sealed record UploadRow(Id<UploadRow> Id, Guid Uuid, Id<Project> ProjectId, long Size);

/// <summary>Open uploads and their received parts.</summary>
internal static class UploadTable
{
    private static readonly Raw Columns = new("uploads.id, uploads.uuid, uploads.project_id, uploads.size");

    /// <summary>
    /// Most open uploads of a project. A push has only a few, and abandoned uploads expire.
    /// </summary>
    public const int OpenMax = 1000;

    /// <exception cref="Refusal">The project has too many open uploads.</exception>
    public static async Task<UploadRow> InsertAsync(Sql sql, Id<Project> projectId, OciToken opener, DateTimeOffset now)
    {
        var open = SqlText.Of($"SELECT 1 FROM uploads WHERE project_id = {projectId} LIMIT {OpenMax}");
        if (await sql.NumberAsync($"SELECT count(*) FROM ({open}) opened") >= OpenMax)
            throw new Refusal(
                Because.TooMany,
                $"This repository has {OpenMax} open uploads, and no more are allowed. Finish or cancel one, or try "
                    + $"again later."
            );
        var uuid = Guid.NewGuid(); // Fully random, because it is the credential of the later requests.
        var id = await sql.InsertAsync<UploadRow>(
            $"""
            INSERT INTO uploads (uuid, project_id, size, used, created, bearer, subject, key_uuid)
            VALUES ({uuid}, {projectId}, {0}, {now}, {now}, {opener.Bearer}, {opener.Subject}, {opener.Key})
            """
        );
        return new(id, uuid, projectId, Size: 0);
    }

    /// <summary>Finds an upload, unless it has received nothing since the given time.</summary>
    public static Task<UploadRow?> FindAsync(
        Sql sql,
        Id<Project> projectId,
        Guid upload,
        DateTimeOffset since,
        CancellationToken ct = default
    ) =>
        sql.FirstAsync(
            $"SELECT {Columns} FROM uploads WHERE uuid = {upload} AND project_id = {projectId} AND used >= {since}",
            Read,
            ct
        );

    /// <summary>The identity that began the upload; null when it is not known.</summary>
    public static Task<OciToken?> OpenerAsync(Sql sql, Id<UploadRow> id, CancellationToken ct) =>
        sql.FirstAsync(
            $"SELECT bearer, subject, key_uuid, created FROM uploads WHERE id = {id} AND bearer IS NOT NULL",
            row => new OciToken(row.Word<OciBearer>(), row.TextOrNull(), OciScope.None, row.UuidOrNull(), row.Time()),
            ct
        );

    /// <summary>Locks and rereads the upload's row; other writers wait until the unit of work ends.</summary>
    public static Task<UploadRow?> LockAsync(Sql sql, Id<UploadRow> id) =>
        sql.FirstAsync($"SELECT {Columns} FROM uploads WHERE id = {id}{sql.ForUpdateOf("uploads")}", Read);

    /// <summary>Records an object before it is written, so that it can be removed if the write fails.</summary>
    public static Task<Id<PartRow>> InsertPartAsync(Sql sql, Id<UploadRow> uploadId, string key) =>
        sql.InsertAsync<PartRow>($"INSERT INTO blob_parts (key, upload_id, size) VALUES ({key}, {uploadId}, {0})");

    /// <summary>Adds to a part's reservation, which stands in its size column until the real size is known.</summary>
    public static Task ReserveAsync(Sql sql, Id<PartRow> partId, long bytes) =>
        sql.ExecuteAsync($"UPDATE blob_parts SET size = size + {bytes} WHERE id = {partId}");

    /// <summary>Makes a written object the next part of the upload.</summary>
    public static async Task AppendAsync(Sql sql, UploadRow upload, Id<PartRow> partId, long size, DateTimeOffset now)
    {
        await sql.ExecuteAsync($"UPDATE blob_parts SET place = {upload.Size}, size = {size} WHERE id = {partId}");
        await sql.ExecuteAsync($"UPDATE uploads SET size = {upload.Size + size}, used = {now} WHERE id = {upload.Id}");
    }

    /// <summary>Records that the upload is receiving data, so that it does not expire.</summary>
    public static Task UseAsync(Sql sql, Id<UploadRow> id, DateTimeOffset now) =>
        sql.ExecuteAsync($"UPDATE uploads SET used = {now} WHERE id = {id}");

    public static Task<List<PartRow>> PartsAsync(Sql sql, Id<UploadRow> uploadId, CancellationToken ct = default) =>
        sql.ListAsync(
            $"SELECT {PartRow.Columns} FROM blob_parts WHERE upload_id = {uploadId} AND place IS NOT NULL ORDER BY "
                + $"place",
            PartRow.Read,
            ct
        );

    public static Task<long> CountPartsAsync(Sql sql, Id<UploadRow> uploadId) =>
        sql.NumberAsync($"SELECT count(*) FROM blob_parts WHERE upload_id = {uploadId}");

    /// <summary>
    /// Ends the upload and turns its parts into the blob. If the blob exists already, the parts are left for removal.
    /// </summary>
    public static async Task CompleteAsync(Sql sql, UploadRow upload, Digest digest, DateTimeOffset now)
    {
        var blob = await BlobTable.TouchAsync(sql, digest, now);
        if (blob is null)
        {
            var id = await sql.InsertAsync<BlobRow>(
                $"INSERT INTO blobs (digest, size, used, created) VALUES ({digest.Value}, {upload.Size}, {now}, {now})"
            );
            await sql.ExecuteAsync(
                $"UPDATE blob_parts SET blob_id = {id}, upload_id = NULL WHERE upload_id = {upload.Id} AND place IS "
                    + $"NOT NULL"
            );
            blob = new(id, digest, upload.Size, now);
        }
        await BlobTable.LinkAsync(sql, upload.ProjectId, blob.Id, now);
        await DeleteAsync(sql, upload.Id);
    }

    /// <summary>Deletes the upload's row; its parts are left for removal.</summary>
    public static Task DeleteAsync(Sql sql, Id<UploadRow> id) =>
        sql.ExecuteAsync($"DELETE FROM uploads WHERE id = {id}");

    private static UploadRow Read(Row row) => new(row.Id<UploadRow>(), row.Uuid(), row.Id<Project>(), row.Long());
}
