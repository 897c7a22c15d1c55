using System.Net;
using System.Text.Json;
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

    private static async Task<string> TextAsync(TestServer server, string path)
    {
        using var reader = new PageReader(server.Address);
        return WebUtility.HtmlDecode((await reader.GetAsync(path, ("Accept", "text/html"))).Text);
    }
}
