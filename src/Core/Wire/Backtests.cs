namespace Paddock.Core.Wire;

/// <summary>The result of <c>paddock backtest</c>. Not in v0.</summary>
/// <param name="Threshold">The alarms of the threshold beside the verdicts; null without one.</param>
public sealed record BacktestResult(
    int Series,
    int Results,
    BacktestAlarms Verdicts,
    BacktestAlarms? Threshold,
    IReadOnlyList<BacktestWeek> Weeks
);

/// <param name="Persist">Alarms after which the values stayed at the new level.</param>
/// <param name="Gone">Alarms after which they did not. For the rest, too few later values exist.</param>
public sealed record BacktestAlarms(int Raised, int Persist, int Gone);

public sealed record BacktestWeek(DateOnly Monday, int Results, BacktestAlarms Verdicts, BacktestAlarms? Threshold);
