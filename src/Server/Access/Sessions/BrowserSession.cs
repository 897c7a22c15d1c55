using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Paddock.Core.Wire;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Access.Sessions;

/// <summary>
/// The session of a browser: a signed cookie that pages accept and the API does not. Scripts cannot read it, and
/// requests from other sites do not carry it. The session ends on signing out, when its user is locked or gets another
/// address, or when the key with which it was opened is revoked or expires.
/// </summary>
internal sealed class BrowserSession(Db db, Jwt jwt, BaseOptions options, ListLimits limits, TimeProvider time)
{
    /// <summary>At this limit, signing in again ends the session that was unused for the longest time.</summary>
    public static readonly ListLimit Limit = new(
        "PADDOCK_SESSIONS_PER_USER_MAX",
        Standard: 100,
        Owner: "user",
        Owners: "users",
        Things: "browsers that are signed in",
        Table: "browser_sessions",
        OwnerColumn: "user_id"
    );

    private const string Audience = "console"; // No bearer token has this audience.
    private const string KeyClaim = "key";
    private const int CharsMax = 4096;
    private const int AgentMax = 200;
    private static readonly TimeSpan UseNotedEvery = TimeSpan.FromHours(1);

    public async Task OpenAsync(Call call, UserCaller caller)
    {
        var (uuid, now) = (Guid.NewGuid(), time.GetUtcNow());
        (string, object) session = (JwtRegisteredClaimNames.Jti, uuid.ToString());
        var subject = caller.User.Uuid.ToString();
        var (text, _, _) = caller.UserKey is { } key
            ? jwt.Sign(Audience, subject, Jwt.SessionFor, session, (KeyClaim, key.ToString()))
            : jwt.Sign(Audience, subject, Jwt.SessionFor, session);
        var agent = call.Http.Request.Headers.UserAgent.ToString() is { Length: > 0 } told
            ? told[..Math.Min(told.Length, AgentMax)]
            : null;
        await db.WriteAsync(async sql =>
        {
            await sql.ExecuteAsync(
                $"DELETE FROM browser_sessions WHERE user_id = {caller.User.Id} AND expires < {now}"
            );
            await EndOldestAsync(sql, caller.User.Id);
            await sql.ExecuteAsync(
                $"""
                INSERT INTO browser_sessions (uuid, user_id, agent, created, expires, last_used)
                VALUES ({uuid}, {caller.User.Id}, {agent}, {now}, {now + Jwt.SessionFor}, {now})
                """
            );
        });
        call.Http.Response.Cookies.Append(Name(call), text, Cookie(call, Jwt.SessionFor));
    }

    private async Task EndOldestAsync(Sql sql, Id<User> userId)
    {
        await sql.AnyAsync($"SELECT id FROM users WHERE id = {userId}{sql.ForChangeOf("users")}");
        var oldest = SqlText.Of(
            $"""
            user_id = {userId} AND uuid NOT IN (SELECT kept.uuid FROM browser_sessions kept WHERE kept.user_id = {userId}
                ORDER BY kept.last_used DESC, kept.created DESC, kept.uuid LIMIT {limits.MaxOf(Limit) - 1})
            """
        );
        if (!await sql.AnyAsync($"SELECT 1 FROM browser_sessions WHERE {oldest}"))
            return;
        await sql.ExecuteAsync(
            $"INSERT INTO ended_sessions (uuid, expires) SELECT uuid, expires FROM browser_sessions WHERE {oldest} "
                + $"ON CONFLICT DO NOTHING"
        );
        await sql.ExecuteAsync($"DELETE FROM browser_sessions WHERE {oldest}");
    }

    /// <summary>The session in this call's cookie; null for none.</summary>
    public Guid? SessionOf(Call call) =>
        Token(call) is { } token && Guid.TryParse(token.Id, out var session) ? session : null;

    /// <summary>Ends a session, so that its cookie and any copy of the cookie are no longer accepted.</summary>
    public static Task EndAsync(Sql sql, Guid session, DateTimeOffset now) =>
        sql.ExecuteAsync(
            $"INSERT INTO ended_sessions (uuid, expires) VALUES ({session}, {now + Jwt.SessionFor}) ON CONFLICT DO "
                + $"NOTHING"
        );

    /// <summary>Ends the call's session, also for copies of its cookie, and clears the browser's cache.</summary>
    public async Task CloseAsync(Call call)
    {
        if (Token(call) is { } token && Guid.TryParse(token.Id, out var session))
            await EndAsync(session, new DateTimeOffset(token.ValidTo, TimeSpan.Zero));
        call.Http.Response.Cookies.Delete(Name(call), Cookie(call, lifetime: null));
        // Otherwise the back button shows pages that the next user of this machine may not see.
        call.Http.Response.Headers["Clear-Site-Data"] = "\"cache\"";
    }

    /// <summary>Finds the signed-in user; null when there is no valid session.</summary>
    public async Task<UserCaller?> FindAsync(Call call)
    {
        if (
            Token(call) is not { } token
            || !Guid.TryParse(token.Subject, out var uuid)
            || !Guid.TryParse(token.Id, out var session)
        )
            return null;
        Guid? key =
            token.TryGetPayloadValue<string>(KeyClaim, out var claim) && Guid.TryParse(claim, out var given)
                ? given
                : null;
        var found = await db.ReadAsync(
            async sql =>
            {
                var user = await sql.FirstAsync(
                    $"SELECT {UserRow.Columns} FROM users WHERE uuid = {uuid} AND locked = 0 AND email_since <= "
                        + $"{new DateTimeOffset(token.IssuedAt, TimeSpan.Zero)} AND NOT EXISTS (SELECT 1 FROM "
                        + $"ended_sessions WHERE ended_sessions.uuid = {session})",
                    UserRow.Read,
                    call.Aborted
                );
                if (user is null)
                    return null;
                var isGood =
                    key is not { } id
                    || await sql.AnyAsync(
                        $"SELECT 1 FROM user_keys WHERE uuid = {id} AND user_id = {user.Id} AND revoked IS NULL AND "
                            + $"expiration > {time.GetUtcNow()}",
                        call.Aborted
                    );
                return isGood ? new UserCaller(user, key) : null;
            },
            call.Aborted
        );
        if (found is not null)
            await NoteUseAsync(session, call.Aborted);
        return found;
    }

    // Saved once an hour: enough to tell sessions apart, and rare enough to cost requests nothing.
    private async Task NoteUseAsync(Guid session, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (
            !await db.ReadAsync(
                sql =>
                    sql.AnyAsync(
                        $"SELECT 1 FROM browser_sessions WHERE uuid = {session} AND last_used < {now - UseNotedEvery}",
                        ct
                    ),
                ct
            )
        )
            return;
        await db.WriteAsync(sql =>
            sql.ExecuteAsync($"UPDATE browser_sessions SET last_used = {now} WHERE uuid = {session}")
        );
    }

    /// <summary>The CSRF token of a form. Only a page made for this very session can have sent it.</summary>
    public string? Proof(Call call) =>
        Text(call) is { } text
            ? Base64Url.EncodeToString(
                HMACSHA256.HashData(
                    Encoding.UTF8.GetBytes(options.SecretKey),
                    Encoding.UTF8.GetBytes("a form of the session " + text)
                )
            )
            : null;

    /// <exception cref="Refusal">The form was made for another session.</exception>
    public void Check(Call call, string? proof)
    {
        if (
            Proof(call) is not { } own
            || proof is null
            || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(own), Encoding.UTF8.GetBytes(proof))
        )
            throw Refusal.NotAllowed(
                "This form belongs to another session. Go back, reload the page and send the form again."
            );
    }

    // Ended sessions are recorded only until they would have expired.
    private Task EndAsync(Guid session, DateTimeOffset expires) =>
        db.WriteAsync(async sql =>
        {
            await sql.ExecuteAsync(
                $"INSERT INTO ended_sessions (uuid, expires) VALUES ({session}, {expires}) ON CONFLICT DO NOTHING"
            );
            await sql.ExecuteAsync($"DELETE FROM browser_sessions WHERE uuid = {session}");
            var now = time.GetUtcNow();
            if (await sql.AnyAsync($"SELECT 1 FROM ended_sessions WHERE expires < {now} LIMIT 1"))
                await sql.ExecuteAsync($"DELETE FROM ended_sessions WHERE expires < {now}");
        });

    private JsonWebToken? Token(Call call) =>
        Text(call) is { Length: <= CharsMax } text ? jwt.Check(text, [Audience]) : null;

    private string? Text(Call call) => call.Http.Request.Cookies[Name(call)];

    // The prefix __Host- makes browsers refuse a cookie that another host of the domain, or an attacker on the network,
    // has set.
    private string Name(Call call) => IsSecure(call) ? "__Host-paddock" : "paddock";

    // TLS may end at a proxy, so this server's own connection does not tell.
    private bool IsSecure(Call call) =>
        ClientAddress.IsSecure(call.Http, options.TrustedProxies)
        || options.ConsoleUrl.StartsWith("https:", StringComparison.OrdinalIgnoreCase);

    private CookieOptions Cookie(Call call, TimeSpan? lifetime) =>
        new()
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Secure = IsSecure(call),
            Path = "/",
            MaxAge = lifetime,
        };
}
