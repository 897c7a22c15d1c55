using Microsoft.AspNetCore.Http.Features;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Registry;

/// <summary>
/// How the registry's endpoints are mapped: those of the OCI distribution specification. A repository is a project,
/// under its slug or its UUID. A client that has to sign in is told where, and what for.
/// </summary>
internal sealed class RegistryRoutes(IEndpointRouteBuilder routes, BaseOptions server, RegistryOptions options)
{
    private static readonly string[] Reading = ["GET", "HEAD"];

    public T Create<T>() => ActivatorUtilities.CreateInstance<T>(routes.ServiceProvider);

    /// <summary>GET, and HEAD with the same headers.</summary>
    /// <param name="documented">The path in the API's document, where that is another.</param>
    /// <param name="asks">The query parameters that it reads.</param>
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
    /// <param name="first">Refuses what is refused whoever asks.</param>
    public IEndpointConventionBuilder Push(
        string method,
        string path,
        Func<Call, OciToken, Task<Answer>> endpoint,
        string? documented = null,
        Action<Call>? first = null
    ) => Map(method, path, OciScope.PushWord, OnRepository.Push, endpoint, documented, first);

    /// <summary>For the requests of an upload that has begun.</summary>
    public IEndpointConventionBuilder Upload(
        string method,
        string path,
        Func<Call, Task<Answer>> endpoint,
        string documented
    ) => Map(method, path, OciScope.PushWord, OnRepository.Upload, endpoint, documented);

    /// <summary>For what is answered alike whoever asks.</summary>
    public IEndpointConventionBuilder Refuse(
        string method,
        string path,
        Func<Call, Task<Answer>> endpoint,
        string documented
    ) => Map(method, path, OciScope.PushWord, AccessRule.Anybody, endpoint, documented);

    /// <summary>For what takes a token for no repository in particular.</summary>
    public void Get(string path, Func<Call, OciToken, Task<Answer>> endpoint) =>
        Map("GET", path, action: null, OnRepository.Known, endpoint, documented: null);

    public static string Name(Call call) => (string)call.Http.GetRouteValue("name")!;

    /// <summary>For bodies that are streamed and have a limit of their own.</summary>
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
