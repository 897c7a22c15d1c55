using System.Text.Json;
using System.Text.Json.Nodes;
using Paddock.Runner.Tests.Images;
using Paddock.Server.Ground.Database;

namespace Paddock.Runner.Tests.Daemon;

/// <summary>A real server with a project, a spec and an image in its registry, and runner processes.</summary>
internal sealed class World : IAsyncDisposable
{
    private readonly ServerProcess server;
    private readonly TestUser admin;
    private readonly List<RunnerProcess> runners = [];

    private World(ServerProcess server, TestUser admin) => (this.server, this.admin) = (server, admin);

    public ServerProcess Server => server;
    public TestUser Admin => admin;
    public Uri Address => server.Address;
    public const string Project = "app";

    /// <summary>A program with arguments that executes each runner; empty to start them directly.</summary>
    public string[] RunnersWithin { get; init; } = [];

    public static async Task<World> MakeAsync(
        Engine engine = Engine.Sqlite,
        IReadOnlyDictionary<string, string>? settings = null,
        params string[] runnersWithin
    )
    {
        var server = await ServerProcess.StartAsync(engine, settings);
        using var anybody = new Client(server.Address, token: null);
        var world = new World(server, await anybody.SignUpAsync("Ada Admin", server.Tokens))
        {
            RunnersWithin = runnersWithin,
        };
        await world.admin.CreateProjectAsync("App");
        await world.CreateSpecAsync("Fast Box");
        return world;
    }

    public async Task CreateSpecAsync(string name, string? sandbox = null) =>
        (
            await admin.PostAsync(
                "/v0/specs",
                new
                {
                    name,
                    os = "linux",
                    architecture = "x86_64",
                    cpu = 1,
                    memory = 256L << 20,
                    disk = 64L << 20,
                    sandbox,
                }
            )
        ).Expect(201);

    /// <summary>Pushes the image with skopeo, as users do.</summary>
    public Task PushAsync(TestImage image, string tag) => PushAsync(image, tag, admin, Project);

    public async Task PushAsync(TestImage image, string tag, TestUser user, string project)
    {
        var pushed = await BuiltProgram.RunAsync(
            "skopeo",
            [
                "copy",
                "--quiet",
                "--insecure-policy",
                "--dest-tls-verify=false",
                "--dest-creds",
                $"{user.Email}:{user.Token}",
                $"oci:{image.Folder}",
                $"docker://{Address.Authority}/{project}:{tag}",
            ]
        );
        Assert.True(pushed.ExitCode == 0, pushed.Error);
    }

    public Task<RunnerProcess> StartRunnerAsync(string name, string spec = "fast-box", params string[] arguments) =>
        StartRunnerAsync(name, spec, Address, arguments);

    /// <param name="channel">The address at which the runner connects to the server.</param>
    public async Task<RunnerProcess> StartRunnerAsync(string name, string spec, Uri channel, params string[] arguments)
    {
        var (uuid, key) = await CreateRunnerAsync(name, spec);
        runners.Add(new(RunnersWithin, channel, uuid, key, arguments));
        return runners[^1];
    }

    /// <summary>Creates a runner on the server without starting a process.</summary>
    public async Task<(string Uuid, string Key)> CreateRunnerAsync(string name, string spec)
    {
        var made = (await admin.PostAsync("/v0/runners", new { name })).Expect(201);
        (await admin.PostAsync($"/v0/runners/{(string)made["uuid"]!}/specs", new { spec })).Expect(201);
        return ((string)made["uuid"]!, (string)made["key"]!);
    }

    /// <returns>The job's UUID.</returns>
    public Task<Guid> SubmitAsync(object job) => SubmitAsync(job, admin, Project);

    public static async Task<Guid> SubmitAsync(object job, TestUser user, string project)
    {
        var run = new Run(project, []).ToJson();
        run["job"] = JsonSerializer.SerializeToNode(job);
        return (Guid)(await user.PostAsync("/v0/run", run)).Expect(201)["job"]!;
    }

    public Task<JsonNode> JobAsync(Guid job) => JobAsync(job, admin, Project);

    public static async Task<JsonNode> JobAsync(Guid job, TestUser user, string project) =>
        (await user.GetAsync($"/v0/projects/{project}/jobs/{job}")).Expect(200);

    /// <summary>Waits until the job has one of these states.</summary>
    /// <returns>The job.</returns>
    public Task<JsonNode> UntilAsync(Guid job, params string[] states) =>
        UntilAsync(job, admin, Project, TimeSpan.FromSeconds(60), states);

    /// <inheritdoc cref="UntilAsync(Guid, string[])"/>
    public async Task<JsonNode> UntilAsync(
        Guid job,
        TestUser user,
        string project,
        TimeSpan wait,
        params string[] states
    )
    {
        using var patience = new CancellationTokenSource(wait);
        var seen = "";
        while (!patience.IsCancellationRequested)
        {
            var now = await JobAsync(job, user, project);
            seen = now.ToJsonString();
            if (states.Contains((string)now["status"]!))
                return now;
            await Task.Delay(20); // Polls, because a job takes an unknown time.
        }
        throw new Xunit.Sdk.XunitException(
            $"The job should become {string.Join(" or ", states)}, and is "
                + $"{seen}\n{string.Join("\n\n", runners.Select(runner => runner.Log))}"
        );
    }

    public async ValueTask DisposeAsync()
    {
        admin.Dispose();
        await server.DisposeAsync();
    }
}
