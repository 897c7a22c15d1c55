using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Results.Thresholds;

public sealed class ThresholdTests
{
    private const string Path = "/v0/projects/demo/thresholds";

    [Theory, EveryDatabase]
    public async Task A_static_model_of_a_run_ignores_sample_sizes_and_window(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        var model = new
        {
            test = "static",
            upper_boundary = 5,
            min_sample_size = 30,
            max_sample_size = 40,
            window = 1,
        };
        await ada.RunAsync(
            new(project, Run.Latencies(("a", 1))) { Thresholds = new { models = new { latency = model } } }
        );

        var report = await ada.RunAsync(new(project, Run.Latencies(("a", 6))));

        var boundary = report["results"]![0]![0]!["measures"]![0]!["boundary"]!;
        Assert.Equal(5, (double)boundary["upper_limit"]!);
        Assert.Single(report["alerts"]!.AsArray());
        var kept = (await ada.GetAsync($"/v0/projects/{project}/thresholds")).Expect(200)[0]!["model"]!;
        Assert.Equal((30, 40, 1), ((int)kept["min_sample_size"]!, (int)kept["max_sample_size"]!, (int)kept["window"]!));
    }

    [Theory, EveryDatabase]
    public async Task A_threshold_keeps_its_past_models(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await DemoAsync(server);
        var made = (await ada.PostAsync(Path, Static("main", "box", "latency", 5))).Expect(201);
        var (url, first) = ($"{Path}/{made["uuid"]}", (string)made["model"]!["uuid"]!);

        var second = (string)
            (await ada.PutAsync(url, new { test = "t", upper_boundary = 0.99 })).Expect(200)["model"]!["uuid"]!;
        var same = (await ada.PutAsync(url, new { test = "t_test", upper_boundary = 0.99 })).Expect(200);
        var removed = (await ada.PutAsync(url, """{"test": null}""")).Expect(200);
        var again = (await ada.PutAsync(url, """{"test": null}""")).Expect(200);

        Assert.Equal(second, (string?)same["model"]!["uuid"]);
        Assert.Equal("t_test", (string?)same["model"]!["test"]);
        Assert.Null(removed["model"]);
        Assert.Null(again["model"]);
        var past = (await ada.GetAsync($"{url}?model={first}")).Expect(200);
        Assert.Equal((5, true), ((double)past["model"]!["upper_boundary"]!, past["model"]!["replaced"] is not null));
        Assert.Equal(404, (await ada.GetAsync($"{url}?model={Guid.NewGuid()}")).Status);
        Assert.Equal(2, await server.CountAsync("models"));
    }

    [Theory, EveryDatabase]
    public async Task A_model_of_another_threshold_is_not_found(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await DemoAsync(server);
        var one = (await ada.PostAsync(Path, Static("main", "box", "latency", 5))).Expect(201);
        var other = (await ada.PostAsync(Path, Static("main", "box", "throughput", 5))).Expect(201);

        Assert.Equal(404, (await ada.GetAsync($"{Path}/{one["uuid"]}?model={other["model"]!["uuid"]}")).Status);
    }

    [Theory, EveryDatabase]
    public async Task Exactly_one_of_many_concurrent_requests_for_the_same_threshold_creates_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await DemoAsync(server);

        var replies = await Task.WhenAll(
            Enumerable.Range(1, 12).Select(i => ada.PostAsync(Path, Static("main", "box", "latency", i)))
        );

        Assert.Single(replies, reply => reply.Status == 201);
        Assert.Equal(11, replies.Count(reply => reply.Status == 409));
        Assert.Equal((1, 1), (await server.CountAsync("thresholds"), await server.CountAsync("models")));
    }

    [Theory, EveryDatabase]
    public async Task Concurrent_replacements_of_a_model_leave_exactly_one_in_force(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await DemoAsync(server);
        var url = $"{Path}/{(await ada.PostAsync(Path, Static("main", "box", "latency", 100))).Expect(201)["uuid"]}";

        var replies = await Task.WhenAll(
            Enumerable.Range(1, 12).Select(i => ada.PutAsync(url, new { test = "static", upper_boundary = i }))
        );

        Assert.All(replies, reply => reply.Expect(200));
        var inForce = await server.Database.ReadAsync(
            sql => sql.NumberAsync($"SELECT count(*) FROM models WHERE replaced IS NULL"),
            CancellationToken.None
        );
        Assert.Equal((13, 1), (await server.CountAsync("models"), inForce));
    }

    [Theory, EveryDatabase]
    public async Task A_threshold_for_a_missing_branch_testbed_or_measure_is_refused(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await DemoAsync(server);

        foreach (
            var body in (object[])
                [
                    Static("nope", "box", "latency", 1),
                    Static("main", "nope", "latency", 1),
                    Static("main", "box", "nope", 1),
                ]
        )
        {
            var refused = await ada.PostAsync(Path, body);
            Assert.Equal(404, refused.Status);
            Assert.Contains("\"nope\"", refused.Message, StringComparison.Ordinal);
        }
        Assert.Equal(0, await server.CountAsync("thresholds"));
    }

    [Theory]
    [
        EveryDatabase("""{"test": "static", "upper_boundary": 1, "window": 60}""", "window"),
        EveryDatabase("""{"test": "static"}""", "upper_boundary")
    ]
    [
        EveryDatabase("""{"test": "t_test", "upper_boundary": 1.0}""", "upper_boundary"),
        EveryDatabase("""{"test": "iqr", "lower_boundary": -1}""", "lower_boundary")
    ]
    [EveryDatabase(
        """{"test": "percentage", "upper_boundary": 1, "min_sample_size": 3, "max_sample_size": 2}""",
        "min_sample_size"
    )]
    [
        EveryDatabase("""{"test": "percentage", "upper_boundary": 1, "window": 0}""", "window"),
        EveryDatabase("""{"test": "median", "upper_boundary": 1}""", "test")
    ]
    [EveryDatabase("""{"upper_boundary": 1}""", "test")]
    public async Task An_invalid_model_is_refused_and_the_wrong_field_is_named(
        Engine engine,
        string model,
        string field
    )
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await DemoAsync(server);
        var url = $"{Path}/{(await ada.PostAsync(Path, Static("main", "box", "throughput", 5))).Expect(201)["uuid"]}";
        var body = (JsonObject)JsonNode.Parse(model)!;
        (body["branch"], body["testbed"], body["measure"]) = ("main", "box", "latency");

        Reply[] refused = [await ada.PostAsync(Path, body), await ada.PutAsync(url, model)];

        Assert.All(refused, reply => Assert.Equal(400, reply.Status));
        Assert.All(refused, reply => Assert.Contains(field, reply.Message, StringComparison.Ordinal));
        Assert.Equal((1, 1), (await server.CountAsync("thresholds"), await server.CountAsync("models")));
    }

    [Theory]
    [
        EveryDatabase("""{"test": null, "window": 5}"""),
        EveryDatabase("""{"test": "static", "upper_boundary": 1, "color": "red"}"""),
        EveryDatabase("{}")
    ]
    public async Task An_update_with_unknown_or_missing_fields_is_refused(Engine engine, string body)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await DemoAsync(server);
        var url = $"{Path}/{(await ada.PostAsync(Path, Static("main", "box", "latency", 5))).Expect(201)["uuid"]}";

        Assert.Equal(400, (await ada.PutAsync(url, body)).Status);
        Assert.Equal(1, await server.CountAsync("models"));
    }

    [Theory, EveryDatabase]
    public async Task A_run_creates_replaces_keeps_and_resets_thresholds(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await DemoAsync(server);

        await RunAsync(ada, new { models = new { latency = Upper(5), throughput = Upper(6) } });
        var (latency, throughput) = (await ModelAsync(ada, "latency"), await ModelAsync(ada, "throughput"));
        await RunAsync(ada, new { models = new { latency = Upper(5) } });
        Assert.Equal((latency, throughput), (await ModelAsync(ada, "latency"), await ModelAsync(ada, "throughput")));

        await RunAsync(ada, new { models = new { latency = Upper(7) } });
        Assert.NotEqual(latency, await ModelAsync(ada, "latency"));
        Assert.Equal(throughput, await ModelAsync(ada, "throughput"));

        await RunAsync(ada, new { models = new { latency = Upper(7) }, reset = true });
        Assert.NotNull(await ModelAsync(ada, "latency"));
        Assert.Null(await ModelAsync(ada, "throughput"));

        await RunAsync(ada, new { reset = true });
        Assert.Null(await ModelAsync(ada, "latency"));
        Assert.Equal((2, 3), (await server.CountAsync("thresholds"), await server.CountAsync("models")));
    }

    [Theory, EveryDatabase]
    public async Task Concurrent_first_runs_create_each_threshold_once(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Demo");

        var replies = await Task.WhenAll(
            Enumerable
                .Range(0, 12)
                .Select(_ =>
                    ada.PostAsync(
                        "/v0/run",
                        new Run("demo", Run.Latencies(("a", 1)))
                        {
                            Thresholds = new
                            {
                                models = new { latency = Upper(5), throughput = Upper(6) },
                                reset = true,
                            },
                        }.ToJson()
                    )
                )
        );

        Assert.All(replies, reply => reply.Expect(201));
        Assert.Equal(
            (12, 2, 2),
            (
                await server.CountAsync("reports"),
                await server.CountAsync("thresholds"),
                await server.CountAsync("models")
            )
        );
    }

    [Theory, EveryDatabase]
    public async Task A_branch_clones_the_thresholds_of_its_start_point_on_request(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await DemoAsync(server);
        (await ada.PostAsync("/v0/projects/demo/branches", new { name = "pr" })).Expect(201);
        (await ada.PostAsync(Path, Static("main", "box", "latency", 1))).Expect(201);
        var bare = (await ada.PostAsync(Path, Static("main", "box", "throughput", 2))).Expect(201);
        (await ada.PutAsync($"{Path}/{bare["uuid"]}", """{"test": null}""")).Expect(200);
        (await ada.PostAsync("/v0/projects/demo/measures", new { name = "other", units = "u" })).Expect(201);
        (await ada.PostAsync(Path, Static("pr", "box", "latency", 3))).Expect(201);
        (await ada.PostAsync(Path, Static("pr", "box", "throughput", 4))).Expect(201);
        (await ada.PostAsync(Path, Static("pr", "box", "other", 5))).Expect(201);

        (await ada.PatchAsync("/v0/projects/demo/branches/pr", new { start_point = new { branch = "main" } })).Expect(
            200
        );
        Assert.Equal([3.0, 4.0, 5.0], await OfBranchAsync("pr"));
        (
            await ada.PatchAsync(
                "/v0/projects/demo/branches/pr",
                new
                {
                    start_point = new
                    {
                        branch = "main",
                        clone_thresholds = true,
                        reset = true,
                    },
                }
            )
        ).Expect(200);
        Assert.Equal([1.0, null, null], await OfBranchAsync("pr"));
        (
            await ada.PostAsync(
                "/v0/projects/demo/branches",
                new { name = "next", start_point = new { branch = "main", clone_thresholds = true } }
            )
        ).Expect(201);
        Assert.Equal([1.0], await OfBranchAsync("next"));

        async Task<IEnumerable<double?>> OfBranchAsync(string branch) =>
            (await ada.GetAsync($"{Path}?branch={branch}"))
                .Expect(200)
                .AsArray()
                .Select(threshold => (double?)threshold!["model"]?["upper_boundary"]);
    }

    [Theory, EveryDatabase]
    public async Task A_run_may_hold_at_most_1000_models(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await DemoAsync(server);
        var measures = await server.CountAsync("measures");

        var many = await ada.PostAsync("/v0/run", With(1001));
        Assert.Equal(400, many.Status);
        Assert.Contains(
            "thresholds.models: 1001 models; allowed: 1000 at most",
            many.Message,
            StringComparison.Ordinal
        );
        Assert.Equal((measures, 0), (await server.CountAsync("measures"), await server.CountAsync("thresholds")));
        (await ada.PostAsync("/v0/run", With(1000))).Expect(201);

        static JsonNode With(int models) =>
            new Run("demo", Run.Latencies(("a", 1)))
            {
                Thresholds = new JsonObject
                {
                    ["models"] = new JsonObject(
                        Enumerable
                            .Range(0, models)
                            .Select(i =>
                                KeyValuePair.Create($"m{i}", JsonNode.Parse("""{"test":"static","upper_boundary":1}"""))
                            )
                    ),
                },
            }.ToJson();
    }

    [Theory, EveryDatabase]
    public async Task A_run_with_an_invalid_or_duplicate_model_stores_nothing(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await DemoAsync(server);
        var reports = await server.CountAsync("reports");

        var invalid = await ada.PostAsync(
            "/v0/run",
            new Run("demo", Run.Latencies(("new", 1)))
            {
                Thresholds = new { models = new { latency = new { test = "iqr", upper_boundary = -1 } } },
            }.ToJson()
        );
        var latency = (string)(await ada.GetAsync("/v0/projects/demo/measures/latency")).Expect(200)["uuid"]!;
        var twice = await ada.PostAsync(
            "/v0/run",
            new Run("demo", Run.Latencies(("new", 1)))
            {
                Thresholds = new JsonObject
                {
                    ["models"] = new JsonObject
                    {
                        ["latency"] = JsonNode.Parse("""{"test":"static","upper_boundary":1}"""),
                        [latency] = JsonNode.Parse("""{"test":"static","upper_boundary":2}"""),
                    },
                },
            }.ToJson()
        );

        Assert.Equal((400, 400), (invalid.Status, twice.Status));
        Assert.Contains("thresholds.models.latency: upper_boundary", invalid.Message, StringComparison.Ordinal);
        Assert.Equal(
            (reports, 0, 0),
            (
                await server.CountAsync("reports"),
                await server.CountAsync("thresholds"),
                await server.CountAsync("models")
            )
        );
    }

    [Theory, EveryDatabase]
    public async Task A_threshold_cannot_be_deleted_while_a_report_that_it_judged_exists(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await DemoAsync(server);
        var unused =
            $"{Path}/{(await ada.PostAsync(Path, Static("main", "box", "throughput", 5))).Expect(201)["uuid"]}";
        var judging = $"{Path}/{(await ada.PostAsync(Path, Static("main", "box", "latency", 5))).Expect(201)["uuid"]}";
        // Within its limits, so no alert refers to it.
        var report = await ada.RunAsync(new("demo", Run.Latencies(("a", 1))));
        await ada.PutAsync(judging, """{"test": null}""");
        await ada.RunAsync(new("demo", Run.Latencies(("a", 1))));

        var refused = await ada.DeleteAsync(judging);
        Assert.Equal(409, refused.Status);
        Assert.Contains("judged", refused.Message, StringComparison.Ordinal);
        Assert.Equal(204, (await ada.DeleteAsync(unused)).Status);
        Assert.Equal(204, (await ada.DeleteAsync($"/v0/projects/demo/reports/{report["uuid"]}")).Status);
        Assert.Equal(204, (await ada.DeleteAsync(judging)).Status);
        Assert.Equal(0, await server.CountAsync("models"));
    }

    [Theory, EveryDatabase]
    public async Task The_threshold_list_is_filtered_by_branch_testbed_and_measure(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await DemoAsync(server);
        (await ada.PostAsync("/v0/projects/demo/branches", new { name = "feature/x" })).Expect(201);
        (await ada.PostAsync("/v0/projects/demo/testbeds", new { name = "Linux" })).Expect(201);
        (await ada.PostAsync(Path, Static("main", "box", "latency", 1))).Expect(201);
        (await ada.PostAsync(Path, Static("feature/x", "box", "latency", 2))).Expect(201);
        (await ada.PostAsync(Path, Static("main", "Linux", "latency", 3))).Expect(201);
        (await ada.PostAsync(Path, Static("main", "box", "throughput", 4))).Expect(201);

        Assert.Equal([1, 2, 3, 4], await LimitsAsync(ada, ""));
        Assert.Equal([4, 3, 2, 1], await LimitsAsync(ada, "?direction=desc"));
        Assert.Equal([1, 3, 4], await LimitsAsync(ada, "?branch=main"));
        Assert.Equal([2], await LimitsAsync(ada, "?branch=feature%252Fx")); // As clients encode it.
        Assert.Equal([2], await LimitsAsync(ada, "?branch=feature/x"));
        Assert.Equal([3], await LimitsAsync(ada, "?testbed=linux"));
        Assert.Equal([1, 3], await LimitsAsync(ada, "?branch=main&measure=latency"));
        Assert.Equal([], await LimitsAsync(ada, "?measure=nope"));

        await ada.PatchAsync("/v0/projects/demo/testbeds/linux", new { archived = true });
        Assert.Equal([1, 2, 4], await LimitsAsync(ada, ""));
        Assert.Equal([3], await LimitsAsync(ada, "?archived=true"));
    }

    [Theory, EveryDatabase]
    public async Task Thresholds_can_be_sorted_by_their_last_change(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var ada = await DemoAsync(server);
        var first = (await ada.PostAsync(Path, Static("main", "box", "latency", 1))).Expect(201);
        (await ada.PostAsync(Path, Static("main", "box", "throughput", 2))).Expect(201);
        clock.Advance(TimeSpan.FromSeconds(5));
        (await ada.PutAsync($"{Path}/{first["uuid"]}", new { test = "static", upper_boundary = 3 })).Expect(200);

        Assert.Equal([3, 2], await LimitsAsync(ada, "?sort=modified"));
        Assert.Equal([2, 3], await LimitsAsync(ada, "?sort=modified&direction=asc"));
        Assert.Equal([3, 2], await LimitsAsync(ada, "?sort=created"));
    }

    // Creates a project with branch main, testbed box, and the measures latency and throughput.
    private static async Task<TestUser> DemoAsync(TestServer server)
    {
        var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Demo");
        await ada.RunAsync(new("demo", Run.Measured(("a", "latency", 1), ("a", "throughput", 1))));
        return ada;
    }

    private static Task<JsonNode> RunAsync(TestUser ada, object thresholds) =>
        ada.RunAsync(new("demo", Run.Latencies(("a", 1))) { Thresholds = thresholds });

    private static object Static(string branch, string testbed, string measure, double upper) =>
        new
        {
            branch,
            testbed,
            measure,
            test = "static",
            upper_boundary = upper,
        };

    private static object Upper(double boundary) => new { test = "static", upper_boundary = boundary };

    private static async Task<string?> ModelAsync(Client client, string measure) =>
        (string?)(await client.GetAsync($"{Path}?measure={measure}")).Expect(200).AsArray().Single()!["model"]?["uuid"];

    private static async Task<IEnumerable<double>> LimitsAsync(Client client, string query) =>
        (await client.GetAsync(Path + query))
            .Expect(200)
            .AsArray()
            .Select(threshold => (double)threshold!["model"]!["upper_boundary"]!);
}
