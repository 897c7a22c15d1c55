using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit.Sdk;

namespace Paddock.Testing;

/// <summary>A scripted runner on the wire: it sends exactly what a test tells it to, even invalid messages.</summary>
public sealed class TestRunner : IAsyncDisposable
{
    private static readonly TimeSpan UsualPatience = TimeSpan.FromSeconds(20);
    private readonly ClientWebSocket socket = new();
    private byte[] buffer = new byte[4096];

    private TestRunner() { }

    /// <summary>
    /// How long to wait for a message from the server and for a send to finish. Exceeding it ends the connection.
    /// </summary>
    public TimeSpan Patience { get; set; } = UsualPatience;

    /// <summary>True when the server announced that it understands Paddock's additions to the channel.</summary>
    public bool IsOffered { get; private set; }

    /// <param name="slot">
    /// The slot that the channel serves, as Paddock runners announce; null for an original runner.
    /// </param>
    public static async Task<TestRunner> ConnectAsync(Uri address, string runner, string key, int? slot = null)
    {
        var (made, status) = await TryConnectAsync(
            address,
            runner,
            $"Bearer {key}",
            slot?.ToString(System.Globalization.CultureInfo.InvariantCulture)
        );
        return made ?? throw new XunitException($"The channel of {runner} should open, and was answered {status}.");
    }

    /// <returns>The runner, or the status of the answer if the upgrade was refused.</returns>
    public static async Task<(TestRunner? Runner, int Status)> TryConnectAsync(
        Uri address,
        string runner,
        string? authorization,
        string? slot = null
    )
    {
        var made = new TestRunner();
        if (authorization is not null)
            made.socket.Options.SetRequestHeader("Authorization", authorization);
        if (slot is not null)
            made.socket.Options.SetRequestHeader("Paddock-Slot", slot);
        made.socket.Options.CollectHttpResponseDetails = true;
        made.socket.Options.KeepAliveInterval = TimeSpan.Zero;
        using var patience = new CancellationTokenSource(UsualPatience);
        try
        {
            await made.socket.ConnectAsync(
                new UriBuilder(address) { Scheme = "ws", Path = $"/v0/runners/{runner}/channel" }.Uri,
                patience.Token
            );
            made.IsOffered =
                made.socket.HttpResponseHeaders!.TryGetValue("Paddock-Channel", out var version)
                && version.Single() == "1";
            return (made, 101);
        }
        catch (WebSocketException)
        {
            var status = (int)made.socket.HttpStatusCode;
            await made.DisposeAsync();
            return (null, status);
        }
    }

    /// <param name="message">An anonymous object or a JSON node; a string is sent as it is.</param>
    public async Task SendAsync(object message)
    {
        using var patience = new CancellationTokenSource(Patience);
        var bytes = message is string text
            ? Encoding.UTF8.GetBytes(text)
            : JsonSerializer.SerializeToUtf8Bytes(message);
        await socket.SendAsync(bytes, WebSocketMessageType.Text, endOfMessage: true, patience.Token);
    }

    public async Task SendBinaryAsync(byte[] message)
    {
        using var patience = new CancellationTokenSource(Patience);
        await socket.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, patience.Token);
    }

    /// <summary>The next message.</summary>
    public async Task<JsonNode> ReceiveAsync() =>
        await NextAsync() ?? throw new XunitException($"The server should say something, and closed with {Closed}.");

    /// <summary>The next message, which must be this event.</summary>
    public async Task<JsonNode> ReceiveAsync(string name)
    {
        var message = await ReceiveAsync();
        return (string)message["event"]! == name
            ? message
            : throw new XunitException($"The server should say {name}, and said {message.ToJsonString()}");
    }

    /// <summary>
    /// The code and reason with which the server closes the connection; null if it drops without a close message.
    /// </summary>
    public async Task<(int Code, string Reason)?> ReceiveEndAsync()
    {
        return await NextAsync() is { } message
            ? throw new XunitException($"The server should close, and said {message.ToJsonString()}")
            : Closed;
    }

    public async Task<JsonNode> AskAsync(object message, string answer)
    {
        await SendAsync(message);
        return await ReceiveAsync(answer);
    }

    /// <summary>Asks for work and returns the job.</summary>
    public Task<JsonNode> TakeAsync(int seconds = 30) =>
        AskAsync(new { @event = "ready", poll_timeout = seconds }, "job");

    /// <summary>Asks for work, describing the runner's machine, and returns the job.</summary>
    public Task<JsonNode> TakeAsAsync(string os, string arch, string version) =>
        AskAsync(
            new
            {
                @event = "ready",
                poll_timeout = 30,
                runner = new
                {
                    os,
                    arch,
                    version,
                },
            },
            "job"
        );

    /// <summary>Cuts the connection without a close message.</summary>
    public void Cut() => socket.Abort();

    public ValueTask DisposeAsync()
    {
        socket.Abort();
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private (int Code, string Reason)? Closed =>
        socket.CloseStatus is { } code ? ((int)code, socket.CloseStatusDescription ?? "") : null;

    private async Task<JsonNode?> NextAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        var length = 0;
        try
        {
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(length), patience.Token);
                if (received.MessageType == WebSocketMessageType.Close)
                    return null;
                length += received.Count;
                if (length == buffer.Length)
                    Array.Resize(ref buffer, length * 2);
                if (received.EndOfMessage)
                    return JsonNode.Parse(buffer.AsSpan(0, length));
            }
        }
        catch (WebSocketException)
        {
            return null;
        }
        catch (OperationCanceledException)
        {
            throw new XunitException($"The server said nothing for {Patience}.");
        }
    }
}
