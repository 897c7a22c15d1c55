using Paddock.Core.Wire;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Access.Organizations;

/// <summary>
/// The e-mail domains whose users join an organization when they sign in. A domain has one organization.
/// </summary>
internal static class SsoTable
{
    public static readonly ListLimit Limit = new(
        "PADDOCK_SSO_DOMAINS_PER_ORGANIZATION_MAX",
        Standard: 100,
        Owner: "organization",
        Owners: "organizations",
        Things: "domains",
        Table: "sso_domains",
        OwnerColumn: "organization_id"
    );

    private static readonly Raw Columns = new("sso_domains.uuid, sso_domains.domain, sso_domains.created");

    public static async Task<(List<Sso> Rows, long Total)> ListAsync(
        Sql sql,
        Id<Organization> organizationId,
        Page page,
        CancellationToken ct
    ) =>
        (
            await sql.ListAsync(
                $"""
                SELECT {Columns} FROM sso_domains WHERE organization_id = {organizationId}
                ORDER BY domain {page.Direction()} {page.Limit}
                """,
                Read,
                ct
            ),
            await sql.NumberAsync($"SELECT count(*) FROM sso_domains WHERE organization_id = {organizationId}", ct)
        );

    public static async Task<Sso> GetAsync(Sql sql, Id<Organization> organizationId, Guid sso, CancellationToken ct) =>
        await sql.FirstAsync(
            $"SELECT {Columns} FROM sso_domains WHERE organization_id = {organizationId} AND uuid = {sso}",
            Read,
            ct
        ) ?? throw Refusal.NotFound("domain", sso);

    /// <exception cref="Refusal">The domain belongs to an organization already, or this one has reached its limit of
    /// domains.</exception>
    public static async Task<Sso> InsertAsync(
        Sql sql,
        Id<Organization> organizationId,
        string domain,
        ListLimits limits,
        DateTimeOffset now
    )
    {
        await OrganizationTable.LockAsync(sql, organizationId);
        if (await sql.AnyAsync($"SELECT 1 FROM sso_domains WHERE domain = {domain}"))
            throw Refusal.Conflict($"domain: \"{domain}\" belongs to an organization already; delete it there first");
        await limits.MakeRoomAsync(sql, Limit, organizationId, now);
        var uuid = Guid.CreateVersion7(now);
        await sql.InsertAsync(
            $"""
            INSERT INTO sso_domains (uuid, organization_id, domain, created)
            VALUES ({uuid}, {organizationId}, {domain}, {now})
            """
        );
        return await GetAsync(sql, organizationId, uuid, CancellationToken.None);
    }

    public static async Task<bool> DeleteAsync(Sql sql, Id<Organization> organizationId, Guid sso) =>
        await sql.ExecuteAsync($"DELETE FROM sso_domains WHERE organization_id = {organizationId} AND uuid = {sso}")
        > 0;

    /// <summary>Adds a user whose address was just verified to the organization of its domain.</summary>
    public static async Task JoinAsync(Db db, UserRow user, DateTimeOffset now)
    {
        if (
            user.Locked
            || await db.ReadAsync(sql => OpenAsync(sql, user), CancellationToken.None) is not { } organization
        )
            return;
        await db.WriteAsync(async sql =>
        {
            await OrganizationTable.LockAsync(sql, organization);
            if (!await MemberTable.IsMemberAsync(sql, organization, user.Id))
                await MemberTable.InsertAsync(sql, organization, user.Id, OrganizationRole.Leader, now);
        });
    }

    /// <summary>Finds the organization of the user's domain, if the user is not yet a member.</summary>
    private static async Task<Id<Organization>?> OpenAsync(Sql sql, UserRow user)
    {
        var domain = user.Email[(user.Email.LastIndexOf('@') + 1)..];
        var id = await sql.IdAsync<Organization>(
            $"""
            SELECT sso_domains.organization_id FROM sso_domains JOIN organizations ON organizations.id = sso_domains.organization_id
            WHERE sso_domains.domain = {domain} AND organizations.deleted IS NULL
            """
        );
        return id > 0 && !await MemberTable.IsMemberAsync(sql, id, user.Id) ? id : null;
    }

    private static Sso Read(Row row) => new(row.Uuid(), row.Text(), row.Time());
}
