using Paddock.Core.Wire;
using Paddock.Server.Database;

namespace Paddock.Server.Organizations;

internal static class MemberTable
{
    public static Task InsertAsync(Sql sql, long organizationId, long userId, OrganizationRole role, DateTimeOffset now) =>
        sql.ExecuteAsync(
            $"""
            INSERT INTO organization_roles (organization_id, user_id, role, created, modified)
            VALUES ({organizationId}, {userId}, {role}, {now}, {now})
            """);

    public static Task<bool> IsMemberAsync(Sql sql, long organizationId, long userId, CancellationToken ct = default) =>
        sql.AnyAsync($"SELECT 1 FROM organization_roles WHERE organization_id = {organizationId} AND user_id = {userId}", ct);
}
