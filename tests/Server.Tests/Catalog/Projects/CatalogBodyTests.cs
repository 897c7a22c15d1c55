using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Catalog.Projects;

/// <summary>Sends every request body with each of its fields in turn replaced by invalid values.</summary>
public sealed class CatalogBodyTests
{
    private static readonly string[] Hostile =
    [
        "null",
        "true",
        "-1",
        "0",
        "1.5",
        "1e999",
        "18446744073709551616",
        "\"\"",
        "\" pad \"",
        "\"a\\u0000b\"",
        "\"\\ud800\"",
        "[]",
        "{}",
        "[null]",
        "{\"a\":{}}",
        "\"01a200ff-3c23-7010-b2cf-085c4c7f7bcd\"",
        new string('[', 70) + new string(']', 70),
        $"\"{new string('x', LongLength)}\"",
    ];

    private const int LongLength = 5000;
    private const string TooDeep = "[[";

    [Theory, EveryDatabase]
    public async Task A_malformed_body_is_refused_with_its_field_and_never_fails_the_server(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Demo");
        var report = await ada.RunAsync(
            new("demo", Run.Latencies(("a", 1)), Run.Latencies(("a", 9)))
            {
                Thresholds = Run.UpperThreshold("static", 5),
            }
        );
        foreach (var (method, path, body) in await BodiesAsync(ada, report))
        {
            foreach (var field in body.Select(pair => pair.Key))
            foreach (var value in Hostile)
            {
                var text =
                    "{"
                    + string.Join(
                        ", ",
                        body.Select(pair =>
                            $"\"{pair.Key}\": {(pair.Key == field ? value : pair.Value?.ToJsonString() ?? "null")}"
                        )
                    )
                    + "}";
                var reply = await ada.SendAsync(method, path, text);
                Assert.True(
                    reply.Status is 200 or 201 or 400 or 404 or 409,
                    $"{reply.Request} with {text[..Math.Min(200, text.Length)]} answered {reply.Status}: {reply.Text}"
                );
                if (reply.Status >= 400)
                    Assert.NotEmpty(reply.Message);
                if (reply.Status == 400 && !value.StartsWith(TooDeep, StringComparison.Ordinal))
                    Assert.True(
                        reply.Message.Contains(field, StringComparison.Ordinal),
                        $"{field} = {value}: {reply.Message}"
                    );
            }
            foreach (var text in (string[])["", "null", "[]", "{", "{}}", "\"x\"", "{\"name\": \"a\" \"b\"}", "\u0001"])
                Assert.InRange((await ada.SendAsync(method, path, text)).Status, 400, 404);
        }
    }

    private static async Task<List<(HttpMethod, string, JsonObject)>> BodiesAsync(TestUser ada, JsonNode report)
    {
        const string project = "/v0/projects/demo";
        var spec =
            """{"name": "S", "slug": "s", "os": "linux", "architecture": "x86_64", "cpu": 2, "memory": 1024, "disk": 1024, "sandbox": null, "network": true, "fallback": false}""";
        var specUuid = (string)(await ada.PostAsync("/v0/specs", spec)).Expect(201)["uuid"]!;
        var uuids = new Dictionary<string, string>();
        foreach (var noun in (string[])["testbeds", "benchmarks", "measures"])
            uuids[noun] = (string)
                (await ada.PostAsync($"{project}/{noun}", new { name = "t", units = "u" })).Expect(201)["uuid"]!;
        var threshold = (string)(await ada.GetAsync($"{project}/thresholds")).Expect(200)[0]!["uuid"]!;
        var alert = (string)report["alerts"]![0]!["uuid"]!;
        var results = report["results"]![0]![0]!;
        var plot = $$"""
            {"title": "P", "index": 1, "lower_value": true, "upper_value": true, "lower_boundary": true, "upper_boundary": true, "x_axis": "version", "y_axis": "log",
             "window": 60, "branches": ["{{report["branch"]!["uuid"]}}"], "testbeds": ["{{report["testbed"]![
                "uuid"
            ]}}"],
             "benchmarks": ["{{results["benchmark"]!["uuid"]}}"], "measures": ["{{results["measures"]![0]!["measure"]![
                "uuid"
            ]}}"]}
            """;
        var plotUuid = (string)(await ada.PostAsync($"{project}/plots", plot)).Expect(201)["uuid"]!;
        const string model =
            "\"test\": \"percentage\", \"min_sample_size\": 2, \"max_sample_size\": 9, \"window\": 60, "
            + "\"lower_boundary\": 0.1, \"upper_boundary\": 0.1";
        return
        [
            Of(HttpMethod.Post, "/v0/specs", spec),
            Of(
                HttpMethod.Patch,
                $"/v0/specs/{specUuid}",
                """{"name": "S", "slug": "s", "fallback": true, "archived": false}"""
            ),
            Of(HttpMethod.Post, $"{project}/testbeds", """{"name": "n", "slug": "n", "spec": "s"}"""),
            Of(
                HttpMethod.Patch,
                $"{project}/testbeds/{uuids["testbeds"]}",
                """{"name": "t", "slug": "t", "spec": "s", "archived": false}"""
            ),
            Of(HttpMethod.Post, $"{project}/benchmarks", """{"name": "n", "slug": "n"}"""),
            Of(
                HttpMethod.Patch,
                $"{project}/benchmarks/{uuids["benchmarks"]}",
                """{"name": "t", "slug": "t", "archived": false}"""
            ),
            Of(HttpMethod.Post, $"{project}/measures", """{"name": "n", "slug": "n", "units": "u"}"""),
            Of(
                HttpMethod.Patch,
                $"{project}/measures/{uuids["measures"]}",
                """{"name": "t", "slug": "t", "units": "u", "archived": false}"""
            ),
            Of(
                HttpMethod.Post,
                $"{project}/thresholds",
                """{"branch": "main", "testbed": "box", "measure": "t", """ + model + "}"
            ),
            Of(HttpMethod.Put, $"{project}/thresholds/{threshold}", "{" + model + "}"),
            Of(HttpMethod.Patch, $"{project}/alerts/{alert}", """{"status": "active"}"""),
            Of(HttpMethod.Post, $"{project}/plots", plot),
            Of(HttpMethod.Patch, $"{project}/plots/{plotUuid}", plot),
        ];

        static (HttpMethod, string, JsonObject) Of(HttpMethod method, string path, string body) =>
            (method, path, (JsonObject)JsonNode.Parse(body)!);
    }
}
