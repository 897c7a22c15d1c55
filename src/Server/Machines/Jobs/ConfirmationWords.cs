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
        var what = $"what a report suspects: base and head, {confirmation.Pairs} times each";
        return confirmation.Side is { } side
            ? $"{what}, of which this is the {Words<PairSide>.Of(side)}: its runner cannot run them in turns"
            : $"{what}, in turns";
    }

    /// <summary>Says how the confirmation ended.</summary>
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
