using System.Text;
using Paddock.Core.Wire;

namespace Paddock.Cli.GitHub;

/// <summary>The options for a run's report to GitHub.</summary>
/// <param name="Id">Distinguishes the comments of several runs; null for the default one.</param>
/// <param name="CheckName">The name of the check; null for the default one.</param>
/// <param name="Number">The issue to comment on, when it is not the event's own.</param>
internal sealed record CiSettings(
    string Token,
    bool OnlyThresholds,
    bool OnlyOnAlert,
    string? Id,
    string? CheckName,
    ulong? Number,
    bool IgnorePwnRequests
);

/// <summary>A report in the form that GitHub receives.</summary>
/// <param name="Title">One line, for a check.</param>
/// <param name="Render">Renders the whole report in at most so many bytes.</param>
/// <param name="Tag">The text that the rendered report ends with, at any length.</param>
/// <param name="Fails">True when the check fails because a result is worse than its limit.</param>
internal sealed record RenderedReport(Report Report, string Title, Func<int, string> Render, string Tag, bool Fails)
{
    /// <summary>The text that fits into a comment or a check.</summary>
    public string Body { get; } = Render(GitHubClient.BodyBytesMax);

    /// <summary>The address of the report's page.</summary>
    public Uri? Address { get; init; }

    public bool HasAlert => Report.Counts.Alerts.Total > 0;

    public bool HasThreshold =>
        Report.Results?.Any(i => i.Any(r => r.Measures.Any(m => m.Threshold is not null))) is true;
}

/// <summary>One run's check, summary and comment on GitHub.</summary>
internal sealed class CiReport : Forges.ICiReport
{
    private const int SummaryBytesMax = 1 << 20; // GitHub shows nothing of a longer summary.

    private readonly CiSettings settings;
    private readonly WorkflowEvent cause;
    private readonly GitHubClient? github;
    private readonly Action<string> note;
    private string name;
    private ulong? check;
    private bool closed;

    private CiReport(CiSettings settings, WorkflowEvent cause, ApiOptions patience, Action<string> note)
    {
        (this.settings, this.cause, this.note) = (settings, cause, note);
        github = cause.Repository is { } repository ? new(settings.Token, repository, patience, note) : null;
        name = NameFor(project: null);
    }

    /// <summary>Null, with a note to the user, when this is not GitHub Actions.</summary>
    /// <exception cref="Failure">The event cannot be read, or is a pull request from a fork.</exception>
    public static CiReport? Begin(CiSettings? settings, ApiOptions patience, Action<string> note)
    {
        if (settings is null)
            return null;
        if (Environment.GetEnvironmentVariable("GITHUB_ACTIONS") != "true")
        {
            note("--github-actions has no effect outside of GitHub Actions: GITHUB_ACTIONS is not true.");
            return null;
        }
        var cause = WorkflowEvent.Read();
        if (cause.Repository is null)
        {
            if (cause.IsPullRequest || settings.Number is not null)
                throw new Failure(
                    "The event that triggered this workflow names no repository, so no comment can be written."
                );
            note("The event that triggered this workflow names no repository, so no check is set.");
        }
        if (cause.IsFromFork)
        {
            var danger =
                $"This pull request comes from a fork ({cause.HeadRepository ?? "since deleted"}): its code would "
                + $"run with the secrets of {cause.Repository}.";
            if (!settings.IgnorePwnRequests)
                throw new Failure(
                    $"{danger} Run its benchmarks without secrets, and report them in a workflow_run workflow."
                );
            note(danger);
        }
        return new(settings, cause, patience, note);
    }

    /// <summary>Opens the check, if GitHub allows it.</summary>
    /// <exception cref="Failure">The given number is not that of a pull request with the measured commit.</exception>
    public async Task StartCheckAsync(string? project, CancellationToken ct)
    {
        await CheckNumberAsync(ct);
        name = NameFor(project);
        await BestEffortAsync("The check could not be opened", async () =>
            check =
                github is not null && cause.HeadSha is { } sha
                    ? await github.CreateCheckAsync(new(name, Title: "", "<p>The benchmarks are running.</p>"), sha, ct)
                    : null
        );
    }

    // In a workflow_run the number comes from an artifact that anybody may have written.
    private async Task CheckNumberAsync(CancellationToken ct)
    {
        if (github is null || cause.Name != "workflow_run" || settings.Number is not { } number)
            return;
        string? head;
        try
        {
            head = await github.PullRequestHeadAsync(number, ct);
        }
        catch (GitHubException e)
        {
            throw new Failure($"The pull request {number} could not be read. {e.Message}", e);
        }
        if (head is null || !string.Equals(head, cause.HeadSha, StringComparison.OrdinalIgnoreCase))
            throw new Failure(
                $"The pull request {number} is at commit {head}, but {cause.HeadSha} was measured, so nothing is "
                    + "reported there."
            );
    }

    /// <summary>Closes an open check as failed, because the run did not complete.</summary>
    public async Task FailCheckAsync(string why, CancellationToken ct)
    {
        if (github is null || check is not { } id || closed)
            return;
        closed = true;
        await BestEffortAsync("The check could not be closed", () =>
            github.UpdateCheckAsync(
                id,
                new(name, "The run failed", $"```\n{Shorten(why)}\n```", CheckConclusion.Failure),
                ct
            )
        );
    }

    /// <exception cref="Failure">The comment could not be written.</exception>
    public async Task FinishAsync(RenderedReport rendered, CancellationToken ct)
    {
        await CloseCheckAsync(rendered, ct);
        WriteSummary(rendered);
        try
        {
            await CommentAsync(rendered, ct);
        }
        catch (GitHubException e)
        {
            throw new Failure($"The comment could not be written. {e.Message}", e);
        }
    }

    public void Dispose() => github?.Dispose();

    private string NameFor(string? project) =>
        settings.CheckName is { } given ? Check.NameOf(given) : Check.NameFor(settings.Id ?? project);

    private Task CloseCheckAsync(RenderedReport rendered, CancellationToken ct)
    {
        closed = true;
        name = NameFor(rendered.Report.Project.Name);
        var done = new Check(
            name,
            rendered.Title,
            rendered.Body,
            rendered.Fails ? CheckConclusion.Failure : CheckConclusion.Success
        );
        return BestEffortAsync("The check could not be closed", async () =>
        {
            if (github is null)
                return;
            if (check is { } id)
                await github.UpdateCheckAsync(id, done, ct);
            else if (cause.HeadSha is { } sha)
                await github.CreateCheckAsync(done, sha, ct);
        });
    }

    // Appends rather than replaces: other programs in the same step may have written a summary, which counts against
    // the step's limit.
    private void WriteSummary(RenderedReport rendered)
    {
        if (Environment.GetEnvironmentVariable("GITHUB_STEP_SUMMARY") is not { Length: > 0 } path)
            return;
        try
        {
            var taken = File.Exists(path) ? new FileInfo(path).Length : 0;
            var html = rendered.Render((int)Math.Max(0, SummaryBytesMax - taken - 1)) + "\n";
            if (taken + Encoding.UTF8.GetByteCount(html) <= SummaryBytesMax)
                File.AppendAllText(path, html);
            else
                note("The report does not fit into the job summary: other programs of this step have filled it.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            note($"The job summary could not be written: {e.Message}");
        }
    }

    private async Task CommentAsync(RenderedReport rendered, CancellationToken ct)
    {
        if (settings.OnlyThresholds && !rendered.HasThreshold)
            return;
        if (github is null || IssueNumber() is not { } issue)
        {
            note(
                "No comment is written: this workflow was not triggered by a pull request. Give the number with "
                    + "--ci-number."
            );
            return;
        }
        if (await github.FindCommentAsync(issue, rendered.Tag, ct) is { } existing)
            await github.UpdateCommentAsync(existing, rendered.Body, ct);
        else if (rendered.HasAlert || !settings.OnlyOnAlert)
            await github.CreateCommentAsync(issue, rendered.Body, rendered.Tag, ct);
    }

    private ulong? IssueNumber()
    {
        if (settings.Number is { } given)
            return given;
        if (!cause.IsPullRequest)
            return null;
        return cause.Number
            ?? throw new Failure(
                "The event that triggered this workflow names no pull request. Give the number with --ci-number."
            );
    }

    private async Task BestEffortAsync(string otherwise, Func<Task> attempt)
    {
        try
        {
            await attempt();
        }
        catch (GitHubException e)
        {
            note($"{otherwise}. {e.Message}");
        }
    }

    private static string Shorten(string text) => text.Length <= 10_000 ? text : text[..10_000] + "…";
}
