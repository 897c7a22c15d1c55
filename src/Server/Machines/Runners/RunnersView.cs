using Paddock.Core.Wire;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Machines.Jobs;
using Paddock.Server.Results.Reports;

namespace Paddock.Server.Machines.Runners;

/// <summary>What a runner is doing.</summary>
/// <param name="ProjectSlug">Of the project that it belongs to.</param>
public sealed record HeldJob(Guid Uuid, string ProjectSlug, string Project);

/// <summary>A runner in the list of all.</summary>
/// <param name="Specs">The names of what it serves.</param>
public sealed record RunnerLine(Runner Runner, IReadOnlyList<string> Specs, IReadOnlyList<HeldJob> Jobs);

/// <summary>What the page of all runners says.</summary>
public sealed record RunnersView(
    IReadOnlyList<RunnerLine> Runners,
    ListPart Part,
    bool Archived,
    string Events,
    DateTimeOffset Made
)
{
    public string State => StateOf(Runners, Part.Total);

    // When they were last seen changes all the time, and only whether that was lately is worth a new page.
    public static string StateOf(IReadOnlyList<RunnerLine> runners, long total) =>
        PageState.Of([
            total,
            .. runners.Select(line =>
                $"{line.Runner.Uuid} {line.Runner.Name} {line.Runner.State} {line.Runner.Maintenance?.Reason} "
                + $"{line.Runner.Archived} {string.Join(' ', line.Jobs)} {string.Join(' ', line.Specs)} "
                + $"{line.Runner.Facts?.Boot}"
            ),
        ]);
}

/// <summary>What the page of one runner says.</summary>
/// <param name="Jobs">Those that it has or had, the last first.</param>
/// <param name="Busy">How long it has run benchmarks in the last day, in all its slots.</param>
public sealed record RunnerPageView(
    Runner Runner,
    IReadOnlyList<Spec> Specs,
    IReadOnlyList<JobLine> Jobs,
    ListPart Part,
    TimeSpan Busy,
    string Events,
    DateTimeOffset Made
)
{
    public string State => StateOf(Runner, Jobs, Part.Total);

    public static string StateOf(Runner runner, IReadOnlyList<JobLine> jobs, long total) =>
        PageState.Of([
            runner.Name,
            runner.State,
            runner.Maintenance?.Reason,
            string.Join(' ', runner.Labels),
            runner.Archived,
            runner.Facts?.Boot,
            runner.Slots,
            string.Join(' ', runner.Specs),
            total,
            .. jobs.Select(job => $"{job.Uuid} {job.Status}"),
        ]);
}

/// <summary>What pages call what a runner does.</summary>
internal static class RunnerWords
{
    public static string Of(RunnerState state) =>
        state switch
        {
            RunnerState.Offline => "Offline",
            RunnerState.Idle => "Idle",
            RunnerState.Running => "Running",
            RunnerState.Draining => "Draining",
        };

    public static string Sign(RunnerState state) =>
        state switch
        {
            RunnerState.Offline => "✗",
            RunnerState.Idle => "✓",
            RunnerState.Running => "◑",
            RunnerState.Draining => "○",
        };

    /// <summary>How it looks: a class of the style.</summary>
    public static string Tone(RunnerState state) =>
        state switch
        {
            RunnerState.Offline => "bad",
            RunnerState.Idle => "good",
            RunnerState.Running => "moving",
            RunnerState.Draining => "still",
        };
}
