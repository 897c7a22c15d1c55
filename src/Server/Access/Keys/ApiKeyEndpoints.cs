using Paddock.Core.Wire;
using Paddock.Server.Access.Organizations;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Access.Keys;

/// <summary>The query of a list of an organization's keys.</summary>
internal sealed record ApiKeyList(Page Page, string? Search)
{
    public static ApiKeyList Of(Call call)
    {
        Page.Sort(call, "name");
        return new(Page.Of(call), call.Query("search"));
    }
}

/// <summary>
/// The endpoints of an organization's API keys, which its leaders manage. A key belongs to the organization, not to the
/// user who created it.
/// </summary>
internal sealed class ApiKeyEndpoints(Db db, ListLimits limits, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var keys = ActivatorUtilities.CreateInstance<ApiKeyEndpoints>(routes.ServiceProvider);
        routes
            .Get("/v0/organizations/{organization}/api-keys", ApiKeyList.Of, OnOrganization.Hidden, keys.ListAsync)
            .GivesList<ApiKey>();
        routes
            .Post("/v0/organizations/{organization}/api-keys", OnOrganization.NewCredential, keys.CreateAsync)
            .Takes<NewApiKey>()
            .Gives<CreatedApiKey>(201);
        routes
            .Delete(
                "/v0/organizations/{organization}/api-keys/{key}",
                Input.Uuid("key"),
                OnOrganization.Hidden,
                keys.RevokeAsync
            )
            .GivesNothing();
    }

    private async Task<Answer> ListAsync(Call call, OrganizationGrant granted, ApiKeyList asked)
    {
        var ((page, search), organization) = (asked, granted.Organization);
        var (rows, total) = await db.ReadAsync(
            sql => ApiKeyTable.ListAsync(sql, organization.Id, search, page, call.Aborted),
            call.Aborted
        );
        return Answer.List(rows.ConvertAll(row => row.ToWire()), total, Wire.Default.IReadOnlyListApiKey);
    }

    private async Task<Answer> CreateAsync(Call call, OrganizationGrant granted)
    {
        var organization = granted.Organization;
        var body = await call.BodyAsync(Wire.Default.NewApiKey);
        Check(body);
        var (key, text) = await db.WriteAsync(sql =>
            ApiKeyTable.InsertAsync(sql, organization.Id, body, limits, time.GetUtcNow())
        );
        return Answer.Created(
            new CreatedApiKey(key.Uuid, key.Name, key.Prefix, key.Scopes, text, key.Created, key.Expires),
            Wire.Default.CreatedApiKey
        );
    }

    public static void Check(NewApiKey key)
    {
        if (key.Scopes.Count == 0)
            throw Refusal.BadInput(
                $"scopes: empty, and a key without a scope allows nothing; allowed: {string.Join(", ", ApiScopes.All)}"
            );
        if (key.Ttl == 0)
            throw Refusal.BadInput(
                $"ttl: 0 is too short; allowed: 1 to {uint.MaxValue} seconds, or leave it out for a key that never "
                    + $"expires"
            );
    }

    private async Task<Answer> RevokeAsync(Call call, OrganizationGrant granted, Guid key)
    {
        var organization = granted.Organization;
        await db.WriteAsync(sql => ApiKeyTable.RevokeAsync(sql, organization.Id, key, time.GetUtcNow()));
        return Answer.Deleted;
    }
}
