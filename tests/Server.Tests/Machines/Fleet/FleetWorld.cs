using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Installation;
using Paddock.Server.Tests.Machines.Jobs;

namespace Paddock.Server.Tests.Machines.Fleet;

/// <summary>
/// Two organizations, each with a project, a runner and a key, and a third runner that both share, so that every
/// request has foreign data beside it which must not be included.
/// </summary>
internal sealed class FleetWorld : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> open = [];

    private FleetWorld(TestServer server, HandClock clock) => (Server, Clock) = (server, clock);

    public TestServer Server { get; }
    public HandClock Clock { get; }
    public TestUser Admin { get; private set; } = null!;
    public TestUser Other { get; private set; } = null!;
    public string Spec { get; } = "fast-box";

    /// <summary>The runner of the first organization, which is the administrator's.</summary>
    public Machine Ours { get; private set; } = null!;

    /// <summary>The runner of the second organization.</summary>
    public Machine Theirs { get; private set; } = null!;

    /// <summary>The runner of no organization.</summary>
    public Machine Shared { get; private set; } = null!;

    /// <summary>A key that reads runners and pods of the first organization.</summary>
    public Client Key { get; private set; } = null!;

    /// <summary>The same kind of key for the second organization.</summary>
    public Client OtherKey { get; private set; } = null!;

    /// <param name="Id">The runner's number in the fleet API.</param>
    internal sealed record Machine(long Id, string Uuid, string Secret);

    public static async Task<FleetWorld> MakeAsync(Engine engine, Func<ServerOptions, ServerOptions>? with = null)
    {
        var clock = new HandClock();
        var world = new FleetWorld(
            await TestServer.StartAsync(
                engine,
                clock,
                with ?? (options => options with { Access = options.Access with { ApiKeyReadsPerMinute = 0 } })
            ),
            clock
        );
        world.Admin = await world.Server.SignUpAsync("Ada Admin");
        world.Other = await world.Server.SignUpAsync("Bob Other");
        (
            await world.Admin.PostAsync(
                "/v0/specs",
                new
                {
                    name = "Fast Box",
                    os = "linux",
                    architecture = "x86_64",
                    cpu = 2,
                    memory = 1L << 30,
                    disk = 1L << 30,
                }
            )
        ).Expect(201);
        await world.Admin.CreateProjectAsync("App");
        await world.Other.CreateProjectAsync("Tool");
        world.Ours = await world.AddAsync("Rig", "ada-admin");
        world.Theirs = await world.AddAsync("Box", "bob-other");
        world.Shared = await world.AddAsync("Pool", organization: null);
        world.Key = await world.KeyAsync(world.Admin, "runners:read", "pods:read");
        world.OtherKey = await world.KeyAsync(world.Other, "runners:read", "pods:read");
        return world;
    }

    public async Task<Machine> AddAsync(string name, string? organization)
    {
        var made = (await Admin.PostAsync("/v0/runners", new { name })).Expect(201);
        var uuid = (string)made["uuid"]!;
        (await Admin.PostAsync($"/v0/runners/{uuid}/specs", new { spec = Spec })).Expect(201);
        var runner = (await Admin.PatchAsync($"/v0/runners/{uuid}", new { organization })).Expect(200);
        return new((long)runner["id"]!, uuid, (string)made["key"]!);
    }

    /// <summary>A client with a new key of this user's organization.</summary>
    public async Task<Client> KeyAsync(TestUser user, params string[] scopes) =>
        Server.With(
            (string)
                (
                    await user.PostAsync($"/v0/organizations/{user.Slug}/api-keys", new { name = "Watch", scopes })
                ).Expect(201)["key"]!
        );

    public async Task<TestRunner> ConnectAsync(Machine machine, int? slot = null)
    {
        var runner = await TestRunner.ConnectAsync(Server.Address, machine.Uuid, machine.Secret, slot);
        open.Add(runner);
        return runner;
    }

    /// <summary>Connects and waits for work. A waiting runner is never considered lost.</summary>
    public async Task<TestRunner> ConnectWaitingAsync(Machine machine, int? slot = null)
    {
        var runner = await ConnectAsync(machine, slot);
        await runner.SendAsync(new { @event = "ready", poll_timeout = 900 });
        return runner;
    }

    /// <returns>The job's UUID.</returns>
    public static async Task<string> SubmitAsync(TestUser user, string project) =>
        (string)(await user.PostAsync("/v0/run", Body(project))).Expect(201)["job"]!;

    public static JsonObject Body(string project)
    {
        var body = new Run(project) { Testbed = "box" }.ToJson();
        body["job"] = System.Text.Json.JsonSerializer.SerializeToNode(
            new
            {
                image = JobWorld.Image,
                spec = "fast-box",
                cmd = new[] { "bench", "--secret" },
            }
        );
        return body;
    }

    public Task<string> SubmitAsync() => SubmitAsync(Admin, "app");

    public Task<string> SubmitForOtherAsync() => SubmitAsync(Other, "tool");

    public async Task<JsonNode> RunnerAsync(Machine machine) =>
        (await Key.GetAsync($"/runners/{machine.Id}")).Expect(200)["runner"]!;

    public async Task<string> StatusAsync(Machine machine) => (string)(await RunnerAsync(machine))["status"]!;

    /// <summary>The pod of a job, as read with its organization's key.</summary>
    public async Task<JsonNode> PodAsync(string job) =>
        (await Key.GetAsync("/pods?limit=200")).Expect(200)["pods"]!
            .AsArray()
            .Single(pod => (string)pod!["job"]! == job)!;

    public async ValueTask DisposeAsync()
    {
        foreach (var one in open)
            await one.DisposeAsync();
        await Server.DisposeAsync();
    }
}
