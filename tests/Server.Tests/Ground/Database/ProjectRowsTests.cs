using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Ground.Database;

/// <summary>Looks up rows of a project by many texts at once.</summary>
public sealed class ProjectRowsTests
{
    [Theory, EveryDatabase]
    public async Task Rows_are_found_once_each_and_only_in_their_project(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var (one, other) = (await ada.CreateProjectAsync("One"), await ada.CreateProjectAsync("Other"));
        foreach (var project in new[] { one, other })
            await ada.RunAsync(new Run(project, Run.Latencies(("a", 1), ("b", 2), ("c", 3))));
        var id = await IdAsync(server, one);

        var names = await server.Database.ReadAsync(
            sql =>
                sql.ListAsync(
                    $"""
                    SELECT benchmarks.name, benchmarks.project_id
                    FROM {ProjectRows.WithTexts(engine, new("benchmarks"), id, new("name"), ["a", "c", "a", "z"])}
                    ORDER BY benchmarks.name
                    """,
                    row => (row.Text(), row.Long())
                ),
            CancellationToken.None
        );

        Assert.Equal([("a", id), ("c", id)], names);
    }

    [Theory, InlineData("name"), InlineData("slug")]
    public async Task PostgreSQL_seeks_each_text_in_the_index_even_of_a_table_it_believes_small(string column)
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        await ada.RunAsync(new Run(project, Run.Latencies([.. Enumerable.Range(0, 500).Select(i => ($"b{i}", 1.0))])));
        var id = await IdAsync(server, project);
        var texts = Enumerable.Range(0, 500).Select(i => $"n{i}");

        var plan = await server.Database.ReadAsync(
            sql =>
                sql.ListAsync(
                    $"""
                    EXPLAIN SELECT benchmarks.id
                    FROM {ProjectRows.WithTexts(Engine.Postgres, new("benchmarks"), id, new(column), texts)}
                    """,
                    row => row.Text()
                ),
            CancellationToken.None
        );

        Assert.Contains(plan, line =>
            line.Contains("Index Cond: ((project_id = ") && line.Contains($"({column} = wanted.text)")
        );
    }

    private static Task<long> IdAsync(TestServer server, string project) =>
        server.Database.ReadAsync(
            async sql =>
                (await sql.ListAsync($"SELECT id FROM projects WHERE slug = {project}", row => row.Long())).Single(),
            CancellationToken.None
        );
}
