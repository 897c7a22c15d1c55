using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Results.Perf;

/// <summary>What a plot says about what happened to its lines.</summary>
public sealed class PlotHistoryTests
{
    [Theory, EveryDatabase]
    public async Task A_plot_says_where_another_machine_measured(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        foreach (var (i, kernel) in ((int, string)[])[(0, "6.8"), (1, "6.8"), (2, "6.11"), (3, "6.11")])
            await user.RunAsync(
                new(project, Run.Latencies(("parse", 100 + i)))
                {
                    Hash = Run.Commit(i),
                    Start = new(2026, 11, 20, 10, i, 0, TimeSpan.Zero),
                    Context = new Dictionary<string, string>
                    {
                        [RunContext.Environment] = JsonSerializer.Serialize(new { kernel }),
                    },
                }
            );

        var page = await TextAsync(server, $"/perf/{project}/explore");

        Assert.Contains("Other machines <span class=\"count\">1</span>", page, StringComparison.Ordinal);
        Assert.Contains("kernel changed from 6.8 to 6.11", page, StringComparison.Ordinal);
        Assert.Contains("\"machines\":[{\"report\":", page, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task A_line_says_since_when_it_is_slower(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        for (var i = 0; i < 40; i++)
            await user.RunAsync(
                new(project, Run.Latencies(("parse", (i < 25 ? 100 : 140) + i * 7 % 5), ("print", 50 + i * 7 % 5)))
                {
                    Hash = Run.Commit(i),
                    Start = new DateTimeOffset(2026, 11, 20, 10, 0, 0, TimeSpan.Zero).AddMinutes(i),
                }
            );
        var change = (await user.GetAsync($"/v0/projects/{project}/changes?verdict=slower")).Expect(200)[0]!;

        var page = await TextAsync(server, $"/perf/{project}/explore");

        Assert.Matches(
            $"""<a href="/perf/{project}/changes/{(string)change["uuid"]!}">▲ slower since [0-9a-f]+</a>""",
            page
        );
        Assert.Contains("no open change", page, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task A_branch_that_began_at_another_says_where_and_what_it_took_over(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        Run RunOf(int i, string branch, params (string, double)[] values) =>
            new(project, Run.Latencies(values))
            {
                Branch = branch,
                StartPoint = branch == "main" ? null : new { branch = "main" },
                Hash = Run.Commit(i),
                Start = new DateTimeOffset(2026, 11, 20, 10, 0, 0, TimeSpan.Zero).AddMinutes(i),
            };
        for (var i = 0; i < 40; i++)
            await user.RunAsync(
                RunOf(i, "main", ("parse", (i < 25 ? 100 : 140) + i * 7 % 5), ("print", 50 + i * 7 % 5))
            );
        var report = await user.RunAsync(RunOf(40, "feature", ("parse", 142), ("print", 52)));
        for (var i = 41; i < 71; i++) // What comes to main later is not the feature's.
            await user.RunAsync(RunOf(i, "main", ("parse", 140 + i * 7 % 5), ("print", (i < 50 ? 50 : 80) + i * 7 % 5)));
        await user.RunAsync(RunOf(80, "other", ("parse", 142), ("print", 52)));
        var changes = (await user.GetAsync($"/v0/projects/{project}/changes?verdict=slower")).Expect(200).AsArray();

        var opened = await TextAsync(server, $"/perf/{project}/explore");
        var (branch, metrics) = (report["branch"]!, report["results"]![0]!.AsArray());
        var benchmarks = string.Join(',', metrics.Select(one => (string)one!["benchmark"]!["uuid"]!));
        var page = await TextAsync(
            server,
            $"/perf/{project}?branches={(string)branch["uuid"]!}&testbeds={(string)report["testbed"]!["uuid"]!}"
                + $"&benchmarks={benchmarks}&measures={(string)metrics[0]!["measures"]![0]!["measure"]!["uuid"]!}"
        );

        Assert.Equal(2, changes.Count);
        Assert.Matches("The newest report, from <a [^>]+>main on box", opened);
        Assert.DoesNotContain("began at", opened, StringComparison.Ordinal);
        Assert.Contains(
            "Branch <strong>feature</strong> began at <strong>main</strong>",
            page,
            StringComparison.Ordinal
        );
        Assert.Matches("\"begins\":\\[{\"branch\":\"feature\",\"base\":\"main\",\"number\":39,", page);
        Assert.Single(Regex.Matches(page, "▲ slower since [0-9a-f]+, on main</a>"));
        Assert.Contains("no open change", page, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task A_change_whose_values_returned_says_which_version_showed_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        for (var i = 0; i < 70; i++)
            await user.RunAsync(
                new(project, Run.Latencies(("parse", (i is >= 25 and < 45 ? 140 : 100) + i * 7 % 5)))
                {
                    Hash = Run.Commit(i),
                    Start = new DateTimeOffset(2026, 11, 20, 10, 0, 0, TimeSpan.Zero).AddMinutes(i),
                }
            );

        var page = await TextAsync(server, $"/perf/{project}/explore");

        var returned = Regex.Match(page, "\"state\":[^,]+,\"before\":[^}]*\"returned\":([0-9]+)");
        Assert.True(returned.Success, page);
        Assert.InRange(int.Parse(returned.Groups[1].Value, CultureInfo.InvariantCulture), 45, 69);
    }

    private static async Task<string> TextAsync(TestServer server, string path)
    {
        using var reader = new PageReader(server.Address);
        return WebUtility.HtmlDecode((await reader.GetAsync(path, ("Accept", "text/html"))).Text);
    }
}
