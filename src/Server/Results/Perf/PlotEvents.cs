using System.Globalization;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Access.Organizations;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Results.Thresholds;

namespace Paddock.Server.Results.Perf;

/// <summary>The kind of a plot's event. Each kind has a separate entry in the legend.</summary>
public enum PlotEventKind
{
    Decision,
    Threshold,
    Machine,
    Retention,
    Setting,
}

/// <summary>An event of the project that may explain a curve.</summary>
/// <param name="Time">In seconds since 1970.</param>
/// <param name="Text">A sentence without a period.</param>
/// <param name="Address">The page about the event, if there is one.</param>
internal sealed record PlotEvent(long Time, string Kind, string Text, string? Address);

/// <summary>The permissions of a plot's reader.</summary>
/// <param name="IsMember">True for members of the project, who see the names of runners.</param>
/// <param name="MayDelete">True for users who may delete results, who see what retention removed.</param>
/// <param name="ReadsAudit">True for leaders of the organization and administrators, who may read the audit
/// log.</param>
internal sealed record PlotReader(bool IsMember, bool MayDelete, bool ReadsAudit)
{
    public static async Task<PlotReader> OfAsync(Sql sql, ProjectRow project, Caller caller, CancellationToken ct) =>
        caller switch
        {
            UserCaller { User: var user } => new(
                await ProjectAccess.MayAsync(sql, project, user, Permission.View, ct),
                await ProjectAccess.MayAsync(sql, project, user, Permission.Delete, ct),
                user.Admin || await MemberTable.IsMemberAsync(sql, project.OrganizationId, user.Id, ct)
            ),
            _ => new(IsMember: caller is ProjectKeyCaller, MayDelete: false, ReadsAudit: false),
        };
}

/// <summary>
/// Loads a plot's events in one query, with a limit for each kind: decisions on changes, settings of thresholds,
/// switches of runner and spec, removals by retention, and the audit log's entries on the project's settings.
/// </summary>
internal static class PlotEvents
{
    private const int EachMax = 40;

    // Only the newest reports of the plot are searched for other runners, and only the newest audit entries for
    // explanations. Reading all of them would be too slow for a plot.
    private const int ReportsMax = 3000,
        EntriesMax = 1000;

    // Runners that alternate are no event. A runner's first report is an event, and so is its return after this many
    // reports of others.
    private const int AbsentReports = 20;

    private static readonly Raw SaysSomething = new(
        string.Join(
            " OR ",
            (
                (string[])
                    [
                        "%{project}/testbeds/{testbed}%",
                        "%{project}/measures/{measure}%",
                        "%{project}/benchmarks/{benchmark}%",
                        "%{project}/branches/{branch}%",
                        "DELETE %{project}/thresholds/{threshold}",
                        "POST %{project}/thresholds/{threshold}/delete",
                        "DELETE %{project}/reports/{report}",
                        "PATCH %{project}/verdicts",
                        "POST %{project}/verdicts%",
                        "PATCH %{project}/retention",
                        "POST %{project}/retention",
                    ]
            ).Select(pattern => $"action LIKE '{pattern}'")
        )
    );

    /// <param name="series">The drawn series.</param>
    /// <param name="until">The end of the plot; null if it shows the newest values.</param>
    /// <returns>The events, the oldest first.</returns>
    public static async Task<List<PlotEvent>> LoadAsync(
        Sql sql,
        ProjectRow project,
        PerfData data,
        IReadOnlyCollection<Id<Series>> series,
        PlotReader reader,
        DateTimeOffset? until,
        ProjectPaths paths,
        CancellationToken ct
    )
    {
        var from = data.Reports.Values.Min(report => report.StartTime);
        var to = until ?? DateTimeOffset.MaxValue;
        Id<Branch>[] branches = [.. data.Lines.Select(line => line.Branch.Id).Distinct()];
        Id<Testbed>[] testbeds = [.. data.Lines.Select(line => line.Testbed.Id).Distinct()];
        Id<Measure>[] measures = [.. data.Lines.Select(line => line.Measure.Id).Distinct()];
        long[] reports =
        [
            .. data.Reports.OrderByDescending(one => one.Value.StartTime).Take(ReportsMax).Select(one => one.Key),
        ];
        var removed = reader.MayDelete
            ? SqlText.Of(
                $"""
                UNION ALL SELECT * FROM (
                    SELECT {PlotEventKind.Retention}, max(created) AS happened, NULL, NULL, NULL, NULL,
                        min(first_time), max(last_time), CAST(sum(metrics) AS BIGINT), NULL, NULL
                    FROM retention_archives WHERE project_id = {project.Id} AND whole = 1 AND created >= {from} AND created <= {to}
                    GROUP BY created / 86400 ORDER BY happened DESC LIMIT {EachMax}) retention
                """
            )
            : SqlText.Empty;
        var audited = reader.ReadsAudit
            ? SqlText.Of(
                $"""
                UNION ALL SELECT * FROM (
                    SELECT {PlotEventKind.Setting}, created, action, path, actor_name, actor_kind, 0, 0, 0, NULL, NULL
                    FROM (SELECT * FROM audit WHERE project_id = {project.Id} ORDER BY id DESC LIMIT {EntriesMax}) entries
                    WHERE ({SaysSomething}) AND created >= {from} AND created <= {to} ORDER BY id DESC LIMIT {EachMax}) entries
                """
            )
            : SqlText.Empty;
        var found = await sql.ListAsync(
            $"""
            WITH measured AS (
                SELECT reports.start_time, reports.uuid, testbeds.name AS testbed, runners.name AS runner, specs.name AS spec,
                    reports.testbed_id, jobs.runner_id, COALESCE(reports.spec_id, 0) AS spec_id,
                    row_number() OVER (PARTITION BY reports.testbed_id ORDER BY reports.start_time, reports.id) AS place
                FROM reports JOIN testbeds ON testbeds.id = reports.testbed_id LEFT JOIN specs ON specs.id = reports.spec_id
                LEFT JOIN jobs ON jobs.report_id = reports.id LEFT JOIN runners ON runners.id = jobs.runner_id
                WHERE reports.id IN {reports} AND reports.metrics > 0),
            switched AS (
                SELECT measured.*,
                    place - LAG(place) OVER (PARTITION BY testbed_id, runner_id ORDER BY place) AS since_runner,
                    place - LAG(place) OVER (PARTITION BY testbed_id, spec_id ORDER BY place) AS since_spec
                FROM measured)
            SELECT * FROM (
                SELECT {PlotEventKind.Threshold} AS kind, models.created AS happened, measures.name AS a, branches.name AS b, testbeds.name AS c,
                    thresholds.uuid AS link, CASE WHEN EXISTS (SELECT 1 FROM models older WHERE older.threshold_id = models.threshold_id AND older.id < models.id)
                        THEN 1 ELSE 0 END AS n, 0 AS m, 0 AS o, models.test AS test, models.uuid AS part
                FROM thresholds JOIN models ON models.threshold_id = thresholds.id JOIN branches ON branches.id = thresholds.branch_id
                JOIN testbeds ON testbeds.id = thresholds.testbed_id JOIN measures ON measures.id = thresholds.measure_id
                WHERE thresholds.branch_id IN {branches} AND thresholds.testbed_id IN {testbeds} AND thresholds.measure_id IN {measures}
                    AND models.created >= {from} AND models.created <= {to} ORDER BY models.id DESC LIMIT {EachMax}) settings
            UNION ALL SELECT * FROM (
                SELECT {PlotEventKind.Threshold}, models.replaced, measures.name, branches.name, testbeds.name, thresholds.uuid, 2, 0, 0, models.test, models.uuid
                FROM thresholds JOIN models ON models.threshold_id = thresholds.id JOIN branches ON branches.id = thresholds.branch_id
                JOIN testbeds ON testbeds.id = thresholds.testbed_id JOIN measures ON measures.id = thresholds.measure_id
                WHERE thresholds.branch_id IN {branches} AND thresholds.testbed_id IN {testbeds} AND thresholds.measure_id IN {measures}
                    AND thresholds.model_id IS NULL AND models.replaced >= {from} AND models.replaced <= {to}
                    AND NOT EXISTS (SELECT 1 FROM models later WHERE later.threshold_id = models.threshold_id AND later.id > models.id)
                ORDER BY models.id DESC LIMIT {EachMax}) stopped
            UNION ALL SELECT * FROM (
                SELECT {PlotEventKind.Decision}, change_events.created, change_events.kind, changes.verdict, users.name, changes.uuid, change_events.series, 0, 0,
                    change_events.note, NULL
                FROM change_events JOIN changes ON changes.id = change_events.change_id LEFT JOIN users ON users.id = change_events.user_id
                WHERE change_events.change_id IN (SELECT change_id FROM change_series WHERE series_id IN {series})
                    AND change_events.kind IN ({EventKind.Accepted}, {EventKind.Dismissed}, {EventKind.Reopened})
                    AND changes.project_id = {project.Id} AND change_events.created >= {from} AND change_events.created <= {to}
                ORDER BY change_events.id DESC LIMIT {EachMax}) decisions
            UNION ALL SELECT * FROM (
                SELECT {PlotEventKind.Machine}, start_time, testbed, runner, NULL, uuid, since_runner, 0, 0, NULL, NULL FROM switched
                WHERE runner_id IS NOT NULL AND place > 1 AND (since_runner IS NULL OR since_runner > {AbsentReports})
                ORDER BY start_time DESC LIMIT {EachMax}) runners
            UNION ALL SELECT * FROM (
                SELECT {PlotEventKind.Machine}, start_time, testbed, NULL, COALESCE(spec, ''), uuid, since_spec, 0, 0, NULL, NULL FROM switched
                WHERE place > 1 AND (since_spec IS NULL OR since_spec > {AbsentReports}) ORDER BY start_time DESC LIMIT {EachMax}) specs
            {removed}
            {audited}
            ORDER BY happened
            """,
            row => EventOf(row, reader, paths),
            ct
        );
        return [.. found.OfType<PlotEvent>()];
    }

    private static PlotEvent? EventOf(Row row, PlotReader reader, ProjectPaths paths)
    {
        var (kind, time) = (row.Word<PlotEventKind>(), row.Long());
        var (a, b, c, link) = (row.TextOrNull(), row.TextOrNull(), row.TextOrNull(), row.TextOrNull());
        var (n, m, o) = (row.LongOrNull(), row.Long(), row.Long());
        var (word, part) = (row.TextOrNull(), row.TextOrNull());
        (string Text, string? Address)? told = kind switch
        {
            PlotEventKind.Decision => (DecisionOf(a!, b!, c, n ?? 0, word), paths.Change(Guid.Parse(link!))),
            PlotEventKind.Threshold => (
                $"The threshold of {a} on {b}, {c} was {SettingOf(n ?? 0, word!)}",
                $"{paths.Threshold(Guid.Parse(link!))}?model={part}"
            ),
            PlotEventKind.Machine => (
                MachineOf(a!, b, c, isAgain: n is not null, reader),
                paths.Report(Guid.Parse(link!))
            ),
            PlotEventKind.Retention => (
                string.Create(CultureInfo.InvariantCulture, $"Retention removed {o:N0} values of {SpanOf(n ?? 0, m)}"),
                paths.Retention
            ),
            PlotEventKind.Setting => AuditedOf(a!, b!, c!, link!, paths),
        };
        return told is { } one ? new(time, Words<PlotEventKind>.Of(kind), one.Text, one.Address) : null;
    }

    private static string DecisionOf(string kind, string verdict, string? who, long series, string? note) =>
        (who ?? "Somebody")
        + (
            kind == Words<EventKind>.Of(EventKind.Accepted) ? " accepted"
            : kind == Words<EventKind>.Of(EventKind.Dismissed) ? " dismissed"
            : " opened again"
        )
        + $" the change of {series} series that became {verdict}"
        + (string.IsNullOrWhiteSpace(note) ? "" : $": {note}");

    private static string SettingOf(long step, string test) =>
        step switch
        {
            2 => "removed",
            _ => $"{(step == 0 ? "set" : "changed")} to "
                + (Words<Core.Analysis.ModelTest>.TryParse(test, out var known) ? ModelWords.Name(known) : test),
        };

    private static string MachineOf(string testbed, string? runner, string? spec, bool isAgain, PlotReader reader)
    {
        var (begins, again) = (isAgain ? "measures" : "began to measure", isAgain ? " again" : "");
        return spec is null ? $"{(reader.IsMember ? $"Runner {runner}" : "Another runner")} {begins} {testbed}{again}"
            : spec.Length == 0 ? $"{testbed} is measured without a spec{again}"
            : $"{testbed} is measured with the spec {spec}{again}";
    }

    private static string SpanOf(long first, long last)
    {
        string Day(long seconds) =>
            DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return Day(first) == Day(last) ? Day(first) : $"{Day(first)} to {Day(last)}";
    }

    // The route tells the action, and the path its object.
    private static (string Text, string? Address)? AuditedOf(
        string action,
        string path,
        string name,
        string actor,
        ProjectPaths paths
    )
    {
        var (route, parts) = (action.Split('/'), path.Split('/'));
        var at = Array.IndexOf(route, "{project}");
        if (at < 0 || route.Length < at + 2 || parts.Length != route.Length)
            return null;
        var (noun, thing) = (route[at + 1], parts.Length > at + 2 ? parts[at + 2] : "");
        var who =
            actor == Words<ActorKind>.Of(ActorKind.User) ? name
            : actor == Words<ActorKind>.Of(ActorKind.ApiKey) ? $"The API key {name}"
            : "A key of the project";
        var verb =
            action.StartsWith("DELETE ", StringComparison.Ordinal) || route[^1] == "delete" ? "deleted"
            : route[^1] == "archive" ? "archived"
            : route[^1] == "restore" ? "restored"
            : "changed";
        return (noun, verb) switch
        {
            ("verdicts", _) => ($"{who} changed how verdicts judge", paths.Verdicts),
            ("retention", _) => ($"{who} changed how long results are kept", paths.Retention),
            ("testbeds", "deleted") => ($"{who} deleted the testbed {thing}", null),
            ("testbeds", _) => ($"{who} {verb} the testbed {thing}", paths.Testbed(thing)),
            ("measures", "deleted") => ($"{who} deleted the measure {thing}", null),
            ("measures", _) => ($"{who} {verb} the measure {thing}", paths.Measure(thing)),
            ("branches", "deleted") => ($"{who} deleted the branch {thing}", null),
            ("branches", _) => ($"{who} {verb} the branch {thing}", paths.Branch(thing)),
            ("benchmarks", "deleted") => ($"{who} deleted the benchmark {thing}", null),
            ("benchmarks", _) => ($"{who} {verb} the benchmark {thing}", paths.Benchmark(thing)),
            ("thresholds", _) => ($"{who} deleted the threshold {thing}", null),
            ("reports", _) => ($"{who} deleted the report {thing}", null),
            _ => null,
        };
    }
}
