using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Machines.Fleet;

/// <summary>The overview of the fleet, for administrators.</summary>
internal sealed class BoardEndpoints(Db db, FleetBoard board, BoardStream stream)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var fleet = ActivatorUtilities.CreateInstance<BoardEndpoints>(routes.ServiceProvider);
        routes.Get("/v0/fleet", By.Admin, fleet.ViewAsync).Gives<Core.Wire.Fleet>();
        routes.Get("/v0/fleet/events", By.Admin, fleet.FollowAsync).GivesEvents();
    }

    private async Task<Answer> ViewAsync(Call call, UserCaller admin)
    {
        return Answer.Ok(
            await db.ReadAsync(sql => board.ReadAsync(sql, call.Aborted), call.Aborted),
            Wire.Default.Fleet
        );
    }

    private Task<Answer> FollowAsync(Call call, UserCaller admin) => Task.FromResult(stream.Open(call));
}
