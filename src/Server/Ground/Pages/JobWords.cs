using Paddock.Core.Wire;

namespace Paddock.Server.Ground.Pages;

/// <summary>How pages name and mark the states of a job.</summary>
internal static class JobWords
{
    public static string Of(JobStatus status) =>
        status switch
        {
            JobStatus.Pending => "Waiting",
            JobStatus.Claimed => "Starting",
            JobStatus.Running => "Running",
            JobStatus.Completed => "Reading results",
            JobStatus.Processed => "Done",
            JobStatus.Failed => "Failed",
            JobStatus.Canceled => "Canceled",
        };

    /// <summary>A symbol beside the word, so that nothing depends on color alone.</summary>
    public static string Sign(JobStatus status) =>
        status switch
        {
            JobStatus.Pending => "○",
            JobStatus.Claimed => "◔",
            JobStatus.Running => "◑",
            JobStatus.Completed => "◕",
            JobStatus.Processed => "✓",
            JobStatus.Failed => "✗",
            JobStatus.Canceled => "–",
        };

    /// <summary>The CSS class for the state.</summary>
    public static string Tone(JobStatus status) =>
        status switch
        {
            JobStatus.Processed => "good",
            JobStatus.Failed => "bad",
            JobStatus.Canceled or JobStatus.Pending => "still",
            JobStatus.Claimed or JobStatus.Running or JobStatus.Completed => "moving",
        };

    /// <summary>
    /// Why a report has no results yet, or never will; null if the job's results were read or there is no job.
    /// </summary>
    public static string? WithoutResults(JobStatus? status) =>
        status switch
        {
            JobStatus.Pending => "the job waits for a runner",
            JobStatus.Claimed or JobStatus.Running => "the job runs",
            JobStatus.Completed => "the results are being read",
            JobStatus.Failed => "the job failed",
            JobStatus.Canceled => "the job was canceled",
            JobStatus.Processed or null => null,
        };
}
