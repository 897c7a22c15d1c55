using Paddock.Core.Names;
using Paddock.Core.Wire;
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
                    sql => ImportedRows.KnownAsync(sql, table, [.. chunk.Select(one => one.Uuid)]),
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
                    var known = await ImportedRows.KnownAsync(sql, table, [.. theirs.Select(one => one.Uuid)]);
                    var imported = await ImportedRows.ImportedAsync(sql, table, known.Values);
                    return theirs.FindAll(one => known.TryGetValue(one.Uuid, out var id) && !imported.Contains(id));
                },
                ct
            );
            left.AddRange(ours.Select(one => ImportedRows.IsOurs(noun, one.Name)));
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
