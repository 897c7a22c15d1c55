namespace Paddock.Server.Ground.Http;

/// <summary>What a route takes and gives, for the OpenAPI document. A type that is null is no body.</summary>
/// <param name="Status">Of the answer where all goes well; null where it never does.</param>
/// <param name="Media">Of the answer, where that is no JSON.</param>
/// <param name="IsWhole">Of a list: it has no pages, and no total.</param>
/// <param name="Path">As the API's own document has it, where that differs from the route.</param>
internal sealed record RouteShape(
    Type? Takes = null, Type? Gives = null, bool List = false, int? Status = StatusCodes.Status200OK, string? Media = null, string? Path = null,
    bool IsWhole = false);

/// <summary>How endpoints are mapped: a function from the call to the answer.</summary>
internal static class Routes
{
    public static IEndpointConventionBuilder Get(this IEndpointRouteBuilder routes, string path, Func<Call, Task<Answer>> endpoint) => Map(routes, path, "GET", endpoint);
    public static IEndpointConventionBuilder Post(this IEndpointRouteBuilder routes, string path, Func<Call, Task<Answer>> endpoint) => Map(routes, path, "POST", endpoint);
    public static IEndpointConventionBuilder Put(this IEndpointRouteBuilder routes, string path, Func<Call, Task<Answer>> endpoint) => Map(routes, path, "PUT", endpoint);
    public static IEndpointConventionBuilder Patch(this IEndpointRouteBuilder routes, string path, Func<Call, Task<Answer>> endpoint) => Map(routes, path, "PATCH", endpoint);
    public static IEndpointConventionBuilder Delete(this IEndpointRouteBuilder routes, string path, Func<Call, Task<Answer>> endpoint) => Map(routes, path, "DELETE", endpoint);

    public static IEndpointConventionBuilder Takes<T>(this IEndpointConventionBuilder route) => route.With(shape => shape with { Takes = typeof(T) });
    public static IEndpointConventionBuilder Gives<T>(this IEndpointConventionBuilder route, int status = StatusCodes.Status200OK) => route.With(shape => shape with { Gives = typeof(T), Status = status });
    public static IEndpointConventionBuilder GivesList<T>(this IEndpointConventionBuilder route) => route.With(shape => shape with { Gives = typeof(T), List = true });
    /// <summary>A list that always comes whole.</summary>
    public static IEndpointConventionBuilder GivesAll<T>(this IEndpointConventionBuilder route) => route.With(shape => shape with { Gives = typeof(T), List = true, IsWhole = true });
    public static IEndpointConventionBuilder GivesNothing(this IEndpointConventionBuilder route) => route.With(shape => shape with { Status = StatusCodes.Status204NoContent });

    public static IEndpointConventionBuilder GivesMedia(this IEndpointConventionBuilder route, string media, int status = StatusCodes.Status200OK) => route.With(shape => shape with { Media = media, Status = status });

    /// <summary>For routes whose parameters have other names in the API's document.</summary>
    public static IEndpointConventionBuilder DocumentedAs(this IEndpointConventionBuilder route, string path) => route.With(shape => shape with { Path = path });

    /// <summary>The shape of this route's errors, where that is not v0's.</summary>
    public static IEndpointConventionBuilder Speaks(this IEndpointConventionBuilder route, ErrorDialect dialect) => route.WithMetadata(dialect);

    /// <summary>Server-sent events.</summary>
    public static IEndpointConventionBuilder GivesEvents(this IEndpointConventionBuilder route) => route.GivesMedia("text/event-stream");

    /// <summary>A WebSocket.</summary>
    public static IEndpointConventionBuilder Upgrades(this IEndpointConventionBuilder route) => route.With(shape => shape with { Status = StatusCodes.Status101SwitchingProtocols });

    /// <summary>For what older clients may still ask, and are told no.</summary>
    public static IEndpointConventionBuilder OnlyRefuses(this IEndpointConventionBuilder route) => route.With(shape => shape with { Status = null });

    // The newest shape is the one that counts.
    private static IEndpointConventionBuilder With(this IEndpointConventionBuilder route, Func<RouteShape, RouteShape> change)
    {
        route.Add(endpoint => endpoint.Metadata.Add(change(endpoint.Metadata.OfType<RouteShape>().LastOrDefault() ?? new())));
        return route;
    }

    private static IEndpointConventionBuilder Map(IEndpointRouteBuilder routes, string path, string method, Func<Call, Task<Answer>> endpoint) =>
        routes.MapMethods(path, [method], async http => await (await endpoint(new Call(http))).WriteAsync(http));
}
