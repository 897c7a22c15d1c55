using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Ground.Database;

/// <summary>A deletion invalidates the caches of the rows that it may affect, and no others.</summary>
public sealed class DeletionTests
{
    // Names, histories, states and series are cached; these are the tables they are read from.
    private static readonly string[] Remembered =
    [
        "benchmarks",
        "branches",
        "environments",
        "heads",
        "measures",
        "models",
        "organizations",
        "projects",
        "specs",
        "testbeds",
        "users",
        "verdict_settings",
    ];

    private static readonly string[] OfReports = ["metrics", "reports", "series", "series_states", "versions"];

    [Fact]
    public async Task Deletions_that_keep_caches_valid_never_cascade_to_the_tables_behind_those_caches()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var children = (
            await server.Database.ReadAsync(
                sql =>
                    sql.ListAsync(
                        $"""
                        SELECT keys."table", tables.name FROM sqlite_master tables, pragma_foreign_key_list(tables.name) keys
                        WHERE tables.type = {"table"}
                        """,
                        row => (Parent: row.Text(), Child: row.Text())
                    ),
                CancellationToken.None
            )
        ).ToLookup(key => key.Parent, key => key.Child);

        foreach (var table in Deletion.Known)
        {
            var reached = Reached(table);
            Assert.Empty(reached.Intersect(Remembered));
            if (Deletion.LeavesAll($"DELETE FROM {table} WHERE id = 1"))
                Assert.Empty(reached.Intersect(OfReports));
            else
                Assert.True(Deletion.LeavesOutliving($"DELETE FROM {table} WHERE id = 1"));
        }
        Assert.All(Remembered, table => Assert.False(Deletion.LeavesOutliving($"DELETE FROM {table} WHERE id = 1")));

        HashSet<string> Reached(string table)
        {
            HashSet<string> all = [];
            for (List<string> next = [table]; next.Count > 0; )
                next = [.. next.Where(all.Add).SelectMany(one => children[one])];
            return all;
        }
    }

    [Fact]
    public async Task Deleting_a_report_invalidates_the_caches_of_its_head_only()
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        var report = await ada.RunAsync(new(project, Run.Latencies(("a", 1))));
        await ada.RunAsync(new(project, Run.Latencies(("a", 1))) { Branch = "other" });
        var (before, changes) = (await DeletionsAsync(), await ChangesAsync());

        Assert.Equal(204, (await ada.DeleteAsync($"/v0/projects/{project}/reports/{report["uuid"]}")).Status);

        Assert.Equal(before, await DeletionsAsync());
        var after = await ChangesAsync();
        Assert.Equal((changes["main"] + 2, changes["other"]), (after["main"], after["other"]));

        Task<long> DeletionsAsync() =>
            server.Database.ReadAsync(sql => sql.NumberAsync($"SELECT units FROM deletions"), CancellationToken.None);

        async Task<Dictionary<string, long>> ChangesAsync() =>
            (
                await server.Database.ReadAsync(
                    sql =>
                        sql.ListAsync(
                            $"""
                            SELECT branches.name, heads.changes
                            FROM heads JOIN branches ON branches.head_id = heads.id
                            """,
                            row => (Name: row.Text(), Changes: row.Long())
                        ),
                    CancellationToken.None
                )
            ).ToDictionary(one => one.Name, one => one.Changes);
    }
}
