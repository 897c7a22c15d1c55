using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Organizations;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Catalog.Projects;

/// <summary>Data of a higher wing that belongs to projects and ends when its project is deleted.</summary>
internal interface IEndsWithProject
{
    /// <summary>Ends the data, in the unit of work that deletes the projects and before they are deleted.</summary>
    /// <param name="projects">A condition on the table projects.</param>
    Task EndAsync(Sql sql, SqlText projects, DateTimeOffset now);
}

/// <summary>
/// Deletes projects with everything that belongs to them. The routes decide who may, in <see cref="ProjectEndpoints"/>
/// and <see cref="ProjectSettingsPages"/>.
/// </summary>
internal sealed class DeleteProject(Db db, IEnumerable<IEndsWithProject> followers, TimeProvider time)
    : IOwnedByOrganization
{
    /// <summary>For tests: awaited between the units of work that erase a project's metrics.</summary>
    internal Func<Task>? BetweenUnits { get; set; }

    /// <summary>
    /// Deletes a project softly: every lookup misses it, its keys are invalid, and its name and slug are free again.
    /// </summary>
    public Task RunAsync(Id<Project> projectId) =>
        db.WriteAsync(sql => HideAsync(sql, SqlText.Of($"id = {projectId}"), time.GetUtcNow()));

    /// <summary>Erases a project permanently.</summary>
    /// <param name="project">
    /// Also finds a project that was deleted before, by its UUID or by the slug it got on deletion.
    /// </param>
    public async Task EraseAsync(ResourceId project)
    {
        var id = await db.WriteAsync(async sql =>
        {
            var found = await sql.IdAsync<Project>($"SELECT id FROM projects WHERE {project.Condition("projects")}");
            if (found.IsNone)
                throw Refusal.NotFound("project", project);
            await HideAsync(sql, SqlText.Of($"id = {found}"), time.GetUtcNow());
            return found;
        });
        await Erasure.ProjectAsync(db, id, BetweenUnits);
    }

    public Task DeleteAsync(Sql sql, Id<Organization> organizationId, DateTimeOffset now) =>
        HideAsync(sql, SqlText.Of($"organization_id = {organizationId}"), now);

    public async Task EraseAsync(Db db, Id<Organization> organizationId)
    {
        var projects = await db.ReadAsync(
            sql =>
                sql.ListAsync($"SELECT id FROM projects WHERE organization_id = {organizationId}", row =>
                    row.Id<Project>()
                ),
            CancellationToken.None
        );
        foreach (var project in projects)
            await Erasure.ProjectAsync(db, project);
    }

    private async Task HideAsync(Sql sql, SqlText condition, DateTimeOffset now)
    {
        foreach (var follower in followers)
            await follower.EndAsync(sql, SqlText.Of($"{condition} AND projects.deleted IS NULL"), now);
        await sql.ExecuteAsync(
            $"""
            UPDATE projects SET name = 'Deleted ' || uuid, slug = 'deleted-' || uuid, deleted = {now}, modified = {now}
            WHERE {condition} AND deleted IS NULL
            """
        );
    }
}
