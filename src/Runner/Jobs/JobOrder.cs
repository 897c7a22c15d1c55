using System.Runtime.InteropServices;
using Paddock.Core.Jobs;
using Paddock.Core.Wire;
using Paddock.Runner.Sandbox;

namespace Paddock.Runner.Jobs;

/// <summary>The base image of a confirming job, and the order of head and base runs.</summary>
/// <param name="ImageName">The image's name for people.</param>
internal sealed record OrderedPairs(string Reference, string ImageName, PairOrder Order);

/// <summary>A job to execute, whether a server or a person ordered it.</summary>
internal sealed record JobOrder
{
    /// <summary>The longest timeout: nobody waits longer, and timers cannot.</summary>
    public static readonly TimeSpan TimeoutMax = TimeSpan.FromDays(30);

    public required Guid Id { get; init; }

    /// <summary>The image's digest, or a tag when a person ordered the job.</summary>
    public required string Reference { get; init; }

    /// <summary>The image's name for people.</summary>
    public required string ImageName { get; init; }

    public required string Sandbox { get; init; }
    public required Limits Limits { get; init; }

    /// <summary>The time limit for the whole job, pull included.</summary>
    public required TimeSpan Timeout { get; init; }

    public IReadOnlyList<string>? Entrypoint { get; init; }
    public IReadOnlyList<string>? Cmd { get; init; }
    public IReadOnlyDictionary<string, string>? Env { get; init; }
    public IReadOnlyList<string> FilePaths { get; init; } = [];
    public bool BuildTime { get; init; }
    public bool FileSize { get; init; }
    public uint Iterations { get; init; } = 1;
    public bool AllowFailure { get; init; }

    /// <summary>The base image that alternates with the job's own image, the head; null in most jobs.</summary>
    public OrderedPairs? Pairs { get; init; }

    /// <summary>The number of runs, of both images together.</summary>
    public uint Runs => Pairs is { } pairs ? (uint)pairs.Order.Runs.Count : Iterations;

    /// <summary>The live output for those who follow the job; null when the server does not ask for it.</summary>
    public LiveOutput? Live { get; init; }

    /// <summary>Why this machine cannot execute the job; null when it can.</summary>
    public string? Refusal { get; init; }

    /// <summary>This machine's architecture, as named on the wire.</summary>
    public static string Architecture =>
        RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64
            ? Architectures.Aarch64
            : Architectures.X8664;

    /// <param name="limits">Adds this runner's own limits to those of the spec.</param>
    public static JobOrder Of(Claim claim, Func<Limits, Limits> limits) =>
        new()
        {
            Id = claim.Uuid,
            Reference = claim.Config.Digest,
            ImageName = claim.Config.Image ?? $"{claim.Config.Project}@{claim.Config.Digest}",
            Sandbox = SandboxWord(claim.Spec.Sandbox),
            Limits = limits(
                new(claim.Spec.Cpu, claim.Spec.Memory, claim.Spec.Disk, claim.Spec.Network)
                {
                    Counters = claim.Spec.Counters ?? false,
                }
            ),
            Timeout = TimeSpan.FromSeconds(Math.Clamp(claim.Config.Timeout, 1, TimeoutMax.TotalSeconds)),
            Entrypoint = claim.Config.Entrypoint,
            Cmd = claim.Config.Cmd,
            Env = claim.Config.Env,
            FilePaths = claim.Config.FilePaths ?? [],
            BuildTime = claim.Config.BuildTime ?? false,
            FileSize = claim.Config.FileSize ?? false,
            Iterations = claim.Config.Iter ?? 1,
            AllowFailure = claim.Config.AllowFailure ?? false,
            Pairs =
                claim.Config.Pairs is { } pairs && PairOrder.TryParse(pairs.Order, out var order)
                    ? new(pairs.Digest, pairs.Image ?? pairs.Digest, order)
                    : null,
            Refusal =
                ClaimCheck.Refusal(claim) is { } nonsense ? nonsense
                : claim.Spec.Os == Core.Wire.OperatingSystem.Linux && claim.Spec.Architecture == Architecture ? null
                : $"The job's spec requires {claim.Spec.Os.ToString().ToLowerInvariant()} on "
                    + $"{claim.Spec.Architecture}; this machine is linux on {Architecture}.",
        };

    /// <summary>The sandbox that a spec asks for. The only value v0 knows is "firecracker".</summary>
    public static string SandboxWord(string? spec) =>
        spec switch
        {
            null => "container",
            "firecracker" => "microvm",
            _ => spec,
        };
}

/// <summary>How a job ended.</summary>
/// <param name="Results">One result for each iteration that produced one.</param>
/// <param name="Error">Why the job failed, in a sentence; null when it completed.</param>
/// <param name="Unstarted">The benchmark never began, so another runner may try.</param>
/// <param name="Aborted">The job was stopped from outside, so no error is recorded.</param>
internal sealed record JobOutcome(
    IReadOnlyList<IterationResult> Results,
    string? Error,
    bool Unstarted,
    bool Aborted,
    RunEnvironment? Environment
) : IDisposable
{
    public bool Failed => Error is not null;

    /// <summary>The folder with the texts of the results; null when there are none.</summary>
    public JobOutputs? Outputs { get; init; }

    public void Dispose() => Outputs?.Dispose();
}
