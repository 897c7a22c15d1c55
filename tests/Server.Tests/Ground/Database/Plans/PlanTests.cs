using Paddock.Server.Ground.Database;
using Paddock.Server.Installation;

namespace Paddock.Server.Tests.Ground.Database.Plans;

/// <summary>
/// No request and no periodic work makes a full scan of a table that grows without end. The tests ask for one project
/// of two hundred, so that the planner decides as for large tables.
/// </summary>
public sealed class PlanTests
{
    private static readonly string[] Large = ["metrics", "metric_rows", "series", "jobs", "reports"];

    // Indexes of waiting, running or unprocessed jobs, and of reports being written. Nothing is being confirmed here,
    // so that index is empty; and a search that matches no report may use any index of reports.
    private static readonly string[] Few =
    [
        "jobs_waiting",
        "jobs_waiting_by_organization",
        "jobs_held",
        "jobs_unprocessed",
        "jobs_unsealed",
        "reports_incomplete",
        "jobs_by_confirmation",
        "reports_by_idempotency_key",
    ];

    // An administrator's list of all jobs shows their number.
    private static readonly string[] Allowed =
    [
        "SELECT count(*) FROM jobs JOIN projects ON projects.id = jobs.project_id WHERE projects.deleted IS NULL",
    ];

    [Fact]
    public async Task PostgreSQL_never_scans_a_large_table_in_full()
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres, time: null, options =>
            WithoutLimits(options) with
            {
                Database = PostgresServer.NewExplainedDatabase(),
            }
        );
        var reads = await MainReads.SeedAsync(server);
        var database = "";
        List<string> wrong = [];

        foreach (var isAnalyzed in (bool[])[false, true])
        {
            if (isAnalyzed)
                await server.Database.WriteAsync(sql => sql.ScriptAsync("ANALYZE"));
            foreach (var plans in (string[])["force_generic_plan", "force_custom_plan"])
            {
                var application = $"{plans} {(isAnalyzed ? "analyzed" : "fresh")}";
                await using (
                    var other = await server.StartAnotherAsync(options =>
                    {
                        database = options.Database;
                        return options with
                        {
                            Database =
                                $"{options.Database};Application Name={application};"
                                + $"Options=-c plan_cache_mode={plans} -c {PostgresServer.Explained}",
                        };
                    })
                )
                    wrong.AddRange(await reads.AskAsync(other));
                var found = await PostgresPlans.ReadAsync(database, application);
                Assert.True(found.Count > 300, $"only {found.Count} statements were seen");
                wrong.AddRange(Wrong(found, application));
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task SQLite_never_scans_a_large_table_in_full()
    {
        SqlitePlans.Listen();
        await using var server = await TestServer.StartAsync(Engine.Sqlite, time: null, WithoutLimits);
        var file = Path.Combine(server.DataFolder, "paddock.db");
        var reads = await MainReads.SeedAsync(server);
        List<string> wrong = [];

        var statements = await SqlitePlans.DuringAsync(file, async () =>
        {
            wrong.AddRange(await reads.AskAsync(server));
            wrong.AddRange(await reads.AskAsync(server)); // Again, with another retention policy.
        });

        Assert.True(statements.Count > 300, $"only {statements.Count} statements were seen");
        wrong.AddRange(Wrong(await SqlitePlans.ReadAsync(file, statements), "fresh"));
        await server.Database.WriteAsync(sql => sql.ScriptAsync("ANALYZE"));
        wrong.AddRange(Wrong(await SqlitePlans.ReadAsync(file, statements), "analyzed"));
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    // A scan that stops after a page may read an index without bounds, and so may a scan of an index with few rows.
    private static IEnumerable<string> Wrong(List<Plan> plans, string when) =>
        from plan in plans
        where !Allowed.Any(start => plan.Statement.StartsWith(start, StringComparison.Ordinal))
        from scan in plan.Scans
        where scan.IsThrough && Large.Contains(scan.Table)
        where scan.Index is null || (!scan.IsLimited && !Few.Contains(scan.Index))
        select $"{when}: {scan.Table} by {scan.Index ?? "no index"}\n{plan.Statement}\n";

    private static ServerOptions WithoutLimits(ServerOptions options) =>
        options with
        {
            Access = options.Access with { ApiKeyReadsPerMinute = 0, ApiKeyWritesPerMinute = 0 },
        };
}
