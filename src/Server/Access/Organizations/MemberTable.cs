using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Access.Organizations;

/// <summary>The users of an organization, each with a role.</summary>
internal static class MemberTable
{
    /// <summary>
    /// The limit on organizations that a user creates, counted over all those the user is a member of.
    /// </summary>
    public static readonly ListLimit OrganizationLimit = new(
        "PADDOCK_ORGANIZATIONS_PER_USER_MAX",
        Standard: 1000,
        Owner: "user",
        Owners: "users",
        Things: "organizations",
        Table: "organization_roles",
        OwnerColumn: "user_id",
        Remedy: "Leave or delete one first."
    )
    {
        Among =
            "EXISTS (SELECT 1 FROM organizations WHERE organizations.id = organization_roles.organization_id AND "
            + "organizations.deleted IS NULL)",
    };

    private static readonly Raw Columns = new(
        "users.uuid, users.name, users.slug, users.email, organization_roles.role, organization_roles.created, "
            + "organization_roles.modified"
    );

    private static readonly Raw From = new("organization_roles JOIN users ON users.id = organization_roles.user_id");

    public static async Task<(List<Member> Rows, long Total)> ListAsync(
        Sql sql,
        Id<Organization> organizationId,
        UserName? name,
        string? search,
        Page page,
        CancellationToken ct
    )
    {
        var condition = SqlText.Of(
            $"organization_roles.organization_id = {organizationId} AND {UserTable.Condition(name, search)}"
        );
        var direction = page.Direction();
        var rows = await sql.ListAsync(
            $"SELECT {Columns} FROM {From} WHERE {condition} ORDER BY users.name {direction}, users.slug {direction} "
                + $"{page.Limit}",
            Read,
            ct
        );
        return (rows, await sql.NumberAsync($"SELECT count(*) FROM {From} WHERE {condition}", ct));
    }

    public static Task<Member?> FindAsync(
        Sql sql,
        Id<Organization> organizationId,
        ResourceId user,
        CancellationToken ct = default
    ) =>
        sql.FirstAsync(
            $"SELECT {Columns} FROM {From} WHERE organization_roles.organization_id = {organizationId} AND "
                + $"{user.Condition("users")}",
            Read,
            ct
        );

    public static Task<bool> IsMemberAsync(
        Sql sql,
        Id<Organization> organizationId,
        Id<User> userId,
        CancellationToken ct = default
    ) =>
        sql.AnyAsync(
            $"SELECT 1 FROM organization_roles WHERE organization_id = {organizationId} AND user_id = {userId}",
            ct
        );

    public static Task InsertAsync(
        Sql sql,
        Id<Organization> organizationId,
        Id<User> userId,
        OrganizationRole role,
        DateTimeOffset now
    ) =>
        sql.ExecuteAsync(
            $"""
            INSERT INTO organization_roles (organization_id, user_id, role, created, modified)
            VALUES ({organizationId}, {userId}, {role}, {now}, {now})
            """
        );

    public static async Task<Member> UpdateAsync(
        Sql sql,
        Id<Organization> organizationId,
        ResourceId user,
        MemberPatch patch,
        DateTimeOffset now
    )
    {
        if (patch.Role is { } role)
            await sql.ExecuteAsync(
                $"""
                UPDATE organization_roles SET role = {role}, modified = {now}
                WHERE organization_id = {organizationId} AND user_id IN (SELECT id FROM users WHERE {user.Condition(
                    "users"
                )})
                """
            );
        return await FindAsync(sql, organizationId, user) ?? throw Refusal.NotFound("member", user);
    }

    /// <summary>
    /// Removes a member. The last leader cannot be removed: anybody could claim an organization without a leader. Open
    /// invitations by and to the user are revoked too, or they could be used to come back.
    /// </summary>
    /// <exception cref="Refusal">The user is not a member, or is the last leader.</exception>
    public static async Task DeleteAsync(Sql sql, OrganizationRow organization, ResourceId user, DateTimeOffset now)
    {
        var member = await UserTable.FindAsync(sql, user) ?? throw Refusal.NotFound("member", user);
        await OrganizationTable.LockAsync(sql, organization.Id);
        var others = await sql.AnyAsync(
            $"""
            SELECT 1 FROM organization_roles WHERE organization_id = {organization.Id} AND user_id <> {member.Id} AND role = {OrganizationRole.Leader}
            """
        );
        if (!await IsMemberAsync(sql, organization.Id, member.Id))
            throw Refusal.NotFound("member", user);
        if (!others)
            throw Refusal.Conflict(
                $"\"{member.Slug}\" is the last leader of \"{organization.Slug}\"; make somebody else leader first, "
                    + $"or delete the organization."
            );
        await sql.ExecuteAsync(
            $"DELETE FROM organization_roles WHERE organization_id = {organization.Id} AND user_id = {member.Id}"
        );
        // The creator of a project has a role in it as well.
        await sql.ExecuteAsync(
            $"""
            DELETE FROM project_roles WHERE user_id = {member.Id}
                AND project_id IN (SELECT id FROM projects WHERE organization_id = {organization.Id})
            """
        );
        await InvitationTable.RevokeAsync(
            sql,
            SqlText.Of(
                $"organization_id = {organization.Id} AND (inviter_id = {member.Id} OR user_id = {member.Id} OR "
                    + $"email = {member.Email})"
            ),
            now
        );
    }

    private static Member Read(Row row) =>
        new(row.Uuid(), row.Text(), row.Text(), row.Text(), row.Word<OrganizationRole>(), row.Time(), row.Time());
}
