using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using Paddock.Server.Ground.Database;
using Paddock.Server.Outside.Mcp;
using Paddock.Server.Tests.Machines.Jobs;

namespace Paddock.Server.Tests.Outside.Mcp;

/// <summary>The tools, called through the protocol's official client library.</summary>
public sealed class ClientTests
{
    [Fact]
    public async Task The_client_negotiates_and_lists_the_tools_of_both_pages()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        await using var nobody = await Assistant.ConnectAsync(server);

        Assert.Equal("2025-11-25", nobody.Client.NegotiatedProtocolVersion);
        Assert.Equal("paddock", nobody.Client.ServerInfo?.Name);
        Assert.NotNull(nobody.Client.ServerCapabilities?.Tools);
        Assert.Contains("list_projects", nobody.Client.ServerInstructions ?? "", StringComparison.Ordinal);
        var tools = await nobody.Client.ListToolsAsync();
        Assert.Equal(McpTools.All.Select(tool => tool.Name), tools.Select(tool => tool.Name));
        Assert.All(tools, tool => Assert.Contains("Cost: ", tool.Description, StringComparison.Ordinal));
        await nobody.Client.PingAsync();
    }

    [Fact]
    public async Task The_first_page_holds_the_tools_of_v0_and_the_second_the_others()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);

        var first = (await server.PostAsync("/mcp", Request("tools/list"))).Expect(200)["result"]!;
        var second = (
            await server.PostAsync("/mcp", Request("tools/list", new { cursor = (string?)first["nextCursor"] }))
        ).Expect(200)["result"]!;

        Assert.Equal(36, first["tools"]!.AsArray().Count);
        Assert.Equal("submit_run", (string?)first["tools"]![0]!["name"]);
        Assert.Equal("explain_fleet", (string?)second["tools"]![0]!["name"]);
        Assert.Null(second["nextCursor"]);
        var other = (await server.PostAsync("/mcp", Request("tools/list", new { cursor = "other" }))).Expect(200);
        Assert.Equal(-32602, (int)other["error"]!["code"]!);
    }

    [Theory, EveryDatabase]
    public async Task An_assistant_submits_runs_and_finds_plots_and_dismisses_a_regression(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("App");
        await using var assistant = await Assistant.ConnectAsync(server, ada.Token);
        var thresholds = Run.UpperThreshold("percentage", 0.1);

        foreach (var (hour, value) in new[] { (1, 100.0), (2, 101.0), (3, 150.0) })
            await assistant.CallAsync(
                "submit_run",
                new
                {
                    project,
                    branch = "main",
                    testbed = "box",
                    start_time = $"2026-11-20T0{hour}:00:00Z",
                    end_time = $"2026-11-20T0{hour}:00:01Z",
                    results = new[] { Run.Latencies(("parse", value)) },
                    thresholds,
                    settings = (object?)null,
                }
            );

        var alert = Assert.Single((await assistant.CallAsync("list_alerts", new { project }))["data"]!.AsArray())!;
        Assert.Equal(150.0, (double)alert["metric"]!["value"]!);
        var dismissed = await assistant.CallAsync(
            "update_alert",
            new
            {
                project,
                alert = (string?)alert["uuid"],
                status = "dismissed",
            }
        );
        Assert.Equal("dismissed", (string?)dismissed["status"]);
        Assert.Equal(
            0,
            (int)(await assistant.CallAsync("list_alerts", new { project, status = "active" }))["total_count"]!
        );

        var plot = await PlotAsync(assistant, project);
        Assert.Equal(3, (await assistant.CallAsync("query_perf", plot))["results"]![0]!["metrics"]!.AsArray().Count);
        Assert.NotNull((await assistant.CallAsync("query_perf_columns", plot))["results"]![0]!["branch"]);
        var image = Assert.IsType<ImageContentBlock>(
            Assert.Single((await assistant.AskAsync("perf_image", plot)).Content)
        );
        Assert.StartsWith("image/", image.MimeType, StringComparison.Ordinal);
        var reports = await assistant.CallAsync(
            "list_reports",
            new
            {
                project,
                branch = "main",
                per_page = 2,
                direction = "asc",
            }
        );
        Assert.Equal((2, 3), (reports["data"]!.AsArray().Count, (int)reports["total_count"]!));
    }

    [Theory, EveryDatabase]
    public async Task Branches_testbeds_benchmarks_and_measures_are_created_listed_shown_and_changed(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("App");
        await using var assistant = await Assistant.ConnectAsync(server, ada.Token);

        var plurals = new[] { ("branch", "es"), ("testbed", "s"), ("benchmark", "s"), ("measure", "s") };
        foreach (var (noun, plural) in plurals)
        {
            var create = new JsonObject { ["project"] = project, ["name"] = "a-100%-new-one" };
            if (noun == "measure")
                create["units"] = "ns";
            var uuid = (string)(await assistant.CallAsync($"create_{noun}", create))["uuid"]!;
            var changed = await assistant.CallAsync(
                $"update_{noun}",
                new JsonObject
                {
                    ["project"] = project,
                    [noun] = uuid,
                    ["name"] = "Other",
                }
            );
            var shown = await assistant.CallAsync(
                $"view_{noun}",
                new JsonObject { ["project"] = project, [noun] = uuid }
            );
            var listed = await assistant.CallAsync($"list_{noun}{plural}", new { project, search = "Other" });

            Assert.Equal("Other", (string?)shown["name"]);
            Assert.True(JsonNode.DeepEquals(changed, shown), noun);
            Assert.Equal(uuid, (string?)Assert.Single(listed["data"]!.AsArray())!["uuid"]);
        }
    }

    [Theory, EveryDatabase]
    public async Task A_threshold_is_found_by_a_branch_name_with_special_characters_and_its_model_removed(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("App");
        await using var assistant = await Assistant.ConnectAsync(server, ada.Token);
        foreach (var branch in new[] { "feature/50%25+1&x=y", "main" })
            await assistant.CallAsync("create_branch", new { project, name = branch });
        await assistant.CallAsync("create_testbed", new { project, name = "box" });
        await assistant.CallAsync(
            "create_measure",
            new
            {
                project,
                name = "latency",
                units = "ns",
            }
        );
        foreach (var branch in new[] { "feature/50%25+1&x=y", "main" })
            await assistant.CallAsync(
                "create_threshold",
                new
                {
                    project,
                    branch,
                    testbed = "box",
                    measure = "latency",
                    test = "t_test",
                    upper_boundary = 0.99,
                }
            );

        var found = Assert.Single(
            (await assistant.CallAsync("list_thresholds", new { project, branch = "feature/50%25+1&x=y" }))[
                "data"
            ]!.AsArray()
        )!;
        Assert.Equal("feature/50%25+1&x=y", (string?)found["branch"]!["name"]);

        var emptied = await assistant.CallAsync(
            "update_threshold",
            new
            {
                project,
                threshold = (string?)found["uuid"],
                test = (string?)null,
            }
        );
        Assert.Null(emptied["model"]);
    }

    [Theory, EveryDatabase]
    public async Task An_assistant_learns_why_a_job_waits_and_cancels_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var world = await JobWorld.MakeAsync(server);
        var job = await world.SubmitAsync();
        await using var assistant = await Assistant.ConnectAsync(server, world.Admin.Token);

        var waiting = await assistant.CallAsync("view_job", new { project = world.Project, job });
        var fleet = await assistant.CallAsync("explain_fleet");
        Assert.Equal((string?)waiting["reason"], (string?)Assert.Single(fleet["waiting"]!.AsArray())!["reason"]);
        Assert.NotEmpty((string)waiting["reason"]!);

        var canceled = await assistant.CallAsync("cancel_job", new { project = world.Project, job });
        Assert.Equal("canceled", (string?)canceled["status"]);
        Assert.Equal(
            1,
            (int)
                (await assistant.CallAsync("list_jobs", new { project = world.Project, status = "canceled" }))[
                    "total_count"
                ]!
        );
    }

    [Fact]
    public async Task An_administrator_creates_a_project_and_lists_organizations_specs_and_runners()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var world = await JobWorld.MakeAsync(server);
        await world.CreateRunnerAsync("Rig");
        await using var assistant = await Assistant.ConnectAsync(server, world.Admin.Token);

        var made = await assistant.CallAsync(
            "create_project",
            new
            {
                organization = world.Admin.Slug,
                name = "Made",
                visibility = "private",
            }
        );
        Assert.Equal("private", (string?)made["visibility"]);
        Assert.True(
            (bool)
                (await assistant.CallAsync("check_permission", new { project = "made", permission = "edit" }))[
                    "allowed"
                ]!
        );
        foreach (var tool in new[] { "list_organizations", "list_specs", "list_runners" })
            Assert.Single((await assistant.CallAsync(tool))["data"]!.AsArray());
    }

    [Fact]
    public async Task Every_tool_has_a_REST_endpoint_and_a_field_for_each_part_of_its_path()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);

        Assert.All(McpTools.All, tool => Assert.Contains($"{tool.Method} {tool.Route}", server.Endpoints));
        Assert.All(McpTools.All, tool =>
            Assert.All(tool.Route.Split('/').Where(part => part.StartsWith('{')), part =>
                Assert.Contains(tool.Fields, field => $"{{{field.Name}}}" == part && field.IsRequired)
            )
        );
    }

    [Fact]
    public async Task The_docs_list_exactly_the_tools_that_exist()
    {
        var page = await File.ReadAllLinesAsync(Path.Combine(BuiltProgram.Root, "docs", "mcp.md"));
        var rows = page.Where(line => line.StartsWith("| `", StringComparison.Ordinal));

        Assert.Equal(McpTools.All.Select(tool => tool.Name), rows.Select(row => row.Split('`')[1]));
    }

    private static object Request(string method, object? parameters = null) =>
        new
        {
            jsonrpc = "2.0",
            id = 1,
            method,
            @params = parameters,
        };

    private static async Task<JsonObject> PlotAsync(Assistant assistant, string project)
    {
        var plot = new JsonObject { ["project"] = project };
        foreach (var nouns in new[] { "branches", "testbeds", "benchmarks", "measures" })
        {
            var all = (await assistant.CallAsync($"list_{nouns}", new { project }))["data"]!.AsArray();
            plot[nouns] = (string?)(all.FirstOrDefault(one => (string?)one!["slug"] == "latency") ?? all[0])!["uuid"];
        }
        return plot;
    }
}
