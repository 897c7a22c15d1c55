using Microsoft.Extensions.Primitives;
using Paddock.Core.Wire;
using Paddock.Server.Access.Keys;
using Paddock.Server.Access.RateLimits;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Access.Sessions;

/// <summary>
/// Identifies the caller: from the Authorization header or, for a page requested without one, from the browser's
/// cookie.
/// </summary>
internal sealed class Callers(
    Db db,
    Jwt jwt,
    TokenOwners owners,
    BrowserSession browser,
    RateLimiters limits,
    ApiKeyUses uses,
    TimeProvider time
)
{
    /// <summary>
    /// For routes that anybody may call. No header, or one of another scheme, means an anonymous caller.
    /// </summary>
    public async Task<Caller> AnyAsync(Call call)
    {
        if (Bearer(call) is { } token)
            return await CountedAsync(call, () => OfAsync(token, call.Aborted));
        if (await BrowserAsync(call) is { } user)
            return user;
        limits.PublicRequest(call);
        return Caller.Anonymous;
    }

    /// <summary>
    /// Identifies the sender of a message that is passed on to other endpoints, which count it. Only an invalid
    /// credential is counted here. Messages that are answered directly are counted with <see cref="Count"/>.
    /// </summary>
    public async Task<Caller> SenderAsync(Call call) =>
        Bearer(call) is { } token ? await FoundAsync(call, () => OfAsync(token, call.Aborted)) : Caller.Anonymous;

    /// <summary>Counts a request of an identified caller.</summary>
    public void Count(Call call, Caller caller, bool isWrite)
    {
        if (caller is AnonymousCaller)
            limits.PublicRequest(call);
        if (caller is UserCaller user)
            limits.UserRequest(user.User);
        if (caller is ApiKeyCaller { Key.Id: var key })
            limits.ApiKeyRequest(key, isWrite);
    }

    /// <summary>
    /// For routes that require a user. A missing or malformed token or user key is bad input, as in v0.
    /// </summary>
    public async Task<UserCaller> UserAsync(Call call)
    {
        var token = Bearer(call);
        if (token is null && call.IsPage)
            return await BrowserAsync(call) ?? throw Refusal.NotSignedIn("Sign in first.");
        return await CountedAsync(call, () => UserOfAsync(token, call.Aborted));
    }

    /// <summary>Identifies the browser's signed-in user, if the request is for a page.</summary>
    public async Task<UserCaller?> BrowserAsync(Call call)
    {
        if (!call.IsPage || await Requester.IdentifyAsync(() => browser.FindAsync(call)) is not { } user)
            return null;
        limits.UserRequest(user.User);
        call.Http.Features.Set(new Viewer(user.User.Name, user.User.Admin, user.User.Slug, browser.Proof(call)));
        return user;
    }

    /// <summary>Identifies a user who tries to confirm something, and counts the attempt for the address.</summary>
    public Task<UserCaller> AttemptAsync(Call call)
    {
        limits.PublicAttempt(call);
        return UserAsync(call);
    }

    public async Task<UserCaller> AdminAsync(Call call)
    {
        var caller = await UserAsync(call);
        return caller.User.Admin
            ? caller
            : throw Refusal.NotAllowed("Only an administrator of this server may do this.");
    }

    /// <summary>Identifies the owner of a token or key.</summary>
    public async Task<Caller> OfAsync(string token, CancellationToken ct)
    {
        if (KeyText.IsWellFormed(token, KeyText.UserPrefix))
            return await UserKeyAsync(token, ct);
        if (KeyText.IsWellFormed(token, KeyText.ProjectPrefix))
            return await ProjectKeyAsync(token, ct);
        if (KeyText.IsWellFormed(token, KeyText.ApiPrefix))
            return await ApiKeyAsync(token, ct);
        if (jwt.Check(token, Audience.Ci) is { } job)
            return await CiJobAsync(job, ct);
        return Jwt.LooksLikeOne(token)
            ? await SessionAsync(token, ct)
            : throw Refusal.NotSignedIn("The bearer token is neither a token nor a key.");
    }

    private async Task<UserCaller> UserOfAsync(string? token, CancellationToken ct)
    {
        if (token is null)
            throw Refusal.BadInput(
                "The Authorization header is missing or not of the form \"Bearer TOKEN\"; this needs a user's token "
                    + "or key."
            );
        if (KeyText.IsWellFormed(token, KeyText.UserPrefix))
            return await UserKeyAsync(token, ct);
        return Jwt.LooksLikeOne(token)
            ? await SessionAsync(token, ct)
            : throw Refusal.BadInput("The bearer token is neither a user's token nor a user's key, which this needs.");
    }

    private async Task<T> CountedAsync<T>(Call call, Func<Task<T>> find)
        where T : Caller
    {
        var caller = await FoundAsync(call, find);
        if (caller is not AnonymousCaller)
            Count(call, caller, isWrite: !HttpMethods.IsGet(call.Http.Request.Method));
        return caller;
    }

    // Counts invalid credentials as anonymous requests, which limits guessing.
    private async Task<T> FoundAsync<T>(Call call, Func<Task<T>> find)
        where T : Caller
    {
        try
        {
            return await Requester.IdentifyAsync(find);
        }
        catch (Refusal)
        {
            limits.PublicRequest(call);
            throw;
        }
    }

    private static string? Bearer(Call call)
    {
        var header = call.Http.Request.Headers.Authorization;
        if (StringValues.IsNullOrEmpty(header))
            return call.Http.Request.Headers[KeyText.Header] is { Count: > 0 } key ? key.ToString().Trim() : null;
        return BearerToken.Of(call.Http.Request);
    }

    private async Task<UserCaller> SessionAsync(string token, CancellationToken ct)
    {
        // Tokens made by v0 have no row and no id.
        if (jwt.Check(token, Audience.ApiKey) is { Id: not null })
            return await UserKeyAsync(token, ct);
        var claims = jwt.Check(token, Audience.Client, Audience.ApiKey)
            ?? throw Refusal.BadInput("The token has expired, or this server has not issued it.");
        var user = await db.ReadAsync(sql => owners.FindAsync(sql, claims, ct), ct)
            ?? throw Refusal.NotFound("user", claims.Subject);
        return user.Locked ? throw Refusal.NotAllowed("This account is locked.") : new(user, UserKey: null);
    }

    private async Task<UserCaller> UserKeyAsync(string key, CancellationToken ct)
    {
        var found = await db.ReadAsync(
            sql =>
                sql.FirstAsync(
                    $"""
                    SELECT user_keys.uuid, {UserRow.Columns} FROM user_keys JOIN users ON users.id = user_keys.user_id
                    WHERE user_keys.hash = {KeyText.Hash(
                        key
                    )} AND user_keys.revoked IS NULL AND user_keys.expiration > {time.GetUtcNow()} AND users.locked = 0
                    """,
                    row => new { Key = row.Uuid(), User = UserRow.Read(row) },
                    ct
                ),
            ct
        );
        if (found is null)
            throw Refusal.NotSignedIn("Invalid user key or token");
        uses.NoteUserKey(found.Key);
        return new(found.User, found.Key);
    }

    private async Task<ProjectKeyCaller> ProjectKeyAsync(string key, CancellationToken ct)
    {
        var found = await db.ReadAsync(
            sql =>
                sql.FirstAsync(
                    $"""
                    SELECT project_keys.project_id, project_keys.uuid FROM project_keys JOIN projects ON projects.id = project_keys.project_id
                    WHERE project_keys.hash = {KeyText.Hash(
                        key
                    )} AND project_keys.revoked IS NULL AND project_keys.expiration > {time.GetUtcNow()}
                      AND projects.deleted IS NULL
                    """,
                    row => new ProjectKeyCaller(row.Id<Project>(), row.Uuid()),
                    ct
                ),
            ct
        ) ?? throw Refusal.NotSignedIn("Invalid project key");
        uses.NoteProjectKey(found.Key);
        return found;
    }

    // Equivalent to a key of the project, for as long as the trust rule that admitted the CI job exists.
    private async Task<ProjectKeyCaller> CiJobAsync(Claims job, CancellationToken ct) =>
        await db.ReadAsync(
            sql =>
                sql.FirstAsync(
                    $"""
                    SELECT ci_trusts.project_id, ci_trusts.uuid FROM ci_trusts JOIN projects ON projects.id = ci_trusts.project_id
                    WHERE ci_trusts.uuid = {job.Subject} AND projects.deleted IS NULL
                    """,
                    row => new ProjectKeyCaller(row.Id<Project>(), row.Uuid()),
                    ct
                ),
            ct
        ) ?? throw Refusal.NotSignedIn("The project no longer trusts the CI job that this credential was made for.");

    private async Task<ApiKeyCaller> ApiKeyAsync(string key, CancellationToken ct)
    {
        if (
            await db.ReadAsync(sql => ApiKeyTable.ByTextAsync(sql, key, ct), ct) is not { } found
            || found.Expires <= time.GetUtcNow()
        )
            throw Refusal.NotSignedIn("Invalid API key");
        uses.Note(found);
        return new(found);
    }
}
