using Paddock.Core.Wire;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Machines.Jobs;
using Paddock.Server.Results.Reports;

namespace Paddock.Server.Machines.Runners;

/// <summary>A job that a runner holds.</summary>
/// <param name="ProjectSlug">The slug of the job's project.</param>
public sealed record HeldJob(Guid Uuid, string ProjectSlug, string Project);

/// <summary>A row in the list of runners.</summary>
/// <param name="Specs">The names of the specs that the runner serves.</param>
public sealed record RunnerLine(Runner Runner, IReadOnlyList<string> Specs, IReadOnlyList<HeldJob> Jobs);

/// <summary>The content of the page of all runners.</summary>
public sealed record RunnersView(
    IReadOnlyList<RunnerLine> Runners,
    ListPart Part,
    bool Archived,
    string Events,
    DateTimeOffset Made
)
{
    public string State => StateOf(Runners, Part.Total);

    // Leaves the heartbeat times out: they change all the time, and only the resulting state is worth a new page.
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

/// <summary>The content of a runner's page.</summary>
/// <param name="Jobs">The jobs that the runner holds or held, newest first.</param>
/// <param name="Busy">The time that the runner has run benchmarks in the last day, summed over its slots.</param>
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

/// <summary>The words and signs that pages use for a runner's state.</summary>
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

    /// <summary>The CSS class of a state.</summary>
    public static string Tone(RunnerState state) =>
        state switch
        {
            RunnerState.Offline => "bad",
            RunnerState.Idle => "good",
            RunnerState.Running => "moving",
            RunnerState.Draining => "still",
        };
}
