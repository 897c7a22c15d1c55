using System.Text.Json;

namespace Paddock.Console.Tests;

/// <summary>A project and a spec. Their jobs wait for a runner.</summary>
internal sealed class Bench(TestServer server, TestUser admin)
{
    private const string Image = "app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    public TestUser Admin => admin;

    public static async Task<Bench> MakeAsync(TestServer server)
    {
        var bench = new Bench(server, await server.SignUpAsync("Ada Admin"));
        await bench.Admin.CreateProjectAsync("App");
        (
            await bench.Admin.PostAsync(
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
        return bench;
    }

    /// <returns>The job's UUID.</returns>
    public async Task<string> SubmitAsync(string branch = "main", string? hash = null)
    {
        var run = new Run("app") { Branch = branch, Hash = hash }.ToJson();
        run["job"] = JsonSerializer.SerializeToNode(
            new
            {
                image = Image,
                spec = "fast-box",
                cmd = new[] { "cargo", "bench" },
                env = new { TOKEN = "secret" },
            }
        );
        return (string)(await admin.PostAsync("/v0/run", run)).Expect(201)["job"]!;
    }

    public async Task<TestRunner> ConnectAsync(string name)
    {
        var made = (await admin.PostAsync("/v0/runners", new { name })).Expect(201);
        (await admin.PostAsync($"/v0/runners/{made["uuid"]}/specs", new { spec = "fast-box" })).Expect(201);
        return await TestRunner.ConnectAsync(server.Address, (string)made["uuid"]!, (string)made["key"]!, slot: 0);
    }

    public static object Completed(string job, string stdout, string stderr = "") =>
        new
        {
            @event = "completed",
            job,
            results = new[]
            {
                new
                {
                    exit_code = 0,
                    stdout,
                    stderr,
                    duration = 12.25,
                },
            },
            environment = new
            {
                sandbox = "container",
                runtime = "runc 1.1.5",
                cpu_model = "Fast CPU 9000",
                microcode = "0xf0",
                kernel = "6.12.48",
                governor = "performance",
                turbo = false,
                smt = false,
                aslr = true,
                cpus = "2-3",
                memory = 16L << 30,
                noise_score = 1.5,
                tuning = new { governor = "performance" },
            },
        };
}
