using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Ground.Http;

public sealed class BodyTests
{
    [Fact]
    public async Task A_null_inside_a_list_or_a_map_is_refused_with_its_path()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        var run = new Run(project, Run.Latencies(("a", 1))).ToJson();

        await RefusedAsync(
            "/v0/run",
            Changed(run, "thresholds", """{"models": {"latency": null}}"""),
            "thresholds.models.latency"
        );
        await RefusedAsync("/v0/run", Changed(run, "results", """["{}", null]"""), "results[1]");
        await RefusedAsync("/v0/run", Changed(run, "context", """{"a": null}"""), "context.a");
        await RefusedAsync(
            "/v0/run",
            Changed(run, "job", """{"image": "demo", "entrypoint": [null]}"""),
            "job.entrypoint[0]"
        );
        await RefusedAsync("/v0/run", Changed(run, "job", """{"image": "demo", "cmd": ["a", null]}"""), "job.cmd[1]");
        await RefusedAsync("/v0/run", Changed(run, "job", """{"image": "demo", "env": {"A": null}}"""), "job.env.A");
        await RefusedAsync(
            "/v0/run",
            Changed(run, "job", """{"image": "demo", "file_paths": [null]}"""),
            "job.file_paths[0]"
        );
        await RefusedAsync(
            $"/v0/projects/{project}/plots",
            new JsonObject { ["branches"] = new JsonArray([null]) },
            "branches"
        );
        Assert.Equal(0, (await ada.GetAsync($"/v0/projects/{project}/reports")).TotalCount);

        async Task RefusedAsync(string path, JsonObject body, string field)
        {
            var reply = await ada.PostAsync(path, body);
            Assert.Equal(400, reply.Status);
            Assert.Contains(field, reply.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_refusal_has_an_error_code_only_when_the_server_failed()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);

        var missing = await server.GetAsync("/v0/projects/nothing");

        Assert.Equal(404, missing.Status);
        Assert.False(missing.Json.AsObject().ContainsKey("error_code"));
    }

    private static JsonObject Changed(JsonObject body, string field, string json)
    {
        var copy = (JsonObject)body.DeepClone();
        copy[field] = JsonNode.Parse(json);
        return copy;
    }
}
