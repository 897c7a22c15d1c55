using Paddock.Core.Wire;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Access.Keys;

/// <summary>
/// API tokens, which user keys have replaced: none are made here any more, so nobody has one. The routes are for
/// clients that still ask.
/// </summary>
internal static class TokenEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.Get("/v0/users/{user}/tokens", KeyList.Of, OnUser.SelfOrAdmin, ListAsync).GivesList<Token>();
        routes.Post("/v0/users/{user}/tokens", OnUser.SelfOrAdmin, CreateAsync).OnlyRefuses();
        routes.Get("/v0/users/{user}/tokens/{token}", Input.Uuid("token"), OnUser.SelfOrAdmin, OneAsync).OnlyRefuses();
        routes
            .Patch("/v0/users/{user}/tokens/{token}", Input.Uuid("token"), OnUser.SelfOrAdmin, OneAsync)
            .OnlyRefuses();
        routes
            .Delete("/v0/users/{user}/tokens/{token}", Input.Uuid("token"), OnUser.SelfOrAdmin, OneAsync)
            .OnlyRefuses();
    }

    private static Task<Answer> ListAsync(Call call, UserGrant granted, KeyList asked) =>
        Task.FromResult(Answer.List([], total: 0, Wire.Default.IReadOnlyListToken));

    private static Task<Answer> CreateAsync(Call call, UserGrant granted) =>
        throw Refusal.NotAllowed("API tokens are no longer made; make a user key instead: POST /v0/users/USER/keys");

    private static Task<Answer> OneAsync(Call call, UserGrant granted, Guid token) =>
        throw Refusal.NotFound("token", token);
}
