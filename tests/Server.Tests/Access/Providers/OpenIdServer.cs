using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Paddock.Server.Tests.Access.Providers;

/// <summary>
/// A real OpenID provider (OpenIddict) for one test, with one client and one person who is always signed in there.
/// </summary>
internal sealed class OpenIdServer : IAsyncDisposable
{
    public const string ClientId = "paddock",
        ClientSecret = "the client's secret";

    private readonly WebApplication app;

    private OpenIdServer(WebApplication app) => this.app = app;

    public Uri Issuer =>
        new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    /// <summary>The person's address in the ID token.</summary>
    public string Email { get; set; } = "ada@example.com";
    public bool IsVerified { get; set; } = true;
    public string? Redirect { get; set; }

    public static async Task<OpenIdServer> StartAsync()
    {
        OpenIdServer? server = null;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddAuthentication();
        builder
            .Services.AddOpenIddict()
            .AddServer(options =>
            {
                options.EnableDegradedMode();
                options.SetAuthorizationEndpointUris("authorize").SetTokenEndpointUris("token");
                options.AllowAuthorizationCodeFlow().RequireProofKeyForCodeExchange();
                options.RegisterScopes(Scopes.OpenId, Scopes.Email, Scopes.Profile);
                options.AddEncryptionKey(RsaKeys.Signing(0, "encryption")).AddSigningKey(RsaKeys.Signing(1, "signing"));
                options.UseAspNetCore().DisableTransportSecurityRequirement();
                options.AddEventHandler<ValidateAuthorizationRequestContext>(handler =>
                    handler.UseInlineHandler(context =>
                    {
                        if (context.ClientId != ClientId)
                            context.Reject(Errors.InvalidClient, "unknown client");
                        else if (context.RedirectUri != server!.Redirect)
                            context.Reject(Errors.InvalidRequest, "unknown redirect_uri");
                        return default;
                    })
                );
                options.AddEventHandler<ValidateTokenRequestContext>(handler =>
                    handler.UseInlineHandler(context =>
                    {
                        if (context.ClientId != ClientId || context.ClientSecret != ClientSecret)
                            context.Reject(Errors.InvalidClient, "wrong secret");
                        return default;
                    })
                );
                options.AddEventHandler<HandleAuthorizationRequestContext>(handler =>
                    handler.UseInlineHandler(context =>
                    {
                        var identity = new ClaimsIdentity("test", Claims.Name, Claims.Role);
                        identity
                            .SetClaim(Claims.Subject, "42")
                            .SetClaim(Claims.Email, server!.Email)
                            .SetClaim(Claims.EmailVerified, server.IsVerified)
                            .SetClaim(Claims.Name, "Ada Lovelace");
                        identity.SetScopes(context.Request.GetScopes());
                        identity.SetDestinations(_ => [Destinations.IdentityToken]);
                        context.Principal = new ClaimsPrincipal(identity);
                        return default;
                    })
                );
            });
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.UseAuthentication();
        await app.StartAsync();
        return server = new(app);
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
