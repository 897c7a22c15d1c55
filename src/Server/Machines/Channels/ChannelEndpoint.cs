using System.Globalization;
using Microsoft.Extensions.Primitives;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Keys;
using Paddock.Server.Access.RateLimits;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Machines.Dispatch;
using Paddock.Server.Machines.Jobs;
using Paddock.Server.Machines.Runners;

namespace Paddock.Server.Machines.Channels;

/// <summary>Where a runner opens its channel. Whoever may not gets an answer instead of a WebSocket.</summary>
internal sealed class ChannelEndpoint(
    Db db, Dispatcher dispatch, ChannelServices services, RateLimiters limits, ILogger<RunnerChannel> log)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var channel = ActivatorUtilities.CreateInstance<ChannelEndpoint>(routes.ServiceProvider);
        routes.MapMethods("/v0/runners/{runner}/channel", ["GET"], http => channel.OpenAsync(new Call(http))).Upgrades();
    }

    private async Task OpenAsync(Call call)
    {
        var (http, id) = (call.Http, call.Path<ResourceId>("runner"));
        if (!http.WebSockets.IsWebSocketRequest) throw Refusal.BadInput("A runner's channel is a WebSocket: the request must ask for the upgrade.");
        var (slot, isNamed) = Slot(http.Request.Headers[Channel.SlotHeader]);
        var runner = await AuthenticateAsync(call, id);
        limits.RunnerRequest(runner.Id);
        if (dispatch.IsStopping) throw Refusal.Conflict("This server is shutting down; open the channel again in a moment.");
        http.Response.Headers[Channel.VersionHeader] = Channel.Version;
        using var socket = new ChannelSocket(await http.WebSockets.AcceptWebSocketAsync(), services.Options.MessageBytesMax);
        var channel = new RunnerChannel(runner, slot, isNamed, socket, dispatch, services, log);
        await channel.RunAsync();
    }

    private async Task<RunnerRow> AuthenticateAsync(Call call, ResourceId id)
    {
        var key = BearerToken.Of(call.Http.Request)
            ?? throw Unknown(call, "The Authorization header is missing or not of the form \"Bearer KEY\"; a channel needs the runner's key.");
        if (!KeyText.IsWellFormed(key, KeyText.RunnerPrefix)) throw Unknown(call, "This is not a runner's key.");
        var hash = KeyText.Hash(key);
        var owner = await db.ReadAsync(sql => sql.FirstAsync($"SELECT {RunnerRow.Columns} FROM runners WHERE key_hash = {hash}", RunnerRow.Read), call.Aborted)
            ?? throw Unknown(call, "Invalid runner key");
        var named = await db.ReadAsync(sql => RunnerTable.FindAsync(sql, id, call.Aborted), call.Aborted) ?? throw Refusal.NotFound("runner", id);
        if (named.Id != owner.Id) throw Refusal.NotAllowed("This key belongs to another runner.");
        return owner.Archived is null ? owner : throw Refusal.Conflict($"The runner {Text.Quote(owner.Name)} is archived; unarchive it before it works again.");
    }

    private Refusal Unknown(Call call, string message)
    {
        limits.PublicRequest(call);
        return Refusal.NotSignedIn(message);
    }

    private static (int Slot, bool IsNamed) Slot(StringValues header)
    {
        if (StringValues.IsNullOrEmpty(header)) return (0, false);
        return int.TryParse(header.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var slot) && slot < SlotTable.SlotsMax
            ? (slot, true)
            : throw Refusal.BadInput($"{Channel.SlotHeader}: {Text.Quote(header.ToString())} is not a whole number from 0 to {SlotTable.SlotsMax - 1}");
    }
}
