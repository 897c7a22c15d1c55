using NJsonSchema;
using NSwag;
using Paddock.Server.Ground.Database;
using Paddock.Server.Tests.House;
using Paddock.Server.Tests.Machines.Jobs;

namespace Paddock.Server.Tests.OpenApi;

/// <summary>The server's answers match the schemas of its own OpenAPI document and of v0's.</summary>
public sealed class LiveAnswerTests
{
    private const string Json = "application/json";

    [Fact]
    public async Task Every_GET_response_matches_its_schema_in_the_servers_own_document()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var document = await OpenApiDocument.FromJsonAsync((await server.GetAsync("/v0/server/spec")).Text);

        Assert.True(await CheckAsync(server, document) > 60);
    }

    [WithReference]
    public async Task Every_GET_response_matches_its_schema_in_the_v0_document()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);

        Assert.True(await CheckAsync(server, await OpenApiDocument.FromFileAsync(WithReferenceAttribute.File)) > 40);
    }

    [TheoryWithReference, EveryDatabase]
    public async Task Responses_match_the_v0_schemas_in_a_project_with_changes_confirmations_and_alerts(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await using var story = await ConfirmingStory.BeginAsync(server);
        var (admin, root) = (story.World.Admin, $"/v0/projects/{story.World.Project}");
        // A change proven by pairs and accepted; then an open suspicion, and a threshold with an alert.
        var suspected = await story.SuspectAsync(120);
        await EndPairsAsync(ofHead: 120);
        var change = (string)(await admin.GetAsync($"{root}/changes")).Expect(200)[0]!["uuid"]!;
        (await admin.PatchAsync($"{root}/changes/{change}", new { state = "accepted", note = "Known." })).Expect(200);
        await story.RunAsync(120);
        await admin.RunAsync(
            new(story.World.Project, Run.Latencies(("a", 1)))
            {
                Testbed = "elsewhere",
                Thresholds = Run.UpperThreshold("static", 100),
            }
        );
        var alerting = await admin.RunAsync(
            new(story.World.Project, Run.Latencies(("a", 200)))
            {
                Testbed = "elsewhere",
                Thresholds = Run.UpperThreshold("iqr", 0.5),
            }
        );
        var (alert, threshold) = (
            (string)alerting["alerts"]![0]!["uuid"]!,
            (string)alerting["alerts"]![0]!["threshold"]!["uuid"]!
        );
        // A refuted suspicion, which the next slow commit opens again.
        for (var i = 0; i < 4; i++)
            await story.RunAsync(120);
        await story.SuspectAsync(150);
        var proven = (await admin.GetAsync($"{root}/reports/{suspected["uuid"]}")).Expect(200);
        Assert.Equal("proven", (string)proven["changes"]!["confirmation"]!["state"]!);
        Assert.Equal("accepted", (string)(await admin.GetAsync($"{root}/changes/{change}")).Expect(200)["state"]!);
        var measured = proven["results"]![0]![0]!;

        var document = await OpenApiDocument.FromFileAsync(WithReferenceAttribute.File);
        var job = (string)(await admin.GetAsync($"{root}/jobs")).Expect(200)[0]!["uuid"]!;
        List<string> wrong = [];
        foreach (
            var (path, address) in ((string, string)[])
                [
                    ("/v0/projects/{project}/reports", $"{root}/reports?per_page=255"),
                    ("/v0/projects/{project}/reports/{report}", $"{root}/reports/{suspected["uuid"]}"),
                    ("/v0/projects/{project}/reports/{report}", $"{root}/reports/{alerting["uuid"]}"),
                    ("/v0/projects/{project}/alerts", $"{root}/alerts"),
                    ("/v0/projects/{project}/alerts/{alert}", $"{root}/alerts/{alert}"),
                    ("/v0/projects/{project}/thresholds", $"{root}/thresholds"),
                    ("/v0/projects/{project}/thresholds/{threshold}", $"{root}/thresholds/{threshold}"),
                    ("/v0/projects/{project}/jobs", $"{root}/jobs?per_page=255"),
                    ("/v0/projects/{project}/jobs/{job}", $"{root}/jobs/{job}"),
                    (
                        "/v0/projects/{project}/perf",
                        $"{root}/perf?branches={proven["branch"]!["uuid"]}&testbeds={proven["testbed"]!["uuid"]}"
                            + $"&benchmarks={measured["benchmark"]!["uuid"]}"
                            + $"&measures={measured["measures"]![0]!["measure"]!["uuid"]}"
                    ),
                ]
        )
        {
            var reply = await admin.GetAsync(address);
            Assert.Equal(200, reply.Status);
            var operation = document.Paths[path][OpenApiOperationMethod.Get];
            var schema = operation.ActualResponses.Single(one => one.Key == "200").Value.Content[Json].Schema;
            wrong.AddRange(
                schema.Validate(reply.Text, SchemaType.OpenApi3).Take(3).Select(error => $"{path}: {error}")
            );
        }
        Assert.Empty(wrong);

        async Task EndPairsAsync(double ofHead)
        {
            var claim = await story.Runner.TakeAsync();
            await story.EndPairsAsync(claim, ofBase: 100, ofHead);
            await story.World.UntilAsync((string)claim["uuid"]!, "processed");
        }
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
/// A test that needs v0's own OpenAPI document, which lies beside the clone; skipped, with a reason, when it is
/// missing.
/// </summary>
internal sealed class WithReferenceAttribute : FactAttribute
{
    public static string File { get; } =
        Path.Combine(Environment.GetEnvironmentVariable("PADDOCK_SHARED") ?? Beside(), "reference", "openapi.json");

    public WithReferenceAttribute() => Skip = Missing;

    internal static string? Missing =>
        System.IO.File.Exists(File) ? null : $"There is no {File}; PADDOCK_SHARED names another folder.";

    private static string Beside()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!System.IO.File.Exists(Path.Combine(folder.FullName, "Paddock.slnx")))
            folder = folder.Parent!;
        return Path.Combine(folder.Parent!.FullName, "shared");
    }
}

/// <inheritdoc cref="WithReferenceAttribute"/>
internal sealed class TheoryWithReferenceAttribute : TheoryAttribute
{
    public TheoryWithReferenceAttribute() => Skip = WithReferenceAttribute.Missing;
}
