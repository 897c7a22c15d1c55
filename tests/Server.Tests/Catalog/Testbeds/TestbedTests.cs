using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Catalog.Testbeds;

public sealed class TestbedTests
{
    private static readonly object Small = new
    {
        name = "Small",
        os = "linux",
        architecture = "x86_64",
        cpu = 2,
        memory = 1 << 30,
        disk = 1 << 30,
    };
    private static readonly object Large = new
    {
        name = "Large",
        os = "linux",
        architecture = "aarch64",
        cpu = 64,
        memory = 1L << 40,
        disk = 1L << 40,
        network = true,
    };

    [Theory, EveryDatabase]
    public async Task A_testbed_has_a_spec_that_can_be_replaced_cleared_and_overridden_for_one_read(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var path = $"/v0/projects/{await ada.CreateProjectAsync("Demo")}/testbeds";
        (await ada.PostAsync("/v0/specs", Small)).Expect(201);
        var large = (string)(await ada.PostAsync("/v0/specs", Large)).Expect(201)["uuid"]!;

        var made = (await ada.PostAsync(path, new { name = "Box", spec = "small" })).Expect(201);
        var listed = (await ada.GetAsync(path)).Expect(200);
        var shown = (await ada.GetAsync($"{path}/box?spec={large}")).Expect(200);
        var cleared = (await ada.PatchAsync(path + "/box", """{"spec": null}""")).Expect(200);

        Assert.Equal("small", (string?)made["spec"]!["slug"]);
        Assert.Equal("small", (string?)listed[0]!["spec"]!["slug"]);
        Assert.Equal(64, (int)shown["spec"]!["cpu"]!);
        Assert.Null(cleared["spec"]);
        Assert.Equal(
            "large",
            (string?)(await ada.PatchAsync(path + "/box", new { spec = large })).Expect(200)["spec"]!["slug"]
        );
        Assert.Equal("large", (string?)(await ada.PatchAsync(path + "/box", "{}")).Expect(200)["spec"]!["slug"]);
        Assert.Equal(404, (await ada.PatchAsync(path + "/box", new { spec = "huge" })).Status);
        Assert.Equal(404, (await ada.GetAsync($"{path}/box?spec={Guid.NewGuid()}")).Status);
        Assert.Equal(400, (await ada.GetAsync($"{path}/box?spec=small")).Status);
        Assert.Equal(404, (await ada.PostAsync(path, new { name = "Other", spec = "huge" })).Status);
        Assert.Equal(1, await server.CountAsync("testbeds"));
    }

    [Theory]
    [
        EveryDatabase("""{"name": null}""", "name"),
        EveryDatabase("""{"slug": null}""", "slug"),
        EveryDatabase("""{"archived": null}""", "archived")
    ]
    [
        EveryDatabase("""{"nickname": "x"}""", "nickname"),
        EveryDatabase("""{"name": "a", "name": "b"}""", "name"),
        EveryDatabase("""{"spec": "Not A Slug"}""", "spec")
    ]
    public async Task An_invalid_change_is_refused_with_its_field(Engine engine, string body, string field)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var path = $"/v0/projects/{await ada.CreateProjectAsync("Demo")}/testbeds";
        (await ada.PostAsync(path, new { name = "Box" })).Expect(201);

        var refused = await ada.PatchAsync(path + "/box", body);

        Assert.Equal(400, refused.Status);
        Assert.Contains(field, refused.Message, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task A_testbed_with_reports_or_thresholds_cannot_be_deleted(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        var path = $"/v0/projects/{project}";
        var report = await ada.RunAsync(new(project, Run.Latencies(("a", 1))));
        (await ada.PostAsync($"{path}/testbeds", new { name = "Judged" })).Expect(201);
        var threshold = (
            await ada.PostAsync(
                $"{path}/thresholds",
                new
                {
                    branch = "main",
                    testbed = "judged",
                    measure = "latency",
                    test = "static",
                    upper_boundary = 1,
                }
            )
        ).Expect(201);

        Assert.Equal(409, (await ada.DeleteAsync($"{path}/testbeds/box")).Status);
        Assert.Equal(409, (await ada.DeleteAsync($"{path}/testbeds/judged")).Status);
        Assert.Equal(204, (await ada.DeleteAsync($"{path}/reports/{report["uuid"]}")).Status);
        Assert.Equal(204, (await ada.DeleteAsync($"{path}/thresholds/{threshold["uuid"]}")).Status);
        Assert.Equal(204, (await ada.DeleteAsync($"{path}/testbeds/box")).Status);
        Assert.Equal(204, (await ada.DeleteAsync($"{path}/testbeds/judged")).Status);
    }
}
