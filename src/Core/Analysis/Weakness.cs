using System.Globalization;

namespace Paddock.Core.Analysis;

/// <summary>Why a metric within its limits means less than "ok".</summary>
/// <param name="CannotFire">True when no value at all could have raised an alert.</param>
/// <param name="Text">A few words: "no spread in the history".</param>
public readonly record struct Weakness(bool CannotFire, string Text)
{
    // 1: a limit this wide allows a rise that doubles the baseline, or a fall that halves it.
    private const double WideMin = 1;

    /// <summary>The reason for missing limits, in words.</summary>
    public static string Words(NoLimits why) =>
        why switch
        {
            NoLimits.TooLittleHistory => "too little history",
            NoLimits.NoSpread => "no spread in the history",
            NoLimits.NotPositive => "a history with values of 0 or less",
            NoLimits.StepFromZero => "a history that steps from 0",
            NoLimits.OutOfRange => "limits out of the range of numbers",
        };

    /// <summary>
    /// Checks limits that a value lies within. A quantity that is never negative cannot cross a lower limit of 0 or
    /// less. Limits computed from the spread that allow twice or half the baseline say nothing about smaller changes.
    /// </summary>
    /// <param name="test">Null where the test is unknown.</param>
    public static Weakness? Of(ModelTest? test, in Boundary boundary, double value)
    {
        var isLowerBlind = boundary.LowerLimit <= 0 && value >= 0 && boundary.Baseline is null or >= 0;
        if (isLowerBlind && boundary.UpperLimit is null)
            return new(CannotFire: true, "limit below zero cannot be crossed");
        var isSpread = test is not (null or ModelTest.Static or ModelTest.Percentage);
        if (isSpread && boundary.Baseline is { } baseline and > 0)
        {
            if (boundary.UpperLimit is { } upper && (upper - baseline) / baseline is >= WideMin and var rise)
                return new(CannotFire: false, $"history too noisy: up to {Percent(rise)} is inside");
            if (
                !isLowerBlind
                && boundary.LowerLimit is { } lower
                && (baseline - lower) / baseline is >= WideMin / 2 and var fall
            )
                return new(CannotFire: false, $"history too noisy: down to {Percent(-fall)} is inside");
        }
        return isLowerBlind ? new(CannotFire: false, "lower limit below zero cannot be crossed") : null;
    }

    private static string Percent(double share) =>
        (share * 100).ToString("+#,0;-#,0", CultureInfo.InvariantCulture) + " %";
}
