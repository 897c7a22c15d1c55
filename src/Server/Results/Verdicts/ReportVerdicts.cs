using System.Globalization;
using Paddock.Core;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Reports;
using Version = Paddock.Core.Wire.Version;

namespace Paddock.Server.Results.Verdicts;

/// <summary>The verdicts on the series of reports, stored as they were at the time.</summary>
internal static class ReportVerdicts
{
    // The change of a series. It may begin at another commit than the series alone suggests.
    private sealed record Link(long At, ChangeVerdict Verdict, Id<Series> SeriesId, Guid Change, Version Since);

    public static Task WriteAsync(Sql sql, Id<Report> reportId, IReadOnlyList<StoredVerdict> verdicts) =>
        sql.ExecuteLaterAsync(
            SqlText.Of(
                $"INSERT INTO report_verdicts (report_id, verdicts) VALUES ({reportId}, {StoredVerdict.Pack(verdicts)})"
            )
        );

    /// <summary>Loads the verdicts of one report; empty if there are none.</summary>
    public static async Task<IReadOnlyList<StoredVerdict>> OfReportAsync(Sql sql, Id<Report> reportId) =>
        await sql.FirstAsync($"SELECT verdicts FROM report_verdicts WHERE report_id = {reportId}", row =>
            StoredVerdict.Unpack(row.Bytes())
        ) ?? [];

    public static Task ReplaceAsync(Sql sql, Id<Report> reportId, IReadOnlyList<StoredVerdict> verdicts) =>
        sql.ExecuteAsync(
            $"UPDATE report_verdicts SET verdicts = {StoredVerdict.Pack(verdicts)} WHERE report_id = {reportId}"
        );

    /// <summary>Sets the verdicts of metrics from the stored verdicts of their reports.</summary>
    public static async Task LoadAsync(
        Sql sql,
        Id<Report>[] reportIds,
        ILookup<long, ReportMetric> metrics,
        CancellationToken ct
    )
    {
        var kept = await sql.ListAsync(
            $"SELECT report_id, verdicts FROM report_verdicts WHERE report_id IN {reportIds}",
            row => (Report: row.Id<Report>(), Verdicts: StoredVerdict.Unpack(row.Bytes())),
            ct
        );
        if (kept.Count == 0)
            return;
        var links = await LinksAsync(sql, kept.SelectMany(of => of.Verdicts), ct);
        foreach (var (report, verdicts) in kept)
            Show(verdicts, [.. metrics[report]], links);
    }

    /// <summary>Sets the verdicts of a report's metrics from those of their series.</summary>
    public static async Task ShowAsync(
        Sql sql,
        IReadOnlyList<StoredVerdict> verdicts,
        IReadOnlyList<ReportMetric> metrics,
        CancellationToken ct
    ) => Show(verdicts, metrics, await LinksAsync(sql, verdicts, ct));

    private static void Show(IReadOnlyList<StoredVerdict> verdicts, IReadOnlyList<ReportMetric> metrics, Links links)
    {
        var bySeries = verdicts.ToDictionary(verdict => verdict.SeriesId.Value);
        var shown = new Dictionary<long, ResultVerdict>(bySeries.Count);
        foreach (var metric in metrics)
        {
            if (!bySeries.TryGetValue(metric.SeriesId, out var verdict))
                continue;
            if (!shown.TryGetValue(metric.SeriesId, out var wire))
                shown.Add(metric.SeriesId, wire = ToWire(verdict, metric, links));
            metric.Verdict = wire;
        }
    }

    private static ResultVerdict ToWire(StoredVerdict verdict, ReportMetric metric, Links links)
    {
        var effect = verdict.Effect;
        var link = effect is null ? null : links.Of(effect, verdict.SeriesId);
        var wire = new ResultVerdict(
            verdict.State,
            Sentence: "",
            Number(verdict.Median),
            Number(effect?.Before),
            Number(effect?.After),
            Number(effect?.Estimate),
            effect is null ? null : new(Number(effect.Low), Number(effect.High)),
            effect is null ? null : link?.Since ?? links.Versions.GetValueOrDefault(effect.Since),
            link?.Change,
            effect is { IsInherited: true },
            verdict.IsAlerting,
            Number(verdict.Sees),
            Number(verdict.SeesLater),
            Number(verdict.Spread),
            verdict.RunsMissing,
            verdict.Reruns is { } reruns
                ? new(
                    reruns.State,
                    reruns.Count > 0 ? reruns.Count : null,
                    reruns.State == RerunState.Reproduced ? reruns.Reports : null,
                    reruns.Fails ? true : null,
                    reruns.ArePairs ? true : null
                )
                : null,
            verdict.Machines is { } machines ? links.MachineOf(machines) : null,
            verdict.TwoLevels is { } levels
                ? new(Number((float)levels.Low)!.Value, Number((float)levels.High)!.Value)
                : null,
            verdict is { State: VerdictState.Suspected, Effect.IsWorse: var isWorse }
                ? (isWorse ? ChangeVerdict.Slower : ChangeVerdict.Faster)
                : null
        );
        return wire with { Sentence = VerdictWords.Of(wire, metric.Measure.Units) };
    }

    // JSON has neither infinity nor NaN. The stored value has only seven significant digits.
    private static double? Number(float? value) =>
        value is { } number && float.IsFinite(number)
            ? double.Parse(number.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
            : null;

    private sealed record Links(
        Dictionary<long, Version> Versions,
        ILookup<(long At, ChangeVerdict Verdict), Link> Changes,
        Dictionary<long, RunEnvironment> Environments
    )
    {
        public OtherMachine MachineOf(StoredMachines machines) =>
            new(
                MachineKind.Difference(
                    Environments.GetValueOrDefault(machines.Before) ?? new(),
                    Environments.GetValueOrDefault(machines.After) ?? new()
                ),
                machines.Kinds
            );

        public Link? Of(StoredEffect effect, Id<Series> seriesId)
        {
            var links = Changes[(effect.Since, effect.IsWorse ? ChangeVerdict.Slower : ChangeVerdict.Faster)].ToList();
            return links.Find(link => link.SeriesId == seriesId) ?? links.FirstOrDefault();
        }
    }

    // Three queries for all verdicts, and none if nothing has changed.
    private static async Task<Links> LinksAsync(Sql sql, IEnumerable<StoredVerdict> some, CancellationToken ct)
    {
        var verdicts = some.ToList();
        long[] kinds =
        [
            .. verdicts
                .Where(verdict => verdict.Machines is not null)
                .SelectMany(verdict => (long[])[verdict.Machines!.Before, verdict.Machines.After])
                .Distinct(),
        ];
        var environments = await EnvironmentTable.OfAsync(sql, kinds, ct);
        long[] since =
        [
            .. verdicts
                .Where(verdict => verdict.Effect is not null)
                .Select(verdict => verdict.Effect!.Since)
                .Distinct(),
        ];
        if (since.Length == 0)
            return new([], Array.Empty<Link>().ToLookup(link => (link.At, link.Verdict)), environments);
        var versions = await sql.ListAsync(
            $"SELECT id, number, hash FROM versions WHERE id IN {since}",
            row => KeyValuePair.Create(row.Long(), new Version(row.UInt(), row.TextOrNull())),
            ct
        );
        var changes = await sql.ListAsync(
            $"""
            SELECT change_series.since, changes.verdict, change_series.series_id, changes.uuid, COALESCE(versions.number, changes.number), changes.hash
            FROM change_series JOIN changes ON changes.id = change_series.change_id LEFT JOIN versions ON versions.id = changes.version_id
            WHERE change_series.since IN {since} ORDER BY changes.id DESC
            """,
            row => new Link(
                row.Long(),
                row.Word<ChangeVerdict>(),
                row.Id<Series>(),
                row.Uuid(),
                new(row.UInt(), row.TextOrNull())
            ),
            ct
        );
        return new(versions.ToDictionary(), changes.ToLookup(link => (link.At, link.Verdict)), environments);
    }
}
