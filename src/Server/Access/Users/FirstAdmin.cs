using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Keys;
using Paddock.Server.Access.Organizations;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Access.Users;

/// <summary>
/// Makes a server's first administrator: the operator, who has the token from its log or a shell on its machine. Being
/// the first to sign up proves neither.
/// </summary>
internal sealed partial class FirstAdmin(
    Db db,
    BaseOptions options,
    AccessOptions access,
    TimeProvider time,
    ILogger<FirstAdmin> log
)
{
    public const string TokenPrefix = "paddock_setup_";

    /// <summary>
    /// Creates a new token and logs it while there is no administrator. It replaces the token of an earlier start.
    /// </summary>
    public async Task AnnounceAsync()
    {
        if (access.FirstAdmin == FirstAdminRule.SignUp)
            return;
        if (await db.ReadAsync(HasAdminAsync, CancellationToken.None))
            return; // The usual case: no write.
        var token = KeyText.Make(TokenPrefix);
        var isMissing = await db.WriteAsync(async sql =>
        {
            var hasAdmin = await HasAdminAsync(sql);
            await sql.ExecuteAsync($"UPDATE servers SET setup_hash = {(hasAdmin ? null : KeyText.Hash(token))}");
            return !hasAdmin;
        });
        if (isMissing)
            LogToken(options.ConsoleUrl.TrimEnd('/') + SetupPages.Path, token);
    }

    /// <summary>Makes the bearer of the token administrator.</summary>
    /// <exception cref="Refusal">The token is wrong, or there is an administrator already.</exception>
    public Task<UserRow> RunAsync(Setup setup) =>
        db.WriteAsync(async sql =>
        {
            if (
                !KeyText.IsWellFormed(setup.Token, TokenPrefix)
                || await sql.ExecuteAsync(
                    $"UPDATE servers SET setup_hash = NULL WHERE setup_hash = {KeyText.Hash(setup.Token)}"
                ) == 0
                || await HasAdminAsync(sql)
            )
                throw Refusal.NotSignedIn(
                    "token: used, or not the setup token that this server wrote to its log at its last start. A server "
                        + "that has an administrator has no setup token"
                );
            return await MakeAsync(sql, setup.Name, setup.Email, time.GetUtcNow());
        });

    /// <summary>Makes the user with this address an administrator; creates the user if needed.</summary>
    public static async Task<UserRow> MakeAsync(Sql sql, UserName name, Email email, DateTimeOffset now)
    {
        await sql.ExecuteAsync($"UPDATE servers SET setup_hash = NULL");
        if (await UserTable.ByEmailAsync(sql, email.Value) is { } known)
        {
            await sql.ExecuteAsync($"UPDATE users SET admin = 1, locked = 0, modified = {now} WHERE id = {known.Id}");
            return known with { Admin = true, Locked = false };
        }
        var user = await UserTable.InsertAsync(sql, name, Slug.FromName(name.Value), email, admin: true, now);
        await PersonalOrganization.GetOrCreateAsync(sql, user, now);
        return user;
    }

    private static Task<bool> HasAdminAsync(Sql sql) => sql.AnyAsync($"SELECT 1 FROM users WHERE admin = 1 LIMIT 1");

    [LoggerMessage(
        LogLevel.Warning,
        "This server has no administrator yet. Open {Address} and enter the setup token {Token}, or run: "
            + "paddock-server admin create EMAIL"
    )]
    private partial void LogToken(string address, string token);
}
