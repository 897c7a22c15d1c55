using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;
using Paddock.Server.Ground.Signals;

namespace Paddock.Server.Access.Keys;

/// <param name="Expires">When the key expires; null for never.</param>
/// <param name="LastUsed">The last use, up to a minute out of date; null when the key was never used.</param>
internal sealed record ApiKeyRow(
    Id<ApiKey> Id,
    Guid Uuid,
    Id<Organization> OrganizationId,
    string Name,
    string Prefix,
    IReadOnlyList<ApiScope> Scopes,
    DateTimeOffset Created,
    DateTimeOffset? Expires,
    DateTimeOffset? LastUsed
)
{
    public static readonly Raw Columns = new(
        """
        api_keys.id, api_keys.uuid, api_keys.organization_id, api_keys.name, api_keys.prefix, api_keys.scopes, api_keys.created, api_keys.expires, api_keys.last_used
        """
    );

    public static ApiKeyRow Read(Row row) =>
        new(
            row.Id<ApiKey>(),
            row.Uuid(),
            row.Id<Organization>(),
            row.Text(),
            row.Text(),
            ParseScopes(row.Text()),
            row.Time(),
            row.TimeOrNull(),
            row.TimeOrNull()
        );

    public ApiKey ToWire() => new(Uuid, Name, Prefix, Scopes, Created, Expires, LastUsed);

    // A scope granted by a newer server version, which this one does not know, is ignored.
    private static List<ApiScope> ParseScopes(string text)
    {
        var scopes = new List<ApiScope>();
        foreach (var word in text.Split(' '))
            if (ApiScopes.TryParse(word, out var scope))
                scopes.Add(scope);
        return scopes;
    }
}

/// <summary>The API keys of organizations. Revoked keys are not found.</summary>
internal static class ApiKeyTable
{
    // A deleted organization's keys are invalid: no leader is left to revoke them.
    private static readonly Raw OfLiving = new(
        "EXISTS (SELECT 1 FROM organizations WHERE organizations.id = api_keys.organization_id AND "
            + "organizations.deleted IS NULL)"
    );

    public static readonly ListLimit Limit = new(
        "PADDOCK_KEYS_PER_ORGANIZATION_MAX",
        Standard: 1000,
        Owner: "organization",
        Owners: "organizations",
        Things: "valid keys",
        Table: "api_keys",
        OwnerColumn: "organization_id",
        Remedy: "Revoke one first."
    )
    {
        Counts = now => SqlText.Of($"revoked IS NULL AND (expires IS NULL OR expires > {now})"),
    };

    public static Task<ApiKeyRow?> ByTextAsync(Sql sql, string text, CancellationToken ct = default) =>
        sql.FirstAsync(OfText(ApiKeyRow.Columns, text), ApiKeyRow.Read, ct);

    /// <summary>
    /// Finds a key by its text and, in the same round trip, runs a query that depends on the key's organization.
    /// </summary>
    /// <param name="along">Makes the second query from an SQL expression for the organization, and reads its rows. The
    /// expression is null when there is no such key.</param>
    public static async Task<ApiKeyRow?> ByTextAsync(
        Sql sql,
        string text,
        Func<SqlText, (SqlText Text, Action<Row> Read)> along,
        CancellationToken ct
    )
    {
        ApiKeyRow? key = null;
        await sql.ReadAllAsync(
            [
                (OfText(ApiKeyRow.Columns, text), row => key = ApiKeyRow.Read(row)),
                along(SqlText.Of($"({OfText(new("api_keys.organization_id"), text)})")),
            ],
            ct
        );
        return key;
    }

    private static SqlText OfText(Raw columns, string text) =>
        SqlText.Of(
            $"SELECT {columns} FROM api_keys WHERE api_keys.hash = {KeyText.Hash(text)} AND api_keys.revoked IS NULL "
                + $"AND {OfLiving}"
        );

    /// <summary>Filters these keys to those that are still valid.</summary>
    public static Task<List<Id<ApiKey>>> ValidAsync(
        Sql sql,
        Id<ApiKey>[] ids,
        DateTimeOffset now,
        CancellationToken ct
    ) =>
        sql.ListAsync(
            $"SELECT id FROM api_keys WHERE id IN {ids} AND revoked IS NULL AND (expires IS NULL OR expires > {now}) "
                + $"AND {OfLiving}",
            row => row.Id<ApiKey>(),
            ct
        );

    public static async Task<(List<ApiKeyRow> Rows, long Total)> ListAsync(
        Sql sql,
        Id<Organization> organizationId,
        string? search,
        Page page,
        CancellationToken ct
    )
    {
        var where = SqlText.Of(
            $"api_keys.organization_id = {organizationId} AND api_keys.revoked IS "
                + $"NULL{Page.Search(search, "api_keys.name", "api_keys.uuid")}"
        );
        var direction = page.Direction();
        var rows = await sql.ListAsync(
            $"SELECT {ApiKeyRow.Columns} FROM api_keys WHERE {where} ORDER BY api_keys.name {direction}, api_keys.id "
                + $"{direction} {page.Limit}",
            ApiKeyRow.Read,
            ct
        );
        return (rows, await sql.NumberAsync($"SELECT count(*) FROM api_keys WHERE {where}", ct));
    }

    /// <returns>The key, and its text, which is returned only this once.</returns>
    public static async Task<(ApiKeyRow Key, string Text)> InsertAsync(
        Sql sql,
        Id<Organization> organizationId,
        NewApiKey key,
        ListLimits limits,
        DateTimeOffset now
    )
    {
        await limits.MakeRoomAsync(sql, Limit, organizationId, now);
        var (uuid, text) = (Guid.CreateVersion7(now), KeyText.Make(KeyText.ApiPrefix));
        DateTimeOffset? expires = key.Ttl is { } seconds ? now.AddSeconds(seconds) : null;
        var scopes = string.Join(' ', key.Scopes.Distinct().Order().Select(ApiScopes.Of));
        await sql.ExecuteAsync(
            $"""
            INSERT INTO api_keys (uuid, organization_id, name, prefix, hash, scopes, created, expires)
            VALUES ({uuid}, {organizationId}, {key.Name.Value}, {KeyText.Shown(text, KeyText.ApiPrefix)}, {KeyText.Hash(
                text
            )}, {scopes}, {now}, {expires})
            """
        );
        return ((await ByTextAsync(sql, text))!, text);
    }

    /// <summary>Records when keys were last used.</summary>
    public static async Task UsedAsync(Sql sql, IReadOnlyCollection<KeyValuePair<long, DateTimeOffset>> uses)
    {
        // Keys used in the same second share one statement. Another server may have recorded a later use already.
        foreach (var second in uses.GroupBy(use => use.Value.ToUnixTimeSeconds()))
        {
            var at = DateTimeOffset.FromUnixTimeSeconds(second.Key);
            long[] ids = [.. second.Select(use => use.Key)];
            await sql.ExecuteAsync(
                $"UPDATE api_keys SET last_used = {at} WHERE id IN {ids} AND (last_used IS NULL OR last_used < {at})"
            );
        }
    }

    /// <summary>Revokes every key of an organization, and ends the streams opened with them.</summary>
    public static async Task RevokeAllAsync(Sql sql, Id<Organization> organizationId, DateTimeOffset now)
    {
        var keys = await sql.ListAsync(
            $"UPDATE api_keys SET revoked = {now} WHERE organization_id = {organizationId} AND revoked IS NULL "
                + $"RETURNING id",
            row => row.Id<ApiKey>()
        );
        foreach (var key in keys)
            await new Signal.Revoked(key).SendAsync(sql);
    }

    /// <summary>Revokes a key permanently.</summary>
    public static async Task RevokeAsync(Sql sql, Id<Organization> organizationId, Guid key, DateTimeOffset now)
    {
        var id = await sql.IdAsync<ApiKey>(
            $"UPDATE api_keys SET revoked = {now} WHERE uuid = {key} AND organization_id = {organizationId} AND "
                + $"revoked IS NULL RETURNING id"
        );
        if (id.IsNone)
            throw Refusal.NotFound("API key", key);
        await new Signal.Revoked(id).SendAsync(sql);
    }
}
