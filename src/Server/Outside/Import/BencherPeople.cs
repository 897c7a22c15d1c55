using Paddock.Core.Import;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Outside.Import;

/// <summary>A project in Bencher's database and in Paddock's.</summary>
internal sealed record BencherProject(long Theirs, ProjectRow Ours);

/// <summary>Users, organizations, specs and projects of an installation; maps Bencher's keys to Paddock's.</summary>
internal sealed class BencherPeople
{
    public Dictionary<long, long> Users { get; private set; } = [];
    public Dictionary<long, long> Specs { get; private set; } = [];
    public List<BencherProject> Projects { get; } = [];

    /// <summary>The items that are not imported, each with the reason.</summary>
    public List<string> Left { get; } = [];
    public int NewUsers { get; private set; }
    public int NewOrganizations { get; private set; }
    public int NewProjects { get; private set; }

    public static async Task<BencherPeople> ImportAsync(Sql sql, BencherFile file)
    {
        var people = new BencherPeople();
        await people.UsersAsync(sql, file);
        var organizations = await people.OrganizationsAsync(sql, file);
        await people.SpecsAsync(sql, file);
        await people.ProjectsAsync(sql, file, organizations);
        return people;
    }

    // Users are matched by address. An import makes nobody an administrator.
    private async Task UsersAsync(Sql sql, BencherFile file)
    {
        var theirs = file.List(
            "SELECT id, uuid, name, slug, email, locked, created, modified FROM user ORDER BY id",
            row =>
                (
                    Id: row.Long(),
                    Uuid: row.Uuid(),
                    Name: row.Text(),
                    Slug: row.Text(),
                    Email: row.Text(),
                    Locked: row.Long(),
                    Created: row.Long(),
                    Modified: row.Long()
                )
        );
        var known = await ImportedRows.KnownAsync(sql, "users", [.. theirs.Select(one => one.Uuid)]);
        var byEmail = (
            await sql.ListAsync(
                $"SELECT email, id FROM users WHERE email IN {theirs.ConvertAll(one => one.Email)}",
                row => (row.Text(), row.Long())
            )
        ).ToDictionary();
        foreach (var one in theirs)
        {
            if (known.TryGetValue(one.Uuid, out var id) || byEmail.TryGetValue(one.Email, out id))
            {
                Users[one.Id] = id;
                continue;
            }
            var slug = await ImportedRows.SlugAsync(sql, "users", one.Slug, one.Name);
            NewUsers++;
            Users[one.Id] = await sql.InsertAsync(
                $"""
                INSERT INTO users (uuid, name, slug, email, admin, locked, created, modified, email_since)
                VALUES ({one.Uuid}, {one.Name}, {slug}, {one.Email}, {false}, {one.Locked}, {one.Created}, {one.Modified}, {one.Modified})
                """
            );
        }
    }

    private async Task<Dictionary<long, long>> OrganizationsAsync(Sql sql, BencherFile file)
    {
        var theirs = file.List(
            "SELECT id, uuid, name, slug, created, modified FROM organization WHERE deleted IS NULL ORDER BY id",
            row =>
                (
                    Id: row.Long(),
                    Uuid: row.Uuid(),
                    Name: row.Text(),
                    Slug: row.Text(),
                    Created: row.Long(),
                    Modified: row.Long()
                )
        );
        var known = await ImportedRows.KnownAsync(sql, "organizations", [.. theirs.Select(one => one.Uuid)]);
        var imported = await ImportedRows.ImportedAsync(sql, "organizations", known.Values);
        var (organizations, fresh) = (new Dictionary<long, long>(), new HashSet<long>());
        foreach (var one in theirs)
        {
            if (known.TryGetValue(one.Uuid, out var id))
            {
                if (imported.Contains(id))
                    organizations[one.Id] = id;
                else
                    Left.Add(ImportedRows.IsOurs("organization", one.Name));
                continue;
            }
            fresh.Add(one.Id);
            var slug = await ImportedRows.SlugAsync(sql, "organizations", one.Slug, one.Name);
            NewOrganizations++;
            organizations[one.Id] = await sql.InsertAsync(
                $"INSERT INTO organizations (uuid, name, slug, created, modified, imported) VALUES ({one.Uuid}, "
                    + $"{one.Name}, {slug}, {one.Created}, {one.Modified}, 1)"
            );
        }
        foreach (
            var (user, organization, role, created) in file.List(
                "SELECT user_id, organization_id, role, created FROM organization_role",
                row => (row.Long(), row.Long(), row.Text(), row.Long())
            )
        )
            // In an organization that existed before, its leaders decide who is a member.
            if (fresh.Contains(organization) && organizations.TryGetValue(organization, out var here))
                await sql.ExecuteAsync(
                    $"""
                    INSERT INTO organization_roles (organization_id, user_id, role, created, modified)
                    VALUES ({here}, {Users[
                        user
                    ]}, {role}, {created}, {created}) ON CONFLICT (organization_id, user_id) DO NOTHING
                    """
                );
        return organizations;
    }

    private async Task SpecsAsync(Sql sql, BencherFile file)
    {
        var theirs = file.List(
            "SELECT id, uuid, name, slug, os, architecture, sandbox, cpu, memory, disk, network, created, modified, "
                + "archived FROM spec ORDER BY id",
            row =>
                (
                    Id: row.Long(),
                    Uuid: row.Uuid(),
                    Name: row.Text(),
                    Slug: row.Text(),
                    Os: row.Text(),
                    Architecture: row.Text(),
                    Sandbox: row.TextOrNull(),
                    Cpu: row.Long(),
                    Memory: row.Long(),
                    Disk: row.Long(),
                    Network: row.Long(),
                    Created: row.Long(),
                    Modified: row.Long(),
                    Archived: row.LongOrNull()
                )
        );
        var known = await ImportedRows.KnownAsync(sql, "specs", [.. theirs.Select(one => one.Uuid)]);
        Specs = await ImportedRows.MapAsync(sql, known, theirs.ConvertAll(one => (one.Id, one.Uuid)), async i =>
        {
            var (one, slug) = (theirs[i], await ImportedRows.SlugAsync(sql, "specs", theirs[i].Slug, theirs[i].Name));
            return SqlText.Of(
                $"""
                INSERT INTO specs (uuid, name, slug, os, architecture, sandbox, cpu, memory, disk, network, created, modified, archived)
                VALUES ({one.Uuid}, {one.Name}, {slug}, {one.Os}, {one.Architecture}, {one.Sandbox}, {one.Cpu}, {one.Memory}, {one.Disk}, {one.Network},
                    {one.Created}, {one.Modified}, {one.Archived})
                """
            );
        });
    }

    private async Task ProjectsAsync(Sql sql, BencherFile file, Dictionary<long, long> organizations)
    {
        var theirs = file.List(
                "SELECT id, uuid, organization_id, name, slug, url, visibility, created, modified FROM project WHERE "
                    + "deleted IS NULL ORDER BY id",
                row =>
                    (
                        Id: row.Long(),
                        Uuid: row.Uuid(),
                        Organization: row.Long(),
                        Name: row.Text(),
                        Slug: row.Text(),
                        Url: row.TextOrNull(),
                        Visibility: row.Long(),
                        Created: row.Long(),
                        Modified: row.Long()
                    )
            )
            .FindAll(one => organizations.ContainsKey(one.Organization));
        var known = await ImportedRows.KnownAsync(sql, "projects", [.. theirs.Select(one => one.Uuid)]);
        var imported = await ImportedRows.ImportedAsync(sql, "projects", known.Values);
        var fresh = new HashSet<long>();
        foreach (var one in theirs)
        {
            if (known.TryGetValue(one.Uuid, out var id))
            {
                if (!imported.Contains(id))
                {
                    Left.Add(ImportedRows.IsOurs("project", one.Name));
                    continue;
                }
            }
            else
            {
                fresh.Add(one.Id);
                var slug = await ImportedRows.SlugAsync(sql, "projects", one.Slug, one.Name);
                NewProjects++;
                id = await sql.InsertAsync(
                    $"""
                    INSERT INTO projects (uuid, organization_id, name, slug, url, visibility, created, modified, imported)
                    VALUES ({one.Uuid}, {organizations[
                        one.Organization
                    ]}, {one.Name}, {slug}, {one.Url}, {BencherCodes.VisibilityOf(one.Visibility)},
                        {one.Created}, {one.Modified}, 1)
                    """
                );
            }
            if (await ProjectTable.FindAsync(sql, new Id<Project>(id)) is { } row)
                Projects.Add(new(one.Id, row)); // A project that was deleted here stays deleted.
        }
        foreach (
            var (user, project, role, created) in file.List(
                "SELECT user_id, project_id, role, created FROM project_role",
                row => (row.Long(), row.Long(), row.Text(), row.Long())
            )
        )
            if (fresh.Contains(project) && Projects.Find(one => one.Theirs == project) is { } here)
                await sql.ExecuteAsync(
                    $"""
                    INSERT INTO project_roles (project_id, user_id, role, created, modified)
                    VALUES ({here.Ours.Id}, {Users[
                        user
                    ]}, {role}, {created}, {created}) ON CONFLICT (project_id, user_id) DO NOTHING
                    """
                );
    }
}
