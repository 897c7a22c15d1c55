using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing.Patterns;
using Paddock.Core.Wire;
using Paddock.Server.Access.Keys;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Installation;

/// <summary>
/// Describes this server's API in OpenAPI 3.0, like v0: every mapped API route with its parameters, body, answers,
/// errors and credentials. All of it is generated from the routes' declarations in the running program, so it cannot
/// become outdated. docs/decisions/0021 says why no library is used.
/// </summary>
internal sealed class OpenApiDocument
{
    private readonly OpenApiSchemas schemas = new();

    public static JsonObject Of(IEnumerable<EndpointDataSource> sources) =>
        new OpenApiDocument().Document(sources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>());

    private JsonObject Document(IEnumerable<RouteEndpoint> endpoints)
    {
        var paths = Paths(endpoints);
        schemas.Of(typeof(Error));
        return new()
        {
            ["openapi"] = "3.0.3",
            ["info"] = new JsonObject
            {
                ["title"] = "Paddock",
                ["version"] = ServerEndpoints.ApiVersion,
                ["license"] = new JsonObject { ["name"] = "Apache-2.0" },
            },
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas.Components,
                ["securitySchemes"] = SecuritySchemes(),
            },
        };
    }

    private JsonObject Paths(IEnumerable<RouteEndpoint> endpoints)
    {
        var paths = new JsonObject();
        foreach (
            var path in endpoints.Where(IsOfAnApi).GroupBy(DocumentedPath).OrderBy(g => g.Key, StringComparer.Ordinal)
        )
        {
            var operations = new JsonObject();
            foreach (var endpoint in path)
            foreach (var method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [])
                operations[method.ToLowerInvariant()] = Operation(method, path.Key, endpoint);
            paths[path.Key] = operations;
        }
        return paths;
    }

    // Pages and their forms are for people, and the MCP endpoint describes itself.
    private static bool IsOfAnApi(RouteEndpoint endpoint) =>
        endpoint.RoutePattern.RawText is { } path
        && (
            path == "/"
            || path.StartsWith("/v0/", StringComparison.Ordinal)
            || path.StartsWith("/v2", StringComparison.Ordinal)
            || endpoint.Metadata.GetMetadata<ErrorDialect>() is not null
        );

    private static string DocumentedPath(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<RouteShape>()?.Path ?? endpoint.RoutePattern.RawText!;

    private JsonObject Operation(string method, string path, RouteEndpoint endpoint)
    {
        var (route, shape) = (RoutePatternFactory.Parse(path), endpoint.Metadata.GetMetadata<RouteShape>());
        var rule = endpoint.Metadata.GetRequiredMetadata<AccessRule>();
        var operation = new JsonObject
        {
            ["operationId"] =
                $"{method.ToLowerInvariant()}"
                + $"{string.Concat(route.PathSegments.Select(segment => "_" + Word(segment)))}",
            ["description"] = $"For {rule.Who}.",
            ["tags"] = new JsonArray(Tag(path)),
            ["security"] = Security(rule.Accepts),
            ["parameters"] = Parameters(route, endpoint, shape),
            ["responses"] = Responses(shape, endpoint.Metadata.GetMetadata<ErrorDialect>() ?? ErrorDialect.V0),
        };
        if (shape?.Takes is { } body)
            operation["requestBody"] = new JsonObject { ["required"] = true, ["content"] = Json(schemas.Of(body)) };
        return operation;
    }

    private JsonArray Parameters(RoutePattern route, RouteEndpoint endpoint, RouteShape? shape)
    {
        var read = ParameterNotes.Of(endpoint.Metadata.GetMetadata<RouteInput>()).All;
        var path = route.Parameters.Select(parameter =>
            read.FirstOrDefault(known => known.In == "path" && known.Name == parameter.Name)
            ?? new Parameter(parameter.Name, "path", IsRequired: true, ParameterNotes.Type("string"))
        );
        var query = read.Where(known => known.In == "query").Concat(shape?.Asks ?? []);
        return
        [
            .. path.Concat(query)
                .Select(parameter =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["name"] = parameter.Name,
                            ["in"] = parameter.In,
                            ["required"] = parameter.IsRequired,
                            ["schema"] = parameter.Words is { } words
                                ? schemas.Of(words)
                                : parameter.Schema.DeepClone(),
                        }
                ),
        ];
    }

    private static string Word(RoutePatternPathSegment segment) =>
        segment.Parts[0] switch
        {
            RoutePatternLiteralPart literal => literal.Content.Replace('-', '_'),
            RoutePatternParameterPart parameter => "by_" + parameter.Name,
            _ => "_",
        };

    // The last noun of the path names the subject of the route.
    private static string Tag(string path) =>
        path.Split('/')
            .LastOrDefault(part => part.Length > 0 && part[0] != '{' && part is not ("v0" or "v2" or "events"))
        ?? "registry";

    private JsonObject Responses(RouteShape? shape, ErrorDialect dialect)
    {
        var responses = new JsonObject();
        if (shape is null)
            responses["200"] = Done(shape);
        else if (shape.Status is { } status)
            responses[status.ToString(CultureInfo.InvariantCulture)] = Done(shape);
        // Not 4XX and 5XX: some client generators do not support them.
        responses["default"] = new JsonObject
        {
            ["description"] =
                "The request was refused, and the message names the field and the rule; or the server failed, and its "
                + "log has the details under the error code.",
            ["content"] = Json(schemas.Of(dialect.Shape)),
        };
        return responses;
    }

    private JsonObject Done(RouteShape? shape)
    {
        var done = new JsonObject { ["description"] = "Done." };
        if (shape?.Media is { } media)
        {
            var schema = media == "application/json" ? [] : ParameterNotes.Type("string"); // Any JSON, or a text.
            done["content"] = new JsonObject { [media] = new JsonObject { ["schema"] = schema } };
        }
        if (shape?.Gives is not { } gives)
            return done;
        done["content"] = Json(
            shape.List ? new JsonObject { ["type"] = "array", ["items"] = schemas.Of(gives) } : schemas.Of(gives)
        );
        if (shape is { List: true, IsWhole: false })
            done["headers"] = new JsonObject
            {
                ["X-Total-Count"] = new JsonObject
                {
                    ["description"] = "How many there are on all pages.",
                    ["schema"] = ParameterNotes.Type("integer"),
                },
            };
        return done;
    }

    private static JsonObject Json(JsonObject schema) =>
        new() { ["application/json"] = new JsonObject { ["schema"] = schema } };

    private static readonly (Credentials Kind, string Scheme, JsonObject Shape)[] Schemes =
    [
        (
            Credentials.User | Credentials.ProjectKey | Credentials.ApiKey | Credentials.ScrapeToken,
            "bearer",
            Bearer(
                "A session's token, a user's key, or a key of a project or an organization where the route takes one."
            )
        ),
        (
            Credentials.ApiKey,
            "apiKey",
            new()
            {
                ["type"] = "apiKey",
                ["in"] = "header",
                ["name"] = KeyText.Header,
                ["description"] = "A key of an organization.",
            }
        ),
        (Credentials.RunnerKey, "runnerKey", Bearer("The key of the runner.")),
        (Credentials.RegistryToken, "registryToken", Bearer("A token of /v0/auth/oci/token.")),
    ];

    private static JsonArray Security(Credentials accepted)
    {
        var security = new JsonArray();
        if (accepted.HasFlag(Credentials.Anonymous))
            security.Add(new JsonObject());
        foreach (var (kind, scheme, _) in Schemes)
            if ((accepted & kind) != 0)
                security.Add(new JsonObject { [scheme] = new JsonArray() });
        return security;
    }

    private static JsonObject SecuritySchemes() =>
        new(Schemes.Select(one => KeyValuePair.Create<string, JsonNode?>(one.Scheme, one.Shape.DeepClone())));

    private static JsonObject Bearer(string description) =>
        new()
        {
            ["type"] = "http",
            ["scheme"] = "bearer",
            ["description"] = description,
        };
}
