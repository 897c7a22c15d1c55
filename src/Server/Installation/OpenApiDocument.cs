using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Routing.Patterns;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Http;
using Paddock.Server.Registry;

namespace Paddock.Server.Installation;

/// <summary>
/// What this server can be asked, as OpenAPI 3.1: every route that is mapped, with its parameters, and the schema of everything that travels,
/// both taken from the running program, so that neither can fall behind it.
/// </summary>
internal static class OpenApiDocument
{
    private static readonly JsonSchemaExporterOptions Exporter = new() { TreatNullObliviousAsNonNullable = true };

    public static JsonObject Of(IEnumerable<EndpointDataSource> sources) => new()
    {
        ["openapi"] = "3.1.0",
        ["info"] = new JsonObject { ["title"] = "Paddock", ["version"] = ServerEndpoints.ApiVersion, ["license"] = new JsonObject { ["name"] = "Apache-2.0" } },
        ["paths"] = Paths(sources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()),
        ["components"] = new JsonObject
        {
            ["schemas"] = Schemas(),
            ["securitySchemes"] = new JsonObject { ["bearer"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer" } },
        },
    };

    private static JsonObject Paths(IEnumerable<RouteEndpoint> endpoints)
    {
        var paths = new JsonObject();
        foreach (var path in endpoints.Where(e => e.RoutePattern.RawText is { } text && (text.StartsWith("/v0", StringComparison.Ordinal) || text.StartsWith("/v2", StringComparison.Ordinal)))
            .GroupBy(DocumentedPath).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var operations = new JsonObject();
            foreach (var endpoint in path)
                foreach (var method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [])
                    operations[method.ToLowerInvariant()] = Operation(method, path.Key, endpoint.Metadata.GetMetadata<RouteShape>());
            paths[path.Key] = operations;
        }
        return paths;
    }

    private static string DocumentedPath(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<RouteShape>()?.Path ?? endpoint.RoutePattern.RawText!;

    private static JsonObject Operation(string method, string path, RouteShape? shape)
    {
        var route = RoutePatternFactory.Parse(path);
        var operation = new JsonObject
        {
            ["operationId"] = $"{method.ToLowerInvariant()}{string.Concat(route.PathSegments.Select(segment => "_" + Word(segment)))}",
            ["security"] = new JsonArray(new JsonObject(), new JsonObject { ["bearer"] = new JsonArray() }),
            ["parameters"] = new JsonArray([.. route.Parameters.Select(parameter => (JsonNode)new JsonObject
            {
                ["name"] = parameter.Name, ["in"] = "path", ["required"] = true, ["schema"] = new JsonObject { ["type"] = "string" },
            })]),
            ["responses"] = Responses(shape),
        };
        if (shape?.Takes is { } body) operation["requestBody"] = new JsonObject { ["required"] = true, ["content"] = Json(Reference(body)) };
        return operation;
    }

    private static string Word(RoutePatternPathSegment segment) => segment.Parts[0] switch
    {
        RoutePatternLiteralPart literal => literal.Content,
        RoutePatternParameterPart parameter => "by_" + parameter.Name,
        _ => "_",
    };

    private static JsonObject Responses(RouteShape? shape)
    {
        var responses = new JsonObject();
        if (shape is null) responses["2XX"] = Done(shape);
        else if (shape.Status is { } status) responses[status.ToString(CultureInfo.InvariantCulture)] = Done(shape);
        responses["4XX"] = Refused("The request was refused; the message names the field and the rule.");
        responses["5XX"] = Refused("The server failed; its log says more under the error code.");
        return responses;
    }

    private static JsonObject Done(RouteShape? shape)
    {
        var done = new JsonObject { ["description"] = "Done." };
        if (shape?.Media is { } media) done["content"] = new JsonObject { [media] = new JsonObject { ["schema"] = new JsonObject { ["type"] = media == "application/json" ? "object" : "string" } } };
        if (shape?.Gives is not { } gives) return done;
        done["content"] = Json(shape.List ? new JsonObject { ["type"] = "array", ["items"] = Reference(gives) } : Reference(gives));
        if (shape is { List: true, IsWhole: false })
            done["headers"] = new JsonObject
            {
                ["X-Total-Count"] = new JsonObject { ["description"] = "How many there are on all pages.", ["schema"] = new JsonObject { ["type"] = "integer" } },
            };
        return done;
    }

    private static JsonObject Refused(string description) => new() { ["description"] = description, ["content"] = Json(Reference(typeof(Error))) };

    private static JsonObject Json(JsonObject schema) => new() { ["application/json"] = new JsonObject { ["schema"] = schema } };

    private static JsonObject Reference(Type type) => new() { ["$ref"] = $"#/components/schemas/{type.Name}" };

    private static JsonObject Schemas()
    {
        var schemas = new JsonObject();
        foreach (var type in typeof(Error).Assembly.GetExportedTypes().Where(t => t.Namespace == typeof(Error).Namespace && !t.IsGenericType).OrderBy(t => t.Name, StringComparer.Ordinal))
            if (Wire.Default.GetTypeInfo(type) is { Kind: JsonTypeInfoKind.Object } info) schemas[type.Name] = info.GetJsonSchemaAsNode(Exporter);
        // What only registry clients are answered.
        foreach (var info in (JsonTypeInfo[])[OciJson.Default.OciTokenAnswer, OciJson.Default.OciAccessTokenAnswer]) schemas[info.Type.Name] = info.GetJsonSchemaAsNode(Exporter);
        return schemas;
    }
}
