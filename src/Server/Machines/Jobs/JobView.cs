using Paddock.Core.Jobs;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Machines.Jobs;

/// <summary>A stretch of a job's life.</summary>
/// <param name="From">When it began.</param>
/// <param name="To">When it ended; null while it lasts.</param>
/// <param name="Kind">A class of the style: wait, prepare, run.</param>
public sealed record Phase(string Name, string Kind, DateTimeOffset From, DateTimeOffset? To);

/// <summary>What the page of a job says.</summary>
/// <param name="Runner">Its name, for members of the project.</param>
/// <param name="RunnerAddress">Its page, for administrators.</param>
/// <param name="Runners">The page of all runners, for administrators, while the job waits for one.</param>
/// <param name="Tail">What it has written lately, while it runs.</param>
/// <param name="MaySeeOutput">Whether whoever looks at the page may see what a job wrote.</param>
/// <param name="Proof">For the form that cancels it; null where nobody can.</param>
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

    /// <summary>The side of a confirming job's run; null of other jobs.</summary>
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

    /// <summary>Whether nothing becomes of it any more.</summary>
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

/// <summary>What the page of a project's jobs says.</summary>
/// <param name="IsMember">Whether whoever looks at it may see which runners there are.</param>
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
