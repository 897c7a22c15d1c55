using System.Text.Json;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Machines.Fleet;

/// <summary>Errors in the fleet API's own shape, with its codes.</summary>
internal sealed class FleetErrors : ErrorDialect
{
    public static FleetErrors Dialect { get; } = new();

    public override IReadOnlyList<PathString> Roots { get; } = ["/runners", "/pods", "/api/v1/ext"];

    public override Type Shape => typeof(FleetProblem);

    public override string MoreHeaders => "X-API-Key, If-None-Match";

    public override void Write(Utf8JsonWriter json, ApiError error) =>
        JsonSerializer.Serialize(
            json,
            new FleetProblem(
                error.Message,
                error.Refusal?.FleetCode ?? CodeOf(error.Status),
                error.Refusal?.LackingScope is { } scope ? [scope] : null,
                error.Code ?? error.Request
            ),
            Wire.Default.FleetProblem
        );

    private static string CodeOf(int status) =>
        status switch
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
