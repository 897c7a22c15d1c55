using Paddock.Core.Names;
using Paddock.Server.Access.Keys;
using Paddock.Server.Access.RateLimits;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Machines.Runners;

/// <summary>The access rules of routes that runners call.</summary>
internal static class OnRunner
{
    /// <summary>Admits the runner named in the route, by its own key.</summary>
    public static AccessRule<RunnerRow> Key { get; } =
        new AccessRule<RunnerAccess, RunnerRow>(
            "the runner itself, by its key",
            Credentials.RunnerKey,
            (access, call) => access.AuthenticateAsync(call)
        );
}

/// <summary>Authenticates a runner by its key, which must belong to the runner named in the route.</summary>
internal sealed class RunnerAccess(Db db, RateLimiters limits)
{
    public async Task<RunnerRow> AuthenticateAsync(Call call)
    {
        var id = call.Path<ResourceId>("runner");
        var key = BearerToken.Of(call.Http.Request)
            ?? throw Unknown(
                call,
                "The Authorization header is missing or not of the form \"Bearer KEY\"; a channel needs the runner's "
                    + "key."
            );
        if (!KeyText.IsWellFormed(key, KeyText.RunnerPrefix))
            throw Unknown(call, "This is not a runner's key.");
        var hash = KeyText.Hash(key);
        var owner = await db.ReadAsync(
            sql => sql.FirstAsync($"SELECT {RunnerRow.Columns} FROM runners WHERE key_hash = {hash}", RunnerRow.Read),
            call.Aborted
        ) ?? throw Unknown(call, "Invalid runner key");
        var named = await db.ReadAsync(sql => RunnerTable.FindAsync(sql, id, call.Aborted), call.Aborted)
            ?? throw Refusal.NotFound("runner", id);
        if (named.Id != owner.Id)
            throw Refusal.NotAllowed("This key belongs to another runner.");
        if (owner.Archived is not null)
            throw Refusal.Conflict(
                $"The runner {Text.Quote(owner.Name)} is archived; unarchive it so that it can work again."
            );
        limits.RunnerRequest(owner.Id);
        return owner;
    }

    private Refusal Unknown(Call call, string message)
    {
        limits.PublicRequest(call);
        return Refusal.NotSignedIn(message);
    }
}
