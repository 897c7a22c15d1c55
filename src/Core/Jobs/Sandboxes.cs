namespace Paddock.Core.Jobs;

/// <summary>The kinds of sandbox, and which of them a spec asks for.</summary>
public static class Sandboxes
{
    public const string Container = "container";
    public const string Microvm = "microvm";
    public const string Host = "host";

    /// <summary>The protocol's word for a micro VM in a spec, whatever program it is.</summary>
    public const string MicrovmInSpec = "firecracker";

    /// <summary>
    /// Whether one of the kinds that a runner can give is what a spec asks for: a micro VM, or a container or, where
    /// its operator allows that, the host.
    /// </summary>
    /// <param name="offered">Null where the runner did not say: it finds out by itself, and fails what it cannot
    /// do.</param>
    /// <param name="spec">The spec's own word.</param>
    public static bool Offer(IReadOnlyList<string>? offered, string? spec) =>
        offered is null
        || (spec == MicrovmInSpec ? offered.Contains(Microvm) : offered.Contains(Container) || offered.Contains(Host));
}
