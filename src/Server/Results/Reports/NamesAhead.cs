using System.Globalization;
using Paddock.Core.Names;
using Paddock.Server.Catalog.Benchmarks;
using Paddock.Server.Catalog.Measures;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Reports;

/// <summary>
/// Records a run with very many new names without blocking other writers. It creates the names first, a few hundred in
/// each transaction, and other writers run in between. The report's own transaction then finds the names. If that
/// transaction refuses the run, or never happens, the created names that nothing else uses are removed again, in
/// slices, too.
/// </summary>
internal sealed class NamesAhead(Db db, TimeProvider time)
{
    /// <summary>The number of new names that one transaction creates.</summary>
    public const int SliceMax = 500;

    // No run takes this long. A younger one may still be in progress on another server of the same database.
    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromHours(1);

    private const string Benchmarks = "benchmarks";
    private const string Measures = "measures";
    private const string Project = "project";

    /// <summary>For tests: awaited after each slice.</summary>
    internal Func<Task>? AfterSlice { get; set; }

    /// <param name="unit">Records the run in one unit of work, and reports to the pace. May be called twice.</param>
    /// <param name="ct">The token of the request; the reads count against the request's share.</param>
    public async Task<T> RecordAsync<T>(RunNames names, Func<RunPace, Task<T>> unit, CancellationToken ct)
    {
        var pace = new RunPace(names, time);
        var result = await TryAsync(pace, unit);
        if (pace.Project is not { } project)
            return result!;
        var isKept = false;
        try
        {
            await CreateAsync(project, names, pace, ct);
            result = await unit(pace);
            isKept = pace.IsSettled;
            return result;
        }
        finally
        {
            if (!isKept && pace.HasMade)
                await UndoAsync(pace.Run);
        }
    }

    /// <summary>Removes the names that interrupted runs have left, as after a crash.</summary>
    /// <param name="serverBegan">The time at which this server started, if it just did. With an embedded database, no
    /// active run is older.</param>
    public async Task TidyAsync(DateTimeOffset? serverBegan)
    {
        var before = serverBegan is { } began && db.Engine == Engine.Sqlite ? began : time.GetUtcNow() - AbandonedAfter;
        var runs = await db.ReadAsync(
            sql => sql.ListAsync($"SELECT DISTINCT run FROM names_ahead WHERE created < {before}", row => row.Uuid()),
            CancellationToken.None
        );
        foreach (var run in runs)
            await UndoAsync(run);
    }

    private static async Task<T?> TryAsync<T>(RunPace pace, Func<RunPace, Task<T>> unit)
    {
        try
        {
            return await unit(pace);
        }
        catch (TooManyNewNames e)
        {
            pace.Wait(e.Project);
            return default;
        }
    }

    private async Task CreateAsync(ProjectRow project, RunNames names, RunPace pace, CancellationToken ct)
    {
        var references = await db.ReadAsync(sql => BenchmarkTable.MissingAsync(sql, project, names.References), ct);
        RefuseUnknown(BenchmarkRow.Noun, references);
        var measures = await db.ReadAsync(sql => MeasureTable.MissingAsync(sql, project, names.Measures), ct);
        RefuseUnknown(MeasureRow.Noun, measures);
        foreach (var slice in references.Chunk(SliceMax))
            await SliceAsync(project, pace, Benchmarks, async sql =>
            {
                var missing = await BenchmarkTable.MissingAsync(sql, project, slice);
                return (await BenchmarkTable.GetOrCreateAsync(sql, project, missing, pace.Now)).Values.Select(row =>
                    row.Id.Value
                );
            });
        // Looked up only now that the other names exist, as a single transaction would see them.
        var fullNames = await db.ReadAsync(sql => BenchmarkIdentities.MissingAsync(sql, project, names.FullNames), ct);
        foreach (var slice in fullNames.Select(one => (one.Key, one.Value)).Chunk(SliceMax))
            await SliceAsync(project, pace, Benchmarks, async sql =>
                (await BenchmarkIdentities.CreateAsync(sql, project, slice, pace.Now)).Select(row => row.Id.Value)
            );
        foreach (var slice in measures.Chunk(SliceMax))
            await SliceAsync(project, pace, Measures, async sql =>
            {
                var missing = await MeasureTable.MissingAsync(sql, project, slice);
                return (await names.MeasuresAsync(sql, project, missing, pace.Now)).Values.Select(row => row.Id.Value);
            });
    }

    private static void RefuseUnknown<TName>(string noun, IReadOnlyList<NameId<TName>> missing)
        where TName : class, IText<TName>
    {
        foreach (var reference in missing)
            if (reference.Kind == NameIdKind.Uuid)
                throw Ground.Http.Refusal.NotFound(noun, reference);
    }

    /// <param name="create">Creates the names that nobody has created since they were looked up, and returns their
    /// ids.</param>
    private async Task SliceAsync(
        ProjectRow project,
        RunPace pace,
        string kind,
        Func<Sql, Task<IEnumerable<long>>> create
    )
    {
        await db.WriteAsync(async sql =>
        {
            var ids = string.Join(
                ',',
                (await create(sql)).Distinct().Select(id => id.ToString(CultureInfo.InvariantCulture))
            );
            await sql.ExecuteAsync(
                $"INSERT INTO names_ahead (run, project_id, kind, row_ids, created) VALUES ({pace.Run}, "
                    + $"{project.Id}, {kind}, {ids}, {pace.Now})"
            );
        });
        pace.HasMade = true;
        if (AfterSlice is { } told)
            await told();
    }

    private async Task UndoAsync(Guid run)
    {
        while (await db.WriteAsync(sql => UndoSliceAsync(sql, run))) { }
    }

    /// <returns>True if there was a slice. The newest slice goes first, and the project last.</returns>
    private static async Task<bool> UndoSliceAsync(Sql sql, Guid run)
    {
        var slice = await sql.FirstAsync(
            $"SELECT id, project_id, kind, row_ids FROM names_ahead WHERE run = {run} ORDER BY id DESC LIMIT 1",
            row => (Id: row.Long(), ProjectId: row.Long(), Kind: row.Text(), Rows: row.Text())
        );
        if (slice.Id == 0)
            return false;
        await sql.ExecuteAsync($"DELETE FROM names_ahead WHERE id = {slice.Id}");
        if (slice.Kind == Project)
            await RemoveProjectAsync(sql, slice.ProjectId);
        else
            await RemoveNamesAsync(
                sql,
                slice.Kind,
                slice.Rows.Length == 0
                    ? []
                    : [.. slice.Rows.Split(',').Select(id => long.Parse(id, CultureInfo.InvariantCulture))]
            );
        return true;
    }

    // Locks the rows first: a run that uses one of them either waits, or commits before and is then seen here.
    private static async Task RemoveNamesAsync(Sql sql, string table, long[] ids)
    {
        var (rows, column) = (new Raw(table), new Raw(table == Benchmarks ? "benchmark_id" : "measure_id"));
        await sql.ReadAsync($"SELECT id FROM {rows} WHERE id IN {ids} ORDER BY id{sql.ForUpdateOf(table)}", _ => true);
        var thresholds =
            table == Measures
                ? SqlText.Of($" AND id NOT IN (SELECT measure_id FROM thresholds WHERE measure_id IN {ids})")
                : SqlText.Empty;
        await sql.ExecuteAsync(
            $"""
            DELETE FROM {rows} WHERE id IN {ids} AND modified = created AND id NOT IN (SELECT {column} FROM series WHERE {column} IN {ids})
              AND id NOT IN (SELECT item_id FROM plot_items WHERE kind = {table[..^1]} AND item_id IN {ids}){thresholds}
            """
        );
    }

    private static async Task RemoveProjectAsync(Sql sql, long id)
    {
        await sql.AnyAsync($"SELECT 1 FROM projects WHERE id = {id}{sql.ForUpdateOf("projects")}");
        await sql.ExecuteAsync(
            $"""
            DELETE FROM projects WHERE id = {id} AND modified = created AND deleted IS NULL
              AND NOT EXISTS (SELECT 1 FROM reports WHERE project_id = {id}) AND NOT EXISTS (SELECT 1 FROM benchmarks WHERE project_id = {id})
              AND NOT EXISTS (SELECT 1 FROM project_keys WHERE project_id = {id})
            """
        );
    }

    /// <summary>Records that the run has created its project, too.</summary>
    internal static Task NoteProjectAsync(Sql sql, RunPace pace, ProjectRow project) =>
        sql.ExecuteAsync(
            $"INSERT INTO names_ahead (run, project_id, kind, row_ids, created) VALUES ({pace.Run}, {project.Id}, "
                + $"{Project}, {""}, {pace.Now})"
        );
}

/// <summary>The progress of a run: if its names must be created ahead, and if they were.</summary>
internal sealed class RunPace(RunNames names, TimeProvider time)
{
    public Guid Run { get; } = Guid.NewGuid();
    public DateTimeOffset Now { get; } = time.GetUtcNow();

    /// <summary>The project in which names are created ahead; null until that turns out to be necessary.</summary>
    public ProjectRow? Project { get; private set; }

    public bool IsSettled { get; private set; }

    /// <summary>True if anything was created ahead.</summary>
    public bool HasMade { get; set; }

    public void Wait(ProjectRow project) => Project = project with { NewNamesAtOnceMax = null, IsNew = false };

    /// <summary>
    /// Called by a unit of work once it knows its project. If true, the unit ends at once and is called again after the
    /// names are created. PostgreSQL servers have no cache of names, so there the lookup itself finds out
    /// (<see cref="TooManyNewNames"/>).
    /// </summary>
    public async Task<bool> IsTooLongAsync(Sql sql, ProjectRow project)
    {
        IsSettled = false;
        if (Project is not null || project.NewNamesAtOnceMax is null || names.Count <= NamesAhead.SliceMax)
            return false;
        if (!project.IsNew && names.CountForgotten(sql, project) is not > NamesAhead.SliceMax)
            return false;
        if (project.IsNew)
        {
            await NamesAhead.NoteProjectAsync(sql, this, project);
            HasMade = true;
        }
        Wait(project);
        return true;
    }

    /// <summary>
    /// The project as a unit of work must use it. A caller with a budget of names is limited by that budget.
    /// </summary>
    public ProjectRow Of(ProjectRow project) =>
        project with
        {
            NewNamesAtOnceMax = Project is null && project.Names is null ? NamesAhead.SliceMax : null,
        };

    /// <summary>
    /// Called by the unit of work that has recorded the run: the names created ahead now belong to the run.
    /// </summary>
    public async Task SettleAsync(Sql sql)
    {
        if (HasMade)
            await sql.ExecuteAsync($"DELETE FROM names_ahead WHERE run = {Run}");
        IsSettled = true;
    }
}
