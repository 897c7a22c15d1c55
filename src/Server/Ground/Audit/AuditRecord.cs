using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Ground.Audit;

/// <summary>
/// An audit log entry: who changed what, whose it is, when, and from where. It begins when a request that may change
/// something has passed its access rule, and is written with the first unit of work that the request commits. A refused
/// or failed request leaves no entry. Entries contain no bodies or queries, so no secrets.
/// </summary>
internal sealed class AuditRecord
{
    private const int PathMax = 512;

    private readonly Actor actor;
    private readonly string address;
    private readonly string action;
    private readonly string path;
    private readonly IOwned? owned;
    private readonly DateTimeOffset time;
    private volatile bool isWritten;

    private AuditRecord(Actor actor, HttpContext http, string address, object? granted)
    {
        (this.actor, this.address, owned) = (actor, address, granted as IOwned);
        var route = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? http.Request.Path.Value;
        action = $"{http.Request.Method} {route}";
        path = http.Request.Path.Value is { Length: <= PathMax } whole ? whole : http.Request.Path.Value![..PathMax];
        time = http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
    }

    /// <summary>True when the entry is on disk.</summary>
    public bool IsWritten => isWritten;

    /// <summary>
    /// Begins the entry of a request whose caller is known and that may change something. Other requests get no entry.
    /// </summary>
    /// <param name="granted">The result of the route's access rule.</param>
    public static void Begin(HttpContext http, object? granted)
    {
        if (Requester.Current is not { } requester)
            return;
        var method = http.Request.Method;
        var reads = HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);
        requester.Audit =
            !reads && requester.Actor is { } actor && http.GetEndpoint()?.Metadata.GetMetadata<Unaudited>() is null
                ? new(actor, http, requester.Address, granted)
                : null;
    }

    /// <summary>Wraps a unit of work so that its transaction also writes this entry.</summary>
    public Func<Sql, Task<T>> With<T>(Func<Sql, Task<T>> work) =>
        async sql =>
        {
            var result = await work(sql);
            await WriteAsync(sql);
            return result;
        };

    private async Task WriteAsync(Sql sql)
    {
        sql.Afterwards(() => isWritten = true);
        await sql.ExecuteLaterAsync(
            SqlText.Of(
                $"""
                INSERT INTO audit (created, actor_kind, actor, actor_name, key_uuid, address, action, path,
                    organization_id, project_id)
                VALUES ({time}, {actor.Kind}, {actor.Uuid}, {actor.Name}, {actor.Key}, {address}, {action}, {path},
                    {owned?.OrganizationId}, {owned?.ProjectId})
                """
            )
        );
    }
}
