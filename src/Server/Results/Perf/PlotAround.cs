using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Results.Perf.Drawing;

namespace Paddock.Server.Results.Perf;

/// <summary>A series with the version at which a plot is centered.</summary>
internal sealed record SeriesMoment(
    Id<Series> SeriesId,
    Id<VersionRow> VersionId,
    Guid Branch,
    Guid Head,
    Guid Testbed,
    Guid? Spec,
    Guid Benchmark,
    Guid Measure
)
{
    /// <summary>The columns that <see cref="Read"/> reads, except for the version.</summary>
    public static readonly Raw Columns = new(
        "series.id, branches.uuid, heads.uuid, testbeds.uuid, specs.uuid, benchmarks.uuid, measures.uuid"
    );

    public static readonly Raw Joins = new(
        """
        JOIN heads ON heads.id = series.head_id JOIN branches ON branches.id = heads.branch_id
        JOIN testbeds ON testbeds.id = series.testbed_id LEFT JOIN specs ON specs.id = series.spec_id
        JOIN benchmarks ON benchmarks.id = series.benchmark_id JOIN measures ON measures.id = series.measure_id
        """
    );

    public static SeriesMoment Read(Row row)
    {
        var version = row.Id<VersionRow>();
        return new(
            row.Id<Series>(),
            version,
            row.Uuid(),
            row.Uuid(),
            row.Uuid(),
            row.UuidOrNull(),
            row.Uuid(),
            row.Uuid()
        );
    }
}

/// <summary>A plot of one series around one of its versions, for the pages of changes and alerts.</summary>
/// <param name="Address">The address of the plot with the whole history.</param>
/// <param name="Json">The address of the plot's values.</param>
public sealed record PlotAround(
    PlotPicture Wide,
    PlotPicture Narrow,
    IReadOnlyList<PointRow> Rows,
    string Address,
    string Json
)
{
    private const int PointsEachSide = 60;
    private static readonly TimeSpan BeforeTheFirst = TimeSpan.FromDays(30); // Values that a new branch inherited.
    private static readonly (int Width, int Height) WideSize = (1200, 400);
    private static readonly (int Width, int Height) NarrowSize = (400, 340);

    /// <param name="levels">The medians before and after, if a change began at the version.</param>
    /// <returns>Null if the series no longer has a value at the version.</returns>
    internal static async Task<PlotAround?> LoadAsync(
        Sql sql,
        ProjectRow project,
        SeriesMoment moment,
        PerfDisplay display,
        (double Before, double After)? levels,
        string mark,
        ProjectPaths paths,
        int pointsMax,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var query = await QueryAsync(sql, moment, ct);
        var data = await PerfTable.LoadAsync(sql, project, query, pointsMax, ct);
        if (data.Lines is not [var line])
            return null;
        var at = 0;
        while (at < line.Points.Count && line.Points[at].VersionId < moment.VersionId)
            at++;
        if (at == line.Points.Count)
            return null;
        var (from, to) = (Math.Max(0, at - PointsEachSide), Math.Min(line.Points.Count, at + PointsEachSide));

        var units = PlotUnits.Of(data)[line.Measure.Id];
        var drawn = PerfPlot.Of(data, display, line.Benchmark.Name, now, paths.Report) with { Theme = PlotTheme.Page };
        var points = drawn.Lines[0].Points;
        List<PlotLevel> steps = [];
        if (levels is { } medians)
        {
            if (at > from)
                steps.Add(new(points.Span[from], points.Span[at - 1], medians.Before));
            steps.Add(new(points.Span[at], points.Span[to - 1], medians.After));
        }
        drawn = drawn with
        {
            Lines = [drawn.Lines[0] with { Points = points[from..to], Levels = steps }],
            Marks = [new(points.Span[at], mark)],
        };
        return new(
            drawn with
            {
                Width = WideSize.Width,
                Height = WideSize.Height,
                Id = "plot",
            },
            drawn with
            {
                Width = NarrowSize.Width,
                Height = NarrowSize.Height,
                Id = "plot-narrow",
                TooltipsMax = 0,
            },
            [
                .. Enumerable
                    .Range(from, to - from)
                    .Reverse()
                    .Select(i => PointRow.Of(data, units, 0, line.Points[i], paths)),
            ],
            paths.Plot + PerfAddress.Of(query with { StartTime = null, EndTime = null }, display),
            $"{paths.Api}/perf{PerfAddress.Of(query, display)}"
        );
    }

    // Limits the query to the time span of the plot's points, so that a long history is not read.
    private static async Task<PerfQuery> QueryAsync(Sql sql, SeriesMoment moment, CancellationToken ct)
    {
        var (first, last, before) = await sql.FirstAsync(
            $"""
            SELECT min(around.start_time), max(around.start_time), sum(around.is_before) FROM (
                SELECT * FROM (SELECT start_time, 1 AS is_before FROM metrics WHERE series_id = {moment.SeriesId} AND version_id < {moment.VersionId}
                    ORDER BY series_id DESC, version_id DESC, start_time DESC LIMIT {PointsEachSide}) earlier
                UNION ALL
                SELECT * FROM (SELECT start_time, 0 AS is_before FROM metrics WHERE series_id = {moment.SeriesId} AND version_id >= {moment.VersionId}
                    ORDER BY series_id, version_id, start_time LIMIT {PointsEachSide}) later
            ) around
            """,
            row => (row.LongOrNull(), row.LongOrNull(), row.LongOrNull() ?? 0),
            ct
        );
        DateTimeOffset? start = first is { } seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
        if (before < PointsEachSide && start is { } known)
            start = known - DateTimeOffset.UnixEpoch > BeforeTheFirst ? known - BeforeTheFirst : null;
        // Adds a day, since reports are filtered by their end and the last ones may have run for long.
        DateTimeOffset? end = last is { } newest ? DateTimeOffset.FromUnixTimeSeconds(newest).AddDays(1) : null;
        return new(
            [moment.Branch],
            [moment.Head],
            [moment.Testbed],
            [moment.Spec],
            [moment.Benchmark],
            [moment.Measure],
            start,
            end
        );
    }
}
