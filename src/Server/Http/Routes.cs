namespace Paddock.Server.Http;

/// <summary>How endpoints are mapped: a function from the call to the answer.</summary>
internal static class Routes
{
    public static void Get(this IEndpointRouteBuilder routes, string path, Func<Call, Task<Answer>> endpoint) => Map(routes, path, "GET", endpoint);
    public static void Post(this IEndpointRouteBuilder routes, string path, Func<Call, Task<Answer>> endpoint) => Map(routes, path, "POST", endpoint);
    public static void Put(this IEndpointRouteBuilder routes, string path, Func<Call, Task<Answer>> endpoint) => Map(routes, path, "PUT", endpoint);
    public static void Patch(this IEndpointRouteBuilder routes, string path, Func<Call, Task<Answer>> endpoint) => Map(routes, path, "PATCH", endpoint);
    public static void Delete(this IEndpointRouteBuilder routes, string path, Func<Call, Task<Answer>> endpoint) => Map(routes, path, "DELETE", endpoint);

    private static void Map(IEndpointRouteBuilder routes, string path, string method, Func<Call, Task<Answer>> endpoint) =>
        routes.MapMethods(path, [method], async http => await (await endpoint(new Call(http))).WriteAsync(http));
}
