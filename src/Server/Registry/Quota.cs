using System.Globalization;
using Paddock.Core.Wire;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Registry;

/// <summary>
/// The storage limits for images and job outputs: of one organization, of all unclaimed organizations together, and of
/// the whole server. A blob counts once, even when several repositories have it. Bytes are reserved before they are
/// written, so that concurrent uploads cannot exceed a limit together.
/// </summary>
internal sealed class Quota(BaseOptions server, RegistryOptions options)
{
    private readonly long? total = options.TotalBytes ?? HalfOfDisk(server);

    private long? PerOrganization => options.QuotaBytes ?? total / 2;

    /// <summary>Reserves more bytes for a part of an upload before they are received.</summary>
    /// <param name="wanted">How many bytes to add to the part's reservation.</param>
    /// <returns>How many bytes were reserved; fewer than wanted when the quota has fewer left.</returns>
    /// <exception cref="Refusal">The quota is used up.</exception>
    public async Task<long> ReserveAsync(Sql sql, UploadRow upload, Id<PartRow> partId, long wanted)
    {
        var granted = wanted;
        if (await RoomAsync(sql, upload.ProjectId) is { } room)
            granted = room.Bytes > 0 ? Math.Min(wanted, room.Bytes) : throw room.Excess();
        await UploadTable.ReserveAsync(sql, partId, granted);
        return granted;
    }

    /// <summary>Rolls the unit of work back when it has pushed an organization or the server over its limit.</summary>
    public async Task RefuseExcessAsync(Sql sql, Id<Project> projectId)
    {
        if (await RoomAsync(sql, projectId) is { Bytes: < 0 } room)
            throw room.Excess();
    }

    /// <summary>True when this many additional bytes, such as a job's output, are within all limits.</summary>
    public async Task<bool> HasRoomAsync(Sql sql, Id<Project> projectId, long bytes) =>
        await RoomAsync(sql, projectId) is not { } room || room.Bytes >= bytes;

    /// <summary>The remaining bytes of a limit; negative when it is exceeded.</summary>
    private sealed record Room(long Bytes, string Whose, long Max, string Setting)
    {
        public Refusal Excess() =>
            OciError.Denied(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Whose} would exceed their quota of {Max} bytes ({Setting}). Delete images, or reports of jobs, "
                        + $"and try again."
                )
            );
    }

    /// <returns>The limit with the least room; null when there is no limit.</returns>
    private async Task<Room?> RoomAsync(Sql sql, Id<Project> projectId)
    {
        if (total is null && PerOrganization is null && options.AnonymousBytes is null)
            return null;
        await ServerTable.LockAsync(sql); // So that two concurrent uploads cannot both take the last room.
        var organization = await sql.NumberAsync($"SELECT organization_id FROM projects WHERE id = {projectId}");
        var rooms = new List<Room>();
        if (PerOrganization is { } own)
        {
            var projects = SqlText.Of($"SELECT id FROM projects WHERE organization_id = {organization}");
            var used = await UsedAsync(sql, projects);
            rooms.Add(
                new(own - used, "The organization's images and job outputs", own, "PADDOCK_REGISTRY_QUOTA_BYTES")
            );
        }
        if (options.AnonymousBytes is { } unclaimed && !await IsClaimedAsync(sql, organization))
        {
            const string whose = "The images and job outputs of all unclaimed projects";
            var used = await UsedAsync(sql, Unclaimed);
            rooms.Add(new(unclaimed - used, whose, unclaimed, "PADDOCK_REGISTRY_ANONYMOUS_BYTES"));
        }
        if (total is { } all)
        {
            var used = await StoredAsync(sql);
            rooms.Add(
                new(all - used, "The images and job outputs on this server", all, "PADDOCK_REGISTRY_TOTAL_BYTES")
            );
        }
        return rooms.MinBy(room => room.Bytes);
    }

    private static Task<bool> IsClaimedAsync(Sql sql, long organization) =>
        sql.AnyAsync($"SELECT 1 FROM organization_roles WHERE organization_id = {organization}");

    private static SqlText Unclaimed =>
        SqlText.Of(
            $"""
            SELECT id FROM projects WHERE NOT EXISTS (
                SELECT 1 FROM organization_roles WHERE organization_roles.organization_id = projects.organization_id)
            """
        );

    // Stored bytes and those of unfinished uploads, received or reserved.
    private static Task<long> UsedAsync(Sql sql, SqlText projects) =>
        sql.NumberAsync(
            $"""
            SELECT CAST(
                (SELECT COALESCE(sum(size), 0) FROM blobs
                    WHERE id IN (SELECT blob_id FROM repository_blobs WHERE project_id IN ({projects})))
                + (SELECT COALESCE(sum(size), 0) FROM manifests WHERE project_id IN ({projects}))
                + (SELECT COALESCE(sum(size), 0) FROM blob_parts
                    WHERE upload_id IN (SELECT id FROM uploads WHERE project_id IN ({projects})))
                + (SELECT COALESCE(sum(job_outputs.size), 0) FROM jobs
                    JOIN job_outputs ON job_outputs.job_id = jobs.id WHERE jobs.project_id IN ({projects})) AS BIGINT)
            """
        );

    private static Task<long> StoredAsync(Sql sql) =>
        sql.NumberAsync(
            $"""
            SELECT CAST((SELECT COALESCE(sum(size), 0) FROM blob_parts)
                + (SELECT COALESCE(sum(size), 0) FROM manifests)
                + (SELECT COALESCE(sum(size), 0) FROM job_outputs) AS BIGINT)
            """
        );

    // By default, images leave half of the disk to the database. A bucket has no such limit.
    private static long? HalfOfDisk(BaseOptions server)
    {
        if (server.Blobs.Bucket is not null)
            return null;
        try
        {
            return new DriveInfo(Path.GetFullPath(server.DataFolder)).TotalSize / 2;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
