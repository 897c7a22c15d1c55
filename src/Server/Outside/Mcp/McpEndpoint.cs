using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Paddock.Core.Names;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Outside.Mcp;

/// <summary>
/// The Model Context Protocol for assistants: JSON-RPC over streamable HTTP, without sessions and event streams, as in
/// v0. Each POST is one message and gets one JSON answer. docs/decisions/0012 says why no library is used.
/// </summary>
internal sealed class McpEndpoint(Callers callers, BaseOptions server, McpOptions options, RestCalls rest)
{
    private const string VersionHeader = "Mcp-Protocol-Version";
    private const string OursCursor = "paddock";

    private const string Instructions =
        "Paddock keeps benchmark results and tells which change made software slower. Begin with list_projects; a "
        + "project's branches, testbeds, benchmarks and measures have UUIDs, which query_perf needs. list_alerts shows "
        + "what became slower. Without a credential only public projects can be read; to write, send "
        + "\"Authorization: Bearer KEY\" with a project key, a user key or a token. Every tool says what it costs; "
        + "tools/list has a second page.";

    /// <summary>The supported protocol versions; the first is offered to a client that asks for another.</summary>
    private static readonly string[] Versions = ["2025-11-25", "2025-06-18", "2025-03-26"];

    private static readonly Lazy<byte[]> StandardPage = new(() => PageOf(McpTools.Standard, next: OursCursor));
    private static readonly Lazy<byte[]> OurPage = new(() => PageOf(McpAdditions.All, next: null));

    public static void Map(IEndpointRouteBuilder routes)
    {
        var services = routes.ServiceProvider;
        var rest = ActivatorUtilities.CreateInstance<RestCalls>(services, routes);
        var mcp = ActivatorUtilities.CreateInstance<McpEndpoint>(services, rest);
        routes.Post(ApiRoots.Mcp, mcp.RefuseForeignPages, By.Sender, mcp.PostAsync).Unaudited();
        routes.MapMethods(ApiRoots.Mcp, [HttpMethods.Options], Preflight).Declares(AccessRule.Anybody);
    }

    private static Task Preflight(HttpContext http)
    {
        http.Response.Headers.AccessControlAllowMethods = "POST, OPTIONS";
        http.Response.Headers.AccessControlAllowHeaders = $"Content-Type, Authorization, {VersionHeader}";
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private async Task<Answer> PostAsync(Call call, Caller caller, HttpRequest request)
    {
        if (call.Http.Request.Headers[VersionHeader] is [{ } version, ..] && !Versions.Contains(version))
            throw BadVersion(version);
        call.DemandJson();
        using var message = await RequestBody.ReadAsync(
            call.Http,
            options.BodyBytesMax,
            body => McpMessage.Parse(body.ToArray()),
            McpOptions.BodySetting
        );
        // A tool call is counted by the REST endpoint that it calls.
        if (message is { WantsAnswer: true, Method: "tools/call" })
            return await CallAsync(call, caller, message);
        callers.Count(call, caller, isWrite: false);
        return Reply(message);
    }

    private HttpRequest RefuseForeignPages(Call call) =>
        BrowserCheck.MayPass(call.Http.Request, server.ConsoleUrl)
            ? call.Http.Request
            : throw BrowserCheck.Refused(call.Http.Request);

    private static McpReply Reply(McpMessage message)
    {
        if (message.Error is { } error)
            return Failed(message, error);
        if (!message.WantsAnswer)
            return McpReply.NoAnswer;
        return message.Method switch
        {
            "initialize" => Initialize(message),
            "ping" => McpReply.Result(message.Id, json => json.WriteRawValue("{}"u8)),
            "tools/list" => List(message),
            var other => Failed(message, McpError.NoMethod(Text.Quote(other))),
        };
    }

    private static McpReply Initialize(McpMessage message)
    {
        if (Parameter(message, "protocolVersion") is not { } given || McpMessage.TextOf(given) is not { } wanted)
            return Failed(message, McpError.BadParams("params.protocolVersion: must be a text, like \"2025-11-25\"."));
        var result = new JsonObject
        {
            ["protocolVersion"] = Versions.Contains(wanted) ? wanted : Versions[0],
            ["capabilities"] = new JsonObject { ["tools"] = new JsonObject() },
            ["serverInfo"] = new JsonObject { ["name"] = "paddock", ["version"] = ServerBuild.Version },
            ["instructions"] = Instructions,
        };
        return McpReply.Result(message.Id, json => result.WriteTo(json));
    }

    private static McpReply List(McpMessage message)
    {
        var cursor = Parameter(message, "cursor");
        if (cursor is null or { ValueKind: JsonValueKind.Null })
            return Page(StandardPage);
        return McpMessage.TextOf(cursor.Value) == OursCursor
            ? Page(OurPage)
            : Failed(message, McpError.BadParams("params.cursor: is not a cursor that tools/list has returned."));

        McpReply Page(Lazy<byte[]> page) =>
            McpReply.Result(message.Id, json => json.WriteRawValue(page.Value, skipInputValidation: true));
    }

    private async Task<Answer> CallAsync(Call call, Caller caller, McpMessage message)
    {
        if (Invalid(message, out var tool) is { } error)
        {
            callers.Count(call, caller, isWrite: false);
            return Failed(message, error);
        }
        try
        {
            var answer = await rest.SendAsync(call.Http, McpArguments.Of(tool!, Parameter(message, "arguments")));
            return McpReply.Result(message.Id, json => McpAnswer.Write(json, answer));
        }
        catch (Refusal e)
        {
            var status = ApiMiddleware.Status(e.Because);
            return McpReply.Result(message.Id, json => McpAnswer.WriteProblem(json, status, e.Message));
        }
    }

    private static McpError? Invalid(McpMessage message, out McpTool? tool)
    {
        tool = null;
        if (message.Error is { } error)
            return error;
        if (Parameter(message, "name") is not { } named || McpMessage.TextOf(named) is not { } name)
            return McpError.BadParams("params.name: must be a text, the name of a tool.");
        tool = McpTools.Find(name);
        if (tool is null)
            return McpError.BadParams($"There is no tool {Text.Quote(name)}; tools/list names them.");
        return Parameter(message, "arguments") is { ValueKind: not JsonValueKind.Object }
            ? McpError.BadParams("params.arguments: must be an object.")
            : null;
    }

    private static JsonElement? Parameter(McpMessage message, string name) =>
        message.Params is { } parameters && parameters.TryGetProperty(name, out var value) ? value : null;

    private static McpReply Failed(McpMessage message, McpError error) => McpReply.Error(message.Id, error);

    private static Refusal BadVersion(string version) =>
        Refusal.BadInput(
            $"{VersionHeader}: {Text.Quote(version)} is not supported; possible: {string.Join(", ", Versions)}"
        );

    private static byte[] PageOf(IEnumerable<McpTool> tools, string? next)
    {
        var page = new JsonObject { ["tools"] = new JsonArray([.. tools.Select(tool => (JsonNode)tool.ToJson())]) };
        if (next is not null)
            page["nextCursor"] = next;
        return Encoding.UTF8.GetBytes(page.ToJsonString());
    }
}
