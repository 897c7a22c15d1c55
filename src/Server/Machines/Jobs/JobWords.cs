using Paddock.Core.Wire;
using Paddock.Server.Results.Reports;

namespace Paddock.Server.Machines.Jobs;

/// <summary>What pages call the states of a job.</summary>
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

    /// <summary>A sign beside the word, so that nobody has to tell colours apart.</summary>
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

    /// <summary>How it looks: a class of the style.</summary>
    public static string Tone(JobStatus status) =>
        status switch
        {
            JobStatus.Processed => "good",
            JobStatus.Failed => "bad",
            JobStatus.Canceled or JobStatus.Pending => "still",
            JobStatus.Claimed or JobStatus.Running or JobStatus.Completed => "moving",
        };
}
