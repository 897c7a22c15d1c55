using System.Runtime.InteropServices;
using Paddock.Core.Jobs;
using Paddock.Core.Wire;
using Paddock.Runner.Sandbox;

namespace Paddock.Runner.Jobs;

/// <summary>The base of a confirming job, and when it has its turn.</summary>
/// <param name="ImageName">How people call it.</param>
internal sealed record OrderedPairs(string Reference, string ImageName, PairOrder Order);

/// <summary>What is to be carried out, whoever asked for it.</summary>
internal sealed record JobOrder
{
    /// <summary>Nobody waits for longer, and timers cannot.</summary>
    public static readonly TimeSpan TimeoutMax = TimeSpan.FromDays(30);

    public required Guid Id { get; init; }

    /// <summary>A digest or, from a person, a tag.</summary>
    public required string Reference { get; init; }

    /// <summary>How people call the image.</summary>
    public required string ImageName { get; init; }

    public required string Sandbox { get; init; }
    public required Limits Limits { get; init; }

    /// <summary>For everything together, from now on.</summary>
    public required TimeSpan Timeout { get; init; }

    public IReadOnlyList<string>? Entrypoint { get; init; }
    public IReadOnlyList<string>? Cmd { get; init; }
    public IReadOnlyDictionary<string, string>? Env { get; init; }
    public IReadOnlyList<string> FilePaths { get; init; } = [];
    public bool BuildTime { get; init; }
    public bool FileSize { get; init; }
    public uint Iterations { get; init; } = 1;
    public bool AllowFailure { get; init; }

    /// <summary>The image that runs in turns with the other one, which is the head then; null in most jobs.</summary>
    public OrderedPairs? Pairs { get; init; }

    /// <summary>How often the command runs, whichever image it is of.</summary>
    public uint Runs => Pairs is { } pairs ? (uint)pairs.Order.Runs.Count : Iterations;

    /// <summary>Where whoever follows the job learns what it writes; null where nobody does.</summary>
    public LiveOutput? Live { get; init; }

    /// <summary>Why it cannot be carried out on this kind of machine; null where it can.</summary>
    public string? Refusal { get; init; }

    /// <summary>This machine's, in the word of the wire.</summary>
    public static string Architecture =>
        RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64
            ? Architectures.Aarch64
            : Architectures.X8664;

    /// <param name="limits">What this runner adds to the limits of the spec.</param>
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
                : $"The job's spec demands {claim.Spec.Os.ToString().ToLowerInvariant()} on "
                    + $"{claim.Spec.Architecture}; this machine is linux on {Architecture}.",
        };

    /// <summary>The sandbox that a spec asks for; v0 knows one word.</summary>
    public static string SandboxWord(string? spec) =>
        spec switch
        {
            null => "container",
            "firecracker" => "microvm",
            _ => spec,
        };
}

/// <summary>How a job ended.</summary>
/// <param name="Results">One for each iteration that came far enough to have some.</param>
/// <param name="Error">Why it failed, in a sentence; null where it completed.</param>
/// <param name="Unstarted">The benchmark never began, so another runner may try.</param>
/// <param name="Aborted">It was stopped from outside; whoever did so knows why.</param>
internal sealed record JobOutcome(
    IReadOnlyList<IterationResult> Results,
    string? Error,
    bool Unstarted,
    bool Aborted,
    RunEnvironment? Environment
) : IDisposable
{
    public bool Failed => Error is not null;

    /// <summary>Where the texts of the results are; null where there are none.</summary>
    public JobOutputs? Outputs { get; init; }

    public void Dispose() => Outputs?.Dispose();
}
