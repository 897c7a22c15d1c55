using Paddock.Core;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Results.Perf;

/// <summary>A change of one of a plot's series.</summary>
/// <param name="Number">The number of the version at which the new level begins.</param>
/// <param name="Since">The short name of that version.</param>
/// <param name="Branch">The branch of the change, which may be the start point of a drawn branch.</param>
/// <param name="Returned">The version that showed the return to the old level; null if there was none.</param>
internal sealed record PlotChange(
    long Series,
    uint Number,
    string Since,
    ChangeVerdict Verdict,
    ChangeState State,
    double Before,
    double After,
    string Address,
    string Branch,
    uint? Returned
);

/// <summary>A report that was measured on another kind of machine than the previous report.</summary>
/// <param name="Report">The report's id in the database, as in the plot's compact data.</param>
/// <param name="Text">For example: kernel changed from 6.8 to 6.11.</param>
internal sealed record MachineChange(long Report, string Text);

/// <summary>The start point of a branch.</summary>
/// <param name="Base">The branch at which it began.</param>
/// <param name="Number">The last inherited version.</param>
/// <param name="At">The short name of that version.</param>
public sealed record BranchBegin(string Branch, string Base, uint Number, string At);

/// <summary>The changes and events of a plot's lines, which the pictures mark.</summary>
internal sealed record PlotHistory(
    IReadOnlyList<PlotChange> Changes,
    IReadOnlyList<MachineChange> Machines,
    IReadOnlyList<BranchBegin> Begins,
    IReadOnlyList<PlotEvent> Events
)
{
    public static readonly PlotHistory Empty = new([], [], [], []);

    private const int ChangesMax = 1000;
    private const int MachinesMax = 50;

    /// <param name="until">The end of the plot; null if it shows the newest values.</param>
    public static async Task<PlotHistory> LoadAsync(
        Sql sql,
        ProjectRow project,
        PerfData data,
        PlotReader reader,
        DateTimeOffset? until,
        ProjectPaths paths,
        CancellationToken ct
    )
    {
        if (data.Lines.Count == 0)
            return Empty;
        var (series, last) = (new HashSet<Id<Series>>(), default(Id<Series>));
        foreach (var line in data.Lines)
        foreach (ref readonly var point in line.Points.Span)
            if (point.SeriesId != last)
                series.Add(last = point.SeriesId);
        return new(
            await ChangesAsync(sql, project, series, paths, ct),
            await MachinesAsync(sql, project, data, ct),
            await BeginsAsync(sql, data, ct),
            await PlotEvents.LoadAsync(sql, project, data, series, reader, until, paths, ct)
        );
    }

    private static async Task<List<PlotChange>> ChangesAsync(
        Sql sql,
        ProjectRow project,
        IReadOnlyCollection<Id<Series>> series,
        ProjectPaths paths,
        CancellationToken ct
    ) =>
        await sql.ListAsync(
            $"""
            SELECT part.series_id, COALESCE(versions.number, changes.number), versions.hash, changes.verdict, part.state,
                part.before_median, part.after_median, changes.uuid, branches.name,
                CASE WHEN part.state = {ChangeState.Returned} THEN (
                    SELECT max(seen.number) FROM change_events JOIN reports ON reports.id = change_events.report_id
                    JOIN versions seen ON seen.id = reports.version_id
                    WHERE change_events.change_id = changes.id AND change_events.kind = {EventKind.Returned}) END
            FROM change_series part JOIN changes ON changes.id = part.change_id JOIN heads ON heads.id = changes.head_id
            JOIN branches ON branches.id = heads.branch_id LEFT JOIN versions ON versions.id = COALESCE(part.located, part.since)
            WHERE part.series_id IN {series} AND changes.project_id = {project.Id} ORDER BY changes.id DESC LIMIT {ChangesMax}
            """,
            row =>
            {
                var (of, version) = (row.Id<Series>(), new Core.Wire.Version(row.UInt(), row.TextOrNull()));
                return new PlotChange(
                    of,
                    version.Number,
                    VerdictWords.Of(version),
                    row.Word<ChangeVerdict>(),
                    row.Word<ChangeState>(),
                    row.Double(),
                    row.Double(),
                    paths.Change(row.Uuid()),
                    row.Text(),
                    row.UIntOrNull()
                );
            },
            ct
        );

    private static async Task<IReadOnlyList<BranchBegin>> BeginsAsync(Sql sql, PerfData data, CancellationToken ct)
    {
        var begun = data
            .Lines.Where(line => line.Head.StartPoint is not null)
            .DistinctBy(line => line.Head.Id)
            .ToList();
        if (begun.Count == 0)
            return [];
        Guid[] bases = [.. begun.Select(line => line.Head.StartPoint!.Branch).Distinct()];
        var names = (
            await sql.ListAsync(
                $"SELECT uuid, name FROM branches WHERE uuid IN {bases}",
                row => (Uuid: row.Uuid(), Name: row.Text()),
                ct
            )
        ).ToDictionary(one => one.Uuid, one => one.Name);
        return
        [
            .. begun
                .Where(line => names.ContainsKey(line.Head.StartPoint!.Branch))
                .Select(line => new BranchBegin(
                    line.Branch.Name,
                    names[line.Head.StartPoint!.Branch],
                    line.Head.StartPoint.Version.Number,
                    VerdictWords.Of(line.Head.StartPoint.Version)
                )),
        ];
    }

    private static async Task<List<MachineChange>> MachinesAsync(
        Sql sql,
        ProjectRow project,
        PerfData data,
        CancellationToken ct
    )
    {
        // Most projects have only one kind of machine, and need no search for switches.
        var kinds = await sql.NumberAsync($"SELECT count(*) FROM environments WHERE project_id = {project.Id}", ct);
        if (kinds < 2)
            return [];
        Id<Head>[] heads = [.. data.Lines.Select(line => line.Head.Id).Distinct()];
        Id<Testbed>[] testbeds = [.. data.Lines.Select(line => line.Testbed.Id).Distinct()];
        var changed = await sql.ListAsync(
            $"""
            SELECT id, environment_before, environment_id FROM (
                SELECT id, environment_id, LAG(environment_id) OVER (PARTITION BY head_id, testbed_id ORDER BY version_id, id) AS environment_before
                FROM reports WHERE head_id IN {heads} AND testbed_id IN {testbeds} AND environment_id IS NOT NULL AND metrics > 0) measured
            WHERE environment_before <> environment_id ORDER BY id DESC LIMIT {MachinesMax}
            """,
            row => (Report: row.Id<Report>(), Before: row.Long(), After: row.Long()),
            ct
        );
        var environments = await Reports.EnvironmentTable.OfAsync(
            sql,
            [.. changed.SelectMany(one => (long[])[one.Before, one.After]).Distinct()],
            ct
        );
        return
        [
            .. changed
                .Where(one => data.Reports.ContainsKey(one.Report))
                .Select(one => new MachineChange(
                    one.Report,
                    MachineKind.Difference(environments[one.Before], environments[one.After])
                )),
        ];
    }
}
