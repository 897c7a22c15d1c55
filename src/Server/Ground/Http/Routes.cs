namespace Paddock.Server.Ground.Http;

/// <summary>The input and output of a route, for the OpenAPI document. A null type means no body.</summary>
/// <param name="Status">The status of a successful answer; null if the route never succeeds.</param>
/// <param name="Media">The media type of the answer, if it is not JSON.</param>
/// <param name="IsWhole">True for a list that has neither pages nor a total.</param>
/// <param name="Asks">Query parameters that the endpoint reads after the access check; <see cref="RouteInput"/> has the
/// others.</param>
/// <param name="Path">The path in the API's own documentation, if it differs from the route.</param>
internal sealed record RouteShape(
    Type? Takes = null,
    Type? Gives = null,
    bool List = false,
    int? Status = StatusCodes.Status200OK,
    string? Media = null,
    string? Path = null,
    bool IsWhole = false,
    IReadOnlyList<Parameter>? Asks = null
);

/// <summary>Reads a route's path and query parameters, before the caller is known.</summary>
internal sealed record RouteInput(Action<Call> Read);

/// <summary>
/// Maps endpoints. A route declares, in the order that a request passes them: its parsing of path and query, its access
/// rule, and its endpoint. The endpoint takes the rule's result as an argument, so it cannot run without the rule.
/// </summary>
internal static class Routes
{
    public static IEndpointConventionBuilder Get(
        this IEndpointRouteBuilder routes,
        string path,
        PublicRule rule,
        Func<Call, Task<Answer>> endpoint
    ) => Map(routes, "GET", path, rule, endpoint);

    public static IEndpointConventionBuilder Get<T>(
        this IEndpointRouteBuilder routes,
        string path,
        AccessRule<T> rule,
        Func<Call, T, Task<Answer>> endpoint
    ) => Map(routes, "GET", path, rule, endpoint);

    public static IEndpointConventionBuilder Get<TInput, T>(
        this IEndpointRouteBuilder routes,
        string path,
        Func<Call, TInput> read,
        AccessRule<T> rule,
        Func<Call, T, TInput, Task<Answer>> endpoint
    ) => Map(routes, "GET", path, read, rule, endpoint);

    public static IEndpointConventionBuilder Post(
        this IEndpointRouteBuilder routes,
        string path,
        PublicRule rule,
        Func<Call, Task<Answer>> endpoint
    ) => Map(routes, "POST", path, rule, endpoint);

    public static IEndpointConventionBuilder Post<T>(
        this IEndpointRouteBuilder routes,
        string path,
        AccessRule<T> rule,
        Func<Call, T, Task<Answer>> endpoint
    ) => Map(routes, "POST", path, rule, endpoint);

    public static IEndpointConventionBuilder Post<TInput, T>(
        this IEndpointRouteBuilder routes,
        string path,
        Func<Call, TInput> read,
        AccessRule<T> rule,
        Func<Call, T, TInput, Task<Answer>> endpoint
    ) => Map(routes, "POST", path, read, rule, endpoint);

    public static IEndpointConventionBuilder Put(
        this IEndpointRouteBuilder routes,
        string path,
        PublicRule rule,
        Func<Call, Task<Answer>> endpoint
    ) => Map(routes, "PUT", path, rule, endpoint);

    public static IEndpointConventionBuilder Put<T>(
        this IEndpointRouteBuilder routes,
        string path,
        AccessRule<T> rule,
        Func<Call, T, Task<Answer>> endpoint
    ) => Map(routes, "PUT", path, rule, endpoint);

    public static IEndpointConventionBuilder Put<TInput, T>(
        this IEndpointRouteBuilder routes,
        string path,
        Func<Call, TInput> read,
        AccessRule<T> rule,
        Func<Call, T, TInput, Task<Answer>> endpoint
    ) => Map(routes, "PUT", path, read, rule, endpoint);

    public static IEndpointConventionBuilder Patch(
        this IEndpointRouteBuilder routes,
        string path,
        PublicRule rule,
        Func<Call, Task<Answer>> endpoint
    ) => Map(routes, "PATCH", path, rule, endpoint);

    public static IEndpointConventionBuilder Patch<T>(
        this IEndpointRouteBuilder routes,
        string path,
        AccessRule<T> rule,
        Func<Call, T, Task<Answer>> endpoint
    ) => Map(routes, "PATCH", path, rule, endpoint);

    public static IEndpointConventionBuilder Patch<TInput, T>(
        this IEndpointRouteBuilder routes,
        string path,
        Func<Call, TInput> read,
        AccessRule<T> rule,
        Func<Call, T, TInput, Task<Answer>> endpoint
    ) => Map(routes, "PATCH", path, read, rule, endpoint);

    public static IEndpointConventionBuilder Delete(
        this IEndpointRouteBuilder routes,
        string path,
        PublicRule rule,
        Func<Call, Task<Answer>> endpoint
    ) => Map(routes, "DELETE", path, rule, endpoint);

    public static IEndpointConventionBuilder Delete<T>(
        this IEndpointRouteBuilder routes,
        string path,
        AccessRule<T> rule,
        Func<Call, T, Task<Answer>> endpoint
    ) => Map(routes, "DELETE", path, rule, endpoint);

    public static IEndpointConventionBuilder Delete<TInput, T>(
        this IEndpointRouteBuilder routes,
        string path,
        Func<Call, TInput> read,
        AccessRule<T> rule,
        Func<Call, T, TInput, Task<Answer>> endpoint
    ) => Map(routes, "DELETE", path, read, rule, endpoint);

    public static IEndpointConventionBuilder Takes<T>(this IEndpointConventionBuilder route) =>
        route.With(shape => shape with { Takes = typeof(T) });

    public static IEndpointConventionBuilder Gives<T>(
        this IEndpointConventionBuilder route,
        int status = StatusCodes.Status200OK
    ) => route.With(shape => shape with { Gives = typeof(T), Status = status });

    public static IEndpointConventionBuilder GivesList<T>(this IEndpointConventionBuilder route) =>
        route.With(shape => shape with { Gives = typeof(T), List = true });

    /// <summary>The answer is a list without pages.</summary>
    public static IEndpointConventionBuilder GivesAll<T>(this IEndpointConventionBuilder route) =>
        route.With(shape => shape with { Gives = typeof(T), List = true, IsWhole = true });

    public static IEndpointConventionBuilder GivesNothing(this IEndpointConventionBuilder route) =>
        route.With(shape => shape with { Status = StatusCodes.Status204NoContent });

    /// <summary>The answer has no JSON body.</summary>
    public static IEndpointConventionBuilder GivesStatus(this IEndpointConventionBuilder route, int status) =>
        route.With(shape => shape with { Status = status });

    public static IEndpointConventionBuilder GivesMedia(
        this IEndpointConventionBuilder route,
        string media,
        int status = StatusCodes.Status200OK
    ) => route.With(shape => shape with { Media = media, Status = status });

    /// <summary>
    /// Declares a query parameter that the endpoint reads only after the access check, as its protocol requires.
    /// </summary>
    public static IEndpointConventionBuilder Asks(
        this IEndpointConventionBuilder route,
        string name,
        string type = "string",
        bool isRequired = false
    ) =>
        route.With(shape =>
            shape with
            {
                Asks = [.. shape.Asks ?? [], new Parameter(name, "query", isRequired, ParameterNotes.Type(type))],
            }
        );

    /// <summary>For routes whose parameters have other names in the API's documentation.</summary>
    public static IEndpointConventionBuilder DocumentedAs(this IEndpointConventionBuilder route, string path) =>
        route.With(shape => shape with { Path = path });

    /// <summary>Sets the dialect of this route's errors, if it is not v0's.</summary>
    public static IEndpointConventionBuilder Speaks(this IEndpointConventionBuilder route, ErrorDialect dialect) =>
        route.WithMetadata(dialect);

    /// <summary>
    /// Keeps the route's requests out of the audit log, because the results themselves record what was done.
    /// </summary>
    public static IEndpointConventionBuilder Unaudited(this IEndpointConventionBuilder route) =>
        route.WithMetadata(Audit.Unaudited.Mark);

    /// <summary>
    /// Refuses query parameters that the route does not read. Otherwise a misspelled filter would be ignored silently.
    /// Not for routes of v0, whose clients may rely on that.
    /// </summary>
    public static IEndpointConventionBuilder KnowsItsQuery(this IEndpointConventionBuilder route)
    {
        route.Add(endpoint => endpoint.Metadata.Add(new KnownQuery(endpoint.Metadata)));
        return route;
    }

    /// <summary>The answer is a stream of server-sent events.</summary>
    public static IEndpointConventionBuilder GivesEvents(this IEndpointConventionBuilder route) =>
        route.GivesMedia("text/event-stream");

    /// <summary>The request is upgraded to a WebSocket.</summary>
    public static IEndpointConventionBuilder Upgrades(this IEndpointConventionBuilder route) =>
        route.With(shape => shape with { Status = StatusCodes.Status101SwitchingProtocols });

    /// <summary>For routes that older clients may still call, and that always refuse.</summary>
    public static IEndpointConventionBuilder OnlyRefuses(this IEndpointConventionBuilder route) =>
        route.With(shape => shape with { Status = null });

    // Metadata is append-only: the last shape counts.
    private static IEndpointConventionBuilder With(
        this IEndpointConventionBuilder route,
        Func<RouteShape, RouteShape> change
    )
    {
        route.Add(endpoint =>
            endpoint.Metadata.Add(change(endpoint.Metadata.OfType<RouteShape>().LastOrDefault() ?? new()))
        );
        return route;
    }

    private static IEndpointConventionBuilder Map(
        IEndpointRouteBuilder routes,
        string method,
        string path,
        PublicRule rule,
        Func<Call, Task<Answer>> endpoint
    ) => routes.MapUnguarded(method, path, endpoint).Declares(rule);

    /// <summary>
    /// Maps an endpoint that enforces its access rule itself, and declares the rule with <see cref="Declares"/>.
    /// </summary>
    public static IEndpointConventionBuilder MapUnguarded(
        this IEndpointRouteBuilder routes,
        string method,
        string path,
        Func<Call, Task<Answer>> endpoint
    ) => routes.MapMethods(path, [method], async http => await (await endpoint(new Call(http))).WriteAsync(http));

    private static IEndpointConventionBuilder Map<T>(
        IEndpointRouteBuilder routes,
        string method,
        string path,
        AccessRule<T> rule,
        Func<Call, T, Task<Answer>> endpoint
    )
    {
        var admit = rule.On(routes.ServiceProvider);
        return routes
            .MapMethods(path, [method], async http =>
            {
                var call = new Call(http);
                var answer = await endpoint(call, await call.PassAsync(admit));
                await answer.WriteAsync(http);
            })
            .Declares(rule);
    }

    private static IEndpointConventionBuilder Map<TInput, T>(
        IEndpointRouteBuilder routes,
        string method,
        string path,
        Func<Call, TInput> read,
        AccessRule<T> rule,
        Func<Call, T, TInput, Task<Answer>> endpoint
    )
    {
        var admit = rule.On(routes.ServiceProvider);
        return routes
            .MapMethods(path, [method], async http =>
            {
                var call = new Call(http);
                http.GetEndpoint()?.Metadata.GetMetadata<KnownQuery>()?.Check(http.Request.Query);
                // As in v0, a request that cannot be parsed is refused before its caller is checked.
                var input = read(call);
                var answer = await endpoint(call, await call.PassAsync(admit), input);
                await answer.WriteAsync(http);
            })
            .Declares(rule, call => read(call));
    }

    /// <summary>Adds the rule to the metadata of a route that enforces it.</summary>
    public static IEndpointConventionBuilder Declares(
        this IEndpointConventionBuilder route,
        AccessRule rule,
        Action<Call>? read = null
    ) => route.WithMetadata(read is null ? [rule] : [rule, new RouteInput(read)]);

    /// <exception cref="InvalidOperationException">A route does not declare who may call it.</exception>
    public static void RefuseUndeclared(this IEndpointRouteBuilder routes)
    {
        foreach (var route in routes.DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>())
        {
            if (route.Metadata.GetMetadata<AccessRule>() is not null)
                continue;
            var methods = string.Join(", ", route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []);
            throw new InvalidOperationException(
                $"The route {methods} {route.RoutePattern.RawText} does not declare who may call it. Map it with an "
                    + "AccessRule, as docs/permissions.md describes."
            );
        }
    }
}
