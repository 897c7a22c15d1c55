using Paddock.Core.Wire;

namespace Paddock.Core.Analysis;

/// <summary>A value of a history, with its time in Unix seconds.</summary>
public readonly record struct TimedValue(long Time, double Value);

/// <summary>A value that would have raised an alert.</summary>
/// <param name="Index">The value's index in the history.</param>
public readonly record struct WouldAlert(int Index, BoundaryLimit Limit, Boundary Boundary);

/// <summary>
/// Replays a model over a history: each value is judged by the values before it, as it would have been at the time.
/// </summary>
public static class DryRun
{
    /// <param name="history">Oldest first.</param>
    /// <returns>
    /// The alerts that would have been raised, oldest first, and how many values would have been judged.
    /// </returns>
    public static (List<WouldAlert> Alerts, int Judged) Of(Model model, ReadOnlySpan<TimedValue> history)
    {
        var judging = model.ForJudging();
        // Newest first, so that the values before any value are one slice.
        var reversed = new double[history.Length];
        for (var i = 0; i < history.Length; i++)
            reversed[history.Length - 1 - i] = history[i].Value;
        var (alerts, judged) = (new List<WouldAlert>(), 0);
        for (var i = 0; i < history.Length; i++)
        {
            var oldest = 0;
            if (judging.Window is { } window)
                while (oldest < i && history[oldest].Time < history[i].Time - window)
                    oldest++;
            var boundary = Judge.Limits(judging, reversed.AsSpan(history.Length - i, i - oldest));
            if (boundary.LowerLimit is null && boundary.UpperLimit is null)
                continue;
            judged++;
            if (boundary.Violation(history[i].Value) is { } limit)
                alerts.Add(new(i, limit, boundary));
        }
        return (alerts, judged);
    }
}
