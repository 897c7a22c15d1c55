using System.Runtime.InteropServices;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Reports;
using Version = Paddock.Core.Wire.Version;

namespace Paddock.Server.Results.Verdicts;

/// <summary>The versions that a confirming job compares.</summary>
/// <param name="HeadVersionId">The version of the report with the suspicion.</param>
/// <param name="RunOrder">For each run, whether it runs the base or the head.</param>
/// <param name="IsApart">True if base and head are separate jobs, so that their runs do not alternate.</param>
internal sealed record ConfirmationRow(
    Id<ConfirmationRow> Id,
    Id<Project> ProjectId,
    Id<Head> HeadId,
    Id<Testbed> TestbedId,
    Id<Spec> SpecId,
    Id<VersionRow> BaseVersionId,
    Id<VersionRow> HeadVersionId,
    Guid HeadReport,
    Guid? BaseReport,
    string RunOrder,
    bool IsApart,
    ConfirmationState State
)
{
    public static readonly Raw Columns = new(
        """
        confirmations.id, confirmations.project_id, confirmations.head_id, confirmations.testbed_id, confirmations.spec_id,
        confirmations.base_version_id, head_reports.version_id, head_reports.uuid, base_reports.uuid,
        confirmations.run_order, confirmations.apart, confirmations.state
        """
    );

    public static readonly Raw From = new(
        """
        confirmations JOIN reports head_reports ON head_reports.id = confirmations.head_report_id
        LEFT JOIN reports base_reports ON base_reports.id = confirmations.base_report_id
        """
    );

    /// <summary>
    /// Makes the row for pairs that a client ran for a report. Nothing is known of their base, except that it is older
    /// than the suspected change.
    /// </summary>
    public static ConfirmationRow Of(Id<Project> projectId, StoredReport head) =>
        new(
            Id: default,
            projectId,
            head.Report.HeadId,
            head.Testbed.Id,
            head.Spec?.Id ?? default,
            BaseVersionId: default,
            head.Report.VersionId,
            head.Report.Uuid,
            BaseReport: null,
            RunOrder: "",
            IsApart: false,
            ConfirmationState.Open
        );

    public static ConfirmationRow Read(Row row) =>
        new(
            row.Id<ConfirmationRow>(),
            row.Id<Project>(),
            row.Id<Head>(),
            row.Id<Testbed>(),
            row.Id<Spec>(),
            row.Id<VersionRow>(),
            row.Id<VersionRow>(),
            row.Uuid(),
            row.UuidOrNull(),
            row.Text(),
            row.Bool(),
            row.Word<ConfirmationState>()
        );
}

/// <summary>A report whose image a confirming job can run as the base.</summary>
internal sealed record BaseReport(Id<Report> ReportId, Id<VersionRow> VersionId, string Digest, string Config);

/// <summary>
/// The values of one series from pairs of base and head runs, and the report at which they were judged.
/// </summary>
internal sealed record SeriesPairs(
    Id<Series> SeriesId,
    Id<Report> ReportId,
    bool IsApart,
    double[] Base,
    double[] Head
);

/// <summary>Confirming jobs, as judging needs them.</summary>
internal static class ConfirmationTable
{
    // How far back a base may lie: verdicts do not look back further.
    private const int BasesMax = 150;

    public static Task<ConfirmationRow?> FindAsync(Sql sql, Id<ConfirmationRow> id) =>
        sql.FirstAsync(
            $"SELECT {ConfirmationRow.Columns} FROM {ConfirmationRow.From} WHERE confirmations.id = {id}",
            ConfirmationRow.Read
        );

    /// <summary>Finds the open confirming job of a branch on a testbed; there is at most one.</summary>
    public static Task<ConfirmationRow?> OpenAsync(Sql sql, Id<Head> headId, Id<Testbed> testbedId, Id<Spec> specId) =>
        sql.FirstAsync(
            $"""
            SELECT {ConfirmationRow.Columns} FROM {ConfirmationRow.From}
            WHERE confirmations.head_id = {headId} AND confirmations.state = {ConfirmationState.Open}
              AND confirmations.testbed_id = {testbedId} AND confirmations.spec_id = {specId}
            ORDER BY confirmations.id LIMIT 1
            """,
            ConfirmationRow.Read
        );

    /// <summary>Finds the oldest earlier version that can be a base; null if there is none.</summary>
    public static Task<Id<VersionRow>?> OldestBaseAsync(
        Sql sql,
        Id<Project> projectId,
        Id<Head> headId,
        Id<Testbed> testbedId,
        Id<Spec> specId,
        long before
    ) =>
        sql.FirstAsync(
            $"""
            SELECT min(bases.version_id) FROM (
                SELECT reports.version_id AS version_id FROM {Bases(projectId, headId, testbedId, specId)}
                  AND reports.version_id < {before} ORDER BY reports.version_id DESC LIMIT {BasesMax}) bases
            """,
            row => row.IdOrNull<VersionRow>()
        );

    /// <summary>Finds the newest base that is not newer than this version.</summary>
    public static Task<BaseReport?> BaseAsync(
        Sql sql,
        Id<Project> projectId,
        Id<Head> headId,
        Id<Testbed> testbedId,
        Id<Spec> specId,
        long newest
    ) =>
        sql.FirstAsync(
            $"""
            SELECT reports.id, reports.version_id, jobs.digest, jobs.config
            FROM {Bases(projectId, headId, testbedId, specId)} AND reports.version_id <= {newest}
            ORDER BY reports.version_id DESC, reports.id DESC LIMIT 1
            """,
            row => new BaseReport(row.Id<Report>(), row.Id<VersionRow>(), row.Text(), row.Text())
        );

    // Reports of the history whose image still exists and has not repeatedly failed as a base.
    private static SqlText Bases(Id<Project> projectId, Id<Head> headId, Id<Testbed> testbedId, Id<Spec> specId) =>
        SqlText.Of(
            $"""
            head_histories h
            JOIN reports ON reports.head_id = h.source_head_id AND reports.version_id BETWEEN h.version_min AND h.version_max
              AND reports.testbed_id = {testbedId} AND reports.spec_id = {specId}
            JOIN jobs ON jobs.report_id = reports.id AND jobs.status = 'processed'
            WHERE h.head_id = {headId}
              AND EXISTS (SELECT 1 FROM manifests WHERE manifests.project_id = {projectId} AND manifests.digest = jobs.digest)
              AND (SELECT count(*) FROM confirmations WHERE confirmations.project_id = {projectId}
                AND confirmations.base_digest = jobs.digest AND confirmations.state = {ConfirmationState.Failed})
                < {Confirming.FailuresMax}
            """
        );

    public static Task EndAsync(Sql sql, Id<ConfirmationRow> id, ConfirmationState state, DateTimeOffset now) =>
        sql.ExecuteAsync(
            $"UPDATE confirmations SET state = {state}, ended = {now}, apart_secrets = NULL WHERE id = {id}"
        );

    /// <summary>Loads the newest confirming job of each of these reports.</summary>
    public static async Task<Dictionary<Id<Report>, ReportConfirmation>> OfReportsAsync(
        Sql sql,
        IReadOnlyCollection<Id<Report>> reportIds,
        CancellationToken ct
    )
    {
        var found = new Dictionary<Id<Report>, ReportConfirmation>();
        if (reportIds.Count == 0)
            return found;
        await sql.ReadAsync(
            $"""
            SELECT confirmations.head_report_id, jobs.uuid, confirmations.state, confirmations.run_order, versions.number, versions.hash
            FROM confirmations
            JOIN jobs ON jobs.confirmation_id = confirmations.id AND (jobs.side IS NULL OR jobs.side = 'head')
            LEFT JOIN versions ON versions.id = confirmations.base_version_id
            WHERE confirmations.head_report_id IN {reportIds} ORDER BY confirmations.id
            """,
            row =>
            {
                var (report, job, state) = (row.Id<Report>(), row.Uuid(), row.Word<ConfirmationState>());
                var (pairs, number, hash) = (row.Text().Length / 2, row.LongOrNull(), row.TextOrNull());
                found[report] = new(job, state, pairs, number is { } known ? new Version((uint)known, hash) : null);
                return true;
            },
            ct
        );
        return found;
    }

    public static Task InsertPairsAsync(Sql sql, IReadOnlyCollection<SeriesPairs> pairs) =>
        sql.ExecuteEachAsync([
            .. pairs.Select(one =>
                SqlText.Of(
                    $"""
                    INSERT INTO pair_values (series_id, report_id, apart, base_values, head_values)
                    VALUES ({one.SeriesId}, {one.ReportId}, {one.IsApart}, {Packed(one.Base)}, {Packed(one.Head)})
                    ON CONFLICT (series_id, report_id) DO UPDATE SET apart = excluded.apart,
                        base_values = excluded.base_values, head_values = excluded.head_values
                    """
                )
            ),
        ]);

    /// <summary>Keyed by series and report.</summary>
    public static async Task<Dictionary<(Id<Series> SeriesId, Id<Report> ReportId), SeriesPairs>> PairsOfSeriesAsync(
        Sql sql,
        IReadOnlyCollection<Id<Series>> seriesIds
    ) =>
        (
            await sql.ListAsync(
                $"""
                SELECT series_id, report_id, apart, base_values, head_values FROM pair_values WHERE series_id IN {seriesIds}
                """,
                row => new SeriesPairs(
                    row.Id<Series>(),
                    row.Id<Report>(),
                    row.Bool(),
                    Unpacked(row.Bytes()),
                    Unpacked(row.Bytes())
                )
            )
        ).ToDictionary(one => (one.SeriesId, one.ReportId));

    private static byte[] Packed(double[] values) => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

    private static double[] Unpacked(byte[] packed) => MemoryMarshal.Cast<byte, double>(packed).ToArray();
}
