using Paddock.Core;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Results.Overview;
using Paddock.Server.Results.Perf;
using Paddock.Server.Results.Reports;

namespace Paddock.Server.Results.Dimensions;

/// <summary>The start point of a branch.</summary>
public sealed record BranchBegin(string Branch, string Address, uint Version, string? Hash);

/// <summary>The data of the page of a branch, testbed, benchmark or measure.</summary>
/// <param name="Form">The state of a refused form: the page has one form to change and one to delete.</param>
public sealed record DimensionView(
    DimensionKind Kind,
    ProjectPaths Paths,
    string Project,
    string Name,
    string Slug,
    Guid Uuid,
    string? Units,
    Spec? Spec,
    Head? Head,
    DateTimeOffset Created,
    DateTimeOffset? Archived,
    long? ReportCount,
    DateTimeOffset? Last,
    long? BenchmarkCount,
    IReadOnlyList<Change> Changes,
    FormState Form,
    DateTimeOffset Now
)
{
    public BranchBegin? Began { get; init; }
    public IReadOnlyList<ReportLine> Reports { get; init; } = [];
    public IReadOnlyList<Threshold> Thresholds { get; init; } = [];
    public IReadOnlyList<SeriesLine> Series { get; init; } = [];

    public string Address => Kind.One(Paths, Slug);

    /// <summary>The address of the plot of the newest results.</summary>
    public string Plot => $"{Address}/plot";

    /// <summary>
    /// The reason why this cannot be deleted; null if it can be. Only an archived or unused thing disappears from
    /// lists.
    /// </summary>
    public string? Held =>
        ReportCount > 0
            ? $"This {Kind.Noun} has {Many(ReportCount.Value, "report")}, so it can be archived and not deleted."
        : Thresholds.Count > 0
            ? $"This {Kind.Noun} has {Many(Thresholds.Count, "threshold")}; delete those first, or archive it."
        : BenchmarkCount > 0
            ? $"This {Kind.Noun} has results of {Many(BenchmarkCount.Value, "benchmark")}, so it can be archived and "
                + $"not deleted."
        : Series.Count > 0 ? $"This {Kind.Noun} has results, so it can be archived and not deleted."
        : null;

    private static string Many(long count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";
}

/// <summary>One series of a benchmark: a branch, testbed and measure.</summary>
/// <param name="Spread">The values' interquartile range relative to their median; null for fewer than four.</param>
public sealed record SeriesLine(
    string Branch,
    string BranchAddress,
    string Testbed,
    string Measure,
    Trend Trend,
    string? Median,
    string? Spread,
    string Plot
)
{
    private const int SeriesMax = 50;
    private const int ValuesMin = 4;

    /// <summary>Loads the most recently measured series of a benchmark.</summary>
    internal static async Task<List<SeriesLine>> OfBenchmarkAsync(
        Sql sql,
        ProjectPaths paths,
        long benchmark,
        Guid uuid,
        CancellationToken ct
    )
    {
        var series = await sql.ListAsync(
            $"""
            SELECT series.id, branches.name, branches.slug, branches.uuid, heads.uuid, testbeds.name, testbeds.uuid, specs.uuid, measures.name,
                measures.units, measures.uuid
            FROM series JOIN heads ON heads.id = series.head_id JOIN branches ON branches.id = heads.branch_id AND branches.head_id = heads.id
            JOIN testbeds ON testbeds.id = series.testbed_id JOIN measures ON measures.id = series.measure_id
            LEFT JOIN specs ON specs.id = series.spec_id
            WHERE series.benchmark_id = {benchmark} AND branches.archived IS NULL
            ORDER BY CASE WHEN branches.name IN ('main', 'master', 'trunk') THEN 0 ELSE 1 END, series.id DESC LIMIT {SeriesMax}
            """,
            row =>
                (
                    Id: row.Id<Series>(),
                    Branch: row.Text(),
                    BranchSlug: row.Text(),
                    BranchUuid: row.Uuid(),
                    Head: row.Uuid(),
                    Testbed: row.Text(),
                    TestbedUuid: row.Uuid(),
                    Spec: row.UuidOrNull(),
                    Measure: row.Text(),
                    Units: row.Text(),
                    MeasureUuid: row.Uuid()
                ),
            ct
        );
        var values = await LastAsync(sql, [.. series.Select(one => one.Id)], ct);
        return
        [
            .. series
                .Where(one => values.ContainsKey(one.Id))
                .Select(one =>
                {
                    var query = new PerfQuery(
                        [one.BranchUuid],
                        [one.Head],
                        [one.TestbedUuid],
                        [one.Spec],
                        [uuid],
                        [one.MeasureUuid],
                        StartTime: null,
                        EndTime: null
                    );
                    var plot = paths.Plot + PerfAddress.Of(query, new(LowerBoundary: true, UpperBoundary: true));
                    var (median, spread) = Middle(values[one.Id], one.Units);
                    return new SeriesLine(
                        one.Branch,
                        paths.Branch(one.BranchSlug),
                        one.Testbed,
                        one.Measure,
                        new(values[one.Id], one.Units),
                        median,
                        spread,
                        plot
                    );
                }),
        ];
    }

    // Loads the newest values of each series, as many as a page looks back. If a series has many more, the query
    // reads older ones too, and they are skipped.
    private static async Task<Dictionary<Id<Series>, List<double>>> LastAsync(
        Sql sql,
        IReadOnlyCollection<Id<Series>> series,
        CancellationToken ct
    )
    {
        var values = new Dictionary<Id<Series>, List<double>>();
        if (series.Count == 0)
            return values;
        await sql.ReadAsync(
            $"""
            SELECT series_id, value FROM
                (SELECT series_id, value, version_id, start_time, report_id, iteration,
                    row_number() OVER (PARTITION BY series_id ORDER BY version_id DESC, start_time DESC, report_id DESC, iteration DESC) AS place
                FROM metrics WHERE series_id IN {series}) latest
            WHERE place <= {HomeLine.RunsMax} ORDER BY series_id, place DESC
            """,
            row =>
            {
                var id = row.Id<Series>();
                if (!values.TryGetValue(id, out var list))
                    values.Add(id, list = []);
                list.Add(row.Double());
                return true;
            },
            ct
        );
        return values;
    }

    private static (string? Median, string? Spread) Middle(List<double> values, string units)
    {
        if (values.Count < ValuesMin)
            return (null, null);
        double[] ordered = [.. values.Order()];
        var median = (ordered[(ordered.Length - 1) / 2] + ordered[ordered.Length / 2]) / 2;
        var range = ordered[ordered.Length * 3 / 4] - ordered[ordered.Length / 4];
        var printed = Paddock.Core.Units.Scale(units, Math.Abs(median)).PrintWithSymbol(median);
        return (printed, double.IsFinite(range / median) ? VerdictWords.Percent(range / Math.Abs(median)) : null);
    }
}
