using System.Text.Json;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Registry;

/// <summary>One error of the registry protocol.</summary>
/// <param name="Detail">The number under which the server's log has details.</param>
internal sealed record OciProblem(string Code, string Message, string? Detail = null);

/// <summary>The body of an error response of the registry protocol.</summary>
internal sealed record OciErrorList(IReadOnlyList<OciProblem> Errors);

/// <summary>Writes errors in the registry protocol's format.</summary>
internal sealed class OciErrors : ErrorDialect
{
    public static OciErrors Dialect { get; } = new();

    public override IReadOnlyList<PathString> Roots { get; } = ["/v2"];

    public override Type Shape => typeof(OciErrorList);

    public override void Write(Utf8JsonWriter json, ApiError error)
    {
        json.WriteStartObject();
        json.WriteStartArray("errors");
        json.WriteStartObject();
        json.WriteString("code", error.Refusal?.OciCode ?? CodeOf(error.Status));
        json.WriteString("message", error.Message);
        if (error.Code is { } number)
            json.WriteString("detail", number.ToString());
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>The protocol's code for a refusal that did not originate in the registry.</summary>
    private static string CodeOf(int status) =>
        status switch
        {
            StatusCodes.Status401Unauthorized => "UNAUTHORIZED",
            StatusCodes.Status402PaymentRequired or StatusCodes.Status403Forbidden => "DENIED",
            StatusCodes.Status404NotFound => "NAME_UNKNOWN",
            StatusCodes.Status413PayloadTooLarge => "SIZE_INVALID",
            StatusCodes.Status416RangeNotSatisfiable => "BLOB_UPLOAD_INVALID",
            StatusCodes.Status429TooManyRequests => "TOOMANYREQUESTS",
            >= StatusCodes.Status500InternalServerError => "UNKNOWN",
            _ => "UNSUPPORTED",
        };
}
