using Paddock.Core.Names;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Access.Users;

/// <summary>Who may see and change a user: that user, and administrators.</summary>
internal sealed class UserAccess(Db db, Callers callers)
{
    /// <summary>The same caller, if somebody signed in for it: a key that was stolen shall not become the account.</summary>
    /// <exception cref="Refusal">It is a key, or a browser that was signed in with one.</exception>
    public static UserCaller Session(UserCaller caller) =>
        caller.UserKey is null ? caller : throw Refusal.NotAllowed("An account is not changed with a key; sign in by mail and use the session's token.");

    /// <summary>The user of the route, and who asks.</summary>
    public async Task<(UserRow User, UserCaller Caller)> SelfOrAdminAsync(Call call)
    {
        var id = call.Path<ResourceId>("user");
        var caller = await callers.UserAsync(call);
        var user = await db.ReadAsync(sql => UserTable.FindAsync(sql, id, call.Aborted), call.Aborted) ?? throw Refusal.NotFound("user", id);
        return user.Id == caller.User.Id || caller.User.Admin ? (user, caller) : throw Refusal.NotAllowed("Only the user and administrators of this server may do this.");
    }
}
