using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Catalog.Specs;

public sealed class SpecTests
{
    [Theory, EveryDatabase]
    public async Task A_spec_without_an_operating_system_defaults_to_linux(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");

        var spec = (
            await ada.PostAsync(
                "/v0/specs",
                new
                {
                    name = "Small",
                    architecture = "x86_64",
                    cpu = 1,
                    memory = 1 << 28,
                    disk = 1 << 28,
                }
            )
        ).Expect(201);

        Assert.Equal("linux", (string)spec["os"]!);
    }

    [Theory, EveryDatabase]
    public async Task At_most_one_spec_is_the_fallback(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");

        await MakeAsync(ada, "A", fallback: true);
        await MakeAsync(ada, "B", fallback: true);
        Assert.Equal("b", await FallbackAsync(ada));
        (await ada.PatchAsync("/v0/specs/a", new { fallback = true })).Expect(200);
        Assert.Equal("a", await FallbackAsync(ada));
        (await ada.PatchAsync("/v0/specs/b", new { fallback = false })).Expect(200);
        Assert.Equal("a", await FallbackAsync(ada));
        (await ada.PatchAsync("/v0/specs/a", new { fallback = false })).Expect(200);
        Assert.Null(await FallbackAsync(ada));
    }

    [Theory, EveryDatabase]
    public async Task A_spec_shows_counters_and_its_longest_timeout_only_when_they_are_set(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        await MakeAsync(ada, "A");
        var plain = (await ada.GetAsync("/v0/specs/a")).Expect(200).AsObject();
        Assert.False(plain.ContainsKey("counters") || plain.ContainsKey("timeout_max"));

        var made = (
            await ada.PostAsync(
                "/v0/specs",
                new
                {
                    name = "B",
                    os = "linux",
                    architecture = "x86_64",
                    cpu = 1,
                    memory = 1 << 30,
                    disk = 1 << 30,
                    counters = true,
                    timeout_max = 60,
                }
            )
        ).Expect(201);
        Assert.Equal((true, 60), ((bool)made["counters"]!, (int)made["timeout_max"]!));
        var changed = (await ada.PatchAsync("/v0/specs/b", new { counters = false, timeout_max = (int?)null }))
            .Expect(200)
            .AsObject();
        Assert.False(changed.ContainsKey("counters") || changed.ContainsKey("timeout_max"));
        Assert.Equal(400, (await ada.PatchAsync("/v0/specs/b", new { timeout_max = 0 })).Status);
        Assert.Equal(400, (await ada.PatchAsync("/v0/specs/b", new { timeout_max = -1 })).Status);
    }

    [Theory, EveryDatabase]
    public async Task One_spec_is_the_fallback_after_several_claim_it_at_the_same_time(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        for (var i = 0; i < 6; i++)
            await MakeAsync(ada, $"S{i}");

        var replies = await Task.WhenAll(
            Enumerable.Range(0, 6).Select(i => ada.PatchAsync($"/v0/specs/s{i}", new { fallback = true }))
        );

        Assert.All(replies, reply => reply.Expect(200));
        Assert.NotNull(await FallbackAsync(ada));
    }

    [Theory, EveryDatabase]
    public async Task An_archived_spec_is_neither_the_fallback_nor_assigned_to_a_testbed(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var testbeds = $"/v0/projects/{await ada.CreateProjectAsync("Demo")}/testbeds";
        await MakeAsync(ada, "A", fallback: true);
        await MakeAsync(ada, "B");
        (await ada.PostAsync(testbeds, new { name = "Box", spec = "b" })).Expect(201);

        var both = (await ada.PatchAsync("/v0/specs/b", new { archived = true, fallback = true })).Expect(200);
        Assert.NotNull(both["archived"]);
        Assert.Equal("a", await FallbackAsync(ada));
        Assert.Null((await ada.GetAsync(testbeds + "/box")).Expect(200)["spec"]);

        var refused = await ada.PatchAsync("/v0/specs/b", new { fallback = true });
        Assert.Equal(409, refused.Status);
        Assert.Contains("archived", refused.Message, StringComparison.Ordinal);

        (await ada.PatchAsync("/v0/specs/b", new { archived = false, fallback = true })).Expect(200);
        Assert.Equal("b", await FallbackAsync(ada));
        Assert.Null((await ada.GetAsync(testbeds + "/box")).Expect(200)["spec"]);
    }

    [Theory, EveryDatabase]
    public async Task The_specs_of_a_runner_are_listed_unpaged_with_the_total_count_of_v0(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        (await ada.PostAsync("/v0/runners", new { name = "Rig" })).Expect(201);
        Assert.Equal(1, (await ada.GetAsync("/v0/runners/rig/specs")).TotalCount);
        foreach (var name in (string[])["a", "b", "c"])
        {
            (
                await ada.PostAsync(
                    "/v0/specs",
                    new
                    {
                        name,
                        os = "linux",
                        architecture = "x86_64",
                        cpu = 1,
                        memory = 1 << 20,
                        disk = 1 << 20,
                    }
                )
            ).Expect(201);
            (await ada.PostAsync("/v0/runners/rig/specs", new { spec = name })).Expect(201);
        }

        var reply = await ada.GetAsync("/v0/runners/rig/specs");
        Assert.Equal((3, 1), (reply.Expect(200).AsArray().Count, reply.TotalCount)); // Recorded from v0: no pages here.
        var documented = (await ada.GetAsync("/v0/server/spec")).Expect(200)["paths"]!["/v0/runners/{runner}/specs"]![
            "get"
        ]!["responses"]!["200"]!;
        Assert.Equal("array", (string?)documented["content"]!["application/json"]!["schema"]!["type"]);
        Assert.Null(documented["headers"]);
    }

    [Theory, EveryDatabase]
    public async Task The_list_includes_archived_specs_on_request(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        foreach (var name in (string[])["C", "A", "B"])
            await MakeAsync(ada, name);
        await ada.PatchAsync("/v0/specs/b", new { archived = true });

        Assert.Equal(["A", "C"], await NamesAsync(ada, ""));
        Assert.Equal(["A", "B", "C"], await NamesAsync(ada, "?archived=true"));
        Assert.Equal(["C", "A"], await NamesAsync(ada, "?direction=desc"));
        Assert.Equal(["C", "A"], await NamesAsync(ada, "?sort=created&direction=asc"));
        Assert.Equal(["A", "C"], await NamesAsync(ada, "?sort=created"));
    }

    [Theory, EveryDatabase]
    public async Task Specs_may_share_a_name_but_not_a_slug_and_their_hardware_never_changes(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        await MakeAsync(ada, "A");
        var second = await MakeAsync(ada, "A");

        var changed = (await ada.PatchAsync($"/v0/specs/{second["uuid"]}", new { cpu = 99, name = "Again" })).Expect(
            200
        );

        Assert.Matches("^a-[0-9a-z]{8}$", (string)second["slug"]!);
        Assert.Equal(2, (int)changed["cpu"]!);
        Assert.Equal(409, (await ada.PatchAsync($"/v0/specs/{second["uuid"]}", new { slug = "a" })).Status);
        Assert.Equal(204, (await ada.DeleteAsync("/v0/specs/a")).Status);
        Assert.Equal(404, (await ada.DeleteAsync("/v0/specs/a")).Status);
        Assert.Equal(404, (await ada.GetAsync("/v0/specs/a")).Status);
    }

    [Theory]
    [
        EveryDatabase("cpu", "0"),
        EveryDatabase("cpu", "2147483648"),
        EveryDatabase("cpu", "1.5"),
        EveryDatabase("memory", "-1"),
        EveryDatabase("disk", "0")
    ]
    [
        EveryDatabase("disk", "9223372036854775808"),
        EveryDatabase("os", "\"beos\""),
        EveryDatabase("architecture", "\"m68k\""),
        EveryDatabase("sandbox", "\"jail\"")
    ]
    public async Task A_spec_with_a_value_out_of_range_is_refused_with_its_field(
        Engine engine,
        string field,
        string value
    )
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var body = (JsonObject)
            JsonNode.Parse(
                """{"name": "A", "os": "linux", "architecture": "x86_64", "cpu": 1, "memory": 1, "disk": 1}"""
            )!;
        body[field] = JsonNode.Parse(value);

        var refused = await ada.PostAsync("/v0/specs", body);

        Assert.Equal(400, refused.Status);
        Assert.Contains(field, refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, await server.CountAsync("specs"));
    }

    private static async Task<JsonNode> MakeAsync(Client ada, string name, bool fallback = false) =>
        (
            await ada.PostAsync(
                "/v0/specs",
                new
                {
                    name,
                    os = "linux",
                    architecture = "x86_64",
                    cpu = 2,
                    memory = 1 << 30,
                    disk = 1 << 30,
                    fallback,
                }
            )
        ).Expect(201);

    private static async Task<string?> FallbackAsync(Client ada) =>
        (string?)
            (await ada.GetAsync("/v0/specs?archived=true"))
                .Expect(200)
                .AsArray()
                .SingleOrDefault(spec => spec!["fallback"] is not null)
                ?["slug"];

    private static async Task<IEnumerable<string?>> NamesAsync(Client ada, string query) =>
        (await ada.GetAsync("/v0/specs" + query)).Expect(200).AsArray().Select(spec => (string?)spec!["name"]);
}
