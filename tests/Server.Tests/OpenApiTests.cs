using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Tests.OpenApi;

namespace Paddock.Server.Tests;

public sealed class OpenApiTests
{
    [Fact]
    public async Task The_OpenAPI_document_lists_paths_and_schemas()
    {
        var document = await DocumentAsync();

        Assert.NotNull(document["paths"]!["/v0/run"]!["post"]);
        Assert.NotNull(document["paths"]!["/v0/projects/{project}/alerts/{alert}"]!["patch"]);
        Assert.NotNull(document["components"]!["schemas"]!["Report"]!["properties"]!["start_time"]);
        Assert.NotNull(document["components"]!["schemas"]!["Error"]!["properties"]!["request_id"]);
    }

    [Fact]
    public async Task An_operation_refers_to_the_schemas_of_its_request_and_response()
    {
        var document = await DocumentAsync();

        var run = document["paths"]!["/v0/run"]!["post"]!;
        var list = document["paths"]!["/v0/projects/{project}/benchmarks"]!["get"]!;
        Assert.Equal(
            "#/components/schemas/NewRun",
            (string?)run["requestBody"]!["content"]!["application/json"]!["schema"]!["$ref"]
        );
        Assert.Equal(
            "#/components/schemas/Report",
            (string?)run["responses"]!["201"]!["content"]!["application/json"]!["schema"]!["$ref"]
        );
        Assert.Equal(
            "#/components/schemas/Benchmark",
            (string?)list["responses"]!["200"]!["content"]!["application/json"]!["schema"]!["items"]!["$ref"]
        );
        Assert.NotNull(
            document["paths"]!["/v0/projects/{project}/benchmarks/{benchmark}"]!["delete"]!["responses"]!["204"]
        );
    }

    [Fact]
    public async Task Every_referenced_schema_is_defined()
    {
        var document = await DocumentAsync();
        var references = References(document["paths"]!).ToHashSet();

        Assert.True(references.Count > 40, $"only {references.Count} shapes are referred to");
        foreach (var reference in references)
            Assert.NotNull(document["components"]!["schemas"]![reference["#/components/schemas/".Length..]]);
    }

    [Fact]
    public async Task Every_PUT_and_PATCH_operation_documents_its_request_body()
    {
        var document = await DocumentAsync();

        var silent =
            from path in document["paths"]!.AsObject()
            from operation in path.Value!.AsObject()
            where
                path.Key.StartsWith("/v0/", StringComparison.Ordinal)
                && operation.Key is "put" or "patch"
                && operation.Value!["requestBody"] is null
            select $"{operation.Key} {path.Key}";

        // The first only ever refuses; watching needs no body.
        Assert.Equal(["patch /v0/organizations/{organization}/plan", "put /v0/projects/{project}/watch"], silent);
    }

    [Fact]
    public async Task Every_operation_documents_its_success_response_unless_it_always_refuses()
    {
        var document = await DocumentAsync();
        var operations = (
            from path in document["paths"]!.AsObject()
            where path.Key.StartsWith("/v0/", StringComparison.Ordinal)
            from operation in path.Value!.AsObject()
            let responses = operation.Value!["responses"]!.AsObject()
            select (
                Name: $"{operation.Key} {path.Key}",
                Done: responses.Where(response => response.Key[0] is '1' or '2').ToList()
            )
        ).ToList();

        Assert.Empty(
            operations
                .Where(one => one.Done.Any(done => done.Key is not ("101" or "204") && done.Value!["content"] is null))
                .Select(one => one.Name)
        );
        Assert.Equal(
            [
                "post /v0/checkout",
                "delete /v0/organizations/{organization}/plan",
                "get /v0/organizations/{organization}/plan",
                "patch /v0/organizations/{organization}/plan",
                "post /v0/organizations/{organization}/plan",
                "post /v0/server/stats",
                "get /v0/server/stats/{server}",
            ],
            operations
                .Where(one => one.Done.Count == 0)
                .Select(one => one.Name)
                .Order(StringComparer.Ordinal)
                .OrderBy(name => name[name.IndexOf('/', StringComparison.Ordinal)..], StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task Registry_uploads_are_documented_under_the_paths_of_the_v0_document()
    {
        var paths = (await DocumentAsync())["paths"]!;

        foreach (
            var (path, methods) in ((string, string[])[])
                [
                    ("/v2/{name}/blobs/{ref}", ["get", "put", "post", "delete", "head"]),
                    ("/v2/{name}/blobs/{ref}/{session_id}", ["get", "put", "delete", "patch"]),
                ]
        )
        foreach (var method in methods)
        {
            var named = paths[path]![method]!["parameters"]!
                .AsArray()
                .Where(parameter => (string)parameter!["in"]! == "path")
                .Select(parameter => (string)parameter!["name"]!);
            Assert.Equal(path.Split('{').Skip(1).Select(part => part.Split('}')[0]), named);
        }
        Assert.DoesNotContain(paths.AsObject(), path => path.Key.Contains("uploads", StringComparison.Ordinal));
    }

    [WithReference]
    public async Task Every_operation_shared_with_v0_documents_every_parameter_of_v0()
    {
        var (own, reference) = (
            await DocumentAsync(),
            JsonNode.Parse(await File.ReadAllTextAsync(WithReferenceAttribute.File))!
        );
        var (lacking, absent) = (new List<string>(), new List<string>());

        foreach (var (path, operations) in reference["paths"]!.AsObject())
        foreach (var (method, operation) in operations!.AsObject())
        {
            if (own["paths"]![path]?[method] is not { } here)
            {
                absent.Add($"{method} {path}");
                continue;
            }
            var named = ParametersOf(here).ToHashSet();
            lacking.AddRange(
                ParametersOf(operation!)
                    .Where(parameter => !named.Contains(parameter))
                    .Select(parameter => $"{method} {path}: {parameter}")
            );
        }

        Assert.Empty(lacking);
        Assert.Equal(["post /"], absent); // A route of the hosted service, not of v0's API.
    }

    private static IEnumerable<string> ParametersOf(JsonNode operation) =>
        operation["parameters"]
            ?.AsArray()
            .Select(one =>
                $"{(string?)one!["in"]} {(string?)one["name"]}{((bool?)one["required"] == true ? ", required" : "")}"
            )
        ?? [];

    private static IEnumerable<string> References(JsonNode node) =>
        node switch
        {
            JsonObject json => json.SelectMany(member =>
                member is { Key: "$ref", Value: { } target } ? [(string)target!]
                : member.Value is { } value ? References(value)
                : []
            ),
            JsonArray list => list.SelectMany(item => item is null ? [] : References(item)),
            _ => [],
        };

    private static async Task<JsonNode> DocumentAsync()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        return (await server.GetAsync("/v0/server/spec")).Expect(200);
    }
}
