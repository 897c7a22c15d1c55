using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Results.Changes;
using Paddock.Server.Results.Reports;

namespace Paddock.Server.Results.Verdicts;

/// <summary>
/// Judges reruns of a report that is the newest of its series: does the suspected change appear again? The values are
/// stored beside the series and do not become part of it.
/// </summary>
internal static class JudgeReruns
{
    /// <param name="runs">Each is one rerun of the whole benchmark.</param>
    /// <returns>The updated report; unchanged if nothing was suspected, or if the reruns were judged before.</returns>
    /// <exception cref="Refusal">The report does not exist, or is no longer the newest.</exception>
    public static async Task<StoredReport> RunAsync(
        Sql sql,
        ProjectRow project,
        Guid uuid,
        IReadOnlyList<ReadRun> runs,
        RunNames names,
        DateTimeOffset now
    )
    {
        var branch = await sql.IdAsync<Branch>(
            $"""
            SELECT heads.branch_id FROM reports JOIN heads ON heads.id = reports.head_id
            WHERE reports.project_id = {project.Id} AND reports.uuid = {uuid}
            """
        );
        if (branch.IsNone)
            throw Refusal.NotFound("report", uuid);
        await BranchTable.LockAsync(sql, branch); // Reports of the branch are judged before or after, not meanwhile.
        var report = await ReportTable.FindAsync(sql, project, uuid) ?? throw Refusal.NotFound("report", uuid);
        var row = report.Report;
        var kept = (await ReportVerdicts.OfReportAsync(sql, row.Id)).ToDictionary(verdict => verdict.SeriesId);
        var fresh = await FreshAsync(sql, report, runs, names);
        var series = JudgedSeries
            .Of(report.Metrics!)
            .FindAll(one =>
                fresh.ContainsKey(one.Id)
                && kept.GetValueOrDefault(one.Id)
                    is { State: VerdictState.Suspected, Reruns: not { State: RerunState.Reproduced } }
            );
        if (series.Count == 0)
            return report;
        if (await HasNewerAsync(sql, report))
            throw Refusal.Conflict(
                "The report is no longer the newest of its branch and testbed, and reruns can only judge the newest "
                    + "values."
            );

        var place = new RunPlace(
            row.HeadId,
            report.Head.StartVersionId is not null,
            row.VersionId,
            report.Testbed.Id,
            report.Spec?.Id,
            row.StartTime
        );
        var (states, open, settings) = await JudgeSeries.LoadAsync(sql, project, place, series, kept.Count, now);
        var level = ReportJudge.RerunLevel([.. series.Select(one => (states[one.Id], fresh[one.Id]))], kept.Count);
        foreach (var one in series)
        {
            one.Verdict = states[one.Id].Confirm(fresh[one.Id], one.Rules, level);
            if (one.Verdict.Events.Count > 0)
                kept[one.Id] = kept[one.Id].After(one.Verdict, fresh[one.Id].Length, settings.ReproducedFails);
        }
        await SeriesStates.WriteAsync(sql, [.. series.Select(one => (one.Id, states[one.Id]))]);
        await RecordChanges.RunAsync(sql, project, place, row.Id, series, open, now);
        await RerunTable.InsertAsync(
            sql,
            [
                .. series
                    .Where(one => one.Verdict!.Events.Count > 0)
                    .Select(one => new SeriesReruns(one.Id, row.Id, level, fresh[one.Id])),
            ]
        );
        await ReportVerdicts.ReplaceAsync(sql, row.Id, [.. kept.Values]);
        return await ReportTable.FindAsync(sql, project, uuid) ?? throw Refusal.NotFound("report", uuid);
    }

    /// <summary>
    /// The new values of each series of the report: one for each rerun, the median of its iterations. Series with too
    /// few values are left out.
    /// </summary>
    private static async Task<Dictionary<Id<Series>, double[]>> FreshAsync(
        Sql sql,
        StoredReport report,
        IReadOnlyList<ReadRun> runs,
        RunNames names
    )
    {
        var metrics = report.Metrics!;
        await names.FindAsync(
            sql,
            [.. metrics.Select(m => m.Benchmark).DistinctBy(b => b.Id)],
            [.. metrics.Select(m => m.Measure).DistinctBy(m => m.Id)]
        );
        var series = metrics
            .Select(m => (Key: (m.Benchmark.Id, m.Measure.Id), m.SeriesId))
            .Distinct()
            .ToDictionary(one => one.Key, one => one.SeriesId);
        var fresh = new Dictionary<Id<Series>, List<double>>();
        foreach (var run in runs)
        {
            var values =
                from result in run.Results
                from benchmark in result.Benchmarks
                from one in benchmark.Metrics
                let key = (names.FindRow(benchmark)?.Id ?? default, names.FindRow(one.Measure)?.Id ?? default)
                where series.ContainsKey(key) && double.IsFinite(one.Metric.Value)
                group result.MeanOfThose(benchmark, one.Measure) ?? one.Metric.Value by series[key];
            foreach (var of in values)
            {
                if (!fresh.TryGetValue(of.Key, out var list))
                    fresh.Add(of.Key, list = []);
                list.Add(JudgedSeries.Median([.. of]));
            }
        }
        return fresh
            .Where(of => of.Value.Count >= ReportJudge.RerunsLeast)
            .ToDictionary(of => of.Key, of => of.Value.ToArray());
    }

    private static Task<bool> HasNewerAsync(Sql sql, StoredReport report) =>
        sql.AnyAsync(
            $"""
            SELECT 1 FROM reports WHERE head_id = {report.Report.HeadId} AND testbed_id = {report.Testbed.Id} AND id > {report.Report.Id}
              AND COALESCE(spec_id, 0) = {report.Spec?.Id.Value
                ?? 0} AND version_id >= {report.Report.VersionId} LIMIT 1
            """
        );
}
