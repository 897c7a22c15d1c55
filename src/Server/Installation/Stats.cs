using Paddock.Core.Wire;
using Paddock.Server.Access.Organizations;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Installation;

/// <summary>Values for three time spans that end now: a week, four weeks, and all time.</summary>
internal readonly record struct Spans<T>(T Week, T Month, T Total)
{
    public Spans<TOther> Select<TOther>(Func<T, TOther> of) => new(of(Week), of(Month), of(Total));
}

/// <param name="Claimed">True when its organization has a leader.</param>
/// <param name="Reports">How many reports were received.</param>
internal sealed record ProjectActivity(Guid Uuid, string Name, bool Claimed, Spans<long> Reports, Spans<long> Metrics);

/// <summary>How many reports have a given number of metrics.</summary>
internal readonly record struct ReportSizes(bool Claimed, long Metrics, Spans<long> Reports);

/// <summary>The statistics of a server. Each query reads a table once, however many numbers it yields.</summary>
internal static class Stats
{
    private const int ListMax = 255;
    private const int TopMax = 10;
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);
    private static readonly TimeSpan Month = TimeSpan.FromDays(28);

    public static async Task<ServerStats> ReadAsync(Sql sql, DateTimeOffset now, CancellationToken ct)
    {
        var server = await ServerTable.GetAsync(sql, ct);
        var admins = await sql.ListAsync(
            $"SELECT {UserRow.Columns} FROM users WHERE admin = 1 ORDER BY name, slug LIMIT {ListMax}",
            UserRow.Read,
            ct
        );
        var organizations = await sql.ListAsync(
            $"SELECT {OrganizationRow.Columns} FROM organizations WHERE deleted IS NULL ORDER BY id LIMIT {ListMax}",
            OrganizationRow.Read,
            ct
        );
        var users = await sql.FirstAsync($"SELECT {Counts("created", "1", now)} FROM users", ReadSpans, ct);
        var projects = await sql.ListAsync(
            $"""
            SELECT claimed, {Counts("created", "1", now)}
            FROM (SELECT projects.created, {Claimed} AS claimed FROM projects WHERE projects.deleted IS NULL) counted GROUP BY claimed
            """,
            row => (Claimed: row.Bool(), Count: ReadSpans(row)),
            ct
        );
        var activity = await sql.ListAsync(
            $"""
            SELECT projects.uuid, projects.name, {Claimed}, {Counts("reports.created", "1", now)}, {Counts(
                "reports.created",
                "reports.metrics",
                now
            )}
            FROM reports JOIN projects ON projects.id = reports.project_id
            WHERE projects.deleted IS NULL GROUP BY projects.id, projects.uuid, projects.name, projects.organization_id ORDER BY projects.id
            """,
            row => new ProjectActivity(row.Uuid(), row.Text(), row.Bool(), ReadSpans(row), ReadSpans(row)),
            ct
        );
        var sizes = await sql.ListAsync(
            $"""
            SELECT claimed, metrics, {Counts("created", "1", now)}
            FROM (SELECT reports.metrics, reports.created, {Claimed} AS claimed FROM reports JOIN projects ON projects.id = reports.project_id
                WHERE projects.deleted IS NULL) counted
            GROUP BY claimed, metrics ORDER BY metrics
            """,
            row => new ReportSizes(row.Bool(), row.Long(), ReadSpans(row)),
            ct
        );
        return Of(
            new(server.Uuid, server.Created, ServerEndpoints.ApiVersion),
            now,
            organizations.ConvertAll(o => o.ToWire()),
            admins.ConvertAll(a => a.ToWire()),
            users,
            projects,
            activity,
            sizes,
            await RunnerWork.ReadAsync(sql, now, ct)
        );
    }

    /// <summary>The statistics of all three groups, from one pass over each table.</summary>
    /// <param name="sizes">Sorted by number of metrics, ascending.</param>
    public static ServerStats Of(
        ServerInstance server,
        DateTimeOffset now,
        IReadOnlyList<Organization> organizations,
        IReadOnlyList<User> admins,
        Spans<long> users,
        IReadOnlyList<(bool Claimed, Spans<long> Count)> projects,
        IReadOnlyList<ProjectActivity> activity,
        IReadOnlyList<ReportSizes> sizes,
        RunnerStats runner
    )
    {
        Cohort Projects(bool? claimed) =>
            Sum(projects.Where(p => claimed is null || p.Claimed == claimed).Select(p => p.Count));
        List<ProjectActivity> Of(bool? claimed) => [.. activity.Where(a => claimed is null || a.Claimed == claimed)];
        List<ReportSizes> Sizes(bool? claimed) => [.. sizes.Where(s => claimed is null || s.Claimed == claimed)];
        var (all, unclaimed, taken) = (Of(null), Of(false), Of(true));
        return new(
            server,
            now,
            organizations,
            admins,
            Sum([users]),
            Projects(null),
            Projects(false),
            Projects(true),
            Active(all),
            Active(unclaimed),
            Active(taken),
            Sum(all.Select(a => a.Reports)),
            Sum(unclaimed.Select(a => a.Reports)),
            Sum(taken.Select(a => a.Reports)),
            ReportsPerProject(all),
            ReportsPerProject(unclaimed),
            ReportsPerProject(taken),
            Sum(all.Select(a => a.Metrics)),
            Sum(unclaimed.Select(a => a.Metrics)),
            Sum(taken.Select(a => a.Metrics)),
            MetricsPerReport(Sizes(null)),
            MetricsPerReport(Sizes(false)),
            MetricsPerReport(Sizes(true)),
            Top(all, newestFirst: true),
            Top(unclaimed),
            Top(taken),
            runner
        );
    }

    /// <summary>
    /// The median of values, each with its number of occurrences, ascending; the mean of the two middle values if the
    /// total is even.
    /// </summary>
    public static double Median(IReadOnlyList<(long Value, long Times)> values)
    {
        var total = values.Sum(v => v.Times);
        return total == 0 ? 0 : (At(values, (total - 1) / 2) + At(values, total / 2)) / 2.0;
    }

    private static long At(IReadOnlyList<(long Value, long Times)> values, long index)
    {
        foreach (var (value, times) in values)
            if ((index -= times) < 0)
                return value;
        throw new ArgumentOutOfRangeException(nameof(index));
    }

    public static Cohort Sum(IEnumerable<Spans<long>> counts)
    {
        var (week, month, total) = (0L, 0L, 0L);
        foreach (var count in counts)
            (week, month, total) = (week + count.Week, month + count.Month, total + count.Total);
        return new((ulong)week, (ulong)month, (ulong)total);
    }

    private static Cohort Active(List<ProjectActivity> projects) =>
        Sum(projects.Select(p => p.Reports.Select(count => Math.Min(count, 1))));

    private static MedianCohort ReportsPerProject(List<ProjectActivity> projects) =>
        Medians(span =>
            [
                .. projects
                    .Select(p => span(p.Reports))
                    .Where(reports => reports > 0)
                    .Order()
                    .Select(reports => (reports, 1L)),
            ]
        );

    private static MedianCohort MetricsPerReport(List<ReportSizes> sizes) =>
        Medians(span => [.. sizes.Select(s => (s.Metrics, span(s.Reports)))]);

    public static MedianCohort Medians(Func<Func<Spans<long>, long>, IReadOnlyList<(long, long)>> values) =>
        new(Median(values(s => s.Week)), Median(values(s => s.Month)), Median(values(s => s.Total)));

    // Projects with equally many metrics are sorted oldest first, except in the list of all projects and all time, as
    // in v0.
    private static TopCohort Top(List<ProjectActivity> projects, bool newestFirst = false)
    {
        IReadOnlyList<TopProject> In(IEnumerable<ProjectActivity> ordered, Func<Spans<long>, long> span) =>
            Top(ordered, p => span(p.Metrics), (p, metrics, part) => new TopProject(p.Name, p.Uuid, metrics, part));
        return new(
            In(projects, s => s.Week),
            In(projects, s => s.Month),
            In(newestFirst ? Enumerable.Reverse(projects) : projects, s => s.Total)
        );
    }

    /// <summary>The first entries by some number, each with its share of the total.</summary>
    public static IReadOnlyList<TTop> Top<T, TTop>(
        IEnumerable<T> all,
        Func<T, long> number,
        Func<T, ulong, double, TTop> make
    )
    {
        var sum = all.Sum(number);
        return
        [
            .. all.Where(one => number(one) > 0)
                .OrderByDescending(number)
                .Take(TopMax)
                .Select(one => make(one, (ulong)number(one), (double)number(one) / sum)),
        ];
    }

    public static readonly Raw Claimed = new(
        "CASE WHEN EXISTS (SELECT 1 FROM organization_roles r WHERE r.organization_id = projects.organization_id) "
            + "THEN 1 ELSE 0 END"
    );

    // Three sums in one pass, as integers on both engines.
    public static SqlText Counts(string time, string amount, DateTimeOffset now)
    {
        var (at, what) = (new Raw(time), new Raw(amount));
        return SqlText.Of(
            $"""
            CAST(COALESCE(sum(CASE WHEN {at} >= {now - Week} THEN {what} ELSE 0 END), 0) AS BIGINT),
            CAST(COALESCE(sum(CASE WHEN {at} >= {now - Month} THEN {what} ELSE 0 END), 0) AS BIGINT),
            CAST(COALESCE(sum({what}), 0) AS BIGINT)
            """
        );
    }

    public static Spans<long> ReadSpans(Row row) => new(row.Long(), row.Long(), row.Long());
}
