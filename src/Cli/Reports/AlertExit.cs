using Paddock.Core.Wire;

namespace Paddock.Cli.Reports;

/// <summary>
/// Decides whether a report fails the job. In v0 any alert does. In Paddock an alert on the side where the measure gets
/// better does not, because good news must not stop a merge; an option makes that side fail as well. Measures without a
/// known direction fail on both sides. A proven regression that the branch did not begin with fails too.
/// </summary>
internal static class AlertExit
{
    public static bool Fails(Report report, bool onImprovement) => Failing(report, onImprovement) > 0;

    /// <exception cref="Failure">The job is to fail for alerts or proven regressions, and the report has
    /// some.</exception>
    public static int Of(Report report, bool onAlert, bool onImprovement, Action<string> note)
    {
        if (!onAlert)
            return Exit.Success;
        var (failing, all) = (Failing(report, onImprovement), report.Counts.Alerts.Total);
        if (failing == Proven(report) && failing > 0)
            throw new Failure(report.Changes!.Sentence);
        if (failing > 0)
            throw new Failure($"The report raised {failing} {(failing == 1 ? "alert" : "alerts")}.");
        if (all > 0)
            note(
                $"{all} {(all == 1 ? "result is better than its limit" : "results are better than their limits")}. "
                    + "--error-on-alert accepts improvements; --error-on-improvement fails on them."
            );
        return Exit.Success;
    }

    // By default only the threshold alerts for a series that has one, so the sum counts nothing twice.
    private static long Failing(Report report, bool onImprovement) => Proven(report) + Alerts(report, onImprovement);

    private static long Proven(Report report) => report.Changes?.Failing ?? 0;

    private static long Alerts(Report report, bool onImprovement) =>
        onImprovement || report.Alerts is null
            ? report.Counts.Alerts.Total
            : report.Alerts.Select(Row.Of).Count(row => !row.IsImprovement);
}
