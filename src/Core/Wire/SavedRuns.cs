namespace Paddock.Core.Wire;

/// <summary>
/// The results of a CI job that may not report them. Another job sends them, and alone decides for which project,
/// branch and commit: the file names none.
/// </summary>
/// <param name="Environment">The environment of the machine that measured.</param>
/// <param name="ExitCode">The exit code of the last command that failed, where failing was allowed.</param>
public sealed record SavedRun(
    DateTimeOffset StartTime,
    DateTimeOffset EndTime,
    ReportSettings Settings,
    IReadOnlyList<SavedOutput> Outputs,
    RunEnvironment? Environment = null,
    int? ExitCode = null
);

/// <param name="Iteration">Counted from 0.</param>
/// <param name="File">The file that the output was read from; null for standard output.</param>
public sealed record SavedOutput(Utf8Text Text, uint Iteration, string? File = null, int ExitCode = 0);
