using System.Runtime.CompilerServices;
using Paddock.Core.Wire;
using Paddock.Server.ApiKeys;
using Paddock.Server.Database;
using Paddock.Server.Http;
using Paddock.Server.Jobs;

namespace Paddock.Server.Fleet;

/// <summary>Runners as server-sent events: first all of them, then those that have changed, as the list would show them; and the numbers of those that are gone.</summary>
internal sealed class FleetStream(Db db, FleetAccess access, FleetWatch watch, Dispatch dispatch, TimeProvider time)
{
    private static readonly TimeSpan SignOfLifeEvery = TimeSpan.FromSeconds(15);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var stream = ActivatorUtilities.CreateInstance<FleetStream>(routes.ServiceProvider);
        foreach (var prefix in FleetEndpoints.Prefixes) routes.Get(prefix + "/runners/events", stream.OpenAsync);
    }

    private async Task<Answer> OpenAsync(Call call)
    {
        var key = await access.KeyAsync(call, ApiScope.RunnersRead);
        return new EventStream(EventsAsync(key, watch.Open(key.OrganizationId), call.Aborted));
    }

    private async IAsyncEnumerable<StreamEvent> EventsAsync(ApiKeyRow key, FleetWatcher watcher, [EnumeratorCancellation] CancellationToken ct)
    {
        using (watcher)
        {
            // What changes while this is read is told after it.
            var all = await db.ReadAsync(sql => FleetTable.ListAsync(sql, SqlText.Of($"{FleetTable.VisibleTo(key.OrganizationId)} AND {FleetTable.InUse}"), dispatch.SeenSince, ct), ct);
            yield return new("runners", FleetWatch.Event(all));
            while (await watcher.NextAsync(SignOfLifeEvery, ct) is { } news)
            {
                // A key that was revoked hears nothing for long.
                if (news.Name is null && !await db.ReadAsync(sql => ApiKeyTable.IsValidAsync(sql, key.Id, time.GetUtcNow(), ct), ct)) yield break;
                yield return news;
            }
        }
    }
}
