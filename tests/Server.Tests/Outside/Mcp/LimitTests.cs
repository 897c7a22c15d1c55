using System.Net.Http.Headers;
using System.Text;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Disk;
using Paddock.Server.Ground.RateLimits;
using Paddock.Server.Outside.Mcp;

namespace Paddock.Server.Tests.Outside.Mcp;

/// <summary>The limits that hold for every MCP message, and the errors for malformed messages.</summary>
public sealed class LimitTests
{
    public static TheoryData<string, int> HostileBodies =>
        new()
        {
            { "", -32700 },
            { "{nope", -32700 },
            { """{"jsonrpc":"2.0","id":1,"method":"ping"} trailing""", -32700 },
            { """{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}""", -32700 },
            { string.Concat(Enumerable.Repeat("[", 100_000)), -32700 },
            { $$"""{"jsonrpc":"2.0","id":1,"method":"ping","params":{{Nested(100)}}}""", -32700 },
            { """[{"jsonrpc":"2.0","id":1,"method":"ping"}]""", -32600 },
            { "[]", -32600 },
            { "null", -32600 },
            { "\"ping\"", -32600 },
            { "{}", -32600 },
            { """{"jsonrpc":"1.0","id":1,"method":"ping"}""", -32600 },
            { """{"jsonrpc":2.0,"id":1,"method":"ping"}""", -32600 },
            { """{"jsonrpc":"2.0","id":null,"method":"ping"}""", -32600 },
            { """{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}""", -32600 },
            { """{"jsonrpc":"2.0","id":1,"method":7}""", -32600 },
            { """{"jsonrpc":"2.0","id":1,"method":"\ud800"}""", -32600 },
            { """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[1]}""", -32602 },
            { """{"jsonrpc":"2.0","id":1,"method":"tools/call"}""", -32602 },
            { """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":7}}""", -32602 },
            { """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_project"}}""", -32602 },
            {
                """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"view_project","arguments":"x"}}""",
                -32602
            },
            { """{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":7}}""", -32602 },
            { """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":7}}""", -32602 },
            { """{"jsonrpc":"2.0","id":1,"method":"initialize"}""", -32602 },
            { """{"jsonrpc":"2.0","id":1,"method":"resources/list"}""", -32601 },
        };

    public static TheoryData<string, string> BadArguments =>
        new()
        {
            { """{"name":"view_project","arguments":{}}""", "400: project: missing" },
            { """{"name":"view_project"}""", "400: project: missing" },
            { """{"name":"view_project","arguments":{"project":7}}""", "400: project: must be a text" },
            { """{"name":"view_project","arguments":{"project":null}}""", "400: project: must be a text" },
            { """{"name":"view_project","arguments":{"project":["a"]}}""", "400: project: must be a text" },
            { """{"name":"view_project","arguments":{"project":"\ud800"}}""", "400: project: holds text" },
            { """{"name":"view_project","arguments":{"project":"\u0000"}}""", "400: project: holds a null character" },
            {
                """{"name":"view_report","arguments":{"project":"demo","report":"a\u0000b"}}""",
                "400: report: holds a null character"
            },
            {
                """{"name":"view_project","arguments":{"project":"../users"}}""",
                "400: bad parameter in URL path: project"
            },
            {
                """{"name":"view_project","arguments":{"project":"a?hard=true"}}""",
                "400: bad parameter in URL path: project"
            },
            {
                """{"name":"view_project","arguments":{"project":"app","hard":true}}""",
                "400: \"hard\" is not an argument"
            },
            { """{"name":"list_projects","arguments":{"page":"1"}}""", "400: page: must be a number" },
            { """{"name":"list_projects","arguments":{"page":1e400}}""", "400: unable to parse query string: page" },
            {
                """{"name":"list_projects","arguments":{"per_page":256}}""",
                "400: unable to parse query string: per_page"
            },
            {
                """{"name":"list_projects","arguments":{"search":"a\u0000b"}}""",
                "400: unable to parse query string: search"
            },
            { """{"name":"list_projects","arguments":{"sort":"color"}}""", "400: unable to parse query string: sort" },
            {
                """{"name":"list_reports","arguments":{"project":"app","expand":"yes"}}""",
                "400: expand: must be true or false"
            },
            {
                """{"name":"submit_run","arguments":{}}""",
                "400: unable to parse JSON body: the body: missing required"
            },
            {
                """{"name":"submit_run","arguments":{"results":[7],"start_time":"x","end_time":"y"}}""",
                "400: unable to parse JSON body: "
            },
        };

    [Theory, MemberData(nameof(HostileBodies))]
    public async Task A_malformed_body_gets_a_JSON_RPC_error(string body, int code)
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);

        var answer = (await server.PostAsync("/mcp", body)).Expect(200);

        Assert.Equal(code, (int)answer["error"]!["code"]!);
        Assert.NotEmpty((string)answer["error"]!["message"]!);
        Assert.Equal("2.0", (string?)answer["jsonrpc"]);
    }

    [Theory, MemberData(nameof(BadArguments))]
    public async Task Invalid_arguments_get_a_message_that_names_the_field(string parameters, string sentence)
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);

        var answer = (
            await server.PostAsync(
                "/mcp",
                $$"""{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{{parameters}}}"""
            )
        ).Expect(200);

        Assert.Equal("a", (string?)answer["id"]);
        Assert.True((bool)answer["result"]!["isError"]!);
        Assert.StartsWith(sentence, (string?)answer["result"]!["content"]![0]!["text"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invalid_UTF_8_another_media_type_and_an_unknown_protocol_version_are_refused()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        byte[] latin = [.. "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"p"u8, 0xe9, .. "\"}"u8];
        var ping = Encoding.UTF8.GetBytes("""{"jsonrpc":"2.0","id":1,"method":"ping"}""");

        Assert.Contains("-32700", (await SendAsync(latin, "application/json")).Text, StringComparison.Ordinal);
        Assert.Equal(400, (await SendAsync(ping, "text/plain")).Status);
        Assert.Equal(400, (await SendAsync(ping, "application/json", version: "2024-11-05")).Status);
        Assert.Equal(200, (await SendAsync(ping, "application/json; charset=utf-8", version: "2025-03-26")).Status);

        async Task<(int Status, string Text)> SendAsync(byte[] body, string media, string? version = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/mcp");
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(media);
            if (version is not null)
                request.Headers.Add("Mcp-Protocol-Version", version);
            using var response = await server.Http.SendAsync(request);
            return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task Notifications_and_responses_are_accepted_without_an_answer()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);

        foreach (
            var body in new[]
            {
                """{"jsonrpc":"2.0","method":"notifications/initialized"}""",
                """{"jsonrpc":"2.0","method":"tools/call","params":{"name":"list_projects"}}""",
                """{"jsonrpc":"2.0","id":1,"result":{}}""",
                """{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x"}}""",
            }
        )
        {
            var reply = await server.PostAsync("/mcp", body);
            Assert.Equal((202, ""), (reply.Status, reply.Text));
        }
    }

    [Fact]
    public async Task Only_POST_and_CORS_preflight_requests_are_allowed()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);

        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Delete, HttpMethod.Put })
            Assert.Equal(405, (await server.SendAsync(method, "/mcp", body: null)).Status);
        using var preflight = await server.Http.SendAsync(new(HttpMethod.Options, "/mcp"));
        Assert.True(preflight.IsSuccessStatusCode);
        Assert.Equal("POST, OPTIONS", preflight.Headers.GetValues("Access-Control-Allow-Methods").Single());
        Assert.Equal(
            "Content-Type, Authorization, Mcp-Protocol-Version",
            preflight.Headers.GetValues("Access-Control-Allow-Headers").Single()
        );
    }

    [Fact]
    public async Task A_message_beyond_the_size_limit_is_refused_and_the_setting_is_named()
    {
        await using var server = await StartAsync(new() { BodyBytesMax = 2048 });

        var reply = await server.PostAsync(
            "/mcp",
            new
            {
                jsonrpc = "2.0",
                id = 1,
                method = "ping",
                @params = new { x = new string('x', 3000) },
            }
        );

        Assert.Equal(400, reply.Status);
        Assert.Contains("2048", reply.Message, StringComparison.Ordinal);
        Assert.Contains("PADDOCK_MCP_BODY_MAX_BYTES", reply.Message, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task An_answer_beyond_the_size_limit_is_refused_and_a_smaller_one_succeeds(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, time: null, options =>
            options with
            {
                Mcp = new() { AnswerBytesMax = 4096 },
            }
        );
        var ada = await server.SignUpAsync("Ada Admin");
        for (var n = 0; n < 20; n++)
            await ada.CreateProjectAsync($"Project {n}");
        await using var assistant = await Assistant.ConnectAsync(server, ada.Token);

        var refused = await assistant.RefusedAsync("list_projects", new { per_page = 255 });
        Assert.StartsWith(
            "413: The answer has more than 4096 bytes (PADDOCK_MCP_ANSWER_MAX_BYTES)",
            refused,
            StringComparison.Ordinal
        );
        Assert.Equal(5, (await assistant.CallAsync("list_projects", new { per_page = 5 }))["data"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_tool_call_that_exceeds_the_time_limit_fails_with_a_message()
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(Engine.Sqlite, time: null, options =>
            options with
            {
                Limits = options.Limits with { Clock = clock },
            }
        );
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("App");
        var any = Guid.NewGuid().ToString();
        using var busy = new Places();
        for (var n = 0; n < 8; n++)
            busy.Add(await server.Part<Shares>().Plots.EnterAsync(new(CallerKind.User, (ulong)(1000 + n)), default));

        var asked = ada.PostAsync(
            "/mcp",
            new
            {
                jsonrpc = "2.0",
                id = 1,
                method = "tools/call",
                @params = new
                {
                    name = "query_perf",
                    arguments = new
                    {
                        project,
                        branches = any,
                        testbeds = any,
                        benchmarks = any,
                        measures = any,
                    },
                },
            }
        );
        await clock.AdvanceUntilAsync(asked, TimeSpan.FromSeconds(10));

        var text = (string?)(await asked).Expect(200)["result"]!["content"]![0]!["text"];
        Assert.StartsWith(
            "503: The tool took longer than 60 seconds (PADDOCK_MCP_TIME_MAX_S)",
            text,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_tool_call_and_any_other_request_each_count_once_toward_the_rate_limit()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite, time: new HandClock(), with: options =>
            options with
            {
                Access = options.Access with { RateLimits = true },
            }
        );
        object ping = new
        {
            jsonrpc = "2.0",
            id = 1,
            method = "ping",
        };
        object list = new
        {
            jsonrpc = "2.0",
            id = 1,
            method = "tools/call",
            @params = new { name = "list_projects" },
        };

        for (var n = 0; n < 512; n++)
        {
            (await server.PostAsync("/mcp", ping)).Expect(200);
            Assert.Null((string?)(await server.PostAsync("/mcp", list)).Expect(200)["error"]);
        }
        Assert.Equal(429, (await server.PostAsync("/mcp", ping)).Status); // The 1,024 requests per minute are used up.
        Assert.StartsWith(
            "429: ",
            (string?)(await server.PostAsync("/mcp", list)).Expect(200)["result"]!["content"]![0]!["text"],
            StringComparison.Ordinal
        );
        Assert.Equal(429, (await server.PostAsync("/mcp", "{")).Status);
    }

    [Fact]
    public async Task A_full_disk_blocks_only_the_tools_that_write()
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(Engine.Sqlite, clock);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("App");
        await using var assistant = await Assistant.ConnectAsync(server, ada.Token);
        server.Part<DiskSpace>().Free = () => 1;
        clock.Advance(TimeSpan.FromSeconds(2)); // The disk is checked once a second.

        Assert.StartsWith(
            "507: ",
            await assistant.RefusedAsync("create_testbed", new { project, name = "Box" }),
            StringComparison.Ordinal
        );
        Assert.Equal(project, (string?)(await assistant.CallAsync("view_project", new { project }))["slug"]);
    }

    private static string Nested(int depth) =>
        string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth);

    private static Task<TestServer> StartAsync(McpOptions limits) =>
        TestServer.StartAsync(Engine.Sqlite, time: null, options => options with { Mcp = limits });

    private sealed class Places : List<FairGate.Place>, IDisposable
    {
        public void Dispose() => ForEach(place => place.Dispose());
    }
}
