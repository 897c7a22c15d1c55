using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Outside.Mcp;

namespace Paddock.Server.Tests.Outside.Mcp;

/// <summary>A tool is open to exactly the callers who may use its REST endpoint.</summary>
public sealed class AccessTests
{
    [Theory, EveryDatabase]
    public async Task Tools_give_outsiders_the_same_answer_for_a_private_and_a_missing_project(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.SignUpAsync("Ada Admin");
        var (olive, eve) = (await server.SignUpAsync("Olive Owner"), await server.SignUpAsync("Eve Outsider"));
        var hidden = (
            await olive.PostAsync(
                "/v0/organizations/olive-owner/projects",
                new { name = "Secret Plan", visibility = "private" }
            )
        ).Expect(201);
        var own = await eve.CreateProjectAsync("Own");
        var key = await KeyAsync(eve, own);
        string[] uuids = [(string)hidden["uuid"]!, Guid.NewGuid().ToString()];
        var (wrong, asked) = (new List<string>(), 0);

        foreach (var (who, credential) in new[] { ("nobody", null), ("outsider", eve.Token), ("key", key) })
        {
            await using var assistant = await Assistant.ConnectAsync(server, credential);
            foreach (var tool in McpTools.All.Where(tool => tool.Fields.Any(field => field.Name == "project")))
            {
                var answers = new List<string>();
                foreach (var uuid in uuids)
                    answers.Add(
                        (await assistant.AnswerAsync(tool.Name, Arguments(tool, uuid))).Replace(
                            uuid,
                            "ID",
                            StringComparison.Ordinal
                        )
                    );
                var isHidden =
                    answers[0] == answers[1] && !answers[0].Contains("secret", StringComparison.OrdinalIgnoreCase);
                var isRefused =
                    // This tool answers false.
                    answers[0].StartsWith("404: ", StringComparison.Ordinal)
                    || tool.Name == "check_permission";
                if (!isHidden || !isRefused)
                    wrong.Add($"{who}: {tool.Name}: {string.Join(" | ", answers)}");
                asked++;
            }
        }
        Assert.Empty(wrong);
        Assert.True(asked > 100, $"only {asked} calls were compared");
        Assert.Equal(0, await server.CountAsync("reports"));
    }

    [Theory, EveryDatabase]
    public async Task Tools_that_write_to_a_public_project_need_the_same_permission_as_REST(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.SignUpAsync("Ada Admin");
        var (olive, eve) = (await server.SignUpAsync("Olive Owner"), await server.SignUpAsync("Eve Outsider"));
        var (open, own) = (await olive.CreateProjectAsync("Open"), await eve.CreateProjectAsync("Own"));
        var (foreign, good) = (await KeyAsync(eve, own), await KeyAsync(olive, open));
        object create = new { project = open, name = "Box" };

        await RefusedAsync(null, "401: ");
        await RefusedAsync(eve.Token, "403: ");
        await RefusedAsync(foreign, "403: ");
        Assert.Equal(0, await server.CountAsync("testbeds"));

        await using var ci = await Assistant.ConnectAsync(server, good);
        var box = (string)(await ci.CallAsync("create_testbed", create))["uuid"]!;
        Assert.StartsWith(
            "403: ",
            await ci.RefusedAsync(
                "update_testbed",
                new
                {
                    project = open,
                    testbed = box,
                    name = "New",
                }
            ),
            StringComparison.Ordinal
        );

        async Task RefusedAsync(string? credential, string status)
        {
            await using var assistant = await Assistant.ConnectAsync(server, credential);
            using var client = new Client(server.Address, credential);
            var refused = await assistant.RefusedAsync("create_testbed", create);
            var rest = await client.PostAsync($"/v0/projects/{open}/testbeds", new { name = "Box" });
            Assert.StartsWith(status, refused, StringComparison.Ordinal);
            Assert.Equal($"{rest.Status}: {rest.Message}", refused);
        }
    }

    [Theory, EveryDatabase]
    public async Task Outsiders_see_only_public_projects_and_may_not_use_administrator_tools(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var bob = await server.SignUpAsync("Bob Builder");
        await ada.CreateProjectAsync("Open");
        (
            await ada.PostAsync("/v0/organizations/ada-admin/projects", new { name = "Secret", visibility = "private" })
        ).Expect(201);

        foreach (var credential in new[] { null, bob.Token })
        {
            await using var assistant = await Assistant.ConnectAsync(server, credential);
            var seen = (await assistant.CallAsync("list_projects", new { per_page = 255 }))["data"]!.AsArray();
            Assert.Equal("open", (string?)Assert.Single(seen)!["slug"]);
            foreach (var tool in new[] { "explain_fleet", "list_specs", "list_runners" })
            {
                var refused = await assistant.RefusedAsync(tool);
                Assert.StartsWith(credential is null ? "400: " : "403: ", refused, StringComparison.Ordinal);
            }
        }
    }

    [Theory, EveryDatabase]
    public async Task An_invalid_revoked_or_locked_credential_fails_the_HTTP_request(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var bob = await server.SignUpAsync("Bob Builder");
        var project = await bob.CreateProjectAsync("App");
        var made = (await bob.PostAsync($"/v0/projects/{project}/keys", new { name = "CI" })).Expect(201);
        Assert.Equal(204, (await bob.DeleteAsync($"/v0/projects/{project}/keys/{(string)made["uuid"]!}")).Status);
        (await ada.PatchAsync("/v0/users/bob-builder", new { locked = true })).Expect(200);

        foreach (var method in new[] { "initialize", "ping", "tools/list", "tools/call" })
        {
            Assert.Equal(401, await StatusAsync("bencher_run_invalid", method));
            Assert.Equal(401, await StatusAsync((string)made["key"]!, method));
            Assert.Equal(403, await StatusAsync(bob.Token, method));
            Assert.Equal(200, await StatusAsync(ada.Token, method));
        }

        async Task<int> StatusAsync(string credential, string method)
        {
            using var client = server.With(credential);
            var parameters = new { protocolVersion = "2025-11-25", name = "list_projects" };
            var reply = await client.PostAsync(
                "/mcp",
                new
                {
                    jsonrpc = "2.0",
                    id = 1,
                    method,
                    @params = parameters,
                }
            );
            return reply.Status;
        }
    }

    [Fact]
    public async Task Requests_by_DNS_rebinding_are_refused_and_other_origins_are_allowed()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite, time: null, options =>
            options with
            {
                ConsoleUrl = "https://paddock.example.com",
            }
        );

        Assert.Equal(403, await StatusAsync(host: "evil.example.com", origin: "http://evil.example.com"));
        Assert.Equal(403, await StatusAsync(host: "paddock.example.com.evil.org", origin: "https://app.example.org"));
        Assert.Equal(200, await StatusAsync(host: "paddock.example.com", origin: "https://app.example.org"));
        Assert.Equal(200, await StatusAsync(host: server.Address.Authority, origin: "http://localhost:6274"));
        Assert.Equal(200, await StatusAsync(host: "localhost:6610", origin: "http://localhost:6274"));
        Assert.Equal(200, await StatusAsync(host: "[::1]:6610", origin: "http://localhost:6274"));
        Assert.Equal(200, await StatusAsync(host: "inner.example.net", origin: null));

        async Task<int> StatusAsync(string host, string? origin)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/mcp");
            request.Content = System.Net.Http.Json.JsonContent.Create(
                new
                {
                    jsonrpc = "2.0",
                    id = 1,
                    method = "ping",
                }
            );
            request.Headers.Host = host;
            if (origin is not null)
                request.Headers.Add("Origin", origin);
            using var response = await server.Http.SendAsync(request);
            return (int)response.StatusCode;
        }
    }

    [Fact]
    public async Task An_organizations_API_key_calls_reading_tools_under_its_read_limit()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite, time: new HandClock(), with: options =>
            options with
            {
                Access = options.Access with { ApiKeyReadsPerMinute = 20, ApiKeyWritesPerMinute = 1 },
            }
        );
        var ada = await server.SignUpAsync("Ada Admin");
        var key = (string)
            (
                await ada.PostAsync(
                    "/v0/organizations/ada-admin/api-keys",
                    new { name = "Bot", scopes = new[] { "projects:read" } }
                )
            ).Expect(201)["key"]!;
        using var bot = server.With(key);

        for (var n = 0; n < 10; n++)
        {
            (await AskAsync("ping")).Expect(200);
            Assert.NotNull((await AskAsync("tools/call")).Expect(200)["result"]!["structuredContent"]);
        }

        Assert.Equal(429, (await AskAsync("ping")).Status);
        var refused = (await AskAsync("tools/call")).Expect(200);
        Assert.StartsWith("429: ", (string?)refused["result"]!["content"]![0]!["text"], StringComparison.Ordinal);

        Task<Reply> AskAsync(string method) =>
            bot.PostAsync(
                "/mcp",
                new
                {
                    jsonrpc = "2.0",
                    id = 1,
                    method,
                    @params = new { name = "list_projects" },
                }
            );
    }

    private static async Task<string> KeyAsync(Client owner, string project) =>
        (string)(await owner.PostAsync($"/v0/projects/{project}/keys", new { name = "CI" })).Expect(201)["key"]!;

    // Plausible values for all fields that the tool requires.
    private static JsonObject Arguments(McpTool tool, string project)
    {
        var arguments = new JsonObject { ["project"] = project };
        foreach (var field in tool.All.Where(field => field.IsRequired && field.Name != "project"))
            arguments[field.Name] = (string?)field.Schema["format"] switch
            {
                "uuid" => Guid.NewGuid().ToString(),
                "date-time" => "2026-11-20T10:00:00Z",
                _ when field.Name == "results" => new JsonArray(Run.Latencies(("parse", 1))),
                _ when field.Name is "branches" or "testbeds" or "benchmarks" or "measures" => Guid.NewGuid()
                    .ToString(),
                _ when field.Schema["enum"] is { } words => words[0]!.DeepClone(),
                _ => "main",
            };
        return arguments;
    }
}
