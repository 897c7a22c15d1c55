using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Ground.Database;

/// <summary>
/// Primary keys only grow: histories and the UUIDs of metrics contain keys of deleted rows, which must never identify
/// another row.
/// </summary>
public sealed class KeyTests
{
    [Theory, EveryDatabase]
    public async Task Database_keys_of_deleted_rows_are_never_reused(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Demo");
        var start = await ada.RunAsync(new("demo", Run.Latencies(("a", 10))));
        (
            await ada.PostAsync(
                "/v0/projects/demo/branches",
                new { name = "pr", start_point = new { branch = "main" } }
            )
        ).Expect(201);
        Assert.Equal(204, (await ada.DeleteAsync($"/v0/projects/demo/reports/{start["uuid"]}")).Status);

        var later = await ada.RunAsync(new("demo", Run.Latencies(("a", 1000))));
        var onBranch = await ada.RunAsync(
            new("demo", Run.Latencies(("a", 1))) { Branch = "pr", Thresholds = Run.UpperThreshold("percentage", 0.1) }
        );

        Assert.NotEqual((string?)Metric(start)["uuid"], (string?)Metric(later)["uuid"]);
        // The branch began before the deletion.
        Assert.Null((double?)onBranch["results"]![0]![0]!["measures"]![0]!["boundary"]!["baseline"]);
    }

    private static JsonNode Metric(JsonNode report) => report["results"]![0]![0]!["measures"]![0]!["metric"]!;
}
