using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Access.Organizations;

/// <summary>
/// The table of invitations. An open invitation was not used, revoked or replaced, and has not expired.
/// </summary>
internal static class InvitationTable
{
    private static readonly Raw Columns = new(
        """
        invitations.uuid, invitations.email, invitations.name, invitations.role, invitations.created, invitations.expires,
        users.uuid, users.name, users.slug
        """
    );

    public static readonly ListLimit Limit = new(
        "PADDOCK_INVITATIONS_PER_ORGANIZATION_MAX",
        Standard: 1000,
        Owner: "organization",
        Owners: "organizations",
        Things: "open invitations",
        Table: "invitations",
        OwnerColumn: "organization_id",
        Remedy: "Revoke one first."
    )
    {
        Counts = Open,
    };

    private static readonly Raw From = new("invitations LEFT JOIN users ON users.id = invitations.inviter_id");

    public static async Task<(List<OpenInvitation> Rows, long Total)> ListAsync(
        Sql sql,
        Id<Organization> organizationId,
        Page page,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var where = SqlText.Of($"invitations.organization_id = {organizationId} AND {Open(now)}");
        var direction = page.Direction(descendingStandard: true);
        var order = SqlText.Of($"invitations.created {direction}, invitations.id {direction}");
        var rows = await sql.ListAsync(
            $"SELECT {Columns} FROM {From} WHERE {where} ORDER BY {order} {page.Limit}",
            Read,
            ct
        );
        return (rows, await sql.NumberAsync($"SELECT count(*) FROM invitations WHERE {where}", ct));
    }

    /// <summary>Inserts an invitation. It replaces an open one for the same address.</summary>
    /// <exception cref="Refusal">The organization has reached its limit of open invitations.</exception>
    public static async Task<Guid> InsertAsync(
        Sql sql,
        Id<Organization> organizationId,
        UserRow inviter,
        NewMember invited,
        UserRow? known,
        ListLimits limits,
        DateTimeOffset now
    )
    {
        var (uuid, email) = (Guid.CreateVersion7(now), invited.Email.Value);
        await RevokeAsync(
            sql,
            SqlText.Of($"invitations.organization_id = {organizationId} AND invitations.email = {email}"),
            now
        );
        await limits.MakeRoomAsync(sql, Limit, organizationId, now);
        await sql.ExecuteAsync(
            $"""
            INSERT INTO invitations (uuid, organization_id, inviter_id, email, user_id, name, role, created, expires)
            VALUES ({uuid}, {organizationId}, {inviter.Id}, {email}, {known?.Id}, {invited.Name?.Value}, {invited.Role}, {now},
                {now + Jwt.InviteFor})
            """
        );
        return uuid;
    }

    /// <summary>Marks an invitation as used.</summary>
    /// <returns>False when the invitation is not open, or not for this user, and nothing was changed.</returns>
    public static async Task<bool> UseAsync(
        Sql sql,
        Guid invitation,
        Id<Organization> organizationId,
        UserRow user,
        DateTimeOffset now
    ) =>
        await sql.ExecuteAsync(
            $"""
            UPDATE invitations SET accepted = {now}
            WHERE uuid = {invitation} AND organization_id = {organizationId} AND email = {user.Email} AND {Open(now)}
              AND (user_id IS NULL OR user_id = {user.Id})
              AND NOT EXISTS (SELECT 1 FROM users WHERE users.id = invitations.inviter_id AND users.locked = 1)
            """
        ) > 0;

    /// <summary>Revokes open invitations permanently.</summary>
    /// <param name="which">A condition on the table invitations.</param>
    /// <returns>The number of invitations revoked.</returns>
    public static Task<int> RevokeAsync(Sql sql, SqlText which, DateTimeOffset now) =>
        sql.ExecuteAsync($"UPDATE invitations SET revoked = {now} WHERE ({which}) AND {Open(now)}");

    /// <exception cref="Refusal">The organization has no open invitation with this UUID.</exception>
    public static async Task RevokeAsync(Sql sql, Id<Organization> organizationId, Guid invitation, DateTimeOffset now)
    {
        var one = SqlText.Of($"invitations.uuid = {invitation} AND invitations.organization_id = {organizationId}");
        if (await RevokeAsync(sql, one, now) == 0)
            throw Refusal.NotFound("open invitation", invitation);
    }

    private static SqlText Open(DateTimeOffset now) =>
        SqlText.Of($"invitations.accepted IS NULL AND invitations.revoked IS NULL AND invitations.expires >= {now}");

    private static OpenInvitation Read(Row row) =>
        new(
            row.Uuid(),
            row.Text(),
            row.TextOrNull(),
            row.Word<OrganizationRole>(),
            row.Time(),
            row.Time(),
            row.UuidOrNull() is { } inviter ? new PublicUser(inviter, row.Text(), row.Text()) : null
        );
}
