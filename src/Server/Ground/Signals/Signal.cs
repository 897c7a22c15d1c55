using System.Globalization;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Ground.Signals;

/// <summary>A message that servers send each other about jobs, runners and their watchers, after the commit.</summary>
internal abstract record Signal
{
    /// <summary>
    /// A job has reached this status. The other fields let receivers decide whether it concerns them.
    /// </summary>
    /// <param name="RunnerId">The runner that has the job, or had it last.</param>
    internal sealed record Job(
        Id<Core.Wire.Job> JobId,
        Guid Uuid,
        JobStatus Status,
        Id<Project> ProjectId,
        Id<Spec> SpecId,
        Id<Core.Wire.Runner>? RunnerId
    ) : Signal;

    /// <summary>A running job has written output; the server stores the newest part.</summary>
    internal sealed record Wrote(Guid JobUuid) : Signal;

    /// <summary>An operator has changed or removed a runner, or has changed what it serves.</summary>
    /// <param name="OwnerId">The organization that owned the runner until then; 0 if it served everybody.</param>
    internal sealed record Runner(Id<Core.Wire.Runner> RunnerId, Id<Organization> OwnerId) : Signal;

    /// <summary>A runner has opened a channel for a slot. Any other channel of that slot must close.</summary>
    internal sealed record Opened(Id<Core.Wire.Runner> RunnerId, int Slot, Guid Channel) : Signal;

    /// <summary>A runner's channel has ended.</summary>
    internal sealed record Closed(Id<Core.Wire.Runner> RunnerId) : Signal;

    /// <summary>A runner has reported something new about itself.</summary>
    internal sealed record Told(Id<Core.Wire.Runner> RunnerId) : Signal;

    /// <summary>An organization's key has been revoked.</summary>
    internal sealed record Revoked(Id<ApiKey> KeyId) : Signal;

    /// <summary>A head has gained enough versions that the points of its series are worth packing.</summary>
    internal sealed record Grown(Id<Head> HeadId) : Signal;

    /// <summary>An event has happened to a change of a project, which is now in this state.</summary>
    internal sealed record Change(Id<Project> ProjectId, Guid Uuid, EventKind Kind, ChangeState State) : Signal;

    /// <summary>A server shares its counts for rate limits.</summary>
    /// <param name="Server">The sending server, which ignores its own message.</param>
    /// <param name="Counts">The counts as text without spaces.</param>
    internal sealed record Counted(long Server, string Counts) : Signal;

    public Task SendAsync(Sql sql) =>
        sql.SignalAsync(
            this switch
            {
                Job j => string.Create(
                    CultureInfo.InvariantCulture,
                    $"job {j.JobId} {j.Uuid} {Words<JobStatus>.Of(j.Status)} {j.ProjectId} {j.SpecId} "
                        + $"{j.RunnerId?.Value ?? 0}"
                ),
                Wrote w => $"wrote {w.JobUuid}",
                Runner r => string.Create(CultureInfo.InvariantCulture, $"runner {r.RunnerId} {r.OwnerId}"),
                Opened o => string.Create(CultureInfo.InvariantCulture, $"channel {o.RunnerId} {o.Slot} {o.Channel}"),
                Closed c => string.Create(CultureInfo.InvariantCulture, $"closed {c.RunnerId}"),
                Told t => string.Create(CultureInfo.InvariantCulture, $"told {t.RunnerId}"),
                Grown g => string.Create(CultureInfo.InvariantCulture, $"grown {g.HeadId}"),
                Change c => string.Create(
                    CultureInfo.InvariantCulture,
                    $"change {c.ProjectId} {c.Uuid} {Words<EventKind>.Of(c.Kind)} {Words<ChangeState>.Of(c.State)}"
                ),
                Counted c => string.Create(CultureInfo.InvariantCulture, $"counted {c.Server} {c.Counts}"),
                Revoked r => string.Create(CultureInfo.InvariantCulture, $"revoked {r.KeyId}"),
                _ => throw new InvalidOperationException($"{GetType()} has no text."),
            }
        );

    /// <summary>Parses a signal. Null for an unknown one: a newer server may send more kinds.</summary>
    public static Signal? Parse(string text)
    {
        var words = text.Split(' ');
        return words switch
        {
            ["job", var id, var uuid, var status, var project, var spec, var runner]
                when Words<JobStatus>.TryParse(status, out var known) && Guid.TryParse(uuid, out var guid) => new Job(
                new(Number(id)),
                guid,
                known,
                new(Number(project)),
                new(Number(spec)),
                Number(runner) is > 0 and var held ? new(held) : null
            ),
            ["wrote", var uuid] when Guid.TryParse(uuid, out var guid) => new Wrote(guid),
            ["runner", var id, var owner] => new Runner(new(Number(id)), new(Number(owner))),
            ["closed", var id] => new Closed(new(Number(id))),
            ["told", var id] => new Told(new(Number(id))),
            ["grown", var id] => new Grown(new(Number(id))),
            ["change", var project, var uuid, var kind, var state]
                when Guid.TryParse(uuid, out var guid)
                    && Words<EventKind>.TryParse(kind, out var happened)
                    && Words<ChangeState>.TryParse(state, out var now) => new Change(
                new(Number(project)),
                guid,
                happened,
                now
            ),
            ["counted", var server, var counts] => new Counted(Number(server), counts),
            ["revoked", var id] => new Revoked(new(Number(id))),
            ["channel", var id, var slot, var channel] when Guid.TryParse(channel, out var guid) => new Opened(
                new(Number(id)),
                (int)Number(slot),
                guid
            ),
            _ => null,
        };
    }

    private static long Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
