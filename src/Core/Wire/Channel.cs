using System.Text.Json.Serialization;

namespace Paddock.Core.Wire;

/// <summary>
/// Header names by which Paddock runners and servers recognize each other. Bencher's runners and servers ignore them.
/// See docs/channel.md.
/// </summary>
public static class Channel
{
    /// <summary>In the response that opens a channel: the server understands Paddock's additions.</summary>
    public const string VersionHeader = "Paddock-Channel";

    /// <summary>In the request: the runner's slot that this channel serves, counted from 0.</summary>
    public const string SlotHeader = "Paddock-Slot";

    public const string Version = "1";
}

/// <summary>
/// A runner's message on its channel: one JSON object in a text frame. Members that v0 does not have are sent only to a
/// server that offers them.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(Ready), "ready")]
[JsonDerivedType(typeof(Running), "running")]
[JsonDerivedType(typeof(Heartbeat), "heartbeat")]
[JsonDerivedType(typeof(Completed), "completed")]
[JsonDerivedType(typeof(Failed), "failed")]
[JsonDerivedType(typeof(Canceled), "canceled")]
public abstract record RunnerEvent;

/// <param name="PollTimeout">Seconds to wait for a job, 1 to 900.</param>
public sealed record Ready(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? PollTimeout = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RunnerFacts? Runner = null
) : RunnerEvent;

/// <summary>Describes a runner. Bencher's runners send the first five members.</summary>
/// <param name="Channel">The release channel of the runner's builds: stable or canary.</param>
/// <param name="Checksum">SHA-256 of the runner's executable.</param>
/// <param name="Boot">Id of the runner's process, new at each start. Not in v0, like all members below.</param>
/// <param name="Sandboxes">
/// The sandbox kinds it offers: container, microvm, host. It gets no job that demands another kind.
/// </param>
/// <param name="Draining">True when the runner finishes its jobs and takes no new ones.</param>
/// <param name="Pairs">True when the runner can alternate two images in one job: <see cref="JobConfig.Pairs"/>.</param>
public sealed record RunnerFacts(
    string Os,
    string Arch,
    string Version,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Channel = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Checksum = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? Boot = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Hostname = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Sandboxes = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Cores = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RunEnvironment? Environment = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Draining = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Pairs = null
);

/// <param name="Lease">
/// The lease under which the runner holds the job, from <see cref="Claim"/>. In every event of a job. Not in v0.
/// </param>
public sealed record Running([property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? Lease = null)
    : RunnerEvent;

/// <param name="Lease">See <see cref="Running"/>.</param>
/// <param name="Output">
/// The job's output since the last heartbeat; only its end where it is long. Sent only when
/// <see cref="Claim.OutputEvery"/> asks for it.
/// </param>
public sealed record Heartbeat(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? Lease = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Output = null
) : RunnerEvent;

public sealed record Completed(
    Guid Job,
    IReadOnlyList<IterationOutput> Results,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? Lease = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RunEnvironment? Environment = null
) : RunnerEvent;

/// <param name="Unstarted">
/// True when the benchmark never began (the image pull failed, or the sandbox could not be created): another runner may
/// try. Not in v0.
/// </param>
public sealed record Failed(
    Guid Job,
    IReadOnlyList<IterationOutput> Results,
    string Error,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? Lease = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RunEnvironment? Environment = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Unstarted = null
) : RunnerEvent;

public sealed record Canceled(
    Guid Job,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? Lease = null
) : RunnerEvent;

/// <summary>A server's message on a runner's channel.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(Ack), "ack")]
[JsonDerivedType(typeof(NoJob), "no_job")]
[JsonDerivedType(typeof(Cancel), "cancel")]
[JsonDerivedType(typeof(Update), "update")]
[JsonDerivedType(typeof(Claim), "job")]
public abstract record ServerEvent;

/// <summary>The answer to every event but ready. During a job it carries the job's UUID.</summary>
public sealed record Ack([property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? Job = null)
    : ServerEvent;

public sealed record NoJob : ServerEvent;

/// <summary>Tells the runner to stop the job. Answers a heartbeat; a Paddock runner also gets it unprompted.</summary>
/// <param name="Job">Not in v0.</param>
public sealed record Cancel([property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? Job = null)
    : ServerEvent;

/// <summary>
/// Tells a Bencher runner to replace its executable by this version. Sent only where the operator configured it, and
/// never to Paddock's runners.
/// </summary>
public sealed record Update(string Version, string Url, string Checksum) : ServerEvent;

/// <summary>The answer to ready: a job for the runner.</summary>
/// <param name="OciToken">Token for pulling the image.</param>
/// <param name="Timeout">Seconds, equal to the timeout in the configuration.</param>
/// <param name="Lease">The runner sends it with every event of this job. Not in v0.</param>
/// <param name="MessageBytesMax">The longest message that the server accepts. Not in v0.</param>
/// <param name="HeartbeatEvery">
/// Seconds between two heartbeats: less than the silence after which the server gives the runner up. Not in v0.
/// </param>
/// <param name="OutputEvery">
/// Seconds between two heartbeats that carry new output, on hosts where sending it does not disturb the measurement. On
/// other hosts the usual heartbeats carry the output. Not in v0.
/// </param>
public sealed record Claim(
    Guid Uuid,
    Spec Spec,
    JobConfig Config,
    string OciToken,
    int Timeout,
    DateTimeOffset Created,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? Lease = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? MessageBytesMax = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? HeartbeatEvery = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? OutputEvery = null
) : ServerEvent;
