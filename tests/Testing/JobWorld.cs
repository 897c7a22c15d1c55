using System.Text.Json.Nodes;

namespace Paddock.Testing;

/// <summary>A project, a spec, and runners that serve it.</summary>
internal sealed class JobWorld(Client server, TestUser admin)
{
    public const string Digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    public const string Image = "app@" + Digest;

    public TestUser Admin => admin;
    public string Project { get; private set; } = "";
    public string Spec { get; private set; } = "";
    public string Jobs => $"/v0/projects/{Project}/jobs";

    public static async Task<JobWorld> MakeAsync(TestServer server) => await MakeAsync(server, server.Tokens);

    public static async Task<JobWorld> MakeAsync(Client server, Tokens tokens)
    {
        var world = new JobWorld(server, await server.SignUpAsync("Ada Admin", tokens));
        world.Project = await world.Admin.CreateProjectAsync("App");
        world.Spec = await world.CreateSpecAsync("Fast Box");
        return world;
    }

    public async Task<string> CreateSpecAsync(string name, string? sandbox = null, bool fallback = false) =>
        (string)
            (
                await admin.PostAsync(
                    "/v0/specs",
                    new
                    {
                        name,
                        os = "linux",
                        architecture = "x86_64",
                        cpu = 2,
                        memory = 1L << 30,
                        disk = 1L << 30,
                        sandbox,
                        fallback,
                    }
                )
            ).Expect(201)["slug"]!;

    /// <returns>The runner's UUID and key.</returns>
    public async Task<(string Name, string Key)> CreateRunnerAsync(string name, params string[] specs)
    {
        var made = (await admin.PostAsync("/v0/runners", new { name })).Expect(201);
        foreach (var spec in specs.Length == 0 ? [Spec] : specs)
            (await admin.PostAsync($"/v0/runners/{(string)made["uuid"]!}/specs", new { spec })).Expect(201);
        return ((string)made["uuid"]!, (string)made["key"]!);
    }

    public async Task<TestRunner> ConnectAsync(string name, int? slot = null, params string[] specs)
    {
        var (runner, key) = await CreateRunnerAsync(name, specs);
        return await TestRunner.ConnectAsync(server.Address, runner, key, slot);
    }

    public JsonObject Run(
        object? job = null,
        string testbed = "box",
        string? hash = null,
        object? settings = null,
        string? project = null
    )
    {
        var body = new Run(project ?? Project)
        {
            Testbed = testbed,
            Hash = hash,
            Settings = settings,
        }.ToJson();
        body["job"] = System.Text.Json.JsonSerializer.SerializeToNode(job ?? new { image = Image, spec = Spec });
        return body;
    }

    /// <returns>The job's UUID.</returns>
    public async Task<string> SubmitAsync(
        object? job = null,
        string testbed = "box",
        string? hash = null,
        object? settings = null
    ) => (string)(await admin.PostAsync("/v0/run", Run(job, testbed, hash, settings))).Expect(201)["job"]!;

    public async Task<JsonNode> JobAsync(string uuid) => (await admin.GetAsync($"{Jobs}/{uuid}")).Expect(200);

    public async Task<string> StatusAsync(string uuid) => (string)(await JobAsync(uuid))["status"]!;

    /// <summary>Waits, by the job's events, until it has this status.</summary>
    /// <returns>The job.</returns>
    public async Task<JsonNode> UntilAsync(string uuid, string status)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var seen = new List<string>();
        while (true)
        {
            using var stream = new StreamReader(
                await admin.Http.GetStreamAsync($"{Jobs}/{uuid}/events", patience.Token)
            );
            while (await stream.ReadLineAsync(patience.Token) is { } line)
            {
                if (!line.StartsWith("data: ", StringComparison.Ordinal))
                    continue;
                var job = JsonNode.Parse(line[6..])!;
                seen.Add((string)job["status"]!);
                if (seen[^1] == status)
                    return job;
            }
            if (seen.Count > 0 && seen[^1] is "processed" or "failed" or "canceled")
                throw new Xunit.Sdk.XunitException(
                    $"The job should become {status}, and became {string.Join(", ", seen)}."
                );
        }
    }

    public async Task<JsonNode> ReportAsync(string job) =>
        (await admin.GetAsync($"/v0/projects/{Project}/reports/{(string)(await JobAsync(job))["report"]!}")).Expect(
            200
        );
}
