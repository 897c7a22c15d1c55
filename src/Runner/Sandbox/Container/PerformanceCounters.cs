using System.Globalization;
using Paddock.Host;

namespace Paddock.Runner.Sandbox.Container;

/// <summary>Checks that the kernel lets unprivileged processes count only their own events.</summary>
internal static class PerformanceCounters
{
    private const string Setting = "/proc/sys/kernel/perf_event_paranoid";
    private const int OwnOnly = 2;

    /// <summary>Why a job cannot have performance counters; null when it can.</summary>
    public static string? Refusal() =>
        HostRoots.Read(Setting) is not { } text
        || !int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var level)
            ? "The job's spec grants performance counters, which this kernel does not have."
        : level < OwnOnly
            ? $"The job's spec grants performance counters; with kernel.perf_event_paranoid = {level} "
                + $"it could read those of other processes. Set it to {OwnOnly}, or start the runner "
                + "without --no-tuning."
        : null;
}
