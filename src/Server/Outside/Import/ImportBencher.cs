using Paddock.Core.Import;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Outside.Import;

/// <summary>
/// Imports a Bencher database and keeps its UUIDs. People and projects take one transaction each; reports take one for
/// every few hundred. Rows that exist already are found by UUID, so an interrupted import continues when it is started
/// again.
/// </summary>
internal sealed class ImportBencher(Db db, TimeProvider time)
{
    public async Task<BencherImported> RunAsync(BencherFile file)
    {
        var now = time.GetUtcNow();
        var people = await db.WriteAsync(sql => BencherPeople.ImportAsync(sql, file));
        var (reports, metrics, alerts, known, left) = (0u, 0u, 0u, 0u, people.Left);
        foreach (var project in people.Projects)
        {
            var catalog = await db.WriteAsync(sql => BencherCatalog.ImportAsync(sql, file, project, people));
            var runs = await new BencherReports(db, file, project, catalog, people).ImportAsync(now);
            (reports, metrics, alerts, known) = (
                reports + runs.Reports,
                metrics + runs.Metrics,
                alerts + runs.Alerts,
                known + runs.Known
            );
        }
        AddLeftOut(file, left);
        return new(
            (uint)people.NewUsers,
            (uint)people.NewOrganizations,
            (uint)people.NewProjects,
            reports,
            metrics,
            alerts,
            known,
            left
        );
    }

    /// <summary>Counts what an import would create.</summary>
    public async Task<BencherImported> CountAsync(BencherFile file, CancellationToken ct)
    {
        var left = new List<string>();
        var ours = await OursAsync(file, left, ct);
        AddLeftOut(file, left);
        var (reports, users, organizations, projects) = (
            await NewAsync("report", "reports", $"project_id IN (SELECT id FROM project WHERE deleted IS NULL{ours})"),
            await NewAsync("user", "users", "true"),
            await NewAsync("organization", "organizations", "deleted IS NULL"),
            await NewAsync("project", "projects", $"deleted IS NULL{ours}")
        );
        var emails = file.List("SELECT id, email FROM user", row => (Id: row.Long(), Email: row.Text()));
        var here = (
            await db.ReadAsync(
                sql =>
                    sql.ListAsync(
                        $"SELECT email FROM users WHERE email IN {emails.ConvertAll(one => one.Email)}",
                        row => row.Text()
                    ),
                ct
            )
        ).ToHashSet();
        var newUsers = emails.Count(one => users.New.Contains(one.Id) && !here.Contains(one.Email));
        var metrics = file.List(
            "SELECT report_id, count(*) FROM report_benchmark JOIN metric ON metric.report_benchmark_id = "
                + "report_benchmark.id GROUP BY report_id",
            row => (Report: row.Long(), Count: row.Long())
        );
        var alerts = file.List(
            """
            SELECT report_id FROM alert JOIN boundary ON boundary.id = alert.boundary_id JOIN metric ON metric.id = boundary.metric_id
            JOIN report_benchmark ON report_benchmark.id = metric.report_benchmark_id
            """,
            row => row.Long()
        );
        return new(
            (uint)newUsers,
            (uint)organizations.New.Count,
            (uint)projects.New.Count,
            (uint)reports.New.Count,
            (uint)metrics.Where(of => reports.New.Contains(of.Report)).Sum(of => of.Count),
            (uint)alerts.Count(reports.New.Contains),
            (uint)reports.Known,
            left
        );

        async Task<(HashSet<long> New, int Known)> NewAsync(string theirTable, string table, string where)
        {
            var theirs = file.List($"SELECT id, uuid FROM {theirTable} WHERE {where}", row =>
                (Id: row.Long(), Uuid: row.Uuid())
            );
            var found = new HashSet<long>();
            foreach (var chunk in theirs.Chunk(10_000))
            {
                var known = await db.ReadAsync(
                    sql => BencherRows.KnownAsync(sql, table, [.. chunk.Select(one => one.Uuid)]),
                    ct
                );
                found.UnionWith(chunk.Where(one => !known.ContainsKey(one.Uuid)).Select(one => one.Id));
            }
            return (found, theirs.Count - found.Count);
        }
    }

    // Excludes the organizations and projects that an import skips.
    private async Task<string> OursAsync(BencherFile file, List<string> left, CancellationToken ct)
    {
        var condition = "";
        foreach (
            var (noun, table, column) in new[]
            {
                ("organization", "organizations", "organization_id"),
                ("project", "projects", "id"),
            }
        )
        {
            var theirs = file.List(
                $"SELECT id, uuid, name FROM {noun} WHERE deleted IS NULL{(noun == "project" ? condition : "")} "
                    + $"ORDER BY id",
                row => (Id: row.Long(), Uuid: row.Uuid(), Name: row.Text())
            );
            var ours = await db.ReadAsync(
                async sql =>
                {
                    var known = await BencherRows.KnownAsync(sql, table, [.. theirs.Select(one => one.Uuid)]);
                    var imported = await BencherRows.ImportedAsync(sql, table, known.Values);
                    return theirs.FindAll(one => known.TryGetValue(one.Uuid, out var id) && !imported.Contains(id));
                },
                ct
            );
            left.AddRange(ours.Select(one => BencherRows.IsOurs(noun, one.Name)));
            if (ours.Count > 0)
                condition += $" AND {column} NOT IN ({string.Join(',', ours.Select(one => one.Id))})";
        }
        return condition;
    }

    private static void AddLeftOut(BencherFile file, List<string> left)
    {
        Say("user_key", "keys of users: this server cannot check their hashes; create new keys");
        Say("project_key", "keys of projects: this server cannot check their hashes; create new keys");
        Say("token", "tokens of users; create new ones");
        Say("runner", "runners, because the database does not have their keys; create them again");
        Say("job", "jobs; their reports are imported");
        Say("sso", "domains for single sign-on; they are a setting of this server");

        void Say(string table, string what)
        {
            if (file.List($"SELECT 1 FROM sqlite_master WHERE name = '{table}'", _ => true).Count == 0)
                return;
            var count = file.List($"SELECT count(*) FROM {table}", row => row.Long())[0];
            if (count > 0)
                left.Add($"{count} {what}.");
        }
    }
}

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
        var known = await BencherRows.KnownAsync(sql, "users", [.. theirs.Select(one => one.Uuid)]);
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
            var slug = await BencherRows.SlugAsync(sql, "users", one.Slug, one.Name);
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
        var known = await BencherRows.KnownAsync(sql, "organizations", [.. theirs.Select(one => one.Uuid)]);
        var imported = await BencherRows.ImportedAsync(sql, "organizations", known.Values);
        var (organizations, fresh) = (new Dictionary<long, long>(), new HashSet<long>());
        foreach (var one in theirs)
        {
            if (known.TryGetValue(one.Uuid, out var id))
            {
                if (imported.Contains(id))
                    organizations[one.Id] = id;
                else
                    Left.Add(BencherRows.IsOurs("organization", one.Name));
                continue;
            }
            fresh.Add(one.Id);
            var slug = await BencherRows.SlugAsync(sql, "organizations", one.Slug, one.Name);
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
        Specs = await BencherRows.MapAsync(sql, "specs", theirs.ConvertAll(one => (one.Id, one.Uuid)), async i =>
        {
            var (one, slug) = (theirs[i], await BencherRows.SlugAsync(sql, "specs", theirs[i].Slug, theirs[i].Name));
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
        var known = await BencherRows.KnownAsync(sql, "projects", [.. theirs.Select(one => one.Uuid)]);
        var imported = await BencherRows.ImportedAsync(sql, "projects", known.Values);
        var fresh = new HashSet<long>();
        foreach (var one in theirs)
        {
            if (known.TryGetValue(one.Uuid, out var id))
            {
                if (!imported.Contains(id))
                {
                    Left.Add(BencherRows.IsOurs("project", one.Name));
                    continue;
                }
            }
            else
            {
                fresh.Add(one.Id);
                var slug = await BencherRows.SlugAsync(sql, "projects", one.Slug, one.Name);
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

/// <summary>Rows that keep their UUIDs: existing ones are found, the others are inserted.</summary>
internal static class BencherRows
{
    public static async Task<Dictionary<Guid, long>> KnownAsync(
        Sql sql,
        string table,
        IReadOnlyCollection<Guid> uuids
    ) =>
        (
            await sql.ListAsync($"SELECT uuid, id FROM {new Raw(table)} WHERE uuid IN {uuids}", row =>
                (row.Uuid(), row.Long())
            )
        ).ToDictionary();

    // The expression for the project of a row, by table.
    private static readonly Dictionary<string, Raw> ProjectOf = new()
    {
        ["branches"] = new("project_id"),
        ["testbeds"] = new("project_id"),
        ["benchmarks"] = new("project_id"),
        ["measures"] = new("project_id"),
        ["thresholds"] = new("project_id"),
        ["plots"] = new("project_id"),
        ["heads"] = new("(SELECT project_id FROM branches WHERE branches.id = heads.branch_id)"),
        ["models"] = new("(SELECT project_id FROM thresholds WHERE thresholds.id = models.threshold_id)"),
    };

    /// <summary>The same for rows that belong to a project.</summary>
    /// <exception cref="InvalidDataException">
    /// A row belongs to another project: UUIDs of public projects are no secret.
    /// </exception>
    public static async Task<Dictionary<Guid, long>> KnownAsync(
        Sql sql,
        string table,
        IReadOnlyCollection<Guid> uuids,
        long projectId
    )
    {
        var known = await KnownAsync(sql, table, uuids);
        if (
            known.Count > 0
            && await sql.FirstAsync(
                $"SELECT uuid FROM {new Raw(table)} WHERE id IN {known.Values} AND {ProjectOf[table]} <> {projectId}",
                row => (Guid?)row.Uuid()
            )
                is { } other
        )
            throw new InvalidDataException($"{other} of {table} belongs to another project on this server");
        return known;
    }

    /// <summary>The rows among these that were created by an import.</summary>
    public static async Task<HashSet<long>> ImportedAsync(Sql sql, string table, IReadOnlyCollection<long> ids) =>
        [
            .. await sql.ListAsync($"SELECT id FROM {new Raw(table)} WHERE id IN {ids} AND imported = 1", row =>
                row.Long()
            ),
        ];

    public static string IsOurs(string noun, string name) =>
        $"the {noun} {Text.Quote(name)}: it exists on this server already and was not created by an import.";

    /// <param name="insert">Builds the statement that inserts the row with this index.</param>
    /// <returns>Paddock's keys by Bencher's.</returns>
    public static async Task<Dictionary<long, long>> MapAsync(
        Sql sql,
        string table,
        IReadOnlyList<(long Id, Guid Uuid)> theirs,
        Func<int, Task<SqlText>> insert,
        long? projectId = null
    )
    {
        Guid[] uuids = [.. theirs.Select(one => one.Uuid)];
        var known = projectId is { } project
            ? await KnownAsync(sql, table, uuids, project)
            : await KnownAsync(sql, table, uuids);
        var missing = Enumerable.Range(0, theirs.Count).Where(i => !known.ContainsKey(theirs[i].Uuid)).ToList();
        var statements = new List<SqlText>(missing.Count);
        foreach (var i in missing)
            statements.Add(SqlText.Of($"{await insert(i)} RETURNING id"));
        var made = statements.Count == 0 ? [] : await sql.EachAsync(statements, row => row.Long());
        var map = theirs.Where(one => known.ContainsKey(one.Uuid)).ToDictionary(one => one.Id, one => known[one.Uuid]);
        for (var i = 0; i < missing.Count; i++)
            map[theirs[missing[i]].Id] = made[i];
        return map;
    }

    public static Task<Dictionary<long, long>> MapAsync(
        Sql sql,
        string table,
        IReadOnlyList<(long Id, Guid Uuid)> theirs,
        long projectId,
        Func<int, SqlText> insert
    ) => MapAsync(sql, table, theirs, i => Task.FromResult(insert(i)), projectId);

    /// <summary>Checks that the text is a slug, and returns it.</summary>
    public static string Slug(string text) =>
        Core.Names.Slug.TryParse(text, out var slug)
            ? slug.Value
            : throw new InvalidDataException($"{Text.Quote(text)} is not a slug");

    public static async Task<string> SlugAsync(Sql sql, string table, string wanted, string name) =>
        (
            await sql.FreeSlugAsync(
                table,
                Core.Names.Slug.TryParse(wanted, out var slug) ? slug : Core.Names.Slug.FromName(name),
                scope: null
            )
        ).Value;
}
