using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Keys;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Access.Organizations;

/// <summary>
/// Data that organizations own in a higher wing of the server. It is deleted together with its organization.
/// </summary>
internal interface IOwnedByOrganization
{
    /// <summary>Disables the data, in the transaction that deletes the organization.</summary>
    Task DeleteAsync(Sql sql, Id<Organization> organizationId, DateTimeOffset now);

    /// <summary>Removes the rows of a deleted organization, in as many transactions as needed.</summary>
    Task EraseAsync(Db db, Id<Organization> organizationId);
}

/// <summary>Deletes organizations, with everything that they own.</summary>
internal sealed class DeleteOrganization(Db db, IEnumerable<IOwnedByOrganization> owned, TimeProvider time)
{
    /// <summary>
    /// Hides an organization and everything it owns. Its names and slugs can be used again; its keys, invitations and
    /// runners are no longer accepted.
    /// </summary>
    public Task RunAsync(Id<Organization> organizationId) =>
        db.WriteAsync(sql => HideAsync(sql, organizationId, time.GetUtcNow()));

    /// <summary>Removes an organization for good.</summary>
    /// <param name="organization">May also name an organization that is already deleted, by its UUID or the slug it got
    /// on deletion.</param>
    public async Task EraseAsync(ResourceId organization)
    {
        var id = await db.WriteAsync(async sql =>
        {
            var found = await sql.IdAsync<Organization>(
                $"SELECT id FROM organizations WHERE {organization.Condition("organizations")}"
            );
            if (found.IsNone)
                throw Refusal.NotFound("organization", organization);
            await HideAsync(sql, found, time.GetUtcNow());
            return found;
        });
        foreach (var things in owned)
            await things.EraseAsync(db, id);
        await db.WriteAsync(sql => sql.ExecuteAsync($"DELETE FROM organizations WHERE id = {id}"));
    }

    private async Task HideAsync(Sql sql, Id<Organization> organizationId, DateTimeOffset now)
    {
        foreach (var things in owned)
            await things.DeleteAsync(sql, organizationId, now);
        await ApiKeyTable.RevokeAllAsync(sql, organizationId, now);
        await InvitationTable.RevokeAsync(sql, SqlText.Of($"organization_id = {organizationId}"), now);
        await sql.ExecuteAsync(
            $"""
            UPDATE organizations SET name = 'Deleted ' || uuid, slug = 'deleted-' || uuid, deleted = {now}, modified = {now}
            WHERE id = {organizationId} AND deleted IS NULL
            """
        );
    }
}
