using System.Text.Json.Nodes;

namespace Paddock.Console.Tests;

/// <summary>A project in which one benchmark became slower, another faster, and a threshold raised an alert.</summary>
internal sealed record ChangesSeed(TestUser Admin, string Slower, string Alert, string Report)
{
    private const int Steady = 40,
        Since = 14;

    public IEnumerable<(string Name, string Path)> Pages =>
        [
            ("changes", "/perf/demo/changes"),
            ("change", $"/perf/demo/changes/{Slower}"),
            ("alerts", "/perf/demo/alerts"),
            ("alert", $"/perf/demo/alerts/{Alert}"),
            ("report", $"/perf/demo/reports/{Report}"),
        ];

    /// <summary>The URL of a plot of all lines.</summary>
    public async Task<string> PlotAsync()
    {
        async Task<string> IdsAsync(string noun) =>
            string.Join(
                ',',
                (await Admin.GetAsync($"/v0/projects/demo/{noun}?per_page=100"))
                    .Expect(200)
                    .AsArray()
                    .Select(row => (string)row!["uuid"]!)
            );
        return $"/perf/demo?branches={await IdsAsync("branches")}&testbeds={await IdsAsync("testbeds")}&"
            + $"benchmarks={await IdsAsync("benchmarks")}&measures={await IdsAsync("measures")}&lower_boundary=true&"
            + $"upper_boundary=true";
    }

    public static async Task<ChangesSeed> MakeAsync(TestServer server)
    {
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        (await user.PatchAsync($"/v0/projects/{project}", new { url = "https://github.com/example/demo" })).Expect(200);
        var random = new Random(17);
        double Noise() => 1 + 0.02 * (random.NextDouble() - 0.5);
        JsonNode? report = null;
        for (var i = 0; i < Steady + Since; i++)
        {
            var isSince = i >= Steady;
            report = await user.RunAsync(
                new(
                    project,
                    Run.Measured(
                        ("parse/large document", "latency", (isSince ? 38.2e6 : 29.4e6) * Noise()),
                        ("parse/small", "latency", (isSince ? 1.31e6 : 1.2e6) * Noise()),
                        ("print", "latency", (isSince ? 0.8e6 : 1.1e6) * Noise()),
                        ("render", "latency", 16.6e6 * Noise()),
                        ("requests", "throughput", 12_400 * Noise())
                    )
                )
                {
                    Hash = (0xa2ec63d10000 + i * 7919L)
                        .ToString("x40", System.Globalization.CultureInfo.InvariantCulture)[..40]
                        .Replace(
                            "0000000000000000000000000000",
                            "a2ec63d17b4f90c8e1d25a6b3f7c",
                            StringComparison.Ordinal
                        ),
                    Start = new DateTimeOffset(2026, 11, 1, 10, 0, 0, TimeSpan.Zero).AddHours(8 * i),
                }
            );
        }
        (
            await user.PostAsync(
                $"/v0/projects/{project}/thresholds",
                new
                {
                    branch = "main",
                    testbed = "box",
                    measure = "throughput",
                    test = "percentage",
                    lower_boundary = 0.2,
                    upper_boundary = 0.2,
                }
            )
        ).Expect(201);
        report = await user.RunAsync(
            new(
                project,
                Run.Measured(
                    ("parse/large document", "latency", 38.2e6 * Noise()),
                    ("parse/small", "latency", 1.31e6 * Noise()),
                    ("print", "latency", 0.8e6 * Noise()),
                    ("render", "latency", 16.6e6 * Noise()),
                    ("requests", "throughput", 8_400)
                )
            )
            {
                Hash = "f00d63d17b4f90c8e1d25a6b3f7c7b4f90c8e1d2",
                Start = new DateTimeOffset(2026, 11, 20, 10, 0, 0, TimeSpan.Zero),
            }
        );
        var changes = (await user.GetAsync($"/v0/projects/{project}/changes?verdict=slower")).Expect(200).AsArray();
        return new(user, (string)changes[0]!["uuid"]!, (string)report["alerts"]![0]!["uuid"]!, (string)report["uuid"]!);
    }
}
