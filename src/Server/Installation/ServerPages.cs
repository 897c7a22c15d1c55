using Paddock.Core.Jobs;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Machines.Jobs;

namespace Paddock.Server.Installation;

/// <summary>A backup in the data folder.</summary>
public sealed record BackupFile(string Name, long Bytes, DateTimeOffset Made);

/// <summary>The data of the server's page.</summary>
/// <param name="Started">When the program was started.</param>
/// <param name="DatabaseBytes">The size of the database on disk.</param>
/// <param name="Waiting">How many jobs wait for a runner.</param>
/// <param name="CanBackUp">False when the database has its own tools for backups.</param>
/// <param name="Backups">The copies, newest first.</param>
public sealed record ServerView(
    string Version,
    DateTimeOffset Started,
    string Engine,
    long DatabaseBytes,
    long Waiting,
    long Running,
    long Users,
    long Projects,
    long Reports,
    bool CanBackUp,
    IReadOnlyList<BackupFile> Backups,
    string? Problem,
    DateTimeOffset Now
);

/// <summary>The data of the list of users.</summary>
public sealed record UsersView(IReadOnlyList<User> Users, ListPart Part, Guid Own, DateTimeOffset Now);

/// <summary>The browser pages of the server and its users, for administrators.</summary>
internal sealed class ServerPages(
    Db db,
    ServerOptions options,
    ServerEndpoints server,
    UserEndpoints users,
    TimeProvider time
)
{
    private const int BackupsMax = 20;

    /// <summary>Counting stops here, so that the page does not wait until all reports are counted.</summary>
    internal const int ReportsCounted = 100_000;

    private readonly DateTimeOffset started = time.GetUtcNow();

    public static void Map(IEndpointRouteBuilder routes)
    {
        var provider = routes.ServiceProvider;
        var pages = ActivatorUtilities.CreateInstance<ServerPages>(
            provider,
            ActivatorUtilities.CreateInstance<ServerEndpoints>(provider),
            ActivatorUtilities.CreateInstance<UserEndpoints>(provider)
        );
        routes.Page(AdminPaths.Server, By.Admin, (call, _) => pages.ViewAsync(call, problem: null));
        routes.Form(AdminPaths.Server + "/backup", By.Admin, pages.BackUpAsync, (call, _, state) =>
            pages.ViewAsync(call, state.Problem)
        );
        routes.Page(AdminPaths.Users, By.Admin, pages.UsersAsync);
        foreach (
            var (word, patch) in ((string, UserPatch)[])
                [
                    ("lock", new(Locked: true)),
                    ("unlock", new(Locked: false)),
                    ("promote", new(Admin: true)),
                    ("demote", new(Admin: false)),
                ]
        )
            routes.Act($"{AdminPaths.Users}/{{user}}/{word}", By.Admin, (call, admin, _) =>
                pages.ChangeAsync(call, admin, patch)
            );
    }

    private async Task<Answer> ViewAsync(Call call, string? problem)
    {
        return await db.ReadAsync(
            async sql =>
            {
                var bytes = await sql.NumberAsync(
                    sql.Engine == Engine.Sqlite
                        ? SqlText.Of($"SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
                        : SqlText.Of($"SELECT pg_database_size(current_database())"),
                    call.Aborted
                );
                async Task<long> CountAsync(string table, string where) =>
                    await sql.NumberAsync(
                        $"SELECT count(*) FROM {new Raw(table)} WHERE {new Raw(where)}",
                        call.Aborted
                    );
                return Pages.Show<ServerPage>(
                    new ServerView(
                        ServerBuild.Version,
                        started,
                        sql.Engine == Engine.Sqlite ? "SQLite" : "PostgreSQL",
                        bytes,
                        await sql.NumberAsync($"SELECT count(*) FROM jobs WHERE {JobTable.IsWaiting}", call.Aborted),
                        await sql.NumberAsync($"SELECT count(*) FROM jobs WHERE {JobTable.IsHeld}", call.Aborted),
                        await CountAsync("users", "1 = 1"),
                        await CountAsync("projects", "deleted IS NULL"),
                        await sql.NumberAsync(
                            $"SELECT count(*) FROM (SELECT 1 FROM reports LIMIT {ReportsCounted}) counted",
                            call.Aborted
                        ),
                        sql.Engine == Engine.Sqlite,
                        Backups(),
                        problem,
                        time.GetUtcNow()
                    ),
                    problem is null ? 200 : 400
                );
            },
            call.Aborted
        );
    }

    private List<BackupFile> Backups() =>
        [
            .. new DirectoryInfo(options.DataFolder)
                .EnumerateFiles("backup-paddock-*")
                .Where(file => file.Extension is ".db" or ".gz")
                .OrderByDescending(file => file.Name, StringComparer.Ordinal)
                .Take(BackupsMax)
                .Select(file => new BackupFile(file.Name, file.Length, new DateTimeOffset(file.LastWriteTimeUtc))),
        ];

    private async Task<Answer> BackUpAsync(Call call, UserCaller admin, FormFields fields)
    {
        await server.BackupAsync(call.With(new NewBackup(Compress: fields.IsTicked("compress"))), admin);
        return Pages.After(AdminPaths.Server);
    }

    private async Task<Answer> UsersAsync(Call call, UserCaller caller)
    {
        var search = ListPart.SearchOf(call);
        var (rows, total) = await db.ReadAsync(
            sql => UserTable.ListAsync(sql, name: null, search, ListPart.PageOf(call), call.Aborted),
            call.Aborted
        );
        var part = ListPart.Of(call, AdminPaths.Users, total, KeyValuePair.Create("search", search));
        return Pages.Show<UsersPage>(
            new UsersView(rows.ConvertAll(row => row.ToWire()), part, caller.User.Uuid, time.GetUtcNow())
        );
    }

    // Administrators cannot lock or demote themselves here, because the last one could not undo it.
    private async Task<Answer> ChangeAsync(Call call, UserCaller caller, UserPatch patch)
    {
        var id = call.Path<ResourceId>("user");
        if (id.Slug == caller.User.Slug || id.Uuid == caller.User.Uuid)
            throw Refusal.Conflict("You cannot lock or demote yourself; another administrator can.");
        UserAccess.Session(caller);
        var user = await db.ReadAsync(sql => UserTable.FindAsync(sql, id, call.Aborted), call.Aborted)
            ?? throw Refusal.NotFound("user", id);
        await users.UpdateAsync(call.With(patch), new(user, caller), id);
        return Pages.After(AdminPaths.Users);
    }
}
