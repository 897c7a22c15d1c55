using Paddock.Core.Wire;
using Paddock.Server.Access.Users;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Access.Keys;

/// <summary>
/// API tokens, which user keys have replaced: none are made here any more, so nobody has one. The routes are for clients that still ask.
/// </summary>
internal sealed class TokenEndpoints(UserAccess access)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var tokens = ActivatorUtilities.CreateInstance<TokenEndpoints>(routes.ServiceProvider);
        routes.Get("/v0/users/{user}/tokens", tokens.ListAsync).GivesList<Token>();
        routes.Post("/v0/users/{user}/tokens", tokens.CreateAsync).OnlyRefuses();
        routes.Get("/v0/users/{user}/tokens/{token}", tokens.OneAsync).OnlyRefuses();
        routes.Patch("/v0/users/{user}/tokens/{token}", tokens.OneAsync).OnlyRefuses();
        routes.Delete("/v0/users/{user}/tokens/{token}", tokens.OneAsync).OnlyRefuses();
    }

    private async Task<Answer> ListAsync(Call call)
    {
        Page.Of(call);
        Page.Sort(call, "name");
        await access.SelfOrAdminAsync(call);
        return Answer.List([], total: 0, Wire.Default.IReadOnlyListToken);
    }

    private async Task<Answer> CreateAsync(Call call)
    {
        await access.SelfOrAdminAsync(call);
        throw Refusal.NotAllowed("API tokens are no longer made; make a user key instead: POST /v0/users/USER/keys");
    }

    private async Task<Answer> OneAsync(Call call)
    {
        var token = call.PathUuid("token");
        await access.SelfOrAdminAsync(call);
        throw Refusal.NotFound("token", token);
    }
}
