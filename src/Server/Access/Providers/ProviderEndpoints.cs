using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Access.Providers;

/// <summary>
/// The endpoints for signing in with a provider, for clients that open its address and return the code, as in v0 for
/// GitHub and Google.
/// </summary>
internal sealed class ProviderEndpoints(ProviderSignIn signIn, Jwt jwt)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var providers = ActivatorUtilities.CreateInstance<ProviderEndpoints>(routes.ServiceProvider);
        foreach (var word in (string[])["github", "google", "oidc"])
        {
            routes
                .Get($"/v0/auth/{word}", SignInWish.Of, By.Attempt, (call, _, wish) =>
                    providers.BeginAsync(call, word, wish)
                )
                .Gives<ProviderAddress>();
            routes
                .Post($"/v0/auth/{word}", By.Attempt, (call, _) => providers.EndAsync(call, word))
                .Takes<ProviderCode>()
                .Gives<ProviderSession>(202);
        }
    }

    private async Task<Answer> BeginAsync(Call call, string word, SignInWish wish)
    {
        var (address, _) = await signIn.BeginAsync(signIn.Find(word), wish, call.Aborted);
        return Answer.Ok(new ProviderAddress(address.AbsoluteUri), Wire.Default.ProviderAddress);
    }

    private async Task<Answer> EndAsync(Call call, string word)
    {
        var provider = signIn.Find(word);
        var body = await call.BodyAsync(Wire.Default.ProviderCode);
        var (user, wish, _) = await signIn.EndAsync(provider, body.State, body.Code, call.Aborted);
        var (session, created, expires) = jwt.Sign(Audience.Client, user, Jwt.SessionFor);
        return Answer.Accepted(
            new ProviderSession(new(user.ToWire(), session, created, expires), wish.Plan),
            Wire.Default.ProviderSession
        );
    }
}
