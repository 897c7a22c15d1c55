using Paddock.Core;
using Paddock.Core.Analysis;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Results.Perf;

namespace Paddock.Server.Results.Alerts;

/// <summary>An alert as the list shows it; all its numbers share one scale.</summary>
/// <param name="Side">"▲ above limit", followed by ", better" if crossing that limit is an improvement.</param>
/// <param name="Beyond">The distance of the value beyond the limit, relative to the distance between baseline and
/// limit. It ranks the alerts of a cause.</param>
public sealed record AlertLine(
    Guid Uuid,
    string Benchmark,
    string Measure,
    string Side,
    bool IsImprovement,
    string Value,
    string? Baseline,
    string? Change,
    string? Limit,
    double Beyond,
    AlertStatus Status,
    DateTimeOffset Modified
)
{
    internal static AlertLine Of(Alert alert)
    {
        var (value, boundary, measure) = (alert.Metric.Value, alert.Boundary, alert.Threshold.Measure);
        var units = Units.Scale(measure.Units, Math.Abs(value));
        var limit = alert.Limit == BoundaryLimit.Upper ? boundary.UpperLimit : boundary.LowerLimit;
        var isBetter = Directions.IsImprovement(measure.Units, alert.Limit);
        var room = limit is { } edge && boundary.Baseline is { } middle ? Math.Abs(edge - middle) : 0;
        var beyond = room > 0 ? Math.Abs(value - limit!.Value) / room : double.MaxValue;
        return new(
            alert.Uuid,
            alert.Benchmark.Name,
            measure.Name,
            (alert.Limit == BoundaryLimit.Upper ? "▲ above limit" : "▼ below limit") + (isBetter ? ", better" : ""),
            isBetter,
            units.PrintWithSymbol(value),
            boundary.Baseline is { } baseline ? units.PrintWithSymbol(baseline) : null,
            boundary.Baseline is { } from and not 0 ? VerdictWords.Percent(value / from - 1, signed: true) : null,
            limit is { } drawn ? units.PrintWithSymbol(drawn) : null,
            beyond,
            alert.Status,
            alert.Modified
        );
    }

    /// <summary>The status as a symbol and a word.</summary>
    public static string StatusWords(AlertStatus status) =>
        status switch
        {
            AlertStatus.Active => "● active",
            AlertStatus.Dismissed => "– dismissed",
            AlertStatus.Silenced => "– silenced",
        };
}

/// <summary>
/// The listed alerts that one commit caused on one testbed. The alert farthest beyond its limit comes first.
/// </summary>
public sealed record AlertCause(
    Commit? Commit,
    uint Version,
    string Branch,
    string Testbed,
    Guid Report,
    DateTimeOffset Created,
    IReadOnlyList<AlertLine> Alerts
)
{
    internal static IReadOnlyList<AlertCause> Of(IReadOnlyList<Alert> alerts, string? projectUrl) =>
        [
            .. alerts
                .GroupBy(alert => (alert.Report, IsActive: alert.Status == AlertStatus.Active))
                .Select(group =>
                {
                    var (first, version) = (group.First(), group.First().Threshold.Branch.Head.Version!);
                    return new AlertCause(
                        Commit.Of(version.Hash, projectUrl),
                        version.Number,
                        first.Threshold.Branch.Name,
                        first.Threshold.Testbed.Name,
                        first.Report,
                        first.Created,
                        [
                            .. group
                                .Select(AlertLine.Of)
                                .OrderByDescending(line => line.Beyond)
                                .ThenBy(line => line.Benchmark, StringComparer.Ordinal),
                        ]
                    );
                }),
        ];
}

/// <summary>The decision just made, with the data to undo it.</summary>
/// <param name="Back">For each alert: its UUID, a dot, and its previous status.</param>
/// <param name="Every">The time at which all active alerts were dismissed at once.</param>
public sealed record AlertsDone(string Told, IReadOnlyList<string> Back, long? Every);

/// <param name="Proof">Null if the reader may not decide.</param>
/// <param name="Active">The number of active alerts in the project.</param>
public sealed record AlertsView(
    ProjectPaths Paths,
    string Project,
    string Here,
    AlertStatus? Status,
    IReadOnlyList<AlertCause> Causes,
    ListPart Part,
    long Active,
    string? Proof,
    AlertsDone? Done
);

/// <summary>The data of the page of one alert.</summary>
/// <param name="Test">The test of the threshold: "t_test".</param>
public sealed record AlertView(
    ProjectPaths Paths,
    string Project,
    Alert Alert,
    AlertLine Line,
    Commit? Commit,
    uint Version,
    string Branch,
    string Testbed,
    string? Test,
    PlotAround? Plot,
    string? Proof
)
{
    internal static AlertView Of(ProjectRow project, Alert alert, PlotAround? plot, ProjectPaths paths, string? proof)
    {
        var (threshold, version) = (alert.Threshold, alert.Threshold.Branch.Head.Version!);
        return new(
            paths,
            project.Name,
            alert,
            AlertLine.Of(alert),
            Commit.Of(version.Hash, project.Url),
            version.Number,
            threshold.Branch.Name,
            threshold.Testbed.Name,
            threshold.Model is { } model ? Words<ModelTest>.Of(model.Test) : null,
            plot,
            proof
        );
    }
}
