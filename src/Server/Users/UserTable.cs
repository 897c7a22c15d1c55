using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Database;

namespace Paddock.Server.Users;

internal sealed record UserRow(long Id, Guid Uuid, string Name, string Slug, string Email, bool Admin, bool Locked, DateTimeOffset Created)
{
    public static readonly Raw Columns = new("users.id, users.uuid, users.name, users.slug, users.email, users.admin, users.locked, users.created");

    public static UserRow Read(Row row) => new(row.Long(), row.Uuid(), row.Text(), row.Text(), row.Text(), row.Bool(), row.Bool(), row.Time());

    public User ToWire() => new(Uuid, Name, Slug, Email, Admin, Locked, Created);
    public PublicUser ToPublic() => new(Uuid, Name, Slug);
}

internal static class UserTable
{
    public static Task<UserRow?> ByEmailAsync(Sql sql, string email, CancellationToken ct = default) =>
        sql.FirstAsync($"SELECT {UserRow.Columns} FROM users WHERE email = {email}", UserRow.Read, ct);

    public static Task<UserRow?> FindAsync(Sql sql, ResourceId user, CancellationToken ct = default) =>
        sql.FirstAsync($"SELECT {UserRow.Columns} FROM users WHERE {user.Condition("users")}", UserRow.Read, ct);
}
