using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Catalog.Branches;

internal sealed class BranchEndpoints(Db db, ITakenFromStartPoint others, CreationLimits creations, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var branches = ActivatorUtilities.CreateInstance<BranchEndpoints>(routes.ServiceProvider);
        new NounRoutes<Branch, ResourceId>(routes, "branch", "branches", Input.Id)
            .List(NamedList.Of<BranchName>, branches.ListAsync)
            .Create<NewBranch>(branches.CreateAsync)
            .View(call => (call.Path<ResourceId>("branch"), call.QueryUuid("head")), branches.ViewAsync)
            .Update<BranchPatch>(branches.PatchAsync)
            .Delete(branches.DeleteAsync);
    }

    private async Task<Answer> ListAsync(Call call, ProjectRow project, NamedList asked)
    {
        var (page, (name, search, archived)) = asked;
        var (rows, total) = await db.ReadAsync(
            sql => BranchTable.ListAsync(sql, project.Id, name, search, archived, page, call.Aborted),
            call.Aborted
        );
        return Answer.List(
            [.. rows.Select(row => row.Branch.ToWire(project, row.Head))],
            total,
            Wire.Default.IReadOnlyListBranch
        );
    }

    public async Task<Answer> CreateAsync(Call call, ProjectGrant granted)
    {
        var project = granted.Project;
        var body = await call.BodyAsync(Wire.Default.NewBranch);
        if (body.StartPoint is { Branch: null })
            throw Refusal.BadInput("unable to parse JSON body: start_point: missing required \"branch\"");
        var now = time.GetUtcNow();
        var (branch, head, notice) = await db.WriteAsync(sql =>
            creations.WithinAsync(sql, project, now, () =>
                BranchTable.CreateAsync(
                    sql,
                    project,
                    body.Name,
                    body.Slug ?? Slug.FromName(body.Name.Value),
                    body.StartPoint,
                    others,
                    now
                )
            )
        );
        return Answer.Created(branch.ToWire(project, head, notice: notice), Wire.Default.Branch);
    }

    private async Task<Answer> ViewAsync(Call call, ProjectRow project, (ResourceId Id, Guid? Head) asked)
    {
        var (id, headUuid) = asked;
        return await db.ReadAsync(
            async sql =>
            {
                var (branch, head) = await FindAsync(sql, project, id, call.Aborted);
                if (headUuid is { } uuid)
                    head = await HeadTable.FindAsync(sql, branch.Id, uuid, call.Aborted)
                        ?? throw Refusal.NotFound("head", uuid);
                return Answer.Ok(branch.ToWire(project, head), Wire.Default.Branch);
            },
            call.Aborted
        );
    }

    public async Task<Answer> PatchAsync(Call call, ProjectGrant granted, ResourceId id)
    {
        var (project, caller) = granted;
        var (patch, now) = (await call.BodyAsync(Wire.Default.BranchPatch), time.GetUtcNow());
        ProjectAccess.RefuseRename(caller, "branch", patch.Name is not null || patch.Slug is not null);
        return await db.WriteAsync(async sql =>
        {
            var (branch, head) = await FindAsync(sql, project, id);
            // Resolved before the branch is renamed, because the request names the start point by the current names.
            var start = await StartPoints.ResolveAsync(sql, project, patch.StartPoint);
            if (patch.Name is { } name)
                await sql.RefuseTakenAsync("branches", "name", name.Value, project.Id, branch.Id);
            if (patch.Slug is { } slug)
                await sql.RefuseTakenAsync("branches", "slug", slug.Value, project.Id, branch.Id);
            branch = branch with
            {
                Name = patch.Name?.Value ?? branch.Name,
                Slug = patch.Slug?.Value ?? branch.Slug,
                Archived = patch.Archived switch
                {
                    true => branch.Archived ?? now,
                    false => null,
                    null => branch.Archived,
                },
                Modified = now,
            };
            await sql.ExecuteAsync(
                $"UPDATE branches SET name = {branch.Name}, slug = {branch.Slug}, archived = {branch.Archived}, "
                    + $"modified = {now} WHERE id = {branch.Id}"
            );
            var placed = new PlacedBranch(branch, head);
            if (patch.StartPoint is { } startPoint)
                placed = await BranchTable.RestartAsync(
                    sql,
                    project,
                    branch,
                    head,
                    start,
                    startPoint.Reset ?? false,
                    others,
                    now
                );
            await creations.CheckAsync(sql, project, now);
            return Answer.Ok(placed.Branch.ToWire(project, placed.Head, notice: placed.Notice), Wire.Default.Branch);
        });
    }

    public async Task<Answer> DeleteAsync(Call call, ProjectByUser granted, ResourceId id)
    {
        var project = granted.Project;
        await db.WriteAsync(async sql =>
        {
            var (branch, _) = await FindAsync(sql, project, id);
            if (
                await sql.AnyAsync(
                    $"SELECT 1 FROM reports JOIN heads ON heads.id = reports.head_id WHERE heads.branch_id = "
                        + $"{branch.Id}"
                )
            )
                throw Refusal.Conflict("This branch has reports; delete those first, or archive the branch.");
            if (await sql.AnyAsync($"SELECT 1 FROM thresholds WHERE branch_id = {branch.Id}"))
                throw Refusal.Conflict("This branch has thresholds; delete those first, or archive the branch.");
            await sql.ExecuteAsync($"DELETE FROM plot_items WHERE kind = 'branch' AND item_id = {branch.Id}");
            await sql.ExecuteAsync($"DELETE FROM branches WHERE id = {branch.Id}");
        });
        return Answer.Deleted;
    }

    private static async Task<(BranchRow Branch, HeadRow Head)> FindAsync(
        Sql sql,
        ProjectRow project,
        ResourceId id,
        CancellationToken ct = default
    ) => await BranchTable.FindAsync(sql, project.Id, id, ct) ?? throw Refusal.NotFound("branch", id);
}
