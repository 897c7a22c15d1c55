using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Machines.Runners;
using Paddock.Server.Registry;

namespace Paddock.Server.Machines.Fleet;

/// <summary>
/// Caches the lists of runners, one per state of the fleet. One small query checks whether the state is still the same,
/// so dashboards may poll as often as they like. For a new state, only the runners that changed are read; a heartbeat
/// alone only replaces a time in cached JSON.
/// </summary>
internal sealed class FleetAnswers
{
    private const int KeptMax = 64;
    private const int FragmentsMax = 100_000;

    private readonly ConcurrentDictionary<
        (Id<Organization> OrganizationId, bool OnlyAvailable),
        (string Tag, byte[] Json)
    > kept = [];
    private readonly ConcurrentDictionary<Id<Runner>, Fragment> fragments = [];

    /// <summary>A runner's cached JSON for one revision, without the time of its last heartbeat.</summary>
    /// <param name="IsSeen">True when the last heartbeat was recent; the status depends on it.</param>
    private sealed record Fragment(long Revision, bool IsSeen, FleetStatus Status, byte[] Before, byte[] After);

    private readonly record struct Current(Id<Runner> Id, long Revision, DateTimeOffset? LastHeartbeat, bool IsSeen)
    {
        public bool IsShownBy(Fragment fragment) => fragment.Revision == Revision && fragment.IsSeen == IsSeen;
    }

    /// <param name="state">The text that <see cref="FleetTable.ReadState"/> made of the runners visible to the
    /// organization.</param>
    public async Task<Answer> RunnersAsync(
        Sql sql,
        Call call,
        Id<Organization> organizationId,
        bool onlyAvailable,
        string state,
        DateTimeOffset seenSince
    )
    {
        var where = SqlText.Of($"{FleetTable.VisibleTo(organizationId)} AND {FleetTable.InUse}");
        var tag = string.Create(
            CultureInfo.InvariantCulture,
            $"{organizationId:x}{(onlyAvailable ? 'a' : 'r')}-{state}"
        );
        if (FleetAnswer.IsKnown(call, tag))
            return new FleetAnswer(tag, json: null);
        var which = (organizationId, onlyAvailable);
        if (kept.TryGetValue(which, out var last) && last.Tag == tag)
            return new FleetAnswer(tag, last.Json);
        var runners = await sql.ListAsync(
            $"SELECT runners.id, runners.revision, runners.last_heartbeat FROM runners WHERE {where} ORDER BY "
                + $"runners.id",
            row => (Id: row.Id<Runner>(), Revision: row.Long(), LastHeartbeat: row.TimeOrNull()),
            call.Aborted
        );
        var json = await WriteAsync(
            sql,
            runners.ConvertAll(one => new Current(
                one.Id,
                one.Revision,
                one.LastHeartbeat,
                RunnerLiveness.IsSeen(one.LastHeartbeat, seenSince)
            )),
            onlyAvailable,
            seenSince,
            call.Aborted
        );
        if (kept.Count >= KeptMax)
            kept.Clear();
        kept[which] = (tag, json);
        return new FleetAnswer(tag, json);
    }

    private async Task<byte[]> WriteAsync(
        Sql sql,
        List<Current> runners,
        bool onlyAvailable,
        DateTimeOffset seenSince,
        CancellationToken ct
    )
    {
        var shown = new Fragment?[runners.Count];
        var places = new Dictionary<Id<Runner>, int>();
        for (var i = 0; i < shown.Length; i++)
        {
            if (fragments.TryGetValue(runners[i].Id, out var fragment) && runners[i].IsShownBy(fragment))
                shown[i] = fragment;
            else
                places.Add(runners[i].Id, i);
        }
        if (places.Count > 0)
        {
            Id<Runner>[] ids = [.. places.Keys];
            foreach (var runner in await FleetTable.ListAsync(sql, SqlText.Of($"runners.id IN {ids}"), seenSince, ct))
                shown[places[new(runner.Id)]] = Keep(runner, runners[places[new(runner.Id)]]);
        }
        var output = new ArrayBufferWriter<byte>(512 + runners.Count * 512);
        output.Write("{\"runners\":["u8);
        var isFirst = true;
        for (var i = 0; i < shown.Length; i++)
        {
            if (shown[i] is not { } fragment || onlyAvailable && fragment.Status != FleetStatus.Online)
                continue;
            if (!isFirst)
                output.Write(","u8);
            isFirst = false;
            output.Write(fragment.Before);
            Write(output, runners[i].LastHeartbeat);
            output.Write(fragment.After);
        }
        output.Write("]}"u8);
        return output.WrittenSpan.ToArray();
    }

    private Fragment Keep(FleetRunner runner, Current current)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(
            runner with
            {
                LastHeartbeatAt = null,
            },
            Wire.Default.FleetRunner
        );
        // In a JSON string the quotation marks would be escaped, so the match is the member itself.
        var name = "\"last_heartbeat_at\":"u8;
        var at = json.AsSpan().IndexOf(name) + name.Length;
        var fragment = new Fragment(
            current.Revision,
            current.IsSeen,
            runner.Status,
            json[..at],
            json[(at + "null"u8.Length)..]
        );
        if (fragments.Count >= FragmentsMax)
            fragments.Clear();
        fragments[current.Id] = fragment;
        return fragment;
    }

    private static void Write(ArrayBufferWriter<byte> output, DateTimeOffset? time)
    {
        var json = new JsonBytes(output);
        json.TimeOrNull(time);
        json.Flush();
    }
}
