using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Paddock.Runner.Tests.Images;

namespace Paddock.Runner.Tests.Daemon;

/// <summary>
/// The parts of an existing v0 server that a runner sees: its channel, played by the test, and its registry with one
/// image.
/// </summary>
internal sealed class OriginalServer : IAsyncDisposable
{
    public const string Runner = "original-runner",
        Key = "bencher_runner_key",
        Project = "11111111-2222-3333-4444-555555555555",
        Token = "oci-token";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly WebApplication app;
    private readonly TestImage image;
    private readonly System.Collections.Concurrent.ConcurrentBag<Session> all = [];
    private readonly Channel<Session> sessions = System.Threading.Channels.Channel.CreateUnbounded<Session>();

    private OriginalServer(TestImage image)
    {
        this.image = image;
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        app = builder.Build();
        app.UseWebSockets();
        app.Run(HandleAsync);
    }

    public Uri Address { get; private set; } = new("http://localhost");

    /// <summary>The request headers of the channels that were opened.</summary>
    public List<string> Requests { get; } = [];

    public static async Task<OriginalServer> StartAsync(TestImage image)
    {
        var server = new OriginalServer(image);
        await server.app.StartAsync();
        server.Address = new(
            server
                .app.Services.GetRequiredService<IServer>()
                .Features.Get<IServerAddressesFeature>()!
                .Addresses.Single()
        );
        return server;
    }

    /// <summary>Waits for the next channel that a runner opens.</summary>
    public async Task<Session> ConnectedAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        return await sessions.Reader.ReadAsync(patience.Token);
    }

    public JsonObject Job(Guid uuid, string[] cmd, string? sandbox = null, Action<JsonObject>? config = null)
    {
        var job = new JsonObject
        {
            ["event"] = "job",
            ["uuid"] = uuid,
            ["spec"] = new JsonObject
            {
                ["uuid"] = Guid.NewGuid(),
                ["name"] = "Fast Box",
                ["slug"] = "fast-box",
                ["os"] = "linux",
                ["architecture"] = "x86_64",
                ["sandbox"] = sandbox,
                ["cpu"] = 1,
                ["memory"] = 256L << 20,
                ["disk"] = 64L << 20,
                ["network"] = false,
                ["fallback"] = null,
                ["created"] = "2026-01-01T00:00:00Z",
                ["modified"] = "2026-01-01T00:00:00Z",
                ["archived"] = null,
            },
            ["config"] = new JsonObject
            {
                ["registry"] = Address.ToString(),
                ["project"] = Project,
                ["digest"] = image.ManifestDigest,
                ["image"] = "demo:v1",
                ["timeout"] = 300,
                ["cmd"] = new JsonArray([.. cmd.Select(word => (JsonNode)word)]),
            },
            ["oci_token"] = Token,
            ["timeout"] = 300,
            ["created"] = "2026-01-01T00:00:05Z",
        };
        config?.Invoke(job["config"]!.AsObject());
        return job;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var session in all)
            session.Drop();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await app.StopAsync(patience.Token);
        await app.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext http)
    {
        var path = http.Request.Path.Value!;
        if (path == $"/v0/runners/{Runner}/channel" && http.WebSockets.IsWebSocketRequest)
        {
            Requests.Add(string.Join('\n', http.Request.Headers.Select(h => $"{h.Key}: {h.Value}")));
            var session = new Session(await http.WebSockets.AcceptWebSocketAsync());
            all.Add(session);
            if (http.Request.Headers.Authorization != $"Bearer {Key}")
                session.Drop();
            else
                await sessions.Writer.WriteAsync(session);
            await session.Over;
        }
        else if (
            path.StartsWith($"/v2/{Project}/", StringComparison.Ordinal)
            && http.Request.Headers.Authorization == $"Bearer {Token}"
            && File.Exists(image.BlobPath(path[^71..]))
        )
        {
            http.Response.ContentType = path.Contains("/manifests/", StringComparison.Ordinal)
                ? "application/vnd.oci.image.manifest.v1+json"
                : "application/octet-stream";
            await http.Response.SendFileAsync(image.BlobPath(path[^71..]));
        }
        else
            http.Response.StatusCode = 404;
    }

    /// <summary>One channel. The test sends every answer itself.</summary>
    internal sealed class Session(WebSocket socket)
    {
        private static readonly string[] Ours =
        [
            "lease",
            "runner",
            "duration",
            "truncated",
            "environment",
            "unstarted",
        ];
        private readonly TaskCompletionSource over = new();

        public Task Over => over.Task;
        public List<string> Events { get; } = [];

        /// <summary>
        /// The next message. Fails if the message contains anything that an original server would not know.
        /// </summary>
        public async Task<JsonNode> HearAsync()
        {
            using var patience = new CancellationTokenSource(Patience);
            using var message = new MemoryStream();
            var buffer = new byte[64 << 10];
            ValueWebSocketReceiveResult piece;
            do
            {
                piece = await socket.ReceiveAsync(buffer.AsMemory(), patience.Token);
                if (piece.MessageType == WebSocketMessageType.Close)
                    throw new Xunit.Sdk.XunitException(
                        $"The runner closed the channel after {string.Join(", ", Events)}."
                    );
                message.Write(buffer, 0, piece.Count);
            } while (!piece.EndOfMessage);
            Assert.InRange(message.Length, 0, 4 << 20);
            var json = JsonNode.Parse(message.ToArray())!;
            foreach (var name in Ours)
                Assert.DoesNotContain($"\"{name}\":", json.ToJsonString(), StringComparison.Ordinal);
            Events.Add((string)json["event"]!);
            return json;
        }

        /// <summary>The next message that is not a heartbeat. Heartbeats are acknowledged.</summary>
        public async Task<JsonNode> HearAsync(string expected, Guid? job = null)
        {
            while (true)
            {
                var message = await HearAsync();
                if ((string)message["event"]! == expected)
                    return message;
                if ((string)message["event"]! != "heartbeat")
                    throw new Xunit.Sdk.XunitException(
                        $"The runner should send {expected}, and sent {message.ToJsonString()}"
                    );
                await AckAsync(job);
            }
        }

        public Task AckAsync(Guid? job = null) =>
            SayAsync(job is null ? new { @event = "ack" } : new { @event = "ack", job });

        public Task SayAsync(object message) =>
            socket.SendAsync(
                JsonSerializer.SerializeToUtf8Bytes(message),
                WebSocketMessageType.Text,
                endOfMessage: true,
                CancellationToken.None
            );

        public Task SayAsync(ReadOnlyMemory<byte> bytes, WebSocketMessageType type) =>
            socket.SendAsync(bytes, type, endOfMessage: true, CancellationToken.None).AsTask();

        /// <summary>Hands out a job and acknowledges "running".</summary>
        public async Task GiveAsync(JsonObject job)
        {
            await HearAsync("ready");
            await SayAsync(job);
            await HearAsync("running");
            await AckAsync((Guid)job["uuid"]!);
        }

        /// <summary>Closes the channel as a server does when it shuts down.</summary>
        public async Task CloseAsync()
        {
            using var patience = new CancellationTokenSource(Patience);
            await socket.CloseOutputAsync(
                WebSocketCloseStatus.EndpointUnavailable,
                "server shutting down",
                patience.Token
            );
        }

        /// <summary>Drops the connection as if a cable were cut.</summary>
        public void Drop()
        {
            socket.Abort();
            over.TrySetResult();
        }
    }
}
