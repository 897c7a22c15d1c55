using System.Globalization;
using Paddock.Host;

namespace Paddock.Runner.Sandbox.Container;

/// <summary>Whether the kernel keeps processes that may count events to their own.</summary>
internal static class PerformanceCounters
{
    private const string Setting = "/proc/sys/kernel/perf_event_paranoid";
    private const int OwnOnly = 2;

    /// <summary>Why a job that asks for counters cannot have them; null where it can.</summary>
    public static string? Refusal() =>
        HostRoots.Read(Setting) is not { } text
        || !int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var level)
            ? "The job's spec grants performance counters, which this kernel does not have."
        : level < OwnOnly
            ? $"The job's spec grants performance counters; kernel.perf_event_paranoid is {level} here, with which "
                + $"it could count what others do. {OwnOnly} is needed: without --no-tuning the runner sets it."
        : null;
}
