using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Primitives;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Machines.Dispatch;
using Paddock.Server.Machines.Jobs;
using Paddock.Server.Machines.Runners;

namespace Paddock.Server.Machines.Channels;

/// <summary>
/// The route on which a runner opens its channel. A refused runner gets an HTTP error instead of a WebSocket.
/// </summary>
internal sealed class ChannelEndpoint(Dispatcher dispatch, ChannelServices services, ILogger<RunnerChannel> log)
{
    // By runner. An entry is small, and only administrators create runners, so none is removed.
    private readonly ConcurrentDictionary<Id<Runner>, SemaphoreSlim> longMessages = [];

    public static void Map(IEndpointRouteBuilder routes)
    {
        var channel = ActivatorUtilities.CreateInstance<ChannelEndpoint>(routes.ServiceProvider);
        routes.Get("/v0/runners/{runner}/channel", ReadRequest, OnRunner.Key, channel.OpenAsync).Upgrades();
    }

    private static (int Slot, bool IsNamed) ReadRequest(Call call)
    {
        call.Path<ResourceId>("runner");
        if (!call.Http.WebSockets.IsWebSocketRequest)
            throw Refusal.BadInput("A runner's channel is a WebSocket: the request must ask for the upgrade.");
        return Slot(call.Http.Request.Headers[Channel.SlotHeader]);
    }

    private async Task<Answer> OpenAsync(Call call, RunnerRow runner, (int Slot, bool IsNamed) asked)
    {
        var (http, (slot, isNamed)) = (call.Http, asked);
        if (dispatch.IsStopping)
            throw Refusal.Conflict("This server is shutting down; open the channel again in a moment.");
        http.Response.Headers[Channel.VersionHeader] = Channel.Version;
        using var socket = new ChannelSocket(
            await http.WebSockets.AcceptWebSocketAsync(),
            services.Options.MessageBytesMax,
            longMessages.GetOrAdd(runner.Id, _ => new(ChannelSocket.LongMessagesMax, ChannelSocket.LongMessagesMax))
        );
        var channel = new RunnerChannel(runner, slot, isNamed, socket, dispatch, services, log);
        await channel.RunAsync();
        return Answer.None;
    }

    private static (int Slot, bool IsNamed) Slot(StringValues header)
    {
        if (StringValues.IsNullOrEmpty(header))
            return (0, false);
        return
            int.TryParse(header.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var slot)
            && slot < SlotTable.SlotsMax
            ? (slot, true)
            : throw Refusal.BadInput(
                $"{Channel.SlotHeader}: {Text.Quote(header.ToString())} is not a whole number from 0 to "
                    + $"{SlotTable.SlotsMax - 1}"
            );
    }
}
