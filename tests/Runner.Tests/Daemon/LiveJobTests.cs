using System.Diagnostics;
using Paddock.Runner.Tests.Images;

namespace Paddock.Runner.Tests.Daemon;

/// <summary>Server, runner and container together: a job's output is visible while the job runs.</summary>
public sealed class LiveJobTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task The_output_of_a_job_is_on_its_page_while_the_job_runs()
    {
        await using var world = await World.MakeAsync();
        using var image = TestImage.Busybox();
        await world.PushAsync(image, "v1");
        await using var runner = await world.StartRunnerAsync("Box");
        using var pages = await PageReader.SignInAsync(world.Address, world.Admin.Token);

        var job = await world.SubmitAsync(
            new
            {
                image = "app:v1",
                spec = "fast-box",
                // The page also shows the command, so the command must not contain the expected word.
                cmd = new[] { "sh", "-c", "printf 'com%s\\n' piling; sleep 1000" },
            }
        );

        var watch = Stopwatch.StartNew();
        while (!(await pages.GetAsync($"/perf/app/jobs/{job}")).Text.Contains("compiling", StringComparison.Ordinal))
        {
            Assert.True(watch.Elapsed < Patience, $"The page should show what the job wrote.\n{runner.Log}");
            await Task.Delay(50); // Polls, because the runner decides when it reports.
        }
        Assert.Equal("running", (string)(await world.JobAsync(job))["status"]!);
        (await world.Admin.PostAsync($"/v0/projects/app/jobs/{job}/cancel", new { })).Expect(200);
        await world.UntilAsync(job, "canceled");
    }
}
