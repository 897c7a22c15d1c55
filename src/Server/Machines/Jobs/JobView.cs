using Paddock.Core.Jobs;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Machines.Jobs;

/// <summary>One phase of a job's life.</summary>
/// <param name="From">The start of the phase.</param>
/// <param name="To">The end of the phase; null while it lasts.</param>
/// <param name="Kind">The CSS class: wait, prepare or run.</param>
public sealed record Phase(string Name, string Kind, DateTimeOffset From, DateTimeOffset? To);

/// <summary>The content of a job's page.</summary>
/// <param name="Runner">The runner's name, for members of the project.</param>
/// <param name="RunnerAddress">The runner's page, for administrators.</param>
/// <param name="Runners">The page of all runners, for administrators, while the job waits for one.</param>
/// <param name="Tail">The latest output, while the job runs.</param>
/// <param name="MaySeeOutput">True when the caller may see the job's output.</param>
/// <param name="Proof">The CSRF token of the cancel form; null when the caller cannot cancel.</param>
/// <param name="Made">When the page was made.</param>
public sealed record JobView(
    ProjectPaths Paths,
    string Project,
    Job Job,
    string Id,
    string? Branch,
    uint? Version,
    Commit? Commit,
    string? Testbed,
    string? Runner,
    string? RunnerAddress,
    string? Runners,
    int Attempts,
    int Timeout,
    IReadOnlyList<Phase> Phases,
    OutputView? Output,
    string? Tail,
    bool MaySeeOutput,
    string? Proof,
    DateTimeOffset Made
)
{
    public string State => StateOf(Job, Tail);

    /// <summary>The side of one run of a confirmation job; null for other jobs.</summary>
    public string? SideOf(int run)
    {
        if (Job.Confirmation is not { } confirmation)
            return null;
        if (confirmation.Side is { } one)
            return Words<PairSide>.Of(one);
        return PairOrder.TryParse(confirmation.Order, out var order) && run < order.Runs.Count
            ? $"pair {run / 2 + 1}, {Words<PairSide>.Of(order.Runs[run])}"
            : null;
    }

    /// <summary>True when the job's status is final.</summary>
    public static bool IsLast(Job job) => job.Status is JobStatus.Processed or JobStatus.Failed or JobStatus.Canceled;

    public static string StateOf(Job job, string? tail) =>
        PageState.Of(job.Status, job.Reason, job.Position, job.Runner, job.Claimed, job.Started, job.Completed, tail);

    internal static JobView Of(
        SeenJob seen,
        OutputView? output,
        string? tail,
        JobLine line,
        ProjectPaths paths,
        Viewer? viewer,
        string? proof,
        DateTimeOffset now
    ) =>
        new(
            paths,
            seen.Project.Name,
            seen.Job,
            ShortId.Of(seen.Job.Uuid),
            line.Branch,
            line.Version,
            Commit.Of(line.Hash, seen.Project.Url),
            line.Testbed,
            seen.IsMember ? line.Runner : null,
            viewer is { IsAdmin: true } && line.RunnerSlug is { } slug ? AdminPaths.Runner(slug) : null,
            viewer is { IsAdmin: true } && seen.Job.Status == JobStatus.Pending ? AdminPaths.Runners : null,
            seen.Row.Attempts,
            seen.Row.Timeout,
            PhasesOf(seen.Job),
            output,
            tail,
            viewer is not null || seen.IsMember,
            seen.MayCancel ? proof : null,
            now
        );

    internal static IReadOnlyList<Phase> PhasesOf(Job job)
    {
        var end = job.Status.HasEnded() ? job.Completed ?? job.Modified : (DateTimeOffset?)null;
        var phases = new List<Phase> { new("Waited for a runner", "wait", job.Created, job.Claimed ?? end) };
        if (job.Claimed is { } claimed)
            phases.Add(new("Prepared image and sandbox", "prepare", claimed, job.Started ?? end));
        if (job.Started is { } started)
            phases.Add(new("Ran", "run", started, end));
        return phases;
    }
}

/// <summary>The content of the page of a project's jobs.</summary>
/// <param name="IsMember">True when the caller may see the names of runners.</param>
public sealed record JobsView(
    ProjectPaths Paths,
    string Project,
    JobStatus? Status,
    IReadOnlyList<JobLine> Jobs,
    ListPart Part,
    bool IsMember,
    string Events,
    DateTimeOffset Made
)
{
    public string State => StateOf(Jobs, Part.Total);

    public static string StateOf(IReadOnlyList<JobLine> jobs, long total) =>
        PageState.Of([total, .. jobs.Select(job => $"{job.Uuid} {job.Status} {job.Runner} {job.Waits}")]);
}
