using Paddock.Core.Wire;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Machines.Fleet;

/// <summary>Refusals in the fleet API's own shape, with its codes.</summary>
internal static class FleetError
{
    private static readonly PathString[] Roots = ["/runners", "/pods", "/api/v1/ext"];

    public static bool IsSpokenAt(PathString path) => path.StartsWithSegments(Roots[0]) || path.StartsWithSegments(Roots[1]) || path.StartsWithSegments(Roots[2]);

    /// <param name="log">Under which number the server's log says more, or which the request has.</param>
    public static FleetProblem Of(int status, string message, Refusal? refusal, Guid log) =>
        new(message, refusal?.FleetCode ?? CodeOf(status), refusal?.LackingScope is { } scope ? [scope] : null, log);

    private static string CodeOf(int status) => status switch
    {
        StatusCodes.Status400BadRequest => "VALIDATION_FAILED",
        StatusCodes.Status401Unauthorized => "INVALID_TOKEN",
        StatusCodes.Status403Forbidden => "ACCESS_DENIED",
        StatusCodes.Status404NotFound => "RESOURCE_NOT_FOUND",
        StatusCodes.Status405MethodNotAllowed => "METHOD_NOT_ALLOWED",
        StatusCodes.Status409Conflict => "CONFLICT",
        StatusCodes.Status413PayloadTooLarge => "INVALID_INPUT",
        StatusCodes.Status429TooManyRequests => "RATE_LIMITED",
        >= StatusCodes.Status500InternalServerError => "INTERNAL_ERROR",
        _ => "INVALID_INPUT",
    };
}
