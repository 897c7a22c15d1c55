using Paddock.Core.Names;
using Paddock.Server.Database;
using Paddock.Server.Http;

namespace Paddock.Server.Users;

/// <summary>Who may see and change a user: that user, and administrators.</summary>
internal sealed class UserAccess(Db db, Callers callers)
{
    /// <summary>The user of the route, and who asks.</summary>
    public async Task<(UserRow User, UserCaller Caller)> SelfOrAdminAsync(Call call)
    {
        var id = call.Path<ResourceId>("user");
        var caller = await callers.UserAsync(call);
        var user = await db.ReadAsync(sql => UserTable.FindAsync(sql, id, call.Aborted), call.Aborted) ?? throw Refusal.NotFound("user", id);
        return user.Id == caller.User.Id || caller.User.Admin ? (user, caller) : throw Refusal.NotAllowed("Only the user and administrators of this server may do this.");
    }
}
