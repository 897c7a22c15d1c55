using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Tests.Registry;

namespace Paddock.Server.Tests.Machines.Jobs;

/// <summary>The output of jobs: shown unchanged, and counted toward the storage quotas.</summary>
public sealed class OutputTests
{
    private static readonly string Long = string.Concat(
        Enumerable.Range(0, 200_000).Select(i => $"{i} \u00e9\u2028\"\\\n")
    );

    [Theory, EveryDatabase]
    public async Task A_long_output_is_shown_as_the_runner_sent_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);

        var job = await RunAsync(
            world,
            new
            {
                exit_code = 0,
                stdout = Run.Latencies(("x", 1)),
                stderr = Long,
                truncated = new[] { "stderr" },
            }
        );

        var shown = job["output"]!["results"]!.AsArray().Single()!;
        Assert.Equal(Long, (string)shown["stderr"]!);
        Assert.Equal("stderr", (string)shown["truncated"]!.AsArray().Single()!);
        Assert.Null(job["output"]!["error"]);
    }

    [Theory, EveryDatabase]
    public async Task A_failed_job_shows_its_error_beside_its_output(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);

        var unreadable = await RunAsync(world, new { exit_code = 0, stdout = "nothing" });
        Assert.StartsWith("results[0]: ", (string)unreadable["output"]!["error"]!, StringComparison.Ordinal);
        Assert.Equal("nothing", (string)unreadable["output"]!["results"]![0]!["stdout"]!);

        var failed = await RunAsync(world, new { exit_code = 1, stderr = "]}" }, error: "it \"broke\" ]}");
        Assert.Equal("it \"broke\" ]}", (string)failed["output"]!["error"]!);
        Assert.Equal("]}", (string)failed["output"]!["results"]![0]!["stderr"]!);
    }

    [Theory, EveryDatabase]
    public async Task Outputs_count_toward_the_quota_and_lose_their_texts_when_it_is_full(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, time: null, options =>
            options with
            {
                Registry = options.Registry with { QuotaBytes = 100_000 },
            }
        );
        var world = await JobWorld.MakeAsync(server);
        using var repository = await Repository.OpenAsync(world.Admin, "images");
        var image = Repository.Content(50_000, seed: 1);
        var output = Run.Latencies(("x", 1)) + new string(' ', 60_000);

        var kept = await RunAsync(world, new { exit_code = 0, stdout = output });
        var emptied = await RunAsync(world, new { exit_code = 0, stdout = output });

        Assert.Equal(output, (string)kept["output"]!["results"]![0]!["stdout"]!);
        Assert.Equal("", (string)emptied["output"]!["results"]![0]!["stdout"]!);
        Assert.Contains(
            "stdout",
            emptied["output"]!["results"]![0]!["truncated"]!.AsArray().Select(text => (string)text!)
        );
        foreach (var job in (JsonNode[])[kept, emptied])
        {
            Assert.Equal("processed", (string)job["status"]!);
            Assert.Single((await world.ReportAsync((string)job["uuid"]!))["results"]!.AsArray());
        }
        (await repository.SendAsync("POST", $"blobs/uploads/?digest={Repository.Sha256(image)}", image)).Expect(
            403,
            "DENIED"
        );

        Assert.Equal(
            204,
            (await world.Admin.DeleteAsync($"/v0/projects/{world.Project}/reports/{(string)kept["report"]!}")).Status
        );
        (await repository.SendAsync("POST", $"blobs/uploads/?digest={Repository.Sha256(image)}", image)).Expect(201);
    }

    [Fact]
    public async Task Names_of_files_do_not_exceed_a_full_quota()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite, time: null, options =>
            options with
            {
                Registry = options.Registry with { QuotaBytes = 10_000 },
            }
        );
        var world = await JobWorld.MakeAsync(server);
        var output = Enumerable
            .Range(0, 100)
            .ToDictionary(i => new string('n', 1000) + i, i => Run.Latencies(($"x{i}", 1)));

        var job = await RunAsync(world, new { exit_code = 0, output });

        Assert.Equal("processed", (string)job["status"]!);
        Assert.Equal(100, (await world.ReportAsync((string)job["uuid"]!))["results"]!.AsArray().Sum(CountOf));
        Assert.InRange(job["output"]!.ToJsonString().Length, 1, 1000);
        Assert.Contains("storage quota", (string)job["output"]!["error"]!, StringComparison.Ordinal);

        static int CountOf(JsonNode? iteration) => iteration!.AsArray().Count;
    }

    private static async Task<JsonNode> RunAsync(JobWorld world, object result, string? error = null)
    {
        var uuid = await world.SubmitAsync();
        await using var runner = await world.ConnectAsync($"Rig {uuid}");
        await runner.TakeAsync();
        await runner.AskAsync(new { @event = "running" }, "ack");
        var results = new[] { result };
        object end = error is null
            ? new
            {
                @event = "completed",
                job = uuid,
                results,
            }
            : new
            {
                @event = "failed",
                job = uuid,
                results,
                error,
            };
        await runner.AskAsync(end, "ack");
        return await world.JobAsync(uuid);
    }
}
