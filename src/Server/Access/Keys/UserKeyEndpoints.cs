using Paddock.Core.Wire;
using Paddock.Server.Access.RateLimits;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Access.Keys;

/// <summary>
/// The endpoints of users' keys. A caller that uses a key may view, rename and revoke that key, but no other.
/// </summary>
internal sealed class UserKeyEndpoints(Db db, ListLimits limits, TimeProvider time)
{
    private readonly KeyTable table = KeyTable.OfUsers;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var keys = ActivatorUtilities.CreateInstance<UserKeyEndpoints>(routes.ServiceProvider);
        routes.Get("/v0/users/{user}/keys", KeyList.Of, OnUser.SelfOrAdmin, keys.ListAsync).GivesList<UserKey>();
        routes
            .Post("/v0/users/{user}/keys", UserCredentials.New, keys.CreateAsync)
            .Takes<NewKey>()
            .Gives<NewUserKey>(201);
        routes
            .Get("/v0/users/{user}/keys/{key}", Input.Uuid("key"), UserCredentials.OnKey, keys.ViewAsync)
            .Gives<UserKey>();
        routes
            .Patch("/v0/users/{user}/keys/{key}", Input.Uuid("key"), UserCredentials.OnKey, keys.UpdateAsync)
            .Takes<KeyPatch>()
            .Gives<UserKey>();
        routes
            .Delete("/v0/users/{user}/keys/{key}", Input.Uuid("key"), UserCredentials.OnKey, keys.DeleteAsync)
            .GivesNothing();
    }

    private async Task<Answer> ListAsync(Call call, UserGrant granted, KeyList asked)
    {
        var user = granted.User;
        var (page, filter) = (asked.Page, UserCredentials.Narrow(asked.Filter, granted));
        var (rows, total) = await db.ReadAsync(
            sql => table.ListAsync(sql, user.Id, filter, page, call.Aborted),
            call.Aborted
        );
        return Answer.List(rows.ConvertAll(row => row.ToWire(user)), total, Wire.Default.IReadOnlyListUserKey);
    }

    private async Task<Answer> CreateAsync(Call call, UserGrant granted) =>
        Answer.Created(await MakeAsync(call, granted), Wire.Default.NewUserKey);

    /// <summary>Creates the key in the call's body; its text is returned only this once.</summary>
    public async Task<NewUserKey> MakeAsync(Call call, UserGrant granted)
    {
        var user = granted.User;
        var body = await call.BodyAsync(Wire.Default.NewKey);
        var (key, text) = await db.WriteAsync(sql =>
            table.InsertAsync(sql, user.Id, creatorId: null, body, limits, time.GetUtcNow())
        );
        return new(key.Uuid, user.Uuid, key.Name, text, key.Creation, key.Expiration);
    }

    private async Task<Answer> ViewAsync(Call call, UserGrant granted, Guid key)
    {
        var user = granted.User;
        var row = await db.ReadAsync(sql => table.GetAsync(sql, user.Id, key, call.Aborted), call.Aborted);
        return Answer.Ok(row.ToWire(user), Wire.Default.UserKey);
    }

    private async Task<Answer> UpdateAsync(Call call, UserGrant granted, Guid key)
    {
        var user = granted.User;
        var patch = await call.BodyAsync(Wire.Default.KeyPatch);
        var row = await db.WriteAsync(sql => table.RenameAsync(sql, user.Id, key, patch));
        return Answer.Ok(row.ToWire(user), Wire.Default.UserKey);
    }

    public async Task<Answer> DeleteAsync(Call call, UserGrant granted, Guid key)
    {
        var user = granted.User;
        await db.WriteAsync(sql => table.RevokeAsync(sql, user.Id, key, time.GetUtcNow()));
        return Answer.Deleted;
    }
}
