using Paddock.Core;
using Paddock.Core.Adapters;
using Paddock.Core.Analysis;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Results.Perf;

namespace Paddock.Server.Results.Reports;

/// <summary>How a headline sounds.</summary>
public enum Tone
{
    Neutral,
    Good,
    Bad,
}

/// <summary>All results of one iteration, worst first.</summary>
public sealed record IterationView(uint Number, IReadOnlyList<ResultRow> Rows);

/// <summary>A change that results of the report belong to.</summary>
/// <param name="Told">Of which result, and what is said of it.</param>
public sealed record ChangeLink(string Told, string Address, bool IsBad);

/// <param name="Branch">Null where it was deleted since.</param>
public sealed record StartPointView(string? Branch, uint Version, Commit? Commit);

/// <summary>What the page of a report says.</summary>
/// <param name="Unjudged">The measures that neither a threshold nor the history judges.</param>
/// <param name="Notices">What was done otherwise than the run asked for.</param>
/// <param name="Job">The one that filled it.</param>
/// <param name="Environment">What the machine looked like, where a runner told.</param>
/// <param name="RowsLeft">Results beyond <see cref="RowsMax"/>, which only the JSON has.</param>
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
    /// <summary>What the commit says; null where no run told.</summary>
    public CommitWords? Words { get; init; }

    /// <summary>How far its job is; null where it has none.</summary>
    public JobStatus? JobStatus { get; init; }

    /// <summary>What the verdicts say together; null where there are none.</summary>
    public string? Told { get; init; }

    /// <summary>The job that runs base and head in turns to confirm what is suspected.</summary>
    public Guid? Confirming { get; init; }

    /// <summary>The changes that results of this report belong to.</summary>
    public IReadOnlyList<ChangeLink> Changes { get; init; } = [];

    public const int RowsMax = 3000;
    private const int PlottedMax = 10;

    /// <param name="startBranch">The name of the branch that the head began from.</param>
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
    /// How much of its room a metric takes, or how far it moved: what is nearest to trouble comes first.
    /// </summary>
    private static double Strain(ReportMetric metric) =>
        Gauge.Of(metric.Metric.Value, metric.Boundary) is { } gauge
            ? gauge is { Place: < 0, HasLower: false } or { Place: >= 0, HasUpper: false }
                ? 0
                : Math.Abs(gauge.Place)
            : 0;
}
