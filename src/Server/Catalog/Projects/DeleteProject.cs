using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Organizations;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Catalog.Projects;

/// <summary>
/// Something that belongs to projects and that lies in a higher wing: it ends when its project is deleted.
/// </summary>
internal interface IEndsWithProject
{
    /// <summary>Ends it, in the unit of work that deletes the projects and before that does.</summary>
    /// <param name="projects">A condition on the table projects.</param>
    Task EndAsync(Sql sql, SqlText projects, DateTimeOffset now);
}

/// <summary>
/// Deletes projects, with everything that belongs to them. Who may is the rule of the routes, in <see
/// cref="ProjectEndpoints"/> and <see cref="ProjectSettingsPages"/>.
/// </summary>
internal sealed class DeleteProject(Db db, IEnumerable<IEndsWithProject> followers, TimeProvider time)
    : IOwnedByOrganization
{
    /// <summary>For tests: is awaited between the units of work that remove the metrics of a project for good.</summary>
    internal Func<Task>? BetweenUnits { get; set; }

    /// <summary>
    /// Puts a project out of sight: every lookup misses it, its keys are worth nothing, and its name and slug can be
    /// used again.
    /// </summary>
    public Task RunAsync(Id<Project> projectId) =>
        db.WriteAsync(sql => HideAsync(sql, SqlText.Of($"id = {projectId}"), time.GetUtcNow()));

    /// <summary>Removes a project for good.</summary>
    /// <param name="project">Also finds one that was deleted before, by its UUID or by the slug that it got
    /// then.</param>
    public async Task EraseAsync(ResourceId project)
    {
        var id = await db.WriteAsync(async sql =>
        {
            var found = await sql.IdAsync<Project>($"SELECT id FROM projects WHERE {project.Condition("projects")}");
            if (found == 0)
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
