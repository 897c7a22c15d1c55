using Paddock.Server.Ground.Database;


namespace Paddock.Server.Tests.Results.Perf;

/// <summary>The addresses that clients print for things without a page of their own lead to the plot that shows them.</summary>
public sealed class PlotRedirectTests
{
    [Theory, EveryDatabase]
    public async Task Things_without_a_page_lead_to_their_plot(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        await ada.RunAsync(new(project, Run.Latencies(("a", 1), ("b", 1))) { Thresholds = Run.UpperThreshold("percentage", 0.5) });
        var report = await ada.RunAsync(new(project, Run.Latencies(("a", 9), ("b", 1))));
        var (branch, result, alert) = (report["branch"]!, report["results"]![0]![0]!, report["alerts"]![0]!);
        var (benchmark, measure) = ((string)result["benchmark"]!["uuid"]!, (string)result["measures"]![0]!["measure"]!["uuid"]!);
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

        foreach (var path in (string[])
            [$"/branches/main?head={branch["head"]!["uuid"]}", $"/branches/{branch["uuid"]}", "/testbeds/box", "/measures/latency", $"/thresholds/{alert["threshold"]!["uuid"]}?model=x"])
            Assert.Contains($"branches={branch["uuid"]}&heads={branch["head"]!["uuid"]}&testbeds={report["testbed"]!["uuid"]}&benchmarks={benchmark},{other}&measures={measure}", await ToAsync(path), StringComparison.Ordinal);
        Assert.Contains($"&benchmarks={benchmark}&", await ToAsync("/benchmarks/a"), StringComparison.Ordinal);
        foreach (var path in (string[])["/thresholds/add", "/benchmarks"]) Assert.Equal($"/perf/{project}", await ToAsync(path));
    }

    [Theory, EveryDatabase]
    public async Task What_is_not_there_or_not_for_the_reader_is_not_found(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        await ada.RunAsync(new(project, Run.Latencies(("a", 1))));
        (await ada.PostAsync($"/v0/projects/{project}/benchmarks", new { name = "unmeasured" })).Expect(201);
        using var reader = new PageReader(server.Address);

        Assert.Equal($"/perf/{project}", (await reader.GetAsync($"/perf/{project}/benchmarks/unmeasured")).Headers.Location!.ToString());
        foreach (var path in (string[])["/benchmarks/none", "/branches/none", $"/alerts/{Guid.NewGuid()}", $"/thresholds/{Guid.NewGuid()}"])
            Assert.Equal(404, (await reader.GetAsync($"/perf/{project}{path}")).Status);
        (await ada.PatchAsync($"/v0/projects/{project}", new { visibility = "private" })).Expect(200);
        Assert.Equal(404, (await reader.GetAsync($"/perf/{project}/benchmarks/a")).Status);
    }
}
