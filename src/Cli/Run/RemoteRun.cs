using Paddock.Cli.Jobs;
using Paddock.Core.Wire;

namespace Paddock.Cli.Run;

/// <summary>A run that a runner executes: waits for it, and shows its progress.</summary>
/// <param name="raw">True to send control characters in the output to the terminal.</param>
/// <param name="report">The report when the run was accepted: still empty.</param>
internal sealed class RemoteRun(ApiClient api, Report report, Guid job, bool quiet, bool raw)
{
    private const int TimeoutStandard = 3600; // Seconds; the default of the original.
    private static readonly TimeSpan PatienceMax = TimeSpan.FromDays(49); // Timers cannot wait much longer.
    private readonly string project = report.Project.Slug;

    /// <summary>The message for <c>--detach</c>.</summary>
    public string Detached => $"Job {job} is in the queue. To see or stop it:\n{Ways}";

    /// <summary>Waits for the job's end, and prints the benchmark's output on standard error.</summary>
    /// <param name="timeout">The job's timeout in seconds. The wait ends after twice that time.</param>
    /// <param name="show">Shows the report of a failed run, as far as it exists.</param>
    /// <returns>The complete report.</returns>
    /// <exception cref="Failure">The job failed or was canceled, or did not end in time.</exception>
    public async Task<byte[]> AwaitAsync(TimeSpan every, int? timeout, Func<byte[], Task> show, CancellationToken ct)
    {
        var limit = TimeSpan.FromSeconds(2.0 * (timeout ?? TimeoutStandard));
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(limit < PatienceMax ? limit : PatienceMax);
        Job ended;
        if (!quiet)
            Output.Note($"Job {job}");
        try
        {
            using var progress = JobProgress.Start(quiet);
            ended = await new FollowJob(api, $"/v0/projects/{project}/jobs/{job}", every, progress.See).ToEndAsync(
                patience.Token
            );
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            if (!quiet)
                Output.Note($"\nThe job {job} keeps running. To see or stop it:\n{Ways}");
            throw;
        }
        catch (OperationCanceledException e)
        {
            throw new Failure(
                $"The job {job} did not end within {limit.TotalSeconds:0} s, twice its timeout. It keeps "
                    + $"running. To see or stop it:\n{Ways}",
                e
            );
        }

        Print(ended);
        if (ended.Status == JobStatus.Processed)
            return await ReportAsync(ct);
        await ShowAsync(show, ct);
        throw new Failure($"{JobText.Failure(ended)}\n{WaysToLook}");
    }

    /// <summary>Waits for the job that confirms the report's suspicions, if there is such a job.</summary>
    /// <param name="complete">The complete report of the run.</param>
    /// <returns>The report after the confirmation; null when the confirmation yielded nothing.</returns>
    public async Task<byte[]?> ConfirmAsync(Report complete, TimeSpan every, CancellationToken ct)
    {
        if (complete.Changes?.Confirmation is not { State: ConfirmationState.Open } wanted)
            return null;
        if (!quiet)
            Output.Note(
                $"A change is suspected. Waiting for the confirming job {wanted.Job}, which runs base and head in "
                    + $"turns, {wanted.Pairs} times each. To skip this, give --no-confirm."
            );
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(TimeSpan.FromSeconds(2.0 * TimeoutStandard));
        try
        {
            using var progress = JobProgress.Start(quiet);
            var path = $"/v0/projects/{project}/jobs/{wanted.Job}";
            await new FollowJob(api, path, every, progress.See).ToEndAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            if (!quiet)
                Output.Note(
                    $"The confirming job {wanted.Job} has not ended yet. It keeps running, and the report "
                        + "will show its outcome."
                );
            return null;
        }
        // The report is complete without the confirmation.
        catch (Failure e)
        {
            if (!quiet)
                Output.Note($"warning: the confirming job cannot be followed: {e.Message}");
            return null;
        }
        return await ReportAsync(ct);
    }

    private string Ways =>
        $"  paddock job view {Place}\n  paddock job logs {Place} --follow\n  paddock job cancel {Place}";

    /// <summary>Hints for a job that has ended and can only be inspected.</summary>
    private string WaysToLook => $"  paddock job view {Place}\n  paddock job logs {Place}";

    private string Place =>
        $"{project} {job}{(api.Host == Backend.DefaultHost ? "" : $" --host {api.Host.AbsoluteUri.TrimEnd('/')}")}";

    private void Print(Job ended)
    {
        if (quiet)
            return;
        if (ended.Output is { } output)
            JobText.Print(output, Output.Error, raw);
        else if (api.Credential is null)
            Output.Note("The benchmark's output is only shown to signed-in users.");
    }

    private Task<byte[]> ReportAsync(CancellationToken ct) =>
        api.SendAsync(HttpMethod.Get, $"/v0/projects/{project}/reports/{report.Uuid}", body: null, ct);

    // The report may have results or hints. If it cannot be shown, the job's own failure matters more.
    private async Task ShowAsync(Func<byte[], Task> show, CancellationToken ct)
    {
        try
        {
            await show(await ReportAsync(ct));
        }
        catch (Failure e)
        {
            if (!quiet)
                Output.Note($"warning: the report cannot be shown: {e.Message}");
        }
    }
}
