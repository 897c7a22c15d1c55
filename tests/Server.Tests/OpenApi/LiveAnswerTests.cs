using NJsonSchema;
using NSwag;
using Paddock.Server.Ground.Database;
using Paddock.Server.Tests.House;

namespace Paddock.Server.Tests.OpenApi;

/// <summary>What the server answers has the shape that documents promise: its own, and v0's.</summary>
public sealed class LiveAnswerTests
{
    private const string Json = "application/json";

    [Fact]
    public async Task Every_answer_to_GET_fits_the_servers_own_document()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var document = await OpenApiDocument.FromJsonAsync((await server.GetAsync("/v0/server/spec")).Text);

        Assert.True(await CheckAsync(server, document) > 60);
    }

    [WithReference]
    public async Task Every_answer_to_GET_fits_the_document_of_v0()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);

        Assert.True(await CheckAsync(server, await OpenApiDocument.FromFileAsync(WithReferenceAttribute.File)) > 40);
    }

    /// <returns>How many answers were checked.</returns>
    private static async Task<int> CheckAsync(TestServer server, OpenApiDocument document)
    {
        var world = await PermissionWorld.MakeAsync(server);
        using var walk = new PermissionWalk(world);
        using var key = server.With(world.Callers.Single(caller => caller.Kind == "organization's key").Token!);
        var (wrong, count) = (new List<string>(), 0);
        foreach (var (path, operations) in document.Paths)
        foreach (var project in new[] { world.Public, world.Private })
        {
            if (!operations.TryGetValue(OpenApiOperationMethod.Get, out var operation))
                continue;
            var schema = operation
                .ActualResponses.Where(one => one.Key == "200" && one.Value.Content.ContainsKey(Json))
                .Select(one => one.Value.Content[Json].Schema)
                .FirstOrDefault();
            if (schema is null)
                continue;
            var isFleet = !path.StartsWith("/v0", StringComparison.Ordinal);
            var reply = await (isFleet ? key : world.Admin).GetAsync(await walk.AddressAsync("GET", path, project));
            if (reply.Status != 200)
                continue;
            count++;
            wrong.AddRange(
                schema.Validate(reply.Text, SchemaType.OpenApi3).Take(3).Select(error => $"{path}: {error}")
            );
        }
        Assert.Empty(wrong);
        return count;
    }
}

/// <summary>
/// A test that needs v0's own document, which lies beside a clone; left out by name where it does not.
/// </summary>
internal sealed class WithReferenceAttribute : FactAttribute
{
    public static string File { get; } =
        Path.Combine(Environment.GetEnvironmentVariable("PADDOCK_SHARED") ?? Beside(), "reference", "openapi.json");

    public WithReferenceAttribute()
    {
        if (!System.IO.File.Exists(File))
            Skip = $"There is no {File}; PADDOCK_SHARED names another folder.";
    }

    private static string Beside()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!System.IO.File.Exists(Path.Combine(folder.FullName, "Paddock.slnx")))
            folder = folder.Parent!;
        return Path.Combine(folder.Parent!.FullName, "shared");
    }
}
