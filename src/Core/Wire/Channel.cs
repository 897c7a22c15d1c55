using System.Text.Json.Serialization;

namespace Paddock.Core.Wire;

/// <summary>
/// The names that a runner and a server of ours know each other by; an original of either overlooks them. See
/// docs/channel.md.
/// </summary>
public static class Channel
{
    /// <summary>On the answer that opens a channel: the server understands what is only ours.</summary>
    public const string VersionHeader = "Paddock-Channel";

    /// <summary>On the request: which of the runner's slots this channel serves, from 0.</summary>
    public const string SlotHeader = "Paddock-Slot";

    public const string Version = "1";
}

/// <summary>
/// What a runner says on its channel: one JSON object in a text frame. Members named "ours" are sent only where the
/// server offers them.
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

/// <summary>What a runner is. An original sends the first five.</summary>
/// <param name="Channel">stable or canary: which builds it follows.</param>
/// <param name="Checksum">SHA-256 of its own program.</param>
/// <param name="Boot">Another one each time that the runner starts. Ours, like all that follows.</param>
/// <param name="Sandboxes">Which kinds it can give: container, microvm, host. A job that demands another is not handed
/// to it.</param>
/// <param name="Draining">It finishes what it has and takes nothing new.</param>
/// <param name="Pairs">It can run two images in turns in one job: <see cref="JobConfig.Pairs"/>.</param>
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

/// <param name="Lease">The claim under which the job is held, as the server gave it. Ours, in every event of a
/// job.</param>
public sealed record Running([property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? Lease = null)
    : RunnerEvent;

/// <param name="Lease">See <see cref="Running"/>.</param>
/// <param name="Output">
/// What the job has written since the last one, the end of it where that is much. Only to a server that asks for it by
/// <see cref="Claim.OutputEvery"/>.
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

/// <param name="Unstarted">The benchmark never began (the image could not be pulled, the sandbox not be made): another
/// runner may try. Ours.</param>
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

/// <summary>What a server says on a runner's channel.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(Ack), "ack")]
[JsonDerivedType(typeof(NoJob), "no_job")]
[JsonDerivedType(typeof(Cancel), "cancel")]
[JsonDerivedType(typeof(Update), "update")]
[JsonDerivedType(typeof(Claim), "job")]
public abstract record ServerEvent;

/// <summary>The answer to everything but ready; during a job with its UUID.</summary>
public sealed record Ack([property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? Job = null)
    : ServerEvent;

public sealed record NoJob : ServerEvent;

/// <summary>Stop the job: in answer to a heartbeat, and to a runner of ours also unasked.</summary>
/// <param name="Job">Ours.</param>
public sealed record Cancel([property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? Job = null)
    : ServerEvent;

/// <summary>
/// An original runner replaces its program by this one. Sent only where the operator configured it, and never to
/// runners of ours.
/// </summary>
public sealed record Update(string Version, string Url, string Checksum) : ServerEvent;

/// <summary>A job, handed to the runner that asked.</summary>
/// <param name="OciToken">With it the image is pulled.</param>
/// <param name="Timeout">Seconds, the same as in the configuration.</param>
/// <param name="Lease">To be said with every event of this job. Ours.</param>
/// <param name="MessageBytesMax">The longest message that the server takes. Ours.</param>
/// <param name="HeartbeatEvery">Seconds between two heartbeats, which is less than the server would miss one after.
/// Ours.</param>
/// <param name="OutputEvery">
/// Seconds between two heartbeats with what the job has written since, where that disturbs no measurement; elsewhere
/// the usual heartbeats take it along. Ours.
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
