using Paddock.Core.Wire;
using Paddock.Server.Access;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Registry;

/// <summary>
/// Checks that the user, key or runner behind a registry token is still valid. A token lives for minutes, and its key
/// may be revoked before that.
/// </summary>
internal sealed class OciBearers(TokenOwners owners, AccessOptions options, TimeProvider time)
{
    /// <exception cref="Http.Refusal">The user is gone or locked, the key is revoked or expired, or the runner is
    /// archived.</exception>
    public async Task CheckAsync(Sql sql, OciToken token, CancellationToken ct = default)
    {
        var isGood = token.Bearer switch
        {
            OciBearer.Anonymous => true,
            OciBearer.User => await UserAsync(sql, token, ct) is not null,
            OciBearer.Project => await HasProjectKeyAsync(sql, token, ct),
            OciBearer.Runner => !await sql.AnyAsync(
                $"SELECT 1 FROM runners WHERE uuid = {token.Subject ?? ""} AND archived IS NOT NULL",
                ct
            ),
        };
        if (!isGood)
            throw OciError.NotSignedIn("The key or runner behind this token was revoked, has expired or is archived.");
    }

    /// <exception cref="Http.Refusal">The user is gone or locked, or no longer has the token's key.</exception>
    public async Task<UserRow> UserAsync(Sql sql, OciToken token, CancellationToken ct = default)
    {
        var claims = new Claims(token.Subject ?? "", token.Issued, Email: null, Id: null, Organization: null);
        if (
            await owners.FindAsync(sql, claims, ct) is { Locked: false } user
            && (token.Key is not { } key || await HasUserKeyAsync(sql, user, key, ct))
        )
            return user;
        throw OciError.NotSignedIn(
            "The user of this token was deleted or is locked, or the key behind the token was revoked."
        );
    }

    /// <summary>True when the runner has no job of the project any more; its token was for nothing else.</summary>
    public static Task<bool> LacksJobAsync(Sql sql, OciToken token, Id<Project> projectId, CancellationToken ct) =>
        sql.AnyAsync(
            $"""
            SELECT 1 FROM runners WHERE uuid = {token.Subject ?? ""} AND NOT EXISTS (
                SELECT 1 FROM runner_slots JOIN jobs ON jobs.id = runner_slots.job_id
                WHERE runner_slots.runner_id = runners.id AND jobs.project_id = {projectId})
            """,
            ct
        );

    private Task<bool> HasUserKeyAsync(Sql sql, UserRow user, Guid key, CancellationToken ct) =>
        sql.AnyAsync(
            $"SELECT 1 FROM user_keys WHERE uuid = {key} AND user_id = {user.Id} AND revoked IS NULL AND expiration "
                + $"> {time.GetUtcNow()}",
            ct
        );

    private Task<bool> HasProjectKeyAsync(Sql sql, OciToken token, CancellationToken ct) =>
        token.Key is { } key
            ? sql.AnyAsync(
                $"""
                SELECT 1 FROM project_keys JOIN projects ON projects.id = project_keys.project_id
                WHERE project_keys.uuid = {key} AND projects.uuid = {token.Subject ?? ""} AND projects.deleted IS NULL
                  AND project_keys.revoked IS NULL AND project_keys.expiration > {time.GetUtcNow()}
                """,
                ct
            )
            : Task.FromResult(options.Replay);
}
