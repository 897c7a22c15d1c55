using Paddock.Core;
using Paddock.Core.Names;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Benchmarks;
using Paddock.Server.Catalog.Measures;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Catalog.Specs;
using Paddock.Server.Catalog.Testbeds;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Change = Paddock.Core.Wire.Change;
using Version = Paddock.Core.Wire.Version;

namespace Paddock.Server.Results.Changes;

/// <summary>The filter and order of a list of changes.</summary>
internal sealed record ChangeFilter(
    NameId<BranchName>? Branch,
    NameId<ResourceName>? Testbed,
    NameId<BenchmarkName>? Benchmark,
    NameId<ResourceName>? Measure,
    ChangeState? State,
    ChangeVerdict? Verdict,
    bool ByCreation
)
{
    /// <summary>Part of a benchmark's name, or a pattern such as <c>parse/*</c>.</summary>
    public string? Find { get; init; }

    /// <summary>True if open changes come before all others.</summary>
    public bool OpenFirst { get; init; }
}

/// <summary>Reads changes as people see them, in a fixed number of queries, however many changes there are.</summary>
internal static class ReadChanges
{
    private const int NamedMax = 4; // The number of a change's series that a list names.

    private static readonly Raw Columns = new(
        """
        changes.id, changes.uuid, changes.verdict, changes.state, changes.note, changes.created, changes.modified,
        COALESCE(versions.number, changes.number), changes.hash, reports.uuid, branches.uuid, branches.name, branches.slug, heads.uuid,
        users.uuid, users.name, users.slug, (SELECT min(first.start_time) FROM reports first WHERE first.version_id = changes.version_id)
        """
    );

    private static readonly Raw From = new(
        """
        changes JOIN heads ON heads.id = changes.head_id JOIN branches ON branches.id = heads.branch_id
        LEFT JOIN versions ON versions.id = changes.version_id LEFT JOIN reports ON reports.id = changes.report_id
        LEFT JOIN users ON users.id = changes.user_id
        """
    );

    private sealed record Found(Id<ChangeRow> Id, Change Change);

    private sealed record Part(Id<ChangeRow> ChangeId, ChangedSeries Series, int Count, int Benchmarks);

    public static async Task<(IReadOnlyList<Change> Changes, long Total)> ListAsync(
        Sql sql,
        ProjectRow project,
        ChangeFilter filter,
        Page page,
        CancellationToken ct
    )
    {
        var (found, total) = await FindAsync(sql, project, filter, page, ct);
        var parts = (await PartsAsync(sql, project, [.. found.Select(one => one.Id)], NamedMax, ct)).ToLookup(part =>
            part.ChangeId
        );
        return ([.. found.Select(one => WithParts(one.Change, [.. parts[one.Id]]))], total);
    }

    /// <summary>The same without any data of the series, for callers that only check for new changes.</summary>
    public static async Task<(IReadOnlyList<Change> Changes, long Total)> ListWithoutSeriesAsync(
        Sql sql,
        ProjectRow project,
        ChangeFilter filter,
        Page page,
        CancellationToken ct
    )
    {
        var (found, total) = await FindAsync(sql, project, filter, page, ct);
        return (found.ConvertAll(one => one.Change), total);
    }

    private static async Task<(List<Found> Found, long Total)> FindAsync(
        Sql sql,
        ProjectRow project,
        ChangeFilter filter,
        Page page,
        CancellationToken ct
    )
    {
        var where = Where(project, filter);
        var order = new Raw(filter.ByCreation ? "changes.created" : "changes.modified");
        var first = filter.OpenFirst
            ? SqlText.Of($"CASE WHEN changes.state = {ChangeState.Open} THEN 0 ELSE 1 END, ")
            : SqlText.Empty;
        var found = await sql.ListAsync(
            $"""
            SELECT {Columns} FROM {From} WHERE {where}
            ORDER BY {first}{order} {page.Direction(descendingStandard: true)}, changes.id {page.Direction(
                descendingStandard: true
            )} {page.Limit}
            """,
            row => Read(row, project),
            ct
        );
        return (found, await sql.NumberAsync($"SELECT count(*) FROM {From} WHERE {where}", ct));
    }

    /// <exception cref="Refusal">The change does not exist.</exception>
    public static async Task<Change> ViewAsync(Sql sql, ProjectRow project, Guid uuid, CancellationToken ct = default)
    {
        var found = await sql.FirstAsync(
            $"SELECT {Columns} FROM {From} WHERE changes.project_id = {project.Id} AND changes.uuid = {uuid}",
            row => Read(row, project),
            ct
        ) ?? throw Refusal.NotFound("change", uuid);
        var parts = await PartsAsync(sql, project, [found.Id], int.MaxValue, ct);
        return WithParts(found.Change, parts) with
        {
            Series = [.. parts.Select(part => part.Series)],
            Events = await EventsAsync(sql, found.Id, ct),
        };
    }

    private static SqlText Where(ProjectRow project, ChangeFilter filter)
    {
        var where = SqlText.Of($"changes.project_id = {project.Id}");
        if (filter.State is { } state)
            where = SqlText.Of($"{where} AND changes.state = {state}");
        if (filter.Verdict is { } verdict)
            where = SqlText.Of($"{where} AND changes.verdict = {verdict}");
        if (filter.Branch is { } branch)
            where = SqlText.Of($"{where} AND {branch.Condition("branches")}");
        if (filter is { Testbed: null, Benchmark: null, Measure: null, Find: null })
            return where;
        var part = SqlText.Empty; // One series of the change must meet all these conditions.
        if (filter.Testbed is { } testbed)
            part = SqlText.Of($"{part} AND {testbed.Condition("testbeds")}");
        if (filter.Benchmark is { } benchmark)
            part = SqlText.Of($"{part} AND {benchmark.Condition("benchmarks")}");
        if (filter.Find is { } find)
            part = SqlText.Of($"{part}{Page.Search(find.Replace('*', '%'), "benchmarks.name")}");
        if (filter.Measure is { } measure)
            part = SqlText.Of($"{part} AND {measure.Condition("measures")}");
        return SqlText.Of(
            $"""
            {where} AND EXISTS (SELECT 1 FROM change_series JOIN series ON series.id = change_series.series_id
                JOIN testbeds ON testbeds.id = series.testbed_id JOIN benchmarks ON benchmarks.id = series.benchmark_id
                JOIN measures ON measures.id = series.measure_id WHERE change_series.change_id = changes.id{part})
            """
        );
    }

    // The series with the largest effect come first in each change.
    private static async Task<List<Part>> PartsAsync(
        Sql sql,
        ProjectRow project,
        IReadOnlyCollection<Id<ChangeRow>> changeIds,
        int most,
        CancellationToken ct
    ) =>
        changeIds.Count == 0
            ? []
            : await sql.ListAsync(
                $"""
                SELECT part.change_id, counted.total, counted.benchmarks, part.state, COALESCE(versions.number, 0), versions.hash, part.before_median, part.after_median,
                    part.effect, part.effect_low, part.effect_high, part.proof, part.p, {BenchmarkRow.Columns}, {MeasureRow.Columns}, {TestbedRow.Columns}, {SpecRow.Columns}
                FROM (SELECT change_series.*,
                        row_number() OVER (PARTITION BY change_id ORDER BY abs(effect) DESC, series_id) AS place
                    FROM change_series WHERE change_id IN {changeIds}) part
                JOIN (SELECT change_series.change_id, count(*) AS total, count(DISTINCT series.benchmark_id) AS benchmarks
                    FROM change_series JOIN series ON series.id = change_series.series_id
                    WHERE change_series.change_id IN {changeIds} GROUP BY change_series.change_id) counted ON counted.change_id = part.change_id
                JOIN series ON series.id = part.series_id
                JOIN benchmarks ON benchmarks.id = series.benchmark_id
                JOIN measures ON measures.id = series.measure_id
                JOIN testbeds ON testbeds.id = series.testbed_id
                LEFT JOIN specs ON specs.id = series.spec_id
                LEFT JOIN versions ON versions.id = COALESCE(part.located, part.since)
                WHERE part.place <= {most}
                ORDER BY part.change_id, part.place
                """,
                row => ReadPart(row, project),
                ct
            );

    private static Part ReadPart(Row row, ProjectRow project)
    {
        var (change, total, benchmarks) = (row.Id<ChangeRow>(), row.Int(), row.Int());
        var (state, since) = (row.Word<ChangeState>(), new Version(row.UInt(), row.TextOrNull()));
        var (before, after, effect) = (row.Double(), row.Double(), Relative(row.Double()));
        var (interval, proof, p) = (
            new EffectInterval(Relative(row.Double()), Relative(row.Double())),
            row.Word<Proof>(),
            ChangeTable.Chance(row.Double())
        );
        var (benchmark, measure) = (BenchmarkRow.Read(row).ToWire(project), MeasureRow.Read(row).ToWire(project));
        var testbed = TestbedRow.Read(row).ToWire(project, SpecRow.ReadOrNull(row));
        var part = new ChangedSeries(
            benchmark,
            measure,
            testbed,
            state,
            since,
            before,
            after,
            effect,
            interval,
            proof,
            p,
            Sentence: ""
        );
        return new(
            change,
            part with
            {
                Sentence = VerdictWords.Effect(effect, before, after, measure.Units),
            },
            total,
            benchmarks
        );
    }

    // A relative effect from 0 does not exist.
    private static double? Relative(double kept) => Math.Abs(kept) == double.MaxValue ? null : kept;

    private static Change WithParts(Change change, IReadOnlyList<Part> parts) =>
        parts.Count == 0
            ? change
            : change with
            {
                Count = (uint)parts[0].Count,
                Effect = parts[0].Series.Effect,
                Sentence = VerdictWords.Change(
                    change.Verdict,
                    change.Since,
                    parts[0].Benchmarks,
                    parts[0].Count,
                    [.. parts.Select(part => part.Series)]
                ),
            };

    private static Task<List<ChangeEntry>> EventsAsync(Sql sql, Id<ChangeRow> changeId, CancellationToken ct) =>
        sql.ListAsync(
            $"""
            SELECT change_events.kind, change_events.series, change_events.note, change_events.created, reports.uuid, users.uuid, users.name, users.slug,
                versions.number, versions.hash, other.uuid
            FROM change_events LEFT JOIN reports ON reports.id = change_events.report_id LEFT JOIN users ON users.id = change_events.user_id
            LEFT JOIN versions ON versions.id = change_events.version_id LEFT JOIN changes other ON other.id = change_events.other_id
            WHERE change_events.change_id = {changeId} ORDER BY change_events.id
            """,
            row =>
            {
                var (kind, count, note, created, report) = (
                    row.Word<EventKind>(),
                    row.UInt(),
                    row.TextOrNull(),
                    row.Time(),
                    row.UuidOrNull()
                );
                var (user, former, hash) = (UserOrNull(row), row.LongOrNull(), row.TextOrNull());
                return new ChangeEntry(
                    kind,
                    count,
                    report,
                    user,
                    note,
                    created,
                    former is { } number ? new Version((uint)number, hash) : null,
                    row.UuidOrNull()
                );
            },
            ct
        );

    private static Found Read(Row row, ProjectRow project)
    {
        var (id, uuid, verdict, state) = (
            row.Id<ChangeRow>(),
            row.Uuid(),
            row.Word<ChangeVerdict>(),
            row.Word<ChangeState>()
        );
        var (note, created, modified) = (row.TextOrNull(), row.Time(), row.Time());
        var (since, report) = (new Version(row.UInt(), row.TextOrNull()), row.UuidOrNull());
        var branch = new ChangeBranch(row.Uuid(), row.Text(), row.Text(), row.Uuid());
        return new(
            id,
            new(
                uuid,
                project.Uuid,
                verdict,
                state,
                VerdictWords.Change(verdict, since, 0, 0, []),
                branch,
                since,
                report,
                Count: 0,
                Effect: null,
                note,
                UserOrNull(row),
                created,
                modified,
                Measured: row.TimeOrNull()
            )
        );
    }

    private static PublicUser? UserOrNull(Row row)
    {
        var (uuid, name, slug) = (row.UuidOrNull(), row.TextOrNull(), row.TextOrNull());
        return uuid is { } known ? new(known, name!, slug!) : null;
    }
}
