using System.Globalization;
using Paddock.Server.Database;
using Paddock.Server.Http;
using Paddock.Server.Organizations;

namespace Paddock.Server.Registry;

/// <summary>How much an organization's repositories may hold, where the settings limit that. A content counts once, in however many of them it is.</summary>
internal sealed class Quota(ServerOptions options)
{
    /// <summary>How many bytes the organization of a project may still bring, beside those that are on their way; null for any number.</summary>
    public async Task<long?> LeftAsync(Sql sql, long projectId)
    {
        if (options.Registry.QuotaBytes is not { } quota) return null;
        var organization = await OrganizationAsync(sql, projectId);
        var onTheirWay = await sql.NumberAsync($"SELECT CAST(sum(size) AS BIGINT) FROM uploads WHERE project_id IN (SELECT id FROM projects WHERE organization_id = {organization})");
        return Math.Max(0, quota - await UsedAsync(sql, organization) - onTheirWay);
    }

    /// <summary>For a unit of work that has added something: undoes it where that is more than the organization may hold.</summary>
    public async Task RefuseExcessAsync(Sql sql, long projectId)
    {
        if (options.Registry.QuotaBytes is not { } quota) return;
        var organization = await OrganizationAsync(sql, projectId);
        await OrganizationTable.LockAsync(sql, organization); // Of two that fit one by one, only one may.
        if (await UsedAsync(sql, organization) > quota) throw Exceeded();
    }

    public Refusal Exceeded() =>
        OciError.Denied(string.Create(CultureInfo.InvariantCulture, $"The organization's images may have {options.Registry.QuotaBytes} bytes together, and these would be more; remove some."));

    private static Task<long> OrganizationAsync(Sql sql, long projectId) => sql.NumberAsync($"SELECT organization_id FROM projects WHERE id = {projectId}");

    private static async Task<long> UsedAsync(Sql sql, long organization)
    {
        var projects = SqlText.Of($"SELECT id FROM projects WHERE organization_id = {organization}");
        var blobs = await sql.NumberAsync(
            $"SELECT CAST(sum(size) AS BIGINT) FROM blobs WHERE id IN (SELECT blob_id FROM repository_blobs WHERE project_id IN ({projects}))");
        var manifests = await sql.NumberAsync($"SELECT CAST(sum(size) AS BIGINT) FROM manifests WHERE project_id IN ({projects})");
        return blobs + manifests;
    }
}
