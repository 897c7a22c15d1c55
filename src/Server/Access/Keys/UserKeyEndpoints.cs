using Paddock.Core.Wire;
using Paddock.Server.Access.RateLimits;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Access.Keys;

/// <summary>Users' keys. A caller that uses one may do with it what it likes, and nothing with any other.</summary>
internal sealed class UserKeyEndpoints(Db db, UserAccess access, RateLimiters limits, TimeProvider time)
{
    private readonly KeyTable table = KeyTable.OfUsers;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var keys = ActivatorUtilities.CreateInstance<UserKeyEndpoints>(routes.ServiceProvider);
        routes.Get("/v0/users/{user}/keys", keys.ListAsync).GivesList<UserKey>();
        routes.Post("/v0/users/{user}/keys", keys.CreateAsync).Takes<NewKey>().Gives<NewUserKey>(201);
        routes.Get("/v0/users/{user}/keys/{key}", keys.ViewAsync).Gives<UserKey>();
        routes.Patch("/v0/users/{user}/keys/{key}", keys.UpdateAsync).Takes<KeyPatch>().Gives<UserKey>();
        routes.Delete("/v0/users/{user}/keys/{key}", keys.DeleteAsync).GivesNothing();
    }

    private async Task<Answer> ListAsync(Call call)
    {
        var page = Page.Of(call);
        Page.Sort(call, "name");
        var (user, caller) = await access.SelfOrAdminAsync(call);
        if (caller.UserKey is not null && caller.User.Id != user.Id) throw OnlyItself();
        var filter = KeyFilter.Of(call, only: caller.UserKey);
        var (rows, total) = await db.ReadAsync(sql => table.ListAsync(sql, user.Id, filter, page, call.Aborted), call.Aborted);
        return Answer.List(rows.ConvertAll(row => row.ToWire(user)), total, Wire.Default.IReadOnlyListUserKey);
    }

    private async Task<Answer> CreateAsync(Call call)
    {
        var (user, caller) = await access.SelfOrAdminAsync(call);
        if (caller.UserKey is not null) throw Refusal.NotAllowed("A key cannot make keys; sign in and use the session's token.");
        limits.Credential(caller.User);
        var body = await call.BodyAsync(Wire.Default.NewKey);
        var (key, text) = await db.WriteAsync(sql => table.InsertAsync(sql, user.Id, creatorId: null, body, time.GetUtcNow()));
        return Answer.Created(new NewUserKey(key.Uuid, user.Uuid, key.Name, text, key.Creation, key.Expiration), Wire.Default.NewUserKey);
    }

    private async Task<Answer> ViewAsync(Call call)
    {
        var (user, key) = await KeyAsync(call);
        var row = await db.ReadAsync(sql => table.GetAsync(sql, user.Id, key, call.Aborted), call.Aborted);
        return Answer.Ok(row.ToWire(user), Wire.Default.UserKey);
    }

    private async Task<Answer> UpdateAsync(Call call)
    {
        var (user, key) = await KeyAsync(call);
        var patch = await call.BodyAsync(Wire.Default.KeyPatch);
        var row = await db.WriteAsync(sql => table.RenameAsync(sql, user.Id, key, patch));
        return Answer.Ok(row.ToWire(user), Wire.Default.UserKey);
    }

    private async Task<Answer> DeleteAsync(Call call)
    {
        var (user, key) = await KeyAsync(call);
        await db.WriteAsync(sql => table.RevokeAsync(sql, user.Id, key, time.GetUtcNow()));
        return Answer.Deleted;
    }

    private async Task<(UserRow User, Guid Key)> KeyAsync(Call call)
    {
        var key = call.PathUuid("key");
        var (user, caller) = await access.SelfOrAdminAsync(call);
        return caller.UserKey is null || caller.UserKey == key ? (user, key) : throw OnlyItself();
    }

    private static Refusal OnlyItself() => Refusal.NotAllowed("A key may only be asked about itself; sign in and use the session's token.");
}
