using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Results.Perf;

/// <summary>
/// Links from the page of a branch, testbed, benchmark, measure or threshold to the plot of its newest results.
/// </summary>
public sealed class PlotRedirectTests
{
    [Theory, EveryDatabase]
    public async Task Each_branch_testbed_benchmark_measure_and_threshold_redirects_to_its_plot(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        await ada.RunAsync(
            new(project, Run.Latencies(("a", 1), ("b", 1))) { Thresholds = Run.UpperThreshold("percentage", 0.5) }
        );
        var report = await ada.RunAsync(new(project, Run.Latencies(("a", 9), ("b", 1))));
        var (branch, result, alert) = (report["branch"]!, report["results"]![0]![0]!, report["alerts"]![0]!);
        var (benchmark, measure) = (
            (string)result["benchmark"]!["uuid"]!,
            (string)result["measures"]![0]!["measure"]!["uuid"]!
        );
        var other = (string)report["results"]![0]![1]!["benchmark"]!["uuid"]!;
        using var reader = new PageReader(server.Address);

        async Task<string> ToAsync(string path)
        {
            var reply = await reader.GetAsync($"/perf/{project}{path}");
            Assert.True(reply.Status == 302, $"{path} answers {reply.Status}: {reply.Text}");
            var to = reply.Headers.Location!.ToString();
            Assert.Equal(200, (await reader.GetAsync(to)).Status);
            return to;
        }

        foreach (
            var path in (string[])
                [
                    $"/branches/main/plot?head={branch["head"]!["uuid"]}",
                    $"/branches/{branch["uuid"]}/plot",
                    "/testbeds/box/plot",
                    "/measures/latency/plot",
                    $"/thresholds/{alert["threshold"]!["uuid"]}/plot",
                ]
        )
            Assert.Contains(
                $"branches={branch["uuid"]}&heads={branch["head"]!["uuid"]}&testbeds={report["testbed"]!["uuid"]}&"
                    + $"benchmarks={benchmark},{other}&measures={measure}",
                await ToAsync(path),
                StringComparison.Ordinal
            );
        Assert.Contains($"&benchmarks={benchmark}&", await ToAsync("/benchmarks/a/plot"), StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task Missing_items_and_items_of_private_projects_are_not_found(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        await ada.RunAsync(new(project, Run.Latencies(("a", 1))));
        (await ada.PostAsync($"/v0/projects/{project}/benchmarks", new { name = "unmeasured" })).Expect(201);
        using var reader = new PageReader(server.Address);

        Assert.Equal(
            $"/perf/{project}",
            (await reader.GetAsync($"/perf/{project}/benchmarks/unmeasured/plot")).Headers.Location!.ToString()
        );
        foreach (
            var path in (string[])
                [
                    "/benchmarks/none",
                    "/benchmarks/none/plot",
                    "/branches/none",
                    $"/alerts/{Guid.NewGuid()}",
                    $"/thresholds/{Guid.NewGuid()}",
                ]
        )
            Assert.Equal(404, (await reader.GetAsync($"/perf/{project}{path}")).Status);
        (await ada.PatchAsync($"/v0/projects/{project}", new { visibility = "private" })).Expect(200);
        Assert.Equal(404, (await reader.GetAsync($"/perf/{project}/benchmarks/a")).Status);
    }
}
