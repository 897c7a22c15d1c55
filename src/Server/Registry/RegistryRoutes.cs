using Microsoft.AspNetCore.Http.Features;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Registry;

/// <summary>
/// Maps the endpoints of the OCI distribution specification. A repository is a project, named by its slug or UUID. A
/// client that must sign in gets a challenge with the address and scope for a token.
/// </summary>
internal sealed class RegistryRoutes(IEndpointRouteBuilder routes, BaseOptions server, RegistryOptions options)
{
    private static readonly string[] Reading = ["GET", "HEAD"];

    public T Create<T>() => ActivatorUtilities.CreateInstance<T>(routes.ServiceProvider);

    /// <summary>Maps GET, and HEAD with the same headers.</summary>
    /// <param name="documented">The path in the OpenAPI document, if it differs.</param>
    /// <param name="asks">The query parameters that the endpoint reads.</param>
    public void Pull(
        string path,
        Func<Call, OciToken, Task<Answer>> endpoint,
        string? documented = null,
        params ReadOnlySpan<string> asks
    )
    {
        foreach (var method in Reading)
        {
            var route = Map(method, path, OciScope.PullWord, OnRepository.Pull, endpoint, documented);
            foreach (var name in asks)
                route.Asks(name);
        }
    }

    /// <inheritdoc cref="Pull"/>
    /// <param name="first">Runs before the access check, and refuses requests that nobody may make.</param>
    public IEndpointConventionBuilder Push(
        string method,
        string path,
        Func<Call, OciToken, Task<Answer>> endpoint,
        string? documented = null,
        Action<Call>? first = null
    ) => Map(method, path, OciScope.PushWord, OnRepository.Push, endpoint, documented, first);

    /// <summary>Maps a request of an upload that has begun.</summary>
    public IEndpointConventionBuilder Upload(
        string method,
        string path,
        Func<Call, Task<Answer>> endpoint,
        string documented
    ) => Map(method, path, OciScope.PushWord, OnRepository.Upload, endpoint, documented);

    /// <summary>Maps a request whose answer does not depend on the caller.</summary>
    public IEndpointConventionBuilder Refuse(
        string method,
        string path,
        Func<Call, Task<Answer>> endpoint,
        string documented
    ) => Map(method, path, OciScope.PushWord, AccessRule.Anybody, endpoint, documented);

    /// <summary>Maps a request that needs a token for no particular repository.</summary>
    public void Get(string path, Func<Call, OciToken, Task<Answer>> endpoint) =>
        Map("GET", path, action: null, OnRepository.Known, endpoint, documented: null);

    public static string Name(Call call) => (string)call.Http.GetRouteValue("name")!;

    /// <summary>Lifts the server's body limit, for bodies that are streamed and have their own limit.</summary>
    public static void AllowLargeBody(Call call) =>
        call.Http.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;

    private IEndpointConventionBuilder Map<T>(
        string method,
        string path,
        string? action,
        AccessRule<T> rule,
        Func<Call, T, Task<Answer>> endpoint,
        string? documented,
        Action<Call>? first = null
    )
    {
        var admit = rule.On(routes.ServiceProvider);
        return Map(
            method,
            path,
            action,
            rule,
            async call =>
            {
                first?.Invoke(call);
                return await endpoint(call, await call.PassAsync(admit));
            },
            documented
        );
    }

    private IEndpointConventionBuilder Map(
        string method,
        string path,
        string? action,
        AccessRule rule,
        Func<Call, Task<Answer>> endpoint,
        string? documented
    )
    {
        var route = routes.MapMethods(path, [method], async http =>
        {
            var call = new Call(http);
            try
            {
                await (await endpoint(call)).WriteAsync(http);
            }
            catch (Refusal e) when (e.Because == Because.NotSignedIn)
            {
                http.Response.Headers.WWWAuthenticate = OciChallenge.Of(
                    options.AddressOn(server),
                    action is null ? null : $"repository:{Name(call)}:{action}"
                );
                throw;
            }
        });
        route.Speaks(OciErrors.Dialect).Declares(rule);
        if (method != HttpMethods.Delete)
            route.Unaudited();
        return documented is null ? route : route.DocumentedAs(documented);
    }
}
