using System.Net.WebSockets;
using Paddock.Server.Ground.Database;
using Paddock.Server.Machines.Channels;

namespace Paddock.Server.Tests.Machines.Channels;

/// <summary>A runner that sends as much as it can takes neither the database nor the memory from others.</summary>
public sealed class HostileRunnerTests
{
    [Theory, EveryDatabase]
    public async Task Lookups_for_runners_messages_never_queue_for_connections(Engine engine)
    {
        const int channels = 12,
            messages = 100;
        await using var server = await TestServer.StartAsync(engine, time: null, options =>
            options with
            {
                Limits = options.Limits with { ConnectionsMax = 1 },
            }
        );
        var world = await JobWorld.MakeAsync(server);
        var (rig, key) = await world.CreateRunnerAsync("Rig");
        var runners = new List<TestRunner>();
        for (var slot = 0; slot < channels; slot++)
            runners.Add(await TestRunner.ConnectAsync(server.Address, rig, key, slot));

        var sending = Task.WhenAll(runners.Select(SendAsync));
        var waited = 0;
        while (!sending.IsCompleted)
        {
            waited = Math.Max(waited, server.Database.Readers.WaitingOf(default));
            await Task.Delay(1);
        }
        await sending;

        Assert.Equal(0, waited);
        foreach (var runner in runners)
            await runner.DisposeAsync();

        static async Task SendAsync(TestRunner runner)
        {
            for (var i = 0; i < messages; i++)
                await runner.SendAsync(new { @event = "heartbeat", lease = Guid.NewGuid() });
            for (var i = 0; i < messages; i++)
                await runner.ReceiveAsync("cancel");
        }
    }

    [Fact]
    public async Task A_long_message_is_read_only_while_few_others_of_its_runner_are_in_memory()
    {
        const int length = 3 << 20;
        using var places = new SemaphoreSlim(0);
        using var socket = new ChannelSocket(new LongMessage(length), bytesMax: 64 << 20, places);

        var receiving = socket.ReceiveAsync();
        Assert.False(receiving.IsCompleted);
        places.Release();

        Assert.Equal(length, (await receiving)!.Value.Length);
        Assert.Equal(0, places.CurrentCount);
        socket.Forget();
        Assert.Equal(1, places.CurrentCount);
    }

    /// <summary>A WebSocket that has received one message of spaces.</summary>
    private sealed class LongMessage(int length) : WebSocket
    {
        private int left = length;

        public override WebSocketCloseStatus? CloseStatus => null;
        public override string? CloseStatusDescription => null;
        public override WebSocketState State => WebSocketState.Open;
        public override string? SubProtocol => null;

        public override Task<WebSocketReceiveResult> ReceiveAsync(ArraySegment<byte> buffer, CancellationToken ct)
        {
            var count = Math.Min(left, buffer.Count);
            buffer.AsSpan(0, count).Fill((byte)' ');
            left -= count;
            return Task.FromResult(new WebSocketReceiveResult(count, WebSocketMessageType.Text, left == 0));
        }

        public override Task SendAsync(
            ArraySegment<byte> buffer,
            WebSocketMessageType messageType,
            bool endOfMessage,
            CancellationToken ct
        ) => Task.CompletedTask;

        public override Task CloseAsync(WebSocketCloseStatus closeStatus, string? description, CancellationToken ct) =>
            Task.CompletedTask;

        public override Task CloseOutputAsync(
            WebSocketCloseStatus closeStatus,
            string? description,
            CancellationToken ct
        ) => Task.CompletedTask;

        public override void Abort() { }

        public override void Dispose() { }
    }
}
