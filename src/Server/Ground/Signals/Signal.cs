using System.Globalization;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Ground.Signals;

/// <summary>What servers tell each other about jobs, runners and who watches them, once it is so.</summary>
internal abstract record Signal
{
    /// <summary>A job has come to this status; what it holds says who cares.</summary>
    /// <param name="RunnerId">Who has it, or had it last.</param>
    internal sealed record Job(
        Id<Core.Wire.Job> JobId,
        Guid Uuid,
        JobStatus Status,
        Id<Project> ProjectId,
        Id<Spec> SpecId,
        Id<Core.Wire.Runner>? RunnerId
    ) : Signal;

    /// <summary>A job that runs has written something, of which the server has the newest part.</summary>
    internal sealed record Wrote(Guid JobUuid) : Signal;

    /// <summary>An operator has changed a runner, or what it serves, or has removed it.</summary>
    /// <param name="OwnerId">The organization whose it was until then; 0 for everybody's.</param>
    internal sealed record Runner(Id<Core.Wire.Runner> RunnerId, Id<Organization> OwnerId) : Signal;

    /// <summary>A runner has opened a channel for a slot: any other channel of that slot is over.</summary>
    internal sealed record Opened(Id<Core.Wire.Runner> RunnerId, int Slot, Guid Channel) : Signal;

    /// <summary>A runner's channel has ended.</summary>
    internal sealed record Closed(Id<Core.Wire.Runner> RunnerId) : Signal;

    /// <summary>A runner has said something new about itself.</summary>
    internal sealed record Told(Id<Core.Wire.Runner> RunnerId) : Signal;

    /// <summary>A key of an organization is good for nothing any more.</summary>
    internal sealed record Revoked(Id<ApiKey> KeyId) : Signal;

    /// <summary>A head has got so many more versions that points of its series are worth packing.</summary>
    internal sealed record Grown(Id<Head> HeadId) : Signal;

    /// <summary>Something has happened to a change of a project, which is in this state now.</summary>
    internal sealed record Change(Id<Project> ProjectId, Guid Uuid, EventKind Kind, ChangeState State) : Signal;

    /// <summary>A server has counted what is limited.</summary>
    /// <param name="Server">Which one, as it knows that already.</param>
    /// <param name="Counts">Without a blank.</param>
    internal sealed record Counted(long Server, string Counts) : Signal;

    public Task SendAsync(Sql sql) =>
        sql.SignalAsync(
            this switch
            {
                Job j => string.Create(
                    CultureInfo.InvariantCulture,
                    $"job {j.JobId} {j.Uuid} {Words<JobStatus>.Of(j.Status)} {j.ProjectId} {j.SpecId} {j.RunnerId?.Value ?? 0}"
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

    /// <summary>Null for what is none of ours: a newer server may say more.</summary>
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
