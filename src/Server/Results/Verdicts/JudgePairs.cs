using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Changes;
using Paddock.Server.Results.Reports;

namespace Paddock.Server.Results.Verdicts;

/// <summary>The results of one pair of runs; null for a run without results.</summary>
internal sealed record ReadPair(ReadRun? Base, ReadRun? Head);

/// <param name="State">The outcome of the confirmation.</param>
/// <param name="Newest">The newest report of the branch on its testbed.</param>
/// <param name="Left">The suspicions that are still open.</param>
internal sealed record JudgedPairs(ConfirmationState State, StoredReport Newest, IReadOnlyList<Suspicion> Left);

/// <summary>
/// Judges the results of a confirming job: do base and head differ as a report suspected? The values are stored beside
/// the series and do not become part of it.
/// </summary>
internal static class JudgePairs
{
    /// <returns>Null if the branch has no report left to judge.</returns>
    public static async Task<JudgedPairs?> RunAsync(
        Sql sql,
        ProjectRow project,
        ConfirmationRow confirmation,
        IReadOnlyList<ReadPair> pairs,
        RunNames names,
        DateTimeOffset now
    )
    {
        var branch = await sql.IdAsync<Branch>($"SELECT branch_id FROM heads WHERE id = {confirmation.HeadId}");
        await BranchTable.LockAsync(sql, branch); // Reports of the branch are judged before or after, not meanwhile.
        if (await NewestAsync(sql, project, confirmation) is not { } newest)
            return null;
        var kept = (await ReportVerdicts.OfReportAsync(sql, newest.Report.Id)).ToDictionary(one => one.SeriesId);
        var values = await ValuesAsync(sql, newest, pairs, names);
        var series = JudgedSeries.Of(newest.Metrics!).FindAll(one => kept.ContainsKey(one.Id));
        if (series.Count == 0)
            return null;
        var place = new RunPlace(
            newest.Report.HeadId,
            newest.Head.StartVersionId is not null,
            newest.Report.VersionId,
            newest.Testbed.Id,
            newest.Spec?.Id,
            newest.Report.StartTime
        );
        // The suspicion arose under rules that expect pairs, so it is examined under the same rules.
        var (states, open, settings) = await JudgeSeries.LoadAsync(
            sql,
            project,
            place,
            series,
            kept.Count,
            now,
            pairsFrom: confirmation.IsApart ? null : default(Id<VersionRow>)
        );
        List<JudgedSeries> judged = [];
        foreach (var one in series)
        {
            one.Verdict = states[one.Id].Look(one.Rules);
            if (one.Verdict.Suspicion is not { } suspicion || !values.TryGetValue(one.Id, out var of))
                continue;
            if (confirmation.IsApart && suspicion.IsReproduced)
                continue; // A reproduced suspicion waits for further reports.
            if (!Confirming.Answers(confirmation.BaseVersionId, confirmation.HeadVersionId, suspicion))
                continue;
            one.Verdict = confirmation.IsApart
                ? states[one.Id].Apart(of.Base, of.Head, one.Rules)
                : states[one.Id].Pairs(of.Base, of.Head, one.Rules);
            judged.Add(one);
        }
        await SeriesStates.WriteAsync(sql, [.. judged.Select(one => (one.Id, states[one.Id]))]);
        await RecordChanges.RunAsync(sql, project, place, newest.Report.Id, judged, open, now);
        await ConfirmationTable.InsertPairsAsync(
            sql,
            [
                .. judged.Select(one => new SeriesPairs(
                    one.Id,
                    newest.Report.Id,
                    confirmation.IsApart,
                    values[one.Id].Base,
                    values[one.Id].Head
                )),
            ]
        );
        await TellAsync(sql, project, confirmation, newest, kept, judged, values, settings);
        var unanswered = JudgeSeries.Suspected([.. series.Except(judged)], settings);
        return new(StateOf(judged), newest, Confirming.Shown(unanswered, newest.Report.VersionId));
    }

    private static ConfirmationState StateOf(List<JudgedSeries> judged)
    {
        var events = judged.SelectMany(one => one.Verdict!.Events).Select(e => e.Kind).ToHashSet();
        return events.Contains(EventKind.Proven) ? ConfirmationState.Proven
            : events.Contains(EventKind.Reproduced) || events.Count == 0 ? ConfirmationState.Undecided
            : ConfirmationState.Refuted;
    }

    private static async Task<StoredReport?> NewestAsync(Sql sql, ProjectRow project, ConfirmationRow confirmation)
    {
        var uuid = await sql.FirstAsync(
            $"""
            SELECT reports.uuid FROM reports JOIN report_verdicts ON report_verdicts.report_id = reports.id
            WHERE reports.head_id = {confirmation.HeadId} AND reports.testbed_id = {confirmation.TestbedId}
              AND COALESCE(reports.spec_id, 0) = {confirmation.SpecId}
            ORDER BY reports.version_id DESC, reports.id DESC LIMIT 1
            """,
            row => row.UuidOrNull()
        );
        return uuid is { } newest ? await ReportTable.FindAsync(sql, project, newest) : null;
    }

    // Stores the outcome with the report that raised the suspicion and with the newest report.
    private static async Task TellAsync(
        Sql sql,
        ProjectRow project,
        ConfirmationRow confirmation,
        StoredReport newest,
        Dictionary<Id<Series>, StoredVerdict> kept,
        List<JudgedSeries> judged,
        Dictionary<Id<Series>, (double[] Base, double[] Head)> values,
        JudgingRules settings
    )
    {
        await ReplaceAsync(newest.Report.Id, kept);
        if (newest.Report.Uuid == confirmation.HeadReport)
            return;
        if (await ReportTable.FindAsync(sql, project, confirmation.HeadReport) is not { } head)
            return;
        var ofHead = await ReportVerdicts.OfReportAsync(sql, head.Report.Id);
        await ReplaceAsync(head.Report.Id, ofHead.ToDictionary(one => one.SeriesId));

        async Task ReplaceAsync(Id<Report> reportId, Dictionary<Id<Series>, StoredVerdict> verdicts)
        {
            foreach (var one in judged)
                if (one.Verdict!.Events.Count > 0 && verdicts.TryGetValue(one.Id, out var before))
                {
                    var count = values[one.Id].Head.Length;
                    verdicts[one.Id] = one.Verdict.Suspicion is { IsReproduced: true }
                        ? before.After(one.Verdict, count, settings.ReproducedFails)
                        : before.AfterPairs(one.Verdict, count, settings.ReproducedFails);
                }
            await ReportVerdicts.ReplaceAsync(sql, reportId, [.. verdicts.Values]);
        }
    }

    /// <summary>
    /// The values of each series from those pairs that have it on both sides. Series with too few pairs are left out.
    /// </summary>
    private static async Task<Dictionary<Id<Series>, (double[] Base, double[] Head)>> ValuesAsync(
        Sql sql,
        StoredReport report,
        IReadOnlyList<ReadPair> pairs,
        RunNames names
    )
    {
        var metrics = report.Metrics!;
        await names.FindAsync(
            sql,
            [.. metrics.Select(m => m.Benchmark).DistinctBy(b => b.Id)],
            [.. metrics.Select(m => m.Measure).DistinctBy(m => m.Id)]
        );
        var keys = metrics
            .Select(m => (Key: (m.Benchmark.Id, m.Measure.Id), m.SeriesId))
            .Distinct()
            .ToDictionary(one => one.Key, one => one.SeriesId);
        var values = new Dictionary<Id<Series>, (List<double> Base, List<double> Head)>();
        foreach (var (ofBase, ofHead) in pairs.Select(pair => (OfRun(pair.Base), OfRun(pair.Head))))
        foreach (var (series, before) in ofBase)
        {
            if (!ofHead.TryGetValue(series, out var after))
                continue;
            if (!values.TryGetValue(series, out var both))
                values.Add(series, both = ([], []));
            both.Base.Add(before);
            both.Head.Add(after);
        }
        return values
            .Where(of => of.Value.Base.Count >= Core.Verdicts.Comparison.PairsLeast)
            .ToDictionary(of => of.Key, of => (of.Value.Base.ToArray(), of.Value.Head.ToArray()));

        Dictionary<Id<Series>, double> OfRun(ReadRun? run) =>
            (
                from result in run?.Results ?? []
                from benchmark in result.Benchmarks
                from one in benchmark.Metrics
                let key = (names.FindRow(benchmark)?.Id ?? default, names.FindRow(one.Measure)?.Id ?? default)
                where keys.ContainsKey(key) && double.IsFinite(one.Metric.Value)
                group one.Metric.Value by keys[key]
            ).ToDictionary(of => of.Key, of => JudgedSeries.Median([.. of]));
    }
}
