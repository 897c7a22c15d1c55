using Paddock.Core.Jobs;
using Paddock.Core.Wire;
using Paddock.Server.Results.Reports;

namespace Paddock.Server.Machines.Jobs;

/// <summary>The words that pages use for confirmation jobs.</summary>
internal static class ConfirmationWords
{
    /// <summary>Says what a confirmation job is for.</summary>
    public static string Of(JobConfirmation confirmation)
    {
        var what = $"the change that a report suspects: base and head, {confirmation.Pairs} runs each";
        return confirmation.Side is { } side
            ? $"{what}; this job runs only the {Words<PairSide>.Of(side)}, because its runner cannot alternate between "
                + $"them"
            : $"{what}, alternating";
    }

    /// <summary>Says how the confirmation ended.</summary>
    public static string Outcome(JobConfirmation confirmation) =>
        confirmation.State switch
        {
            ConfirmationState.Open => "The other side has not run yet.",
            ConfirmationState.Proven => "Proven: base and head differ. The report says how much.",
            ConfirmationState.Refuted => "Refuted: base and head do not differ.",
            ConfirmationState.Undecided => "Undecided: the values do not show whether base and head differ.",
            ConfirmationState.Failed => "The other side failed, so there is nothing to compare.",
            ConfirmationState.Canceled => "Canceled: the answer is no longer needed.",
        };
}
