using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Access.Sessions;

/// <summary>A row in the list of a user's sessions: a browser that has signed in.</summary>
/// <param name="Agent">The browser's User-Agent; null when it sent none.</param>
/// <param name="IsThis">True for the session that requested the page.</param>
public sealed record SessionLine(
    Guid Uuid,
    string? Agent,
    DateTimeOffset Created,
    DateTimeOffset LastUsed,
    DateTimeOffset Expires,
    bool IsThis
);

/// <summary>The content of the list of a user's sessions.</summary>
public sealed record SessionsView(string User, string Address, IReadOnlyList<SessionLine> Sessions, DateTimeOffset Now);

/// <summary>The pages of a user's browser sessions. The user and administrators can see and end them.</summary>
internal sealed class SessionPages(Db db, BrowserSession browser, TimeProvider time)
{
    private const string Path = AdminPaths.Users + "/{user}/sessions";
    private const int SessionsMax = 200;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<SessionPages>(routes.ServiceProvider);
        routes.Page(AccountPaths.Sessions, By.User, (_, caller) =>
            Task.FromResult(Pages.Redirect(Address(caller.User)))
        );
        routes.Page(Path, OnUser.SelfOrAdmin, pages.ListAsync);
        routes.Act(Path + "/{session}/end", OnUser.SelfOrAdmin, pages.EndAsync);
        routes.Act(Path + "/end", OnUser.SelfOrAdmin, pages.EndOthersAsync);
    }

    private async Task<Answer> ListAsync(Call call, UserGrant granted)
    {
        var now = time.GetUtcNow();
        var own = browser.SessionOf(call);
        var sessions = await db.ReadAsync(sql => OpenAsync(sql, granted.User.Id, own, now, call.Aborted), call.Aborted);
        return Pages.Show<SessionsPage>(new SessionsView(granted.User.Name, Address(granted.User), sessions, now));
    }

    private async Task<Answer> EndAsync(Call call, UserGrant granted, FormFields fields)
    {
        var session = call.PathUuid("session");
        await db.WriteAsync(async sql =>
        {
            if (
                await sql.ExecuteAsync(
                    $"DELETE FROM browser_sessions WHERE uuid = {session} AND user_id = {granted.User.Id}"
                ) == 0
            )
                throw Refusal.NotFound("session", session);
            await BrowserSession.EndAsync(sql, session, time.GetUtcNow());
        });
        return Pages.After(Address(granted.User));
    }

    private async Task<Answer> EndOthersAsync(Call call, UserGrant granted, FormFields fields)
    {
        var own = browser.SessionOf(call) ?? Guid.Empty;
        await db.WriteAsync(async sql =>
        {
            var ended = await sql.ListAsync(
                $"DELETE FROM browser_sessions WHERE user_id = {granted.User.Id} AND uuid <> {own} RETURNING uuid",
                row => row.Uuid()
            );
            foreach (var session in ended)
                await BrowserSession.EndAsync(sql, session, time.GetUtcNow());
        });
        return Pages.After(Address(granted.User));
    }

    private static Task<List<SessionLine>> OpenAsync(
        Sql sql,
        Id<User> userId,
        Guid? own,
        DateTimeOffset now,
        CancellationToken ct
    ) =>
        sql.ListAsync(
            $"""
            SELECT uuid, agent, created, last_used, expires FROM browser_sessions
            WHERE user_id = {userId} AND expires > {now} ORDER BY created DESC LIMIT {SessionsMax}
            """,
            row =>
            {
                var uuid = row.Uuid();
                return new SessionLine(uuid, row.TextOrNull(), row.Time(), row.Time(), row.Time(), uuid == own);
            },
            ct
        );

    private static string Address(UserRow user) => $"{AdminPaths.Users}/{user.Slug}/sessions";
}
