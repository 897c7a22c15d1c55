using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Access.Organizations;

/// <param name="Claimed">When the organization got its first member; null while anybody may claim it.</param>
internal sealed record OrganizationRow(
    Id<Organization> Id,
    Guid Uuid,
    string Name,
    string Slug,
    DateTimeOffset Created,
    DateTimeOffset Modified,
    DateTimeOffset? Claimed
)
{
    public static readonly Raw Columns = new(
        """
        organizations.id, organizations.uuid, organizations.name, organizations.slug, organizations.created, organizations.modified,
        (SELECT min(r.created) FROM organization_roles r WHERE r.organization_id = organizations.id)
        """
    );

    public static OrganizationRow Read(Row row) =>
        new(row.Id<Organization>(), row.Uuid(), row.Text(), row.Text(), row.Time(), row.Time(), row.TimeOrNull());

    public Organization ToWire() => new(Uuid, Name, Slug, License: null, Sso: null, Created, Modified, Claimed);
}

internal static class OrganizationTable
{
    public static Task<OrganizationRow?> FindAsync(Sql sql, ResourceId organization, CancellationToken ct = default) =>
        sql.FirstAsync(
            $"SELECT {OrganizationRow.Columns} FROM organizations WHERE {organization.Condition("organizations")} "
                + $"AND deleted IS NULL",
            OrganizationRow.Read,
            ct
        );

    /// <summary>Lists the user's organizations; for an administrator, all of them.</summary>
    public static async Task<(List<OrganizationRow> Rows, long Total)> ListAsync(
        Sql sql,
        UserRow user,
        ResourceName? name,
        string? search,
        Page page,
        CancellationToken ct
    )
    {
        var own = user.Admin
            ? SqlText.Empty
            : SqlText.Of(
                $" AND organizations.id IN (SELECT organization_id FROM organization_roles WHERE user_id = {user.Id})"
            );
        var named = name is null ? SqlText.Empty : SqlText.Of($" AND organizations.name = {name.Value}");
        var condition = SqlText.Of(
            $"organizations.deleted IS "
                + $"NULL{own}{named}"
                + $"{Page.Search(search, "organizations.name", "organizations.slug", "organizations.uuid")}"
        );
        var direction = page.Direction();
        var rows = await sql.ListAsync(
            $"SELECT {OrganizationRow.Columns} FROM organizations WHERE {condition} ORDER BY organizations.name "
                + $"{direction}, organizations.slug {direction} {page.Limit}",
            OrganizationRow.Read,
            ct
        );
        return (rows, await sql.NumberAsync($"SELECT count(*) FROM organizations WHERE {condition}", ct));
    }

    /// <summary>Inserts an unclaimed organization with a unique slug.</summary>
    public static async Task<OrganizationRow> InsertAsync(
        Sql sql,
        Guid uuid,
        string name,
        Slug wanted,
        DateTimeOffset now
    )
    {
        var slug = await sql.FreeSlugAsync("organizations", wanted, scope: null);
        var id = await sql.InsertAsync<Organization>(
            $"INSERT INTO organizations (uuid, name, slug, created, modified) VALUES ({uuid}, {name}, {slug.Value}, "
                + $"{now}, {now})"
        );
        return new(id, uuid, name, slug.Value, now, now, Claimed: null);
    }

    /// <summary>Makes a user the leader of an organization that has no members yet.</summary>
    /// <returns>False when the organization has members, and nothing was changed.</returns>
    public static async Task<bool> ClaimAsync(
        Sql sql,
        Id<Organization> organizationId,
        UserRow user,
        DateTimeOffset now
    )
    {
        await LockAsync(sql, organizationId);
        if (await sql.AnyAsync($"SELECT 1 FROM organization_roles WHERE organization_id = {organizationId}"))
            return false;
        await MemberTable.InsertAsync(sql, organizationId, user.Id, OrganizationRole.Leader, now);
        return true;
    }

    /// <exception cref="Refusal">The organization does not exist, or has been claimed already.</exception>
    public static async Task<OrganizationRow> ClaimAsync(
        Sql sql,
        ResourceId organization,
        UserRow user,
        DateTimeOffset now
    )
    {
        var row = await FindAsync(sql, organization) ?? throw Refusal.NotFound("organization", organization);
        return await ClaimAsync(sql, row.Id, user, now)
            ? row with
            {
                Claimed = now,
            }
            : throw Refusal.NotSignedIn($"The organization \"{organization}\" has been claimed already.");
    }

    public static async Task<OrganizationRow> UpdateAsync(
        Sql sql,
        ResourceId organization,
        OrganizationPatch patch,
        DateTimeOffset now
    )
    {
        var row = await FindAsync(sql, organization) ?? throw Refusal.NotFound("organization", organization);
        var changed = row with
        {
            Name = patch.Name.Value?.Value ?? row.Name,
            Slug = patch.Slug.Value?.Value ?? row.Slug,
            Modified = now,
        };
        if (await sql.AnyAsync($"SELECT 1 FROM organizations WHERE slug = {changed.Slug} AND id <> {row.Id}"))
            throw Refusal.Conflict($"slug: \"{changed.Slug}\" belongs to another organization");
        await sql.ExecuteAsync(
            $"UPDATE organizations SET name = {changed.Name}, slug = {changed.Slug}, modified = {now} WHERE id = "
                + $"{row.Id}"
        );
        return changed;
    }

    /// <summary>
    /// Locks an organization. Taken before its members are counted for a decision, so that concurrent decisions do not
    /// rest on the same count.
    /// </summary>
    public static Task LockAsync(Sql sql, Id<Organization> organizationId) =>
        sql.AnyAsync($"SELECT 1 FROM organizations WHERE id = {organizationId}{sql.ForUpdateOf("organizations")}");
}
