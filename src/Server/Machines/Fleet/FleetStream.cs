using System.Runtime.CompilerServices;
using Paddock.Core.Wire;
using Paddock.Server.Access.Keys;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Machines.Dispatch;

namespace Paddock.Server.Machines.Fleet;

/// <summary>
/// Streams runners as server-sent events: first all runners, then each changed runner, in the form of the list, and the
/// numbers of runners that are gone.
/// </summary>
internal sealed class FleetStream(Db db, FleetWatch watch, Dispatcher dispatch)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var stream = ActivatorUtilities.CreateInstance<FleetStream>(routes.ServiceProvider);
        foreach (var prefix in FleetAccess.Prefixes)
            routes
                .Get(prefix + "/runners/events", OnFleet.Key(ApiScope.RunnersRead), stream.OpenAsync)
                .Speaks(FleetErrors.Dialect)
                .GivesEvents();
    }

    private Task<Answer> OpenAsync(Call call, ApiKeyRow key)
    {
        var watcher = watch.Open(key);
        return Task.FromResult<Answer>(new EventStream(EventsAsync(key, watcher, call.Aborted), watcher));
    }

    private async IAsyncEnumerable<StreamEvent> EventsAsync(
        ApiKeyRow key,
        FleetWatcher watcher,
        [EnumeratorCancellation] CancellationToken ct
    )
    {
        // The watcher is already open, so changes during this read follow as events.
        var all = await db.ReadAsync(
            sql =>
                FleetTable.ListAsync(
                    sql,
                    SqlText.Of($"{FleetTable.VisibleTo(key.OrganizationId)} AND {FleetTable.InUse}"),
                    dispatch.SeenSince,
                    ct
                ),
            ct
        );
        yield return new("runners", FleetWatch.Event(all));
        await foreach (var news in watcher.AllAsync(ct))
            yield return news;
    }
}
