using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Access.Keys;

/// <summary>
/// The endpoints of API tokens: users' keys in the form of a signed token, for v0 clients that accept no other kind. A
/// token is shown once and stored as a hash, and gives no more rights than a key.
/// </summary>
internal sealed class TokenEndpoints(Db db, Jwt jwt, AccessOptions options, ListLimits limits, TimeProvider time)
{
    // Existing clients require a token in each answer. This text has the form of a token but is not valid.
    private const string Hidden = "hidden.hidden.hidden";

    private static readonly AccessRule<UserGrant> OnToken = UserCredentials.OnlyItself("token", "token");
    private static readonly KeyTable Table = KeyTable.OfTokens;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var tokens = ActivatorUtilities.CreateInstance<TokenEndpoints>(routes.ServiceProvider);
        const string all = "/v0/users/{user}/tokens",
            one = all + "/{token}";
        routes.Get(all, KeyList.Of, OnUser.SelfOrAdmin, tokens.ListAsync).GivesList<Token>();
        routes.Post(all, UserCredentials.New, tokens.CreateAsync).Takes<NewKey>().Gives<Token>(201);
        routes.Get(one, Input.Uuid("token"), OnToken, tokens.ViewAsync).Gives<Token>();
        routes.Patch(one, Input.Uuid("token"), OnToken, tokens.UpdateAsync).Takes<KeyPatch>().Gives<Token>();
        routes.Delete(one, Input.Uuid("token"), OnToken, tokens.DeleteAsync).GivesNothing();
    }

    private async Task<Answer> ListAsync(Call call, UserGrant granted, KeyList asked)
    {
        var (page, filter) = (asked.Page, UserCredentials.Narrow(asked.Filter, granted));
        var user = granted.User;
        var (rows, total) = await db.ReadAsync(
            sql => Table.ListAsync(sql, user.Id, filter, page, call.Aborted),
            call.Aborted
        );
        return Answer.List(rows.ConvertAll(row => row.ToToken(user, Hidden)), total, Wire.Default.IReadOnlyListToken);
    }

    private async Task<Answer> CreateAsync(Call call, UserGrant granted) =>
        Answer.Created(await MakeAsync(call, granted), Wire.Default.Token);

    /// <summary>Creates the token in the call's body; its text is returned only this once.</summary>
    public async Task<Token> MakeAsync(Call call, UserGrant granted)
    {
        if (!options.ApiTokens)
            throw Refusal.NotAllowed(
                "The operator has turned off API tokens (PADDOCK_API_TOKENS); create a user key instead: POST "
                    + "/v0/users/USER/keys"
            );
        var user = granted.User;
        var body = await call.BodyAsync(Wire.Default.NewKey);
        var (row, text) = await db.WriteAsync(sql =>
            Table.InsertAsync(sql, user.Id, creatorId: null, body, limits, time.GetUtcNow(), (uuid, lifetime) =>
                jwt.SignToken(user, uuid, lifetime)
            )
        );
        return row.ToToken(user, text);
    }

    private async Task<Answer> ViewAsync(Call call, UserGrant granted, Guid token)
    {
        var user = granted.User;
        var row = await db.ReadAsync(sql => Table.GetAsync(sql, user.Id, token, call.Aborted), call.Aborted);
        return Answer.Ok(row.ToToken(user, Hidden), Wire.Default.Token);
    }

    private async Task<Answer> UpdateAsync(Call call, UserGrant granted, Guid token)
    {
        var user = granted.User;
        var patch = await call.BodyAsync(Wire.Default.KeyPatch);
        var row = await db.WriteAsync(sql => Table.RenameAsync(sql, user.Id, token, patch));
        return Answer.Ok(row.ToToken(user, Hidden), Wire.Default.Token);
    }

    private async Task<Answer> DeleteAsync(Call call, UserGrant granted, Guid token)
    {
        var user = granted.User;
        await db.WriteAsync(sql => Table.RevokeAsync(sql, user.Id, token, time.GetUtcNow()));
        return Answer.Deleted;
    }
}
