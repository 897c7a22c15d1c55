using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Xunit.Sdk;

namespace Paddock.Server.Tests.Outside.Mcp;

/// <summary>An assistant that uses the server's tools through the protocol's official client library.</summary>
internal sealed class Assistant(McpClient client) : IAsyncDisposable
{
    public McpClient Client => client;

    /// <param name="credential">A token or key; null for an anonymous caller.</param>
    public static async Task<Assistant> ConnectAsync(TestServer server, string? credential = null)
    {
        var transport = new HttpClientTransport(
            new()
            {
                Endpoint = new(server.Address, "/mcp"),
                TransportMode = HttpTransportMode.StreamableHttp,
                AdditionalHeaders = credential is null
                    ? null
                    : new Dictionary<string, string> { ["Authorization"] = $"Bearer {credential}" },
            }
        );
        return new(await McpClient.CreateAsync(transport));
    }

    /// <returns>The structured content, which must equal the text.</returns>
    public async Task<JsonNode> CallAsync(string tool, object? arguments = null)
    {
        var result = await AskAsync(tool, arguments);
        if (result.IsError == true)
            throw new XunitException($"{tool} should succeed, and answered {TextOf(result)}");
        var structured = JsonNode.Parse(result.StructuredContent!.Value.GetRawText())!;
        var isSame = JsonNode.DeepEquals(structured, JsonNode.Parse(TextOf(result)));
        Assert.True(isSame, $"the text of {tool} is not its structured content");
        return structured;
    }

    /// <returns>The message of the refusal, with its status.</returns>
    public async Task<string> RefusedAsync(string tool, object? arguments = null)
    {
        var result = await AskAsync(tool, arguments);
        if (result.IsError != true)
            throw new XunitException($"{tool} should be refused, and answered {TextOf(result)}");
        return TextOf(result);
    }

    /// <returns>The text of the answer, whether a success or a refusal.</returns>
    public async Task<string> AnswerAsync(string tool, object? arguments = null) =>
        TextOf(await AskAsync(tool, arguments));

    public async Task<CallToolResult> AskAsync(string tool, object? arguments = null)
    {
        var named = JsonSerializer
            .SerializeToNode(arguments ?? new { })!
            .AsObject()
            .ToDictionary(argument => argument.Key, argument => (object?)argument.Value);
        return await client.CallToolAsync(tool, named);
    }

    public ValueTask DisposeAsync() => client.DisposeAsync();

    private static string TextOf(CallToolResult result) => ((TextContentBlock)result.Content[0]).Text;
}
