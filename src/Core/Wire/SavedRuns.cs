namespace Paddock.Core.Wire;

/// <summary>
/// What a job has measured that may not report it: another job sends it, and decides itself for which project, branch
/// and commit. Nothing in it says where it goes.
/// </summary>
/// <param name="Environment">What the machine looks like that it was measured on.</param>
/// <param name="ExitCode">Of the last command that failed though it was allowed to.</param>
public sealed record SavedRun(
    DateTimeOffset StartTime,
    DateTimeOffset EndTime,
    ReportSettings Settings,
    IReadOnlyList<SavedOutput> Outputs,
    RunEnvironment? Environment = null,
    int? ExitCode = null
);

/// <param name="Iteration">From 0.</param>
/// <param name="File">Where it was read; null for what was printed.</param>
public sealed record SavedOutput(Utf8Text Text, uint Iteration, string? File = null, int ExitCode = 0);
