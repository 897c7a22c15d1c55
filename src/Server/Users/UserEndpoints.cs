using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Database;
using Paddock.Server.Http;

namespace Paddock.Server.Users;

internal sealed class UserEndpoints(Db db, Callers callers, UserAccess access, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var users = ActivatorUtilities.CreateInstance<UserEndpoints>(routes.ServiceProvider);
        routes.Get("/v0/users", users.ListAsync).GivesList<User>();
        routes.Get("/v0/users/{user}", users.ViewAsync).Gives<User>();
        routes.Patch("/v0/users/{user}", users.UpdateAsync).Takes<UserPatch>().Gives<User>();
    }

    private async Task<Answer> ListAsync(Call call)
    {
        var (page, name, search) = (Page.Of(call), call.Query<UserName>("name"), call.Query("search"));
        Page.Sort(call, "name");
        await callers.AdminAsync(call);
        var (rows, total) = await db.ReadAsync(sql => UserTable.ListAsync(sql, name, search, page, call.Aborted), call.Aborted);
        return Answer.List(rows.ConvertAll(row => row.ToWire()), total, Wire.Default.IReadOnlyListUser);
    }

    private async Task<Answer> ViewAsync(Call call) => Answer.Ok((await access.SelfOrAdminAsync(call)).User.ToWire(), Wire.Default.User);

    private async Task<Answer> UpdateAsync(Call call)
    {
        var id = call.Path<ResourceId>("user");
        var (_, caller) = await access.SelfOrAdminAsync(call);
        var patch = await call.BodyAsync(Wire.Default.UserPatch);
        if (patch is not { Admin: null, Locked: null } && !caller.User.Admin)
            throw Refusal.NotAllowed("admin, locked: only an administrator of this server may set these");
        var changed = await db.WriteAsync(async sql =>
        {
            var user = await UserTable.FindAsync(sql, id) ?? throw Refusal.NotFound("user", id);
            return await UserTable.UpdateAsync(sql, user, patch, time.GetUtcNow());
        });
        return Answer.Ok(changed.ToWire(), Wire.Default.User);
    }
}
