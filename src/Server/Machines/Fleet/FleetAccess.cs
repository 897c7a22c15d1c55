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

/// <summary>The access rules of the fleet API's routes.</summary>
internal static class OnFleet
{
    /// <summary>
    /// Admits an organization's API key that has the scope. The key is looked up before the endpoint runs.
    /// </summary>
    public static AccessRule<ApiKeyRow> Key(ApiScope scope) =>
        new AccessRule<FleetAccess, ApiKeyRow>(Says(scope), Credentials.ApiKey, (access, call) =>
            access.KeyAsync(call, scope)
        );

    /// <summary>
    /// The same for endpoints that read data in the same round trip as the key: they get a function that does both.
    /// </summary>
    public static AccessRule<FleetReader> Reading(ApiScope scope) =>
        new AccessRule<FleetAccess, FleetReader>(Says(scope), Credentials.ApiKey, (access, call) =>
            Task.FromResult(new FleetReader(access, call, scope))
        );

    private static string Says(ApiScope scope) => $"an organization's key with the scope {ApiScopes.Of(scope)}";
}

/// <summary>Reads data for a fleet API route. It returns nothing before the key has been checked.</summary>
internal sealed class FleetReader(FleetAccess access, Call call, ApiScope scope)
{
    /// <inheritdoc cref="FleetAccess.ReadAsync"/>
    public Task<T> ReadAsync<T>(
        Func<Sql, ApiKeyRow, Task<T>> read,
        Func<SqlText, (SqlText Text, Action<Row> Read)>? along = null
    ) => access.ReadAsync(call, scope, read, along);
}

/// <summary>
/// Authenticates calls of the fleet API by their API key. The key is looked up on every call, so a revoked key stops
/// working at once.
/// </summary>
internal sealed class FleetAccess(Db db, RateLimiters limits, ApiKeyUses uses, TimeProvider time)
{
    /// <summary>The path prefixes of this API: none, or an organization.</summary>
    public static readonly string[] Prefixes = ["", "/api/v1/ext/orgs/{slug}"];

    /// <inheritdoc cref="ReadAsync"/>
    public Task<ApiKeyRow> KeyAsync(Call call, ApiScope scope) =>
        ReadAsync(call, scope, (_, key) => Task.FromResult(key));

    /// <summary>Looks up the key, and reads what it may see in the same database call.</summary>
    /// <param name="along">An additional query for the same round trip; see <see cref="ApiKeyTable"/>.</param>
    /// <exception cref="Refusal">The key is missing or unknown, it lacks the scope, or the path names another
    /// organization.</exception>
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
                $"The API key is missing; send one as \"{KeyText.Header}: KEY\" or as \"Authorization: Bearer KEY\"."
            )
            {
                FleetCode = "AUTH_REQUIRED",
            };
        }
        if (!KeyText.IsWellFormed(text, KeyText.ApiPrefix))
            throw Unknown(call);
        // One database call reads the key and the data. It does not wait for the anonymous callers' share of the
        // database.
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
                        throw new Refusal(Because.NotSignedIn, "This API key has expired; create a new one.")
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

    /// <summary>The X-API-Key header takes precedence over a bearer token.</summary>
    public static string? TextOf(HttpContext http)
    {
        if (http.Request.Headers[KeyText.Header] is { Count: > 0 } own && !StringValues.IsNullOrEmpty(own))
            return own.ToString().Trim();
        return BearerToken.Of(http.Request);
    }

    private Refusal Unknown(Call call)
    {
        limits.PublicRequest(call);
        return Refusal.NotSignedIn("The API key is unknown, or it was revoked.");
    }

    private static async Task<bool> IsOfAsync(Sql sql, ApiKeyRow key, string slug, CancellationToken ct) =>
        ResourceId.TryParse(slug, out var id)
        && await OrganizationTable.FindAsync(sql, id, ct) is { } organization
        && organization.Id == key.OrganizationId;
}
