using Paddock.Core;
using Paddock.Core.Adapters;
using Paddock.Core.Analysis;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Results.Perf;

namespace Paddock.Server.Results.Reports;

/// <summary>The tone of a headline.</summary>
public enum Tone
{
    Neutral,
    Good,
    Bad,
}

/// <summary>All results of one iteration, worst first.</summary>
public sealed record IterationView(uint Number, IReadOnlyList<ResultRow> Rows);

/// <summary>A change in which results of the report take part.</summary>
/// <param name="Told">The result, and what is reported about it.</param>
public sealed record ChangeLink(string Told, string Address, bool IsBad);

/// <param name="Branch">Null if the branch was deleted later.</param>
public sealed record StartPointView(string? Branch, uint Version, Commit? Commit);

/// <summary>The data of the page of one report.</summary>
/// <param name="Unjudged">The measures that neither a threshold nor a verdict judges.</param>
/// <param name="Notices">How the server deviated from what the run asked for.</param>
/// <param name="Job">The job that filled the report.</param>
/// <param name="Environment">The environment of the machine, if a runner reported it.</param>
/// <param name="RowsLeft">The number of results beyond <see cref="RowsMax"/>, which only the JSON contains.</param>
public sealed record ReportView(
    ProjectPaths Paths,
    string Project,
    Guid Uuid,
    Tone Tone,
    string Headline,
    string Summary,
    IReadOnlyList<string> Unjudged,
    string Branch,
    uint Version,
    Commit? Commit,
    StartPointView? Start,
    string Testbed,
    string? Spec,
    string Adapter,
    string? User,
    DateTimeOffset StartTime,
    DateTimeOffset EndTime,
    DateTimeOffset Created,
    string? Plot,
    IReadOnlyList<ResultRow> Alerts,
    IReadOnlyList<IterationView> Iterations,
    int RowsLeft,
    IReadOnlyList<Remark> Remarks,
    IReadOnlyList<Notice> Notices,
    Guid? Job,
    RunEnvironment? Environment
)
{
    /// <summary>The commit's subject and author; null if no run sent them.</summary>
    public CommitWords? Words { get; init; }

    /// <summary>The status of the report's job; null if there is no job.</summary>
    public JobStatus? JobStatus { get; init; }

    /// <summary>The summary of the verdicts; null if there are none.</summary>
    public string? Told { get; init; }

    /// <summary>The job that alternates base and head to confirm a suspicion.</summary>
    public Guid? Confirming { get; init; }

    /// <summary>The changes in which results of this report take part.</summary>
    public IReadOnlyList<ChangeLink> Changes { get; init; } = [];

    public const int RowsMax = 3000;
    private const int PlottedMax = 10;

    /// <param name="startBranch">The name of the branch at the head's start point.</param>
    internal static ReportView Of(ProjectRow project, StoredReport stored, string? startBranch, ProjectPaths paths)
    {
        var metrics = stored
            .Metrics!.OrderBy(m => ResultRow.VerdictOf(m))
            .ThenBy(m => HistoryWords.Rank(m.Verdict))
            .ThenByDescending(Strain)
            .ThenBy(m => m.Benchmark.Name, StringComparer.Ordinal)
            .ThenBy(m => m.Measure.Name, StringComparer.Ordinal)
            .ToList();
        var rows = metrics.Take(RowsMax).Select(m => ResultRow.Of(m, PlotOf([m]))).ToList();
        var told = VerdictWords.Sum(ReportWire.ToldOf(metrics), stored.Confirmation);
        var (tone, headline) = ReportHeadline.Of(metrics, told, stored.JobStatus);
        return new(
            paths,
            project.Name,
            stored.Report.Uuid,
            tone,
            headline,
            ReportHeadline.SummaryOf(metrics, stored.Report.Adapter, stored.JobStatus),
            [
                .. metrics
                    .Where(m => m is { JudgedBy: null, Verdict: null })
                    .Select(m => m.Measure.Name)
                    .Distinct()
                    .Order(StringComparer.Ordinal),
            ],
            stored.Branch.Name,
            stored.Version.Number,
            Commit.Of(stored.Version.Hash, project.Url),
            stored.Head.StartPoint is { } start
                ? new(startBranch, start.Version.Number, Commit.Of(start.Version.Hash, project.Url))
                : null,
            stored.Testbed.Name,
            stored.Spec?.Name,
            Words<Adapter>.Of(stored.Report.Adapter),
            stored.User?.Name,
            stored.Report.StartTime,
            stored.Report.EndTime,
            stored.Report.Created,
            metrics.Count == 0
                ? null
                : PlotOf([
                    .. metrics
                        .Where(m => m.Measure.Id == metrics[0].Measure.Id)
                        .DistinctBy(m => m.Benchmark.Id)
                        .Take(PlottedMax),
                ]),
            [.. rows.Where(r => r.Status is not null)],
            [.. rows.GroupBy(r => r.Iteration).OrderBy(g => g.Key).Select(g => new IterationView(g.Key, [.. g]))],
            metrics.Count - rows.Count,
            stored.Report.Remarks,
            stored.Report.Notices,
            stored.Job,
            stored.ParsedEnvironment
        )
        {
            JobStatus = stored.JobStatus,
            Confirming = stored.Confirmation?.Job,
            Told = told?.Sentence,
            Changes =
            [
                .. metrics
                    .Where(m => m.Verdict?.Change is not null)
                    .GroupBy(m => m.Verdict!.Change!.Value)
                    .Select(of => of.First())
                    .Select(m => new ChangeLink(
                        $"{m.Benchmark.Name} {m.Verdict!.Sentence}",
                        paths.Change(m.Verdict.Change!.Value),
                        m.Verdict.State == Core.Verdicts.VerdictState.Slower
                    )),
            ],
        };

        string PlotOf(IReadOnlyList<ReportMetric> of) =>
            paths.Plot + PerfAddress.Of(stored, [.. of.Select(m => m.Benchmark.Uuid)], of[0].Measure.Uuid);
    }

    /// <summary>
    /// The distance of a metric from its baseline, relative to the limit. The metric nearest to its limit is listed
    /// first.
    /// </summary>
    private static double Strain(ReportMetric metric) =>
        Gauge.Of(metric.Metric.Value, metric.Boundary) is { } gauge
            ? gauge is { Place: < 0, HasLower: false } or { Place: >= 0, HasUpper: false }
                ? 0
                : Math.Abs(gauge.Place)
            : 0;
}
