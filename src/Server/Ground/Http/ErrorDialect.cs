using System.Text.Json;
using Paddock.Core.Wire;

namespace Paddock.Server.Ground.Http;

/// <summary>An error to send to a client, before an API's dialect gives it a shape.</summary>
/// <param name="Request">The identifier of the request.</param>
/// <param name="Code">The error code under which the server's log says more; null for errors that are not the server's
/// fault.</param>
/// <param name="Refusal">The refusal; null if no endpoint refused the request.</param>
internal readonly record struct ApiError(int Status, string Message, Guid Request, Guid? Code, Refusal? Refusal);

/// <summary>
/// The shape in which an API writes its errors. Endpoints carry their dialect as metadata; endpoints without one belong
/// to v0. For paths without an endpoint, the root of the path decides.
/// </summary>
internal abstract class ErrorDialect
{
    public static ErrorDialect V0 { get; } = new V0Errors();

    /// <summary>The root paths whose errors have this shape even without an endpoint.</summary>
    public abstract IReadOnlyList<PathString> Roots { get; }

    /// <summary>Request headers that CORS allows in addition to those that every API takes.</summary>
    public virtual string? MoreHeaders => null;

    /// <summary>The type that the errors are serialized from.</summary>
    public abstract Type Shape { get; }

    public abstract void Write(Utf8JsonWriter json, ApiError error);

    private sealed class V0Errors : ErrorDialect
    {
        public override IReadOnlyList<PathString> Roots { get; } = ["/v0"];

        public override Type Shape => typeof(Error);

        public override void Write(Utf8JsonWriter json, ApiError error) =>
            JsonSerializer.Serialize(
                json,
                new Error(error.Request, error.Message, error.Code?.ToString()),
                Wire.Default.Error
            );
    }
}

/// <summary>Finds the error dialect for a request.</summary>
internal sealed class ErrorDialects(IEnumerable<ErrorDialect> dialects)
{
    private readonly (PathString Root, ErrorDialect Dialect)[] roots =
    [
        .. dialects.SelectMany(dialect => dialect.Roots.Select(root => (root, dialect))),
    ];

    public ErrorDialect Of(HttpContext http) =>
        http.GetEndpoint() is RouteEndpoint endpoint
            ? endpoint.Metadata.GetMetadata<ErrorDialect>() ?? ErrorDialect.V0
            : At(http.Request.Path) ?? ErrorDialect.V0;

    /// <summary>The dialect of a path; null for paths outside every API, which lead to pages.</summary>
    public ErrorDialect? At(PathString path)
    {
        foreach (var (root, dialect) in roots)
            if (path.StartsWithSegments(root, StringComparison.OrdinalIgnoreCase))
                return dialect;
        return null;
    }
}
