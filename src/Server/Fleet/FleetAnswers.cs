using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Paddock.Core.Wire;
using Paddock.Server.Database;
using Paddock.Server.Http;

namespace Paddock.Server.Fleet;

/// <summary>
/// Lists of runners, each made once for a state of the fleet: whether that is still the same costs one small query, so that dashboards may ask as often as they like.
/// </summary>
internal sealed class FleetAnswers
{
    private const int KeptMax = 64;
    private readonly ConcurrentDictionary<(long OrganizationId, bool OnlyAvailable), (string Tag, byte[] Json)> kept = [];

    public async Task<Answer> RunnersAsync(Sql sql, Call call, long organizationId, bool onlyAvailable, DateTimeOffset seenSince)
    {
        var where = SqlText.Of($"{FleetTable.VisibleTo(organizationId)} AND {FleetTable.InUse}");
        var state = await FleetTable.StateAsync(sql, where, seenSince, call.Aborted);
        var tag = string.Create(CultureInfo.InvariantCulture, $"{organizationId:x}{(onlyAvailable ? 'a' : 'r')}-{state}");
        if (FleetAnswer.IsKnown(call, tag)) return new FleetAnswer(tag, json: null);
        var which = (organizationId, onlyAvailable);
        if (kept.TryGetValue(which, out var last) && last.Tag == tag) return new FleetAnswer(tag, last.Json);
        var runners = await FleetTable.ListAsync(sql, where, seenSince, call.Aborted);
        if (onlyAvailable) runners.RemoveAll(runner => runner.Status != FleetStatus.Online);
        var json = JsonSerializer.SerializeToUtf8Bytes(new FleetRunners(runners), Wire.Default.FleetRunners);
        if (kept.Count >= KeptMax) kept.Clear();
        kept[which] = (tag, json);
        return new FleetAnswer(tag, json);
    }
}
