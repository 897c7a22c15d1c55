namespace Paddock.Server.Ground.Http;

/// <summary>What a route takes and gives, for the OpenAPI document. A type that is null is no body.</summary>
/// <param name="Status">Of the answer where all goes well; null where it never does.</param>
/// <param name="Media">Of the answer, where that is no JSON.</param>
/// <param name="IsWhole">Of a list: it has no pages, and no total.</param>
/// <param name="Asks">Query parameters that the endpoint reads after the access rule; see <see cref="RouteInput"/> for
/// the others.</param>
/// <param name="Path">As the API's own document has it, where that differs from the route.</param>
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

/// <summary>What a route reads from path and query before it is known who calls.</summary>
internal sealed record RouteInput(Action<Call> Read);

/// <summary>
/// How endpoints are mapped. A route states, in the order in which a request passes them: what it reads from path and
/// query, who may call it, and the endpoint. The endpoint gets what the rule has found, so it cannot run without it.
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

    /// <summary>A list that always comes whole.</summary>
    public static IEndpointConventionBuilder GivesAll<T>(this IEndpointConventionBuilder route) =>
        route.With(shape => shape with { Gives = typeof(T), List = true, IsWhole = true });

    public static IEndpointConventionBuilder GivesNothing(this IEndpointConventionBuilder route) =>
        route.With(shape => shape with { Status = StatusCodes.Status204NoContent });

    /// <summary>An answer without a body in JSON.</summary>
    public static IEndpointConventionBuilder GivesStatus(this IEndpointConventionBuilder route, int status) =>
        route.With(shape => shape with { Status = status });

    public static IEndpointConventionBuilder GivesMedia(
        this IEndpointConventionBuilder route,
        string media,
        int status = StatusCodes.Status200OK
    ) => route.With(shape => shape with { Media = media, Status = status });

    /// <summary>
    /// A query parameter that the endpoint reads only after the access rule, as its protocol wants it.
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

    /// <summary>For routes whose parameters have other names in the API's document.</summary>
    public static IEndpointConventionBuilder DocumentedAs(this IEndpointConventionBuilder route, string path) =>
        route.With(shape => shape with { Path = path });

    /// <summary>The shape of this route's errors, where that is not v0's.</summary>
    public static IEndpointConventionBuilder Speaks(this IEndpointConventionBuilder route, ErrorDialect dialect) =>
        route.WithMetadata(dialect);

    /// <summary>What it does is in the results themselves, so its requests are not in the audit log.</summary>
    public static IEndpointConventionBuilder Unaudited(this IEndpointConventionBuilder route) =>
        route.WithMetadata(Audit.Unaudited.Mark);

    /// <summary>
    /// Refuses a query parameter that the route does not read: misspelled, a filter would be left out without a word. Not
    /// for routes of v0, whose clients may rely on that.
    /// </summary>
    public static IEndpointConventionBuilder KnowsItsQuery(this IEndpointConventionBuilder route)
    {
        route.Add(endpoint => endpoint.Metadata.Add(new KnownQuery(endpoint.Metadata)));
        return route;
    }

    /// <summary>Server-sent events.</summary>
    public static IEndpointConventionBuilder GivesEvents(this IEndpointConventionBuilder route) =>
        route.GivesMedia("text/event-stream");

    /// <summary>A WebSocket.</summary>
    public static IEndpointConventionBuilder Upgrades(this IEndpointConventionBuilder route) =>
        route.With(shape => shape with { Status = StatusCodes.Status101SwitchingProtocols });

    /// <summary>For what older clients may still ask, and are told no.</summary>
    public static IEndpointConventionBuilder OnlyRefuses(this IEndpointConventionBuilder route) =>
        route.With(shape => shape with { Status = null });

    // The newest shape is the one that counts.
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

    /// <summary>For what enforces its rule itself, and declares it with <see cref="Declares"/>.</summary>
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
                // As in v0, a request that cannot be read is refused before anybody asks whose it is.
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

    /// <exception cref="InvalidOperationException">A route does not say who may call it.</exception>
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
