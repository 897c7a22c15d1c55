using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Catalog.Measures;

public sealed class MeasureTests
{
    [Theory, EveryDatabase]
    public async Task A_built_in_measure_has_its_own_name_and_units_and_others_get_defaults(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");

        for (var i = 0; i < 2; i++)
            await ada.RunAsync(
                new(
                    project,
                    Run.Measured(
                        ("a", "latency", 1),
                        ("a", "File Size", 2),
                        ("a", "Errors", 3),
                        ("a", "gen0-collects", 4),
                        ("a", "my measure", 5)
                    )
                )
            );

        var measures = (await ada.GetAsync($"/v0/projects/{project}/measures")).Expect(200).AsArray();
        Assert.Equal(
            [
                ("Errors", "errors", "Measure (units)"),
                ("File Size", "file-size", "bytes (B)"),
                ("Gen0 Collects", "gen0-collects", "collects"),
                ("Latency", "latency", "nanoseconds (ns)"),
                ("my measure", "my-measure", "Measure (units)"),
            ],
            measures.Select(m => ((string)m!["name"]!, (string)m["slug"]!, (string)m["units"]!))
        );
    }

    [Theory, EveryDatabase]
    public async Task A_renamed_measure_keeps_the_fields_that_the_change_omits(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var path = $"/v0/projects/{await ada.CreateProjectAsync("Demo")}/measures";
        (await ada.PostAsync(path, new { name = "Heat", units = "K" })).Expect(201);
        (await ada.PostAsync(path, new { name = "Cold", units = "K" })).Expect(201);

        (await ada.PatchAsync(path + "/heat", new { units = "°C" })).Expect(200);
        var changed = (await ada.PatchAsync(path + "/heat", new { name = "Warmth" })).Expect(200);

        Assert.Equal(
            ("Warmth", "heat", "°C"),
            ((string)changed["name"]!, (string)changed["slug"]!, (string)changed["units"]!)
        );
        Assert.Equal(409, (await ada.PatchAsync(path + "/heat", new { name = "Cold" })).Status);
        Assert.Equal(409, (await ada.PatchAsync(path + "/heat", new { slug = "cold" })).Status);
        Assert.Equal(200, (await ada.PatchAsync(path + "/heat", new { name = "Warmth", slug = "heat" })).Status);
        Assert.StartsWith(
            "heat-",
            (string)
                (
                    await ada.PostAsync(
                        path,
                        new
                        {
                            name = "Third",
                            slug = "heat",
                            units = "K",
                        }
                    )
                ).Expect(201)["slug"]!,
            StringComparison.Ordinal
        );
    }

    [Theory, EveryDatabase]
    public async Task A_measure_with_a_threshold_or_a_metric_cannot_be_deleted(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        var report = await ada.RunAsync(
            new(project, Run.Latencies(("a", 1))) { Thresholds = Run.UpperThreshold("static", 5) }
        );
        var path = $"/v0/projects/{project}";
        var threshold = (string)(await ada.GetAsync(path + "/thresholds")).Expect(200)[0]!["uuid"]!;

        var byThreshold = await ada.DeleteAsync(path + "/measures/latency");
        await ada.DeleteAsync($"{path}/reports/{report["uuid"]}");
        var still = await ada.DeleteAsync(path + "/measures/latency");
        Assert.Equal(204, (await ada.DeleteAsync($"{path}/thresholds/{threshold}")).Status);
        await ada.RunAsync(new(project, Run.Latencies(("a", 1))));
        var byMetric = await ada.DeleteAsync(path + "/measures/latency");

        Assert.Equal([409, 409, 409], [byThreshold.Status, still.Status, byMetric.Status]);
        Assert.Contains("threshold", still.Message, StringComparison.Ordinal);
        Assert.Contains("results", byMetric.Message, StringComparison.Ordinal);
    }
}
