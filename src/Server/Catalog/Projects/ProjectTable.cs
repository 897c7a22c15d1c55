using Paddock.Core.Adapters;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Organizations;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Catalog.Projects;

/// <param name="Claimed">When the first role in its organization was given; null while anyone may claim it.</param>
internal sealed record ProjectRow(
    Id<Project> Id,
    Guid Uuid,
    Id<Organization> OrganizationId,
    Guid Organization,
    string Name,
    string Slug,
    string? Url,
    Visibility Visibility,
    Core.Adapters.Measures Measures,
    LinePattern? Pattern,
    DateTimeOffset Created,
    DateTimeOffset Modified,
    DateTimeOffset? Claimed
)
{
    public static readonly Raw Columns = new(
        """
        projects.id, projects.uuid, projects.organization_id, organizations.uuid, projects.name, projects.slug, projects.url, projects.visibility,
        projects.measures, projects.pattern, projects.created, projects.modified,
        (SELECT min(r.created) FROM organization_roles r WHERE r.organization_id = projects.organization_id)
        """
    );

    /// <summary>The budget of names that may still be created in the project; null for no limit.</summary>
    public NameBudget? Names { get; init; }

    /// <summary>How many names of one kind one unit of work may create in the project; null for no limit.</summary>
    /// <remarks>Exceeding it throws <see cref="TooManyNewNames"/>.</remarks>
    public int? NewNamesAtOnceMax { get; init; }

    /// <summary>True when the current unit of work has created the project.</summary>
    public bool IsNew { get; init; }

    public static readonly Raw From = new("projects JOIN organizations ON organizations.id = projects.organization_id");

    public static ProjectRow Read(Row row) =>
        new(
            row.Id<Project>(),
            row.Uuid(),
            row.Id<Organization>(),
            row.Uuid(),
            row.Text(),
            row.Text(),
            row.TextOrNull(),
            row.Word<Visibility>(),
            row.Word<Core.Adapters.Measures>(),
            LinePattern.TryParse(row.TextOrNull(), out var pattern) ? pattern : null,
            row.Time(),
            row.Time(),
            row.TimeOrNull()
        );

    public Project ToWire() =>
        new(Uuid, Organization, Name, Slug, Url, Visibility, Created, Modified, Claimed, Measures, Pattern?.Value);
}

internal static class ProjectTable
{
    public static readonly ListLimit Limit = new(
        "PADDOCK_PROJECTS_PER_ORGANIZATION_MAX",
        Standard: 10_000,
        Owner: "organization",
        Owners: "organizations",
        Things: "projects",
        Table: "projects",
        OwnerColumn: "organization_id"
    )
    {
        Among = "deleted IS NULL",
    };

    public static Task<ProjectRow?> FindAsync(Sql sql, ResourceId project, CancellationToken ct = default) =>
        sql.FirstAsync(
            $"SELECT {ProjectRow.Columns} FROM {ProjectRow.From} WHERE {project.Condition("projects")} AND "
                + $"projects.deleted IS NULL",
            ProjectRow.Read,
            ct
        );

    public static Task<ProjectRow?> FindAsync(Sql sql, Id<Project> id, CancellationToken ct = default) =>
        sql.FirstAsync(
            $"SELECT {ProjectRow.Columns} FROM {ProjectRow.From} WHERE projects.id = {id} AND projects.deleted IS NULL",
            ProjectRow.Read,
            ct
        );

    /// <param name="scope">The condition that selects the projects of the list.</param>
    public static async Task<(List<ProjectRow> Rows, long Total)> ListAsync(
        Sql sql,
        SqlText scope,
        ResourceName? name,
        string? search,
        Page page,
        CancellationToken ct
    )
    {
        var named = name is null ? SqlText.Empty : SqlText.Of($" AND projects.name = {name.Value}");
        var condition = SqlText.Of(
            $"projects.deleted IS NULL AND "
                + $"({scope}){named}{Page.Search(search, "projects.name", "projects.slug", "projects.uuid")}"
        );
        var direction = page.Direction();
        var rows = await sql.ListAsync(
            $"SELECT {ProjectRow.Columns} FROM {ProjectRow.From} WHERE {condition} ORDER BY projects.name "
                + $"{direction}, projects.id {direction} {page.Limit}",
            ProjectRow.Read,
            ct
        );
        return (rows, await sql.NumberAsync($"SELECT count(*) FROM projects WHERE {condition}", ct));
    }

    public static Task<bool> HasNameAsync(Sql sql, Id<Organization> organizationId, string name) =>
        sql.AnyAsync($"SELECT 1 FROM projects WHERE organization_id = {organizationId} AND name = {name}");

    /// <summary>Creates an empty project with a slug that is still free.</summary>
    /// <param name="maintainer">The user who gets a role in the project itself, if any.</param>
    public static async Task<ProjectRow> InsertAsync(
        Sql sql,
        OrganizationRow organization,
        Guid uuid,
        string name,
        Slug wanted,
        string? url,
        Visibility visibility,
        UserRow? maintainer,
        DateTimeOffset now
    )
    {
        var slug = await sql.FreeSlugAsync("projects", wanted, scope: null);
        var id = await sql.InsertAsync<Project>(
            $"""
            INSERT INTO projects (uuid, organization_id, name, slug, url, visibility, created, modified)
            VALUES ({uuid}, {organization.Id}, {name}, {slug.Value}, {url}, {visibility}, {now}, {now})
            """
        );
        if (maintainer is not null)
            await sql.ExecuteAsync(
                $"INSERT INTO project_roles (project_id, user_id, role, created, modified) VALUES ({id}, "
                    + $"{maintainer.Id}, 'maintainer', {now}, {now})"
            );
        var made = await FindAsync(sql, id)
            ?? throw new InvalidOperationException("The project was deleted while it was being created.");
        return made with { IsNew = true };
    }

    public static async Task<ProjectRow> UpdateAsync(
        Sql sql,
        ResourceId project,
        ProjectPatch patch,
        DateTimeOffset now
    )
    {
        var row = await FindAsync(sql, project) ?? throw Refusal.NotFound("project", project);
        var changed = row with
        {
            Name = patch.Name.Value?.Value ?? row.Name,
            Slug = patch.Slug.Value?.Value ?? row.Slug,
            Url = patch.Url.IsSet ? patch.Url.Value?.Value : row.Url,
            Visibility = patch.Visibility.IsSet ? patch.Visibility.Value : row.Visibility,
            Measures = patch.Measures.IsSet ? patch.Measures.Value : row.Measures,
            Pattern = patch.Pattern.IsSet ? patch.Pattern.Value : row.Pattern,
            Modified = now,
        };
        if (changed.Name != row.Name && await HasNameAsync(sql, row.OrganizationId, changed.Name))
            throw Refusal.Conflict($"name: the organization has a project {Text.Quote(changed.Name)} already");
        if (await sql.AnyAsync($"SELECT 1 FROM projects WHERE slug = {changed.Slug} AND id <> {row.Id}"))
            throw Refusal.Conflict($"slug: \"{changed.Slug}\" belongs to another project");
        await sql.ExecuteAsync(
            $"""
            UPDATE projects SET name = {changed.Name}, slug = {changed.Slug}, url = {changed.Url}, visibility = {changed.Visibility},
                measures = {changed.Measures}, pattern = {changed.Pattern?.Value}, modified = {now}
            WHERE id = {row.Id}
            """
        );
        return changed;
    }
}
