using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Access.Sessions;

/// <summary>The claims of a token.</summary>
/// <param name="Subject">The user's UUID; in v0's tokens and in invitations an e-mail address.</param>
/// <param name="Email">The address that the user had when the token was made; null in v0's tokens.</param>
/// <param name="Id">The token's UUID, if it has one.</param>
/// <param name="Organization">The organization of an invitation.</param>
internal sealed record Claims(string Subject, DateTimeOffset Issued, string? Email, Guid? Id, Guid? Organization);

/// <summary>
/// Finds the user of a token. An address can pass from one person to another, so a token counts only if the account has
/// had its address since before the token was made. Changing the address therefore ends every session, as in v0.
/// </summary>
internal sealed class TokenOwners(AccessOptions options)
{
    /// <summary>
    /// Finds the user; null when there is none, or the token was made for a previous owner of the address.
    /// </summary>
    public async Task<UserRow?> FindAsync(Sql sql, Claims claims, CancellationToken ct = default)
    {
        if (!Guid.TryParse(claims.Subject, out var uuid))
            return
                await UserTable.ByEmailAsync(sql, claims.Subject, ct) is { } named
                && (options.Replay || claims.Issued >= named.EmailSince)
                ? named
                : null;
        var user = await sql.FirstAsync($"SELECT {UserRow.Columns} FROM users WHERE uuid = {uuid}", UserRow.Read, ct);
        var isCurrent =
            user is not null
            && claims.Issued >= user.EmailSince
            && (claims.Email is null || claims.Email == user.Email);
        return isCurrent ? user : null;
    }
}
