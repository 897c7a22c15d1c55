using Paddock.Server.Database;

namespace Paddock.Server.Tests;

public sealed class OpenApiTests
{
    [Fact]
    public async Task The_document_names_every_route_and_the_shape_of_what_travels()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);

        var document = (await server.GetAsync("/v0/server/spec")).Expect(200);

        Assert.NotNull(document["paths"]!["/v0/run"]!["post"]);
        Assert.NotNull(document["paths"]!["/v0/projects/{project}/alerts/{alert}"]!["patch"]);
        Assert.NotNull(document["components"]!["schemas"]!["Report"]!["properties"]!["start_time"]);
        Assert.NotNull(document["components"]!["schemas"]!["Error"]!["properties"]!["request_id"]);
    }
}
