using Paddock.Core.Jobs;
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

    /// <summary>What a confirming job is for.</summary>
    public static string Of(JobConfirmation confirmation)
    {
        var what = $"what a report suspects: base and head, {confirmation.Pairs} times each";
        return confirmation.Side is { } side
            ? $"{what}, of which this is the {Words<PairSide>.Of(side)}: its runner cannot run them in turns"
            : $"{what}, in turns";
    }

    /// <summary>What became of it.</summary>
    public static string Outcome(JobConfirmation confirmation) =>
        confirmation.State switch
        {
            ConfirmationState.Open => "The other side has not run yet.",
            ConfirmationState.Proven => "Proven: base and head differ. The report says how much.",
            ConfirmationState.Refuted => "Refuted: base and head do not differ.",
            ConfirmationState.Undecided => "It could not tell whether base and head differ.",
            ConfirmationState.Failed => "The other side failed, so there is nothing to compare.",
            ConfirmationState.Canceled => "Nobody needed its answer any more.",
        };
}
