using System.Globalization;
using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Machines.Jobs;

/// <summary>A project whose commits a runner measures, each in its own image.</summary>
internal sealed class ConfirmingStory : IAsyncDisposable
{
    /// <summary>The number of commits before anything happens.</summary>
    public const int History = 30;

    private readonly TestServer server;
    private readonly Random random = new(23);
    private readonly bool isOriginal;
    private int commits;

    private ConfirmingStory(TestServer server, JobWorld world, TestRunner runner, bool isOriginal) =>
        (this.server, World, Runner, this.isOriginal) = (server, world, runner, isOriginal);

    public JobWorld World { get; }

    public TestRunner Runner { get; }

    public static async Task<ConfirmingStory> BeginAsync(TestServer server, bool isOriginal = false)
    {
        var world = await JobWorld.MakeAsync(server);
        var runner = await world.ConnectAsync("Box", slot: isOriginal ? null : 0);
        var story = new ConfirmingStory(server, world, runner, isOriginal);
        for (var i = 0; i < History; i++)
            await story.RunAsync(100);
        return story;
    }

    public static string DigestOf(int commit) => "sha256:" + commit.ToString("x64", CultureInfo.InvariantCulture);

    /// <summary>Measures the next commit at this level.</summary>
    /// <returns>The commit's report.</returns>
    public async Task<JsonNode> RunAsync(double level)
    {
        var commit = commits++;
        await KeepImageAsync(DigestOf(commit));
        var uuid = await World.SubmitAsync(
            new
            {
                image = $"app@{DigestOf(commit)}",
                spec = World.Spec,
                env = new { TOKEN = "secret" },
            },
            hash: Run.Commit(commit)
        );
        var claim = await TakeAsync();
        Assert.Equal(uuid, (string)claim["uuid"]!);
        await CompleteAsync(claim, [new { exit_code = 0, stdout = Measured(level) }]);
        await World.UntilAsync(uuid, "processed");
        return await World.ReportAsync(uuid);
    }

    /// <inheritdoc cref="RunAsync"/>
    public Task<JsonNode> SuspectAsync(double level) => RunAsync(level);

    public async Task<JsonNode> ReportAsync(JsonNode report) =>
        (await World.Admin.GetAsync($"/v0/projects/{World.Project}/reports/{report["uuid"]}")).Expect(200);

    /// <summary>Runs both sides in the order given by the claim.</summary>
    public Task EndPairsAsync(JsonNode claim, double ofBase, double ofHead) =>
        CompleteAsync(
            claim,
            [
                .. ((string)claim["config"]!["pairs"]!["order"]!).Select(side =>
                    (object)
                        new
                        {
                            exit_code = 0,
                            stdout = Measured(side == 'b' ? ofBase : ofHead),
                            side = side == 'b' ? "base" : "head",
                        }
                ),
            ]
        );

    /// <summary>Runs one side as often as the claim says; the newest image is slow.</summary>
    public Task EndSideAsync(JsonNode claim)
    {
        var level = (string)claim["config"]!["digest"]! == DigestOf(commits - 1) ? 120 : 100;
        var runs = (int)claim["config"]!["iter"]!;
        return CompleteAsync(
            claim,
            [.. Enumerable.Range(0, runs).Select(_ => (object)new { exit_code = 0, stdout = Measured(level) })]
        );
    }

    public async Task FailAsync(JsonNode claim)
    {
        await BeginAsync(claim);
        await Runner.AskAsync(
            new
            {
                @event = "failed",
                job = (string)claim["uuid"]!,
                results = Array.Empty<object>(),
                error = "The base cannot run.",
                lease = (string?)claim["lease"],
            },
            "ack"
        );
    }

    /// <summary>Asks for work and gets a job, like a runner of the chosen kind.</summary>
    public Task<JsonNode> TakeAsync() =>
        isOriginal
            ? Runner.TakeAsync()
            : Runner.AskAsync(
                new
                {
                    @event = "ready",
                    poll_timeout = 30,
                    runner = new
                    {
                        os = "linux",
                        arch = "x86_64",
                        version = "1",
                        boot = Guid.Empty,
                        sandboxes = new[] { "container" },
                        pairs = true,
                    },
                },
                "job"
            );

    public ValueTask DisposeAsync() => Runner.DisposeAsync();

    private async Task CompleteAsync(JsonNode claim, object[] results)
    {
        await BeginAsync(claim);
        await Runner.AskAsync(
            new
            {
                @event = "completed",
                job = (string)claim["uuid"]!,
                results,
                lease = (string?)claim["lease"],
            },
            "ack"
        );
    }

    private Task<JsonNode> BeginAsync(JsonNode claim) =>
        Runner.AskAsync(new { @event = "running", lease = (string?)claim["lease"] }, "ack");

    private string Measured(double level) => Run.Latencies(("a", level * (0.995 + 0.01 * random.NextDouble())));

    // Records the image like a push, but without its bytes, because nobody pulls it here.
    private Task KeepImageAsync(string digest) =>
        server.Database.WriteAsync(async sql =>
        {
            var now = DateTimeOffset.UtcNow;
            var project = await sql.NumberAsync($"SELECT id FROM projects WHERE slug = {World.Project}");
            await sql.ExecuteAsync(
                $"""
                INSERT INTO manifests (project_id, digest, media_type, body, size, used, created)
                VALUES ({project}, {digest}, 'application/vnd.oci.image.manifest.v1+json', {"{}"u8.ToArray()}, 2, {now}, {now})
                """
            );
        });
}
