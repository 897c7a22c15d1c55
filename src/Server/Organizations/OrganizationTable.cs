using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Database;
using Paddock.Server.Users;

namespace Paddock.Server.Organizations;

/// <param name="Claimed">When its first role was given; null while anybody may claim it.</param>
internal sealed record OrganizationRow(
    long Id, Guid Uuid, string Name, string Slug, string? License, DateTimeOffset Created, DateTimeOffset Modified, DateTimeOffset? Claimed)
{
    public static readonly Raw Columns = new("""
        organizations.id, organizations.uuid, organizations.name, organizations.slug, organizations.license, organizations.created, organizations.modified,
        (SELECT min(r.created) FROM organization_roles r WHERE r.organization_id = organizations.id)
        """);

    public static OrganizationRow Read(Row row) =>
        new(row.Long(), row.Uuid(), row.Text(), row.Text(), row.TextOrNull(), row.Time(), row.Time(), row.TimeOrNull());

    public Organization ToWire() => new(Uuid, Name, Slug, License, Sso: null, Created, Modified, Claimed);
}

internal static class OrganizationTable
{
    public static Task<OrganizationRow?> FindAsync(Sql sql, ResourceId organization, CancellationToken ct = default) =>
        sql.FirstAsync($"SELECT {OrganizationRow.Columns} FROM organizations WHERE {organization.Condition("organizations")} AND deleted IS NULL", OrganizationRow.Read, ct);

    /// <summary>A new organization that nobody has claimed, with a slug of its own.</summary>
    public static async Task<OrganizationRow> InsertAsync(Sql sql, Guid uuid, string name, Slug wanted, DateTimeOffset now)
    {
        var slug = await sql.FreeSlugAsync("organizations", wanted, scope: null, now);
        var id = await sql.InsertAsync($"INSERT INTO organizations (uuid, name, slug, created, modified) VALUES ({uuid}, {name}, {slug.Value}, {now}, {now})");
        return new(id, uuid, name, slug.Value, License: null, now, now, Claimed: null);
    }

    /// <summary>Makes a user the leader of an organization that has nobody yet.</summary>
    /// <returns>False where it has: then nothing is changed.</returns>
    public static async Task<bool> ClaimAsync(Sql sql, long organizationId, UserRow user, DateTimeOffset now)
    {
        await LockAsync(sql, organizationId);
        if (await sql.AnyAsync($"SELECT 1 FROM organization_roles WHERE organization_id = {organizationId}")) return false;
        await MemberTable.InsertAsync(sql, organizationId, user.Id, OrganizationRole.Leader, now);
        return true;
    }

    /// <summary>Whoever counts an organization's members to decide something holds this first, so that nobody else does the same meanwhile.</summary>
    public static Task LockAsync(Sql sql, long organizationId) =>
        sql.AnyAsync($"SELECT 1 FROM organizations WHERE id = {organizationId}{sql.ForUpdateOf("organizations")}");
}
