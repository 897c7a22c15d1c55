namespace Paddock.Core.Jobs;

/// <summary>The kinds of sandbox, and which of them a spec asks for.</summary>
public static class Sandboxes
{
    public const string Container = "container";
    public const string Microvm = "microvm";
    public const string Host = "host";

    /// <summary>The protocol's word for a microVM in a spec, whatever program runs the microVM.</summary>
    public const string MicrovmInSpec = "firecracker";

    /// <summary>
    /// True when a runner offers the sandbox that a spec asks for: a microVM; or a container, in place of which the
    /// host will do if the runner's operator allows it.
    /// </summary>
    /// <param name="offered">Null if the runner did not say which kinds it offers. It then finds out itself, and fails
    /// jobs that it cannot run.</param>
    /// <param name="spec">The sandbox as written in the spec.</param>
    public static bool Offer(IReadOnlyList<string>? offered, string? spec) =>
        offered is null
        || (spec == MicrovmInSpec ? offered.Contains(Microvm) : offered.Contains(Container) || offered.Contains(Host));
}
