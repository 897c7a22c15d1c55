using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Results.Reports;

/// <summary>A report's remarks about how its outputs were parsed, and a project's settings for parsing.</summary>
public sealed class RemarkTests
{
    private const string Go = "BenchmarkA-8 1 5 ns/op 3 B/op\n--- FAIL: BenchmarkB <b>\n";

    [Theory, EveryDatabase]
    public async Task A_report_records_what_each_adapter_read_and_left_out(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");

        var answered = await user.RunAsync(new(project, Go, Run.Latencies(("c", 1))));
        var read = (await user.GetAsync($"/v0/projects/{project}/reports/{answered["uuid"]}")).Expect(200);
        var page = await user.Http.GetStringAsync($"/console/projects/{project}/reports/{answered["uuid"]}");

        Assert.Equal(answered["remarks"]!.ToJsonString(), read["remarks"]!.ToJsonString());
        Assert.Equal(
            """[{"adapter":"go_bench","benchmarks":1,"measures":1,"left_out":[{"what":"BenchmarkB","why":"it failed"}],"left_out_total":1},{"adapter":"json","benchmarks":1,"measures":1,"left_out":[],"left_out_total":0}]""",
            read["remarks"]!.ToJsonString()
        );
        Assert.Contains("go_bench read 1 benchmark, 1 measure", page, StringComparison.Ordinal);
        Assert.Contains("BenchmarkB", page, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task All_measures_are_recorded_when_the_run_or_its_project_asks_for_them(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");

        Assert.Equal(["latency"], await MeasuresAsync(null));
        Assert.Equal(["B/op", "latency"], await MeasuresAsync(new { measures = "all" }));
        var patched = (await user.PatchAsync($"/v0/projects/{project}", new { measures = "all" })).Expect(200);
        Assert.Equal("all", (string?)patched["measures"]);
        Assert.Equal(["B/op", "latency"], await MeasuresAsync(null));
        Assert.Equal(["latency"], await MeasuresAsync(new { measures = "usual" }));
        var measures = (await user.GetAsync($"/v0/projects/{project}/measures?name=B%2Fop")).Expect(200);
        Assert.Equal("B/op", (string?)measures[0]!["units"]);

        async Task<string[]> MeasuresAsync(object? settings)
        {
            var report = await user.RunAsync(new(project, Go) { Settings = settings });
            return
            [
                .. report["results"]![0]![0]!["measures"]!
                    .AsArray()
                    .Select(m =>
                        m!["measure"]!["name"]!.ToString().Replace("Latency", "latency", StringComparison.Ordinal)
                    ),
            ];
        }
    }

    [Theory, EveryDatabase]
    public async Task A_pattern_comes_from_the_run_or_from_its_project(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        const string Pattern = @"^(?<benchmark>\w+) takes (?<value>\d+) (?<unit>ms)$";
        var run = new Run(project, "sort takes 5 ms") { Settings = new { adapter = "pattern" } };

        var without = await user.PostAsync("/v0/run", run.ToJson());
        var wrong = await user.PostAsync(
            "/v0/run",
            (run with { Settings = new { adapter = "pattern", pattern = "(" } }).ToJson()
        );
        var given = await user.RunAsync(run with { Settings = new { adapter = "pattern", pattern = Pattern } });
        var unset = await user.PatchAsync($"/v0/projects/{project}", new { pattern = "(" });
        (await user.PatchAsync($"/v0/projects/{project}", new { pattern = Pattern })).Expect(200);
        var known = await user.RunAsync(run);
        var reported = await user.PostAsync($"/v0/projects/{project}/reports", (run with { Project = null }).ToJson());

        Assert.Equal((400, 400, 400), (without.Status, wrong.Status, unset.Status));
        Assert.Contains("settings.pattern", without.Message, StringComparison.Ordinal);
        Assert.Contains("pattern", wrong.Message, StringComparison.Ordinal);
        Assert.Equal(
            ["sort", "sort"],
            new[] { given, known }.Select(r => (string?)r["results"]![0]![0]!["benchmark"]!["name"])
        );
        Assert.Equal(5_000_000, (double)known["results"]![0]![0]!["measures"]![0]!["metric"]!["value"]!);
        Assert.Equal(201, reported.Status);
    }

    [Theory, EveryDatabase]
    public async Task File_names_in_benchmarks_are_relative_to_the_folder_of_the_run(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        const string Vitest =
            """{"testResults":[{"name":"/home/ada/app/test/a.bench.js","assertionResults":[{"ancestorTitles":[],"fullName":"t","title":"t","benchmarks":[{"tasks":[{"name":"n","latency":{"mean":2,"sd":0,"p50":1},"throughput":{"mean":5,"rme":0}}]}]}]}]}""";

        var known = await user.RunAsync(
            new(project, Vitest)
            {
                Context = new Dictionary<string, string> { ["paddock/v0/folder"] = "/home/ada/app" },
            }
        );
        var unknown = await user.RunAsync(new(project, Vitest));

        Assert.Equal(
            ["test/a.bench.js > t > n", "a.bench.js > t > n"],
            new[] { known, unknown }.Select(r => (string?)r["results"]![0]![0]!["benchmark"]!["name"])
        );
    }

    [Theory, EveryDatabase]
    public async Task An_unreadable_result_is_refused_with_its_line_and_the_expected_format(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");

        var refused = await user.PostAsync(
            "/v0/run",
            new Run(project, "goos: linux\nBenchmarkA-8 5 ns/op\n") { Settings = new { adapter = "go_bench" } }.ToJson()
        );

        Assert.Equal(400, refused.Status);
        Assert.Contains("\"go_bench\" finds no benchmark results", refused.Message, StringComparison.Ordinal);
        Assert.Contains(
            "line 2 looks like a result: \"BenchmarkA-8 5 ns/op\"; expected: BenchmarkNAME-8   1000   123.4 ns/op",
            refused.Message,
            StringComparison.Ordinal
        );
    }
}
