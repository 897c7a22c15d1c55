using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Access.Users;

/// <param name="EmailSince">When the user got the current address.</param>
internal sealed record UserRow(
    Id<User> Id,
    Guid Uuid,
    string Name,
    string Slug,
    string Email,
    bool Admin,
    bool Locked,
    DateTimeOffset Created,
    DateTimeOffset EmailSince
)
{
    public static readonly Raw Columns = new(
        "users.id, users.uuid, users.name, users.slug, users.email, users.admin, users.locked, users.created, "
            + "users.email_since"
    );

    public static UserRow Read(Row row) =>
        new(
            row.Id<User>(),
            row.Uuid(),
            row.Text(),
            row.Text(),
            row.Text(),
            row.Bool(),
            row.Bool(),
            row.Time(),
            row.Time()
        );

    public User ToWire() => new(Uuid, Name, Slug, Email, Admin, Locked, Created);

    public PublicUser ToPublic() => new(Uuid, Name, Slug);
}

internal static class UserTable
{
    public static Task<UserRow?> ByEmailAsync(Sql sql, string email, CancellationToken ct = default) =>
        sql.FirstAsync($"SELECT {UserRow.Columns} FROM users WHERE email = {email}", UserRow.Read, ct);

    public static Task<UserRow?> FindAsync(Sql sql, ResourceId user, CancellationToken ct = default) =>
        sql.FirstAsync($"SELECT {UserRow.Columns} FROM users WHERE {user.Condition("users")}", UserRow.Read, ct);

    public static async Task<(List<UserRow> Rows, long Total)> ListAsync(
        Sql sql,
        UserName? name,
        string? search,
        Page page,
        CancellationToken ct
    )
    {
        var condition = Condition(name, search);
        var rows = await sql.ListAsync(
            $"SELECT {UserRow.Columns} FROM users WHERE {condition} ORDER BY users.name {page.Direction()}, "
                + $"users.slug {page.Direction()} {page.Limit}",
            UserRow.Read,
            ct
        );
        return (rows, await sql.NumberAsync($"SELECT count(*) FROM users WHERE {condition}", ct));
    }

    /// <summary>The condition of a list of users: by name, and by a part of name, slug or UUID.</summary>
    public static SqlText Condition(UserName? name, string? search)
    {
        var named = name is null ? SqlText.Of($"1 = 1") : SqlText.Of($"users.name = {name.Value}");
        return SqlText.Of($"{named}{Page.Search(search, "users.name", "users.slug", "users.uuid")}");
    }

    /// <remarks>The caller has checked that the address is not taken.</remarks>
    public static async Task<UserRow> InsertAsync(
        Sql sql,
        UserName name,
        Slug wanted,
        Email email,
        bool admin,
        DateTimeOffset now
    )
    {
        var uuid = Guid.CreateVersion7(now);
        var slug = await sql.FreeSlugAsync("users", wanted, scope: null);
        var id = await sql.InsertAsync<User>(
            $"""
            INSERT INTO users (uuid, name, slug, email, admin, locked, created, modified, email_since)
            VALUES ({uuid}, {name.Value}, {slug.Value}, {email.Value}, {admin}, {false}, {now}, {now}, {now})
            """
        );
        return new(id, uuid, name.Value, slug.Value, email.Value, admin, Locked: false, now, now);
    }

    /// <summary>Changes everything but the address, which has to be confirmed: <see cref="AddressChange"/>.</summary>
    public static async Task<UserRow> UpdateAsync(Sql sql, UserRow user, UserPatch patch, DateTimeOffset now)
    {
        if (
            patch.Slug is { } slug
            && await sql.AnyAsync($"SELECT 1 FROM users WHERE slug = {slug.Value} AND id <> {user.Id}")
        )
            throw Refusal.Conflict($"slug: \"{slug}\" belongs to another user");
        var changed = user with
        {
            Name = patch.Name?.Value ?? user.Name,
            Slug = patch.Slug?.Value ?? user.Slug,
            Admin = patch.Admin ?? user.Admin,
            Locked = patch.Locked ?? user.Locked,
        };
        await sql.ExecuteAsync(
            $"""
            UPDATE users SET name = {changed.Name}, slug = {changed.Slug}, admin = {changed.Admin}, locked = {changed.Locked}, modified = {now}
            WHERE id = {user.Id}
            """
        );
        return changed;
    }
}
