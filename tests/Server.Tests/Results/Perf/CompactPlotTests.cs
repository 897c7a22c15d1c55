using System.Text.Json;
using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Tests.Results.Perf;

public sealed class CompactPlotTests
{
    private static readonly JsonSerializerOptions Unescaped = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    [Theory, EveryDatabase]
    public async Task The_compact_form_holds_the_same_data_as_the_v0_form(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await JudgedProjectAsync(user);
        var query = await QueryAsync(user, project);

        var v0 = (await user.GetAsync(query)).Expect(200);
        var compact = (await user.GetAsync(query + "&format=compact")).Expect(200);

        Assert.Equal(v0["results"]!.AsArray().Count, compact["results"]!.AsArray().Count);
        foreach (var (line, columns) in v0["results"]!.AsArray().Zip(compact["results"]!.AsArray()))
        {
            Assert.Equal(line!["benchmark"]!.ToJsonString(), columns!["benchmark"]!.ToJsonString());
            var metrics = line["metrics"]!.AsArray();
            Assert.Equal(metrics.Count, (int)columns["points"]!["count"]!);
            for (var i = 0; i < metrics.Count; i++)
                Assert.Equal(metrics[i]!.ToJsonString(), Expanded(compact, columns, i).ToJsonString());
        }
        Assert.NotEmpty(compact["results"]![0]!["alerts"]!.AsArray());
    }

    [Theory, EveryDatabase]
    public async Task Points_without_reports_carry_their_times_and_still_lead_to_their_metrics(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await JudgedProjectAsync(user);

        var compact = (await user.GetAsync(await QueryAsync(user, project) + "&format=compact&reports=false")).Expect(
            200
        );

        var points = compact["results"]![0]!["points"]!;
        Assert.Null(compact["reports"]);
        Assert.Equal(
            new DateTimeOffset(2026, 11, 20, 10, 1, 0, TimeSpan.Zero).ToUnixTimeSeconds(),
            (long)points["start_time"]![0]!
        );
        var uuid = MetricUuid((long)points["series"]!, (long)points["report"]![0]!, (int)Cell(points, "iteration", 0)!);
        var metric = (await user.GetAsync($"/v0/projects/{project}/metrics/{uuid}")).Expect(200);
        Assert.Equal((double)points["value"]![0]!, (double)metric["metric"]!["value"]!);
    }

    [Theory, EveryDatabase]
    public async Task The_subject_and_author_of_a_commit_are_in_the_plot_data_and_on_report_pages(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        JsonObject ContextOf(int commit, string subject) =>
            new()
            {
                ["bencher.dev/v0/branch/hash"] = Run.Commit(commit),
                ["paddock/v0/commit/subject"] = subject,
                ["paddock/v0/commit/author"] = "Grace\u0007 Hopper",
            };
        var told = await user.RunAsync(
            new(project, Run.Latencies(("a", 1))) { Hash = Run.Commit(1), Context = ContextOf(1, new string('x', 300)) }
        );
        await user.RunAsync(
            new(project, Run.Latencies(("a", 1))) { Hash = Run.Commit(2), Context = ContextOf(3, "of another commit") }
        );
        using var reader = new PageReader(server.Address);

        var reports = (await user.GetAsync(await QueryAsync(user, project) + "&format=compact")).Expect(200)[
            "reports"
        ]!;
        var page = (await reader.GetAsync($"/perf/{project}/reports/{told["uuid"]}")).Text;

        Assert.Equal($"[\"{new string('x', 199)}…\",null]", reports["subject"]!.ToJsonString(Unescaped));
        Assert.Equal("[\"Grace Hopper\",null]", reports["author"]!.ToJsonString());
        Assert.Contains("by Grace Hopper", page, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task An_unknown_format_or_option_is_refused_and_named(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await JudgedProjectAsync(user);

        Assert.Contains(
            "format",
            (string?)(await user.GetAsync(await QueryAsync(user, project) + "&format=csv")).Expect(400)["message"]
        );
        Assert.Contains(
            "reports",
            (string?)
                (await user.GetAsync(await QueryAsync(user, project) + "&format=compact&reports=no")).Expect(400)[
                    "message"
                ]
        );
    }

    private static async Task<string> JudgedProjectAsync(TestUser user)
    {
        var project = await user.CreateProjectAsync("Demo");
        var thresholds = new
        {
            models = new Dictionary<string, object> { ["latency"] = new { test = "static", upper_boundary = 20.0 } },
        };
        for (var i = 1; i <= 4; i++)
            await user.RunAsync(
                new(project, [Run.Latencies(("a", i * 10.0), ("b", 7.0)), Run.Latencies(("a", i * 10.5))])
                {
                    Hash = i == 3 ? null : Run.Commit(i),
                    Start = new DateTimeOffset(2026, 11, 20, 10, i, 0, TimeSpan.Zero),
                    Thresholds = i == 1 ? thresholds : null,
                }
            );
        return project;
    }

    private static async Task<string> QueryAsync(TestUser user, string project)
    {
        async Task<string> Ids(string noun) =>
            string.Join(
                ',',
                (await user.GetAsync($"/v0/projects/{project}/{noun}"))
                    .Expect(200)
                    .AsArray()
                    .Select(row => (string)row!["uuid"]!)
            );
        return $"/v0/projects/{project}/perf?branches={await Ids("branches")}&testbeds={await Ids("testbeds")}&"
            + $"measures={await Ids("measures")}&benchmarks={await Ids("benchmarks")}";
    }

    // The v0 form of one point, rebuilt from the columns as docs/plots.md says.
    private static JsonObject Expanded(JsonNode compact, JsonNode line, int i)
    {
        var (points, reports) = (line["points"]!, compact["reports"]!);
        var report = (int)Cell(points, "report", i)!;
        var iteration = (int)Cell(points, "iteration", i)!;
        var judged = Cell(points, "threshold", i);
        return new()
        {
            ["report"] = reports["uuid"]![report]!.DeepClone(),
            ["iteration"] = iteration,
            ["start_time"] = Time(reports["start_time"]![report]),
            ["end_time"] = Time(reports["end_time"]![report]),
            ["version"] = new JsonObject
            {
                ["number"] = reports["version"]![report]!.DeepClone(),
                ["hash"] = reports["hash"]![report]?.DeepClone(),
            },
            ["metric"] = new JsonObject
            {
                ["uuid"] = MetricUuid((long)Cell(points, "series", i)!, (long)reports["key"]![report]!, iteration),
                ["value"] = Cell(points, "value", i),
                ["lower_value"] = Cell(points, "lower_value", i),
                ["upper_value"] = Cell(points, "upper_value", i),
            },
            ["threshold"] = judged is null ? null : compact["thresholds"]![(int)judged]!.DeepClone(),
            ["boundary"] = judged is null
                ? null
                : new JsonObject
                {
                    ["baseline"] = Cell(points, "baseline", i),
                    ["lower_limit"] = Cell(points, "lower_limit", i),
                    ["upper_limit"] = Cell(points, "upper_limit", i),
                },
            ["alert"] = line["alerts"]!.AsArray().FirstOrDefault(a => (int)a!["point"]! == i)?["alert"]!.DeepClone(),
        };
    }

    private static JsonNode? Cell(JsonNode points, string column, int i) =>
        (points[column] is JsonArray list ? list[i] : points[column])?.DeepClone();

    private static string Time(JsonNode? seconds) =>
        DateTimeOffset.FromUnixTimeSeconds((long)seconds!).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");

    private static string MetricUuid(long series, long report, int iteration)
    {
        var text = $"{series:x12}8{iteration >> 12:x3}8{iteration & 0xfff:x3}{report:x12}";
        return Guid.ParseExact(text, "N").ToString();
    }
}
