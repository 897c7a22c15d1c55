using Paddock.Server.Ground.Http;

namespace Paddock.Server.Installation;

/// <summary>
/// Routes that v0 has for a hosted service with paid plans. This server sells none and gathers no statistics of other
/// servers; the routes answer so that clients can show why.
/// </summary>
internal static class HostedEndpoints
{
    private const string Plan = "/v0/organizations/{organization}/plan";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Get(Plan, AccessRule.Anybody, _ => throw Refusal.NotFound("plan", named: null)).OnlyRefuses();
        routes.Post(Plan, AccessRule.Anybody, SellsNothing).OnlyRefuses();
        routes.Patch(Plan, AccessRule.Anybody, SellsNothing).OnlyRefuses();
        routes.Delete(Plan, AccessRule.Anybody, SellsNothing).Asks("remote", "boolean").OnlyRefuses();
        routes.Post("/v0/checkout", AccessRule.Anybody, SellsNothing).OnlyRefuses();
        routes.Post("/v0/server/stats", AccessRule.Anybody, GathersNothing).OnlyRefuses();
        routes
            .Get("/v0/server/stats/{server}", AccessRule.Anybody, GathersNothing)
            .Asks("startup", "boolean", isRequired: true)
            .Asks("stats", "boolean", isRequired: true)
            .OnlyRefuses();
    }

    private static Task<Answer> SellsNothing(Call call) =>
        throw new Refusal(
            Because.HostedOnly,
            "This server sells no plans: all its features are available to all its users."
        );

    private static Task<Answer> GathersNothing(Call call) =>
        throw new Refusal(Because.HostedOnly, "This server collects no statistics about other servers.");
}
