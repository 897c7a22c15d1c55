using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Access.Keys;

/// <param name="Creator">The user who created the key; only known for keys of projects.</param>
/// <param name="LastUsed">The last use, up to a minute out of date; null when the key was never used, or not since uses
/// are recorded.</param>
internal sealed record KeyRow(
    Id<KeyRow> Id,
    Guid Uuid,
    string Name,
    DateTimeOffset Creation,
    DateTimeOffset Expiration,
    DateTimeOffset? Revoked,
    Guid? Creator,
    DateTimeOffset? LastUsed
)
{
    public UserKey ToWire(Users.UserRow user) => new(Uuid, user.Uuid, Name, Creation, Expiration, Revoked);

    public Token ToToken(Users.UserRow user, string text) =>
        new(Uuid, user.Uuid, Name, text, Creation, Expiration, Revoked);

    public ProjectKey ToProjectKey(Guid project) => new(Uuid, project, Name, Creator, Creation, Expiration, Revoked);
}

/// <summary>Selects the keys of a list.</summary>
/// <param name="Revoked">True for only the revoked keys, false for only the others.</param>
/// <param name="Only">Restricts the list to this key, for a caller that uses the key itself.</param>
internal sealed record KeyFilter(ResourceName? Name, string? Search, bool Revoked, Guid? Only)
{
    public static KeyFilter Of(Call call) =>
        new(call.Query<ResourceName>("name"), call.Query("search"), call.QueryFlag("revoked"), Only: null);
}

/// <summary>The query of a list of keys.</summary>
internal sealed record KeyList(Page Page, KeyFilter Filter)
{
    public static KeyList Of(Call call)
    {
        Page.Sort(call, "name");
        return new(Page.Of(call), KeyFilter.Of(call));
    }
}

/// <summary>The keys of users or of projects: two tables that differ in the owner of a key.</summary>
internal sealed class KeyTable
{
    public static readonly KeyTable OfUsers = new(
        KeyText.UserPrefix,
        table: "user_keys",
        owner: "user_id",
        creator: "NULL",
        LimitOf("PADDOCK_KEYS_PER_USER_MAX", "user", "users", "user_keys", "user_id"),
        kind: ("is_token", "0")
    );

    /// <summary>
    /// The users' keys in the form of v0's API tokens. They are in the same table as the other keys and differ only in
    /// their text.
    /// </summary>
    public static readonly KeyTable OfTokens = new(
        prefix: "",
        table: "user_keys",
        owner: "user_id",
        creator: "NULL",
        OfUsers.Limit,
        kind: ("is_token", "1")
    );
    public static readonly KeyTable OfProjects = new(
        KeyText.ProjectPrefix,
        table: "project_keys",
        owner: "project_id",
        creator: "(SELECT users.uuid FROM users WHERE users.id = keys.creator_id)",
        LimitOf("PADDOCK_KEYS_PER_PROJECT_MAX", "project", "projects", "project_keys", "project_id")
    );

    private readonly string prefix;
    private readonly Raw table;
    private readonly Raw owner;
    private readonly Raw columns;
    private readonly Raw isKind;
    private readonly (string Column, string Value)? kind;

    private KeyTable(
        string prefix,
        string table,
        string owner,
        string creator,
        ListLimit limit,
        (string Column, string Value)? kind = null
    )
    {
        (this.prefix, this.table, this.owner, Limit) = (prefix, new(table), new(owner), limit);
        this.kind = kind;
        isKind = new(kind is var (column, value) ? $" AND keys.{column} = {value}" : "");
        columns = new(
            $"keys.id, keys.uuid, keys.name, keys.creation, keys.expiration, keys.revoked, {creator}, keys.last_used"
        );
    }

    public ListLimit Limit { get; }

    private static ListLimit LimitOf(string setting, string owner, string owners, string table, string column) =>
        new(setting, Standard: 1000, owner, owners, Things: "valid keys", table, column, Remedy: "Revoke one first.")
        {
            Counts = now => SqlText.Of($"revoked IS NULL AND expiration > {now}"),
        };

    public async Task<(List<KeyRow> Rows, long Total)> ListAsync(
        Sql sql,
        long ownerId,
        KeyFilter filter,
        Page page,
        CancellationToken ct
    )
    {
        var named = filter.Name is null ? SqlText.Empty : SqlText.Of($" AND keys.name = {filter.Name.Value}");
        var only = filter.Only is { } uuid ? SqlText.Of($" AND keys.uuid = {uuid}") : SqlText.Empty;
        var revoked = new Raw(filter.Revoked ? "IS NOT NULL" : "IS NULL");
        var condition = SqlText.Of(
            $"keys.{owner} = {ownerId}{isKind} AND keys.revoked "
                + $"{revoked}{named}{only}{Page.Search(filter.Search, "keys.name", "keys.uuid")}"
        );
        var direction = page.Direction();
        var rows = await sql.ListAsync(
            $"SELECT {columns} FROM {table} keys WHERE {condition} ORDER BY keys.name {direction}, keys.creation "
                + $"{direction}, keys.id {direction} {page.Limit}",
            Read,
            ct
        );
        return (rows, await sql.NumberAsync($"SELECT count(*) FROM {table} keys WHERE {condition}", ct));
    }

    public async Task<KeyRow> GetAsync(Sql sql, long ownerId, Guid key, CancellationToken ct = default) =>
        await sql.FirstAsync(
            $"SELECT {columns} FROM {table} keys WHERE keys.uuid = {key} AND keys.{owner} = {ownerId}{isKind}",
            Read,
            ct
        ) ?? throw Refusal.NotFound(Noun, key);

    private string Noun => this == OfTokens ? "token" : "key";

    /// <param name="creatorId">The user who creates the key; only for keys of projects.</param>
    /// <returns>The key, and its text, which is returned only this once.</returns>
    public Task<(KeyRow Key, string Text)> InsertAsync(
        Sql sql,
        long ownerId,
        Id<User>? creatorId,
        NewKey key,
        ListLimits limits,
        DateTimeOffset now
    ) => InsertAsync(sql, ownerId, creatorId, key, limits, now, (_, _) => KeyText.Make(prefix));

    /// <param name="make">Makes the text from the UUID and the lifetime.</param>
    public async Task<(KeyRow Key, string Text)> InsertAsync(
        Sql sql,
        long ownerId,
        Id<User>? creatorId,
        NewKey key,
        ListLimits limits,
        DateTimeOffset now,
        Func<Guid, TimeSpan, string> make
    )
    {
        if (key.Ttl == 0)
            throw Refusal.BadInput($"ttl: 0 is too short; allowed: 1 to {uint.MaxValue} seconds");
        await limits.MakeRoomAsync(sql, Limit, ownerId, now);
        var (uuid, lifetime) = (Guid.CreateVersion7(now), TimeSpan.FromSeconds(key.Ttl ?? uint.MaxValue));
        var (text, expires) = (make(uuid, lifetime), now + lifetime);
        var (more, values) = (creatorId, kind) switch
        {
            ({ } creator, _) => (new Raw(", creator_id"), SqlText.Of($", {creator}")),
            (_, var (column, value)) => (new Raw(", " + column), SqlText.Of($", {new Raw(value)}")),
            _ => (new Raw(""), SqlText.Empty),
        };
        await sql.ExecuteAsync(
            $"""
            INSERT INTO {table} (uuid, {owner}, name, hash, creation, expiration{more})
            VALUES ({uuid}, {ownerId}, {key.Name.Value}, {KeyText.Hash(text)}, {now}, {expires}{values})
            """
        );
        return (await GetAsync(sql, ownerId, uuid), text);
    }

    public async Task<KeyRow> RenameAsync(Sql sql, long ownerId, Guid key, KeyPatch patch)
    {
        var row = await GetAsync(sql, ownerId, key);
        if (patch.Name is null)
            return row;
        await sql.ExecuteAsync($"UPDATE {table} SET name = {patch.Name.Value} WHERE id = {row.Id}");
        return row with { Name = patch.Name.Value };
    }

    /// <summary>Records when keys were last used.</summary>
    public async Task UsedAsync(Sql sql, IEnumerable<KeyValuePair<Guid, DateTimeOffset>> uses)
    {
        // Keys used in the same second share one statement. Another server may have recorded a later use already.
        foreach (var second in uses.GroupBy(use => use.Value.ToUnixTimeSeconds()))
        {
            var at = DateTimeOffset.FromUnixTimeSeconds(second.Key);
            Guid[] uuids = [.. second.Select(use => use.Key)];
            await sql.ExecuteAsync(
                $"UPDATE {table} SET last_used = {at} WHERE uuid IN {uuids} AND (last_used IS NULL OR last_used < {at})"
            );
        }
    }

    /// <summary>Revokes a key permanently.</summary>
    public async Task RevokeAsync(Sql sql, long ownerId, Guid key, DateTimeOffset now)
    {
        var row = await GetAsync(sql, ownerId, key);
        if (await sql.ExecuteAsync($"UPDATE {table} SET revoked = {now} WHERE id = {row.Id} AND revoked IS NULL") == 0)
            throw Refusal.Conflict($"The {Noun} \"{key}\" has been revoked already.");
    }

    /// <summary>Revokes all keys of an owner.</summary>
    public Task RevokeAllAsync(Sql sql, long ownerId, DateTimeOffset now) =>
        sql.ExecuteAsync(
            $"UPDATE {table} AS keys SET revoked = {now} WHERE keys.{owner} = {ownerId}{isKind} AND keys.revoked IS "
                + $"NULL"
        );

    private static KeyRow Read(Row row) =>
        new(
            row.Id<KeyRow>(),
            row.Uuid(),
            row.Text(),
            row.Time(),
            row.Time(),
            row.TimeOrNull(),
            row.UuidOrNull(),
            row.TimeOrNull()
        );
}
