using Microsoft.Extensions.Primitives;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Keys;
using Paddock.Server.Access.Organizations;
using Paddock.Server.Access.RateLimits;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Machines.Fleet;

/// <summary>Rules of the fleet API's routes.</summary>
internal static class OnFleet
{
    /// <summary>
    /// For keys of an organization that have the scope. The key is looked up before the endpoint runs.
    /// </summary>
    public static AccessRule<ApiKeyRow> Key(ApiScope scope) =>
        new AccessRule<FleetAccess, ApiKeyRow>(Says(scope), Credentials.ApiKey, (access, call) =>
            access.KeyAsync(call, scope)
        );

    /// <summary>The same for endpoints that read what the key may see in the look-up of the key itself: they get a
    /// function that does both.</summary>
    public static AccessRule<FleetReader> Reading(ApiScope scope) =>
        new AccessRule<FleetAccess, FleetReader>(Says(scope), Credentials.ApiKey, (access, call) =>
            Task.FromResult(new FleetReader(access, call, scope))
        );

    private static string Says(ApiScope scope) => $"an organization's key with the scope {ApiScopes.Of(scope)}";
}

/// <summary>What a route of the fleet API may read: nothing comes out before the key was found good.</summary>
internal sealed class FleetReader(FleetAccess access, Call call, ApiScope scope)
{
    /// <inheritdoc cref="FleetAccess.ReadAsync"/>
    public Task<T> ReadAsync<T>(
        Func<Sql, ApiKeyRow, Task<T>> read,
        Func<SqlText, (SqlText Text, Action<Row> Read)>? along = null
    ) => access.ReadAsync(call, scope, read, along);
}

/// <summary>
/// Whose key a call of the fleet API bears, and whether it is good for that call. The key is looked up each time, so
/// one that is revoked ends at once.
/// </summary>
internal sealed class FleetAccess(Db db, RateLimiters limits, ApiKeyUses uses, TimeProvider time)
{
    /// <summary>What stands before the paths of this API: nothing, or an organization.</summary>
    public static readonly string[] Prefixes = ["", "/api/v1/ext/orgs/{slug}"];

    /// <inheritdoc cref="ReadAsync"/>
    public Task<ApiKeyRow> KeyAsync(Call call, ApiScope scope) =>
        ReadAsync(call, scope, (_, key) => Task.FromResult(key));

    /// <summary>Reads what the key may see, in the same look into the database as the key itself.</summary>
    /// <param name="along">What is asked along with the key, in one round trip; see <see cref="ApiKeyTable"/>.</param>
    /// <exception cref="Refusal">There is no such key, it lacks the scope, or the organization of the path is not its
    /// own.</exception>
    public async Task<T> ReadAsync<T>(
        Call call,
        ApiScope scope,
        Func<Sql, ApiKeyRow, Task<T>> read,
        Func<SqlText, (SqlText Text, Action<Row> Read)>? along = null
    )
    {
        if (TextOf(call.Http) is not { } text)
        {
            limits.PublicRequest(call);
            throw new Refusal(
                Because.NotSignedIn,
                $"There is no API key; send one as \"{KeyText.Header}: KEY\" or as \"Authorization: Bearer KEY\"."
            )
            {
                FleetCode = "AUTH_REQUIRED",
            };
        }
        if (!KeyText.IsWellFormed(text, KeyText.ApiPrefix))
            throw Unknown(call);
        // One look for the key and for what it may see, which waits for no share of those who have none.
        return await Requester.LookUpAsync(() =>
            db.ReadAsync(
                async sql =>
                {
                    var key = await (
                        along is null
                            ? ApiKeyTable.ByTextAsync(sql, text, call.Aborted)
                            : ApiKeyTable.ByTextAsync(sql, text, along, call.Aborted)
                    )
                        ?? throw Unknown(call);
                    if (key.Expires <= time.GetUtcNow())
                        throw new Refusal(Because.NotSignedIn, "This API key has expired; make another one.")
                        {
                            FleetCode = "API_KEY_EXPIRED",
                        };
                    uses.Note(key);
                    Requester.Identify(new ApiKeyCaller(key));
                    limits.ApiKeyRequest(key.Id, isWrite: !HttpMethods.IsGet(call.Http.Request.Method));
                    var slug = (string?)call.Http.GetRouteValue("slug");
                    if (slug is not null && !await IsOfAsync(sql, key, slug, call.Aborted))
                        throw Refusal.NotFound("organization", slug);
                    return key.Scopes.Include(scope) ? await read(sql, key) : throw new ApiKeyCaller(key).Lacks(scope);
                },
                call.Aborted
            )
        );
    }

    /// <summary>The header of its own goes first; else the bearer.</summary>
    public static string? TextOf(HttpContext http)
    {
        if (http.Request.Headers[KeyText.Header] is { Count: > 0 } own && !StringValues.IsNullOrEmpty(own))
            return own.ToString().Trim();
        return BearerToken.Of(http.Request);
    }

    private Refusal Unknown(Call call)
    {
        limits.PublicRequest(call);
        return Refusal.NotSignedIn("This is no API key, or it was revoked.");
    }

    private static async Task<bool> IsOfAsync(Sql sql, ApiKeyRow key, string slug, CancellationToken ct) =>
        ResourceId.TryParse(slug, out var id)
        && await OrganizationTable.FindAsync(sql, id, ct) is { } organization
        && organization.Id == key.OrganizationId;
}
