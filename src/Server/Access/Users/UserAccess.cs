using Paddock.Core.Names;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Access.Users;

/// <summary>The user of a route, and the caller who may work on it.</summary>
internal sealed record UserGrant(UserRow User, UserCaller Caller);

/// <summary>The access rules of routes about a user.</summary>
internal static class OnUser
{
    public static AccessRule<UserGrant> SelfOrAdmin { get; } =
        new AccessRule<UserAccess, UserGrant>(
            "the user or an administrator; 403 for others",
            Credentials.User,
            (access, call) => access.SelfOrAdminAsync(call)
        );

    /// <summary>
    /// Admits the user or an administrator, but not with a key: a stolen key must not be enough to take over the
    /// account.
    /// </summary>
    public static AccessRule<UserGrant> Session { get; } =
        new AccessRule<UserAccess, UserGrant>(
            "the user or an administrator, signed in and not with a key; 403 for others",
            Credentials.User,
            async (access, call) =>
            {
                var granted = await access.SelfOrAdminAsync(call);
                UserAccess.Session(granted.Caller);
                return granted;
            }
        );
}

/// <summary>Decides who may see and change a user: that user, and administrators.</summary>
internal sealed class UserAccess(Db db, Callers callers)
{
    /// <summary>
    /// Returns the caller if it uses a session, not a key: a stolen key must not be enough to take over the account.
    /// </summary>
    /// <exception cref="Refusal">The caller uses a key, or a browser that signed in with one.</exception>
    public static UserCaller Session(UserCaller caller) =>
        caller.UserKey is null
            ? caller
            : throw Refusal.NotAllowed("A key cannot change an account; sign in by mail and use the session's token.");

    /// <summary>Finds the user of the route and the caller.</summary>
    public async Task<UserGrant> SelfOrAdminAsync(Call call)
    {
        var id = call.Path<ResourceId>("user");
        var caller = await callers.UserAsync(call);
        var user = await db.ReadAsync(sql => UserTable.FindAsync(sql, id, call.Aborted), call.Aborted)
            ?? throw Refusal.NotFound("user", id);
        return user.Id == caller.User.Id || caller.User.Admin
            ? new(user, caller)
            : throw Refusal.NotAllowed("Only the user and administrators of this server may do this.");
    }
}
