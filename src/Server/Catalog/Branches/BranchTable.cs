using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Catalog.Branches;

/// <summary>A branch and its head after a run or a request has placed it.</summary>
/// <param name="Notice">Says what was used instead, when the requested start point was not.</param>
internal sealed record PlacedBranch(BranchRow Branch, HeadRow Head, Notice? Notice = null);

internal static class BranchTable
{
    private static readonly Raw From = new($"branches JOIN heads ON heads.id = branches.head_id {HeadRow.Joins.Text}");

    public static Task<(BranchRow Branch, HeadRow Head)?> FindAsync(
        Sql sql,
        Id<Project> projectId,
        NameId<BranchName> branch,
        CancellationToken ct = default
    ) => FindAsync(sql, projectId, branch.Condition("branches"), sql.ForChangeOf("branches"), ct);

    public static Task<(BranchRow Branch, HeadRow Head)?> FindAsync(
        Sql sql,
        Id<Project> projectId,
        ResourceId branch,
        CancellationToken ct = default
    ) => FindAsync(sql, projectId, branch.Condition("branches"), sql.ForChangeOf("branches"), ct);

    public static async Task<(IReadOnlyList<(BranchRow Branch, HeadRow Head)> Rows, long Total)> ListAsync(
        Sql sql,
        Id<Project> projectId,
        string? name,
        string? search,
        bool archived,
        Page page,
        CancellationToken ct
    )
    {
        var where = SqlText.Of(
            $"branches.project_id = {projectId} AND "
                + $"{Conditions.Archived(archived, "branches")}"
                + $"{Page.Search(search, "branches.name", "branches.slug", "branches.uuid")}"
        );
        if (name is not null)
            where = SqlText.Of($"{where} AND branches.name = {name}");
        var rows = await sql.ListAsync(
            $"SELECT {BranchRow.Columns}, {HeadRow.Columns} FROM {From} WHERE {where} ORDER BY branches.name "
                + $"{page.Direction()}, branches.slug {page.Limit}",
            row => (BranchRow.Read(row), HeadRow.Read(row)),
            ct
        );
        return (rows, await sql.NumberAsync($"SELECT count(*) FROM branches WHERE {where}", ct));
    }

    /// <summary>
    /// Finds the branch that a run names, or creates it. Gives it a new head if the start point requires one, and
    /// unarchives it.
    /// </summary>
    /// <exception cref="Refusal">The project has no branch with this UUID.</exception>
    public static async Task<PlacedBranch> GetOrCreateAsync(
        Sql sql,
        ProjectRow project,
        NameId<BranchName> name,
        NewStartPoint? startPoint,
        ITakenFromStartPoint others,
        DateTimeOffset now
    )
    {
        var locked = sql.OfTurn<LockedBranches>();
        if (startPoint is null && locked?.Find(project.Id, name) is { } ours)
            return ours;
        if (await FindWantedAsync(sql, project.Id, name) is not { } found)
        {
            var text = name.Kind == NameIdKind.Uuid ? throw Refusal.NotFound("branch", name.Value) : name.Value;
            if (!BranchName.TryParse(text, out var branchName))
                throw Refusal.BadInput("branch: " + Text.Refusal<BranchName>(text));
            var wantedSlug = Slug.TryParse(text, out var slug) ? slug : Slug.FromName(text);
            project.Names?.Take(project.Id, count: 1);
            if (!await IsTakenAsync(sql, project, branchName))
                return await InsertAsync(sql, project, branchName, wantedSlug, startPoint, others, now);
            // Another run has created the branch since the lookup.
            found = await FindWantedAsync(sql, project.Id, name) ?? throw NameTaken(branchName);
        }
        var (branch, head) = found;
        if (branch.Archived is not null)
        {
            await sql.ExecuteAsync($"UPDATE branches SET archived = NULL, modified = {now} WHERE id = {branch.Id}");
            branch = branch with { Archived = null, Modified = now };
        }
        if (startPoint is null)
        {
            var placed = new PlacedBranch(branch, head);
            locked?.Know(project.Id, name, placed);
            return placed;
        }
        locked?.Forget(); // The branch may get another head, so the cached one is dropped.
        var start = await StartPoints.ResolveAsync(sql, project, startPoint);
        return await RestartAsync(sql, project, branch, head, start, startPoint.Reset ?? false, others, now);
    }

    /// <summary>
    /// Finds the branch that a run or a start point names. A text that could be a slug is looked up as a slug first,
    /// then as a name, so a renamed branch that kept its slug is found by its new name, too.
    /// </summary>
    public static Task<(BranchRow Branch, HeadRow Head)?> FindWantedAsync(
        Sql sql,
        Id<Project> projectId,
        NameId<BranchName> branch
    ) => FindWantedAsync(sql, projectId, branch, sql.ForChangeOf("branches"));

    /// <summary>
    /// Finds the branch of a start point. Its row is locked only against deletion: reports may be added to it
    /// meanwhile, and their writers do not wait for runs that begin there.
    /// </summary>
    public static Task<(BranchRow Branch, HeadRow Head)?> FindStartAsync(
        Sql sql,
        Id<Project> projectId,
        NameId<BranchName> branch
    ) => FindWantedAsync(sql, projectId, branch, sql.ForReferenceTo("branches"));

    private static async Task<(BranchRow Branch, HeadRow Head)?> FindWantedAsync(
        Sql sql,
        Id<Project> projectId,
        NameId<BranchName> branch,
        Raw locking
    ) =>
        await FindAsync(sql, projectId, branch.Condition("branches"), locking, CancellationToken.None) is { } found
            ? found
        : branch.Kind == NameIdKind.Slug
            ? await FindAsync(
                sql,
                projectId,
                SqlText.Of($"branches.name = {branch.Value}"),
                locking,
                CancellationToken.None
            )
        : null;

    /// <summary>
    /// Locks a branch. Adding metrics to a branch or changing its thresholds takes this lock first, so that writers
    /// take turns.
    /// </summary>
    public static async Task LockAsync(Sql sql, Id<Branch> id) =>
        await sql.AnyAsync($"SELECT id FROM branches WHERE id = {id}{sql.ForChangeOf("branches")}");

    /// <exception cref="Refusal">The name is taken.</exception>
    public static async Task<PlacedBranch> CreateAsync(
        Sql sql,
        ProjectRow project,
        BranchName name,
        Slug wantedSlug,
        NewStartPoint? startPoint,
        ITakenFromStartPoint others,
        DateTimeOffset now
    )
    {
        if (await IsTakenAsync(sql, project, name))
            throw NameTaken(name);
        return await InsertAsync(sql, project, name, wantedSlug, startPoint, others, now);
    }

    private static Task<bool> IsTakenAsync(Sql sql, ProjectRow project, BranchName name) =>
        sql.AnyAsync($"SELECT 1 FROM branches WHERE project_id = {project.Id} AND name = {name.Value}");

    private static Refusal NameTaken(BranchName name) =>
        Refusal.Conflict($"name: this project has a branch {Text.Quote(name.Value)} already");

    // If the name is taken concurrently, the insert violates a constraint and the unit of work is retried.
    private static async Task<PlacedBranch> InsertAsync(
        Sql sql,
        ProjectRow project,
        BranchName name,
        Slug wantedSlug,
        NewStartPoint? startPoint,
        ITakenFromStartPoint others,
        DateTimeOffset now
    )
    {
        var (start, trouble) = await StartPoints.ResolveAsync(sql, project, startPoint);
        var slug = await sql.FreeSlugAsync("branches", wantedSlug, SqlText.Of($"project_id = {project.Id}"));
        var uuid = Guid.CreateVersion7(now);
        var id = await sql.InsertAsync<Branch>(
            $"""
            INSERT INTO branches (uuid, project_id, name, slug, created, modified)
            VALUES ({uuid}, {project.Id}, {name.Value}, {slug.Value}, {now}, {now})
            """
        );
        var head = await HeadTable.StartAsync(sql, project, id, replacedHeadId: null, start, others, now);
        return new(
            new(id, uuid, name.Value, slug.Value, head.Id, now, now, Archived: null),
            head,
            trouble?.ToNotice(
                $"{Text.Quote(name.Value)} begins without the history and the thresholds of another branch."
            )
        );
    }

    /// <summary>Gives the branch a new head if its start point requires one; otherwise changes nothing.</summary>
    public static async Task<PlacedBranch> RestartAsync(
        Sql sql,
        ProjectRow project,
        BranchRow branch,
        HeadRow head,
        (ResolvedStartPoint? Point, StartPointTrouble? Trouble) start,
        bool reset,
        ITakenFromStartPoint others,
        DateTimeOffset now
    )
    {
        var notice = start.Trouble?.ToNotice(
            reset
                ? $"{Text.Quote(branch.Name)} begins anew without the history and the thresholds of another branch."
                : $"{Text.Quote(branch.Name)} keeps its present history."
        );
        // After the start point's version was deleted, the head has no start point, so any start point requires a new
        // head.
        var currentBranchId = head is { StartPoint: not null, StartHeadId: { } startHead }
            ? await sql.IdAsync<Branch>($"SELECT branch_id FROM heads WHERE id = {startHead}")
            : (Id<Branch>?)null;
        if (!StartPoints.NeedsNewHead(currentBranchId, head.StartPoint?.Version.Hash, start.Point, reset))
            return new(branch, head, notice);
        var newHead = await HeadTable.StartAsync(
            sql,
            project,
            branch.Id,
            replacedHeadId: head.Id,
            start.Point,
            others,
            now
        );
        return new(branch with { HeadId = newHead.Id }, newHead, notice);
    }

    /// <summary>
    /// The branches that the units of work of one transaction have locked, by the names that runs use for them.
    /// </summary>
    private sealed class LockedBranches
    {
        private readonly Dictionary<(Id<Project> ProjectId, NameId<BranchName> Name), PlacedBranch> branches = [];

        public PlacedBranch? Find(Id<Project> projectId, NameId<BranchName> name) =>
            branches.GetValueOrDefault((projectId, name));

        public void Know(Id<Project> projectId, NameId<BranchName> name, PlacedBranch branch) =>
            branches[(projectId, name)] = branch;

        public void Forget() => branches.Clear();
    }

    private static async Task<(BranchRow Branch, HeadRow Head)?> FindAsync(
        Sql sql,
        Id<Project> projectId,
        SqlText condition,
        Raw locking,
        CancellationToken ct
    )
    {
        var found = await sql.ListAsync(
            $"SELECT {BranchRow.Columns}, {HeadRow.Columns} FROM {From} WHERE branches.project_id = {projectId} AND "
                + $"{condition}{locking}",
            row => (BranchRow.Read(row), HeadRow.Read(row)),
            ct
        );
        return found.Count == 0 ? null : found[0];
    }
}
