using Paddock.Server.Ground.Database;
using Paddock.Server.Tests.Machines.Jobs;

namespace Paddock.Server.Tests.Results.Reports;

/// <summary>
/// The report of a job exists before the job runs: pages show that the job is waiting, not that the report is empty.
/// </summary>
public sealed class WaitingReportTests
{
    [Theory, EveryDatabase]
    public async Task Pages_show_whether_the_job_of_a_report_is_waiting_or_canceled(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var job = await world.SubmitAsync();
        var report = (string)(await world.JobAsync(job))["report"]!;
        Task<string> PageAsync(string path) => TextAsync(server, $"/perf/{world.Project}{path}");

        Assert.Contains("No results yet: the job waits for a runner", await PageAsync(""), StringComparison.Ordinal);
        Assert.DoesNotContain("Nothing is slower", await PageAsync(""), StringComparison.Ordinal);
        var list = await PageAsync("/reports");
        Assert.Contains($"/perf/{world.Project}/jobs/{job}", list, StringComparison.Ordinal);
        Assert.Contains("Waiting", list, StringComparison.Ordinal);
        Assert.DoesNotContain("no results", list, StringComparison.Ordinal);
        Assert.Contains(
            "No results yet: the job waits for a runner",
            await PageAsync($"/reports/{report}"),
            StringComparison.Ordinal
        );
        Assert.Contains("the job waits for a runner", await PageAsync("/explore"), StringComparison.Ordinal);
        Assert.Contains("none yet", await TextAsync(server, "/"), StringComparison.Ordinal);

        (await world.Admin.PostAsync($"{world.Jobs}/{job}/cancel", new { })).Expect(200);

        Assert.Contains("No results: the job was canceled", await PageAsync(""), StringComparison.Ordinal);
        Assert.Contains("Canceled", await PageAsync("/reports"), StringComparison.Ordinal);
        Assert.Contains(
            "No results: the job was canceled",
            await PageAsync($"/reports/{report}"),
            StringComparison.Ordinal
        );
    }

    [Theory, EveryDatabase]
    public async Task The_overview_shows_the_branch_with_results_while_the_job_of_main_waits(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        foreach (var value in (double[])[1, 2])
            await world.Admin.RunAsync(
                new(world.Project, Run.Latencies(("parse", value))) { Branch = "develop", Hash = null }
            );
        await world.SubmitAsync();

        var page = await TextAsync(server, $"/perf/{world.Project}");

        Assert.Contains("The last 2 runs", page, StringComparison.Ordinal);
        Assert.Contains("develop", page, StringComparison.Ordinal);
    }

    private static async Task<string> TextAsync(TestServer server, string path)
    {
        using var reader = new PageReader(server.Address);
        return (await reader.GetAsync(path, ("Accept", "text/html"))).Text;
    }
}
