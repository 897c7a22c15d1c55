using System.Text.Json.Nodes;
using Paddock.Server.Catalog.PinnedPlots;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Catalog.PinnedPlots;

public sealed class PlotTests
{
    [Theory]
    [
        InlineData(0, new long[] { 9, 1, 2, 3 }),
        InlineData(2, new long[] { 1, 2, 9, 3 }),
        InlineData(3, new long[] { 1, 2, 3, 9 }),
        InlineData(64, new long[] { 1, 2, 3, 9 })
    ]
    public void A_new_plot_is_placed_at_its_index_or_at_the_end(int index, long[] order) =>
        Assert.Equal(order, PlotOrder.Placed([1, 2, 3], plot: 9, index));

    [Theory]
    [
        InlineData(0, new long[] { 2, 1, 3 }),
        InlineData(1, new long[] { 1, 2, 3 }),
        InlineData(2, new long[] { 1, 3, 2 }),
        InlineData(64, new long[] { 1, 3, 2 })
    ]
    public void A_moved_plot_leaves_no_gap(int index, long[] order) =>
        Assert.Equal(order, PlotOrder.Placed([1, 2, 3], plot: 2, index));

    [Theory, EveryDatabase]
    public async Task Plots_are_listed_in_their_index_order_unless_sorted_otherwise(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var plots = await Pinned.MakeAsync(server);

        await plots.AddAsync("first"); // First by default.
        await plots.AddAsync("second");
        await plots.AddAsync("last", index: 64);
        var middle = await plots.AddAsync("middle", index: 1);
        await plots.AddAsync(title: null, index: 1);
        Assert.Equal(["second", null, "middle", "first", "last"], await plots.TitlesAsync(""));

        (await plots.User.PatchAsync($"{plots.Path}/{middle}", new { index = 0 })).Expect(200);
        Assert.Equal(["middle", "second", null, "first", "last"], await plots.TitlesAsync(""));
        Assert.Equal(204, (await plots.User.DeleteAsync($"{plots.Path}/{middle}")).Status);
        await plots.AddAsync("new", index: 1);
        Assert.Equal(["second", "new", null, "first", "last"], await plots.TitlesAsync(""));
        Assert.Equal(["last", "first", null, "new", "second"], await plots.TitlesAsync("?direction=desc"));
        Assert.Equal([null, "first", "last", "new", "second"], await plots.TitlesAsync("?sort=title"));
        Assert.Equal(["last"], await plots.TitlesAsync("?title=last"));
        Assert.Equal(["second", "first", "last"], await plots.TitlesAsync("?search=S"));
    }

    [Theory, EveryDatabase]
    public async Task A_plot_lists_its_items_in_the_given_order_without_duplicates(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var plots = await Pinned.MakeAsync(server);
        var (a, b) = (plots.Benchmarks[0], plots.Benchmarks[1]);
        var uuid = await plots.AddAsync("plot");

        var changed = (
            await plots.User.PatchAsync(
                $"{plots.Path}/{uuid}",
                new
                {
                    benchmarks = new[] { b, a, b },
                    y_axis = "log",
                    window = 60,
                }
            )
        ).Expect(200);

        Assert.Equal([b, a], changed["benchmarks"]!.AsArray().Select(u => (string?)u));
        Assert.Equal(
            ("plot", "version", "log", 60),
            ((string)changed["title"]!, (string)changed["x_axis"]!, (string)changed["y_axis"]!, (int)changed["window"]!)
        );
        Assert.Single(changed["branches"]!.AsArray());
        Assert.False(changed.AsObject().ContainsKey("index"));
        Assert.Null((await plots.User.PatchAsync($"{plots.Path}/{uuid}", """{"title": null}""")).Expect(200)["title"]);
    }

    [Theory, EveryDatabase]
    public async Task A_deleted_benchmark_is_removed_from_the_plots_that_show_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var plots = await Pinned.MakeAsync(server);
        var spare = (string)
            (await plots.User.PostAsync("/v0/projects/demo/benchmarks", new { name = "spare" })).Expect(201)["uuid"]!;
        var uuid = await plots.AddAsync("plot");
        (
            await plots.User.PatchAsync(
                $"{plots.Path}/{uuid}",
                new { benchmarks = new[] { spare, plots.Benchmarks[0] } }
            )
        ).Expect(200);

        Assert.Equal(204, (await plots.User.DeleteAsync("/v0/projects/demo/benchmarks/spare")).Status);

        Assert.Equal(
            [plots.Benchmarks[0]],
            (await plots.User.GetAsync($"{plots.Path}/{uuid}")).Expect(200)["benchmarks"]!
                .AsArray()
                .Select(u => (string?)u)
        );
    }

    [Theory, EveryDatabase]
    public async Task The_sixty_fifth_plot_is_refused(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var plots = await Pinned.MakeAsync(server);
        for (var i = 0; i < PlotOrder.PlotsMax; i++)
            await plots.AddAsync($"p{i}", index: 64);

        var refused = await plots.User.PostAsync(plots.Path, plots.Body("one more"));

        Assert.Equal(409, refused.Status);
        Assert.Contains("64", refused.Message, StringComparison.Ordinal);
        Assert.Equal(PlotOrder.PlotsMax, await server.CountAsync("plots"));
    }

    [Theory]
    [
        EveryDatabase("benchmarks", "[]", 400),
        EveryDatabase("benchmarks", "[\"x\"]", 400),
        EveryDatabase("benchmarks", "null", 400)
    ]
    [
        EveryDatabase("branches", "[\"01a200ff-3c23-7010-b2cf-085c4c7f7bcd\"]", 404),
        EveryDatabase("index", "65", 400),
        EveryDatabase("index", "256", 400)
    ]
    [
        EveryDatabase("window", "0", 400),
        EveryDatabase("window", "-1", 400),
        EveryDatabase("x_axis", "\"time\"", 400),
        EveryDatabase("title", "\" \"", 400)
    ]
    public async Task An_invalid_plot_is_refused_with_its_field(Engine engine, string field, string value, int status)
    {
        await using var server = await TestServer.StartAsync(engine);
        var plots = await Pinned.MakeAsync(server);
        var uuid = await plots.AddAsync("plot");
        var body = plots.Body("bad");
        body[field] = JsonNode.Parse(value);

        var refused = await plots.User.PostAsync(plots.Path, body);
        var change = await plots.User.PatchAsync($"{plots.Path}/{uuid}", $$"""{"{{field}}": {{value}}}""");

        Assert.Equal((status, status), (refused.Status, change.Status));
        if (status == 400)
            Assert.Contains(field, refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, await server.CountAsync("plots"));
        Assert.Equal(4, await server.CountAsync("plot_items"));
    }

    [Theory, EveryDatabase]
    public async Task A_plot_cannot_show_benchmarks_of_another_project(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var plots = await Pinned.MakeAsync(server);
        await plots.User.CreateProjectAsync("Other");
        var foreign = (string)
            (await plots.User.PostAsync("/v0/projects/other/benchmarks", new { name = "x" })).Expect(201)["uuid"]!;
        var body = plots.Body("bad");
        body["benchmarks"] = new JsonArray(foreign);

        Assert.Equal(404, (await plots.User.PostAsync(plots.Path, body)).Status);
        Assert.Equal(0, await server.CountAsync("plots"));
    }

    private sealed record Pinned(
        TestUser User,
        string Path,
        string Branch,
        string Testbed,
        string[] Benchmarks,
        string Measure
    )
    {
        public static async Task<Pinned> MakeAsync(TestServer server)
        {
            var user = await server.SignUpAsync("Ada Admin");
            await user.CreateProjectAsync("Demo");
            var report = await user.RunAsync(new("demo", Run.Latencies(("a", 1), ("b", 2))));
            var results = report["results"]![0]!.AsArray();
            return new(
                user,
                "/v0/projects/demo/plots",
                (string)report["branch"]!["uuid"]!,
                (string)report["testbed"]!["uuid"]!,
                [.. results.Select(r => (string)r!["benchmark"]!["uuid"]!)],
                (string)results[0]!["measures"]![0]!["measure"]!["uuid"]!
            );
        }

        public JsonObject Body(string? title, int? index = null)
        {
            var body = new JsonObject
            {
                ["lower_value"] = false,
                ["upper_value"] = false,
                ["lower_boundary"] = true,
                ["upper_boundary"] = true,
                ["x_axis"] = "version",
                ["window"] = 2592000,
                ["branches"] = new JsonArray(Branch),
                ["testbeds"] = new JsonArray(Testbed),
                ["benchmarks"] = new JsonArray(Benchmarks[0]),
                ["measures"] = new JsonArray(Measure),
                ["title"] = title,
            };
            if (index is not null)
                body["index"] = index;
            return body;
        }

        public async Task<string> AddAsync(string? title, int? index = null) =>
            (string)(await User.PostAsync(Path, Body(title, index))).Expect(201)["uuid"]!;

        public async Task<IEnumerable<string?>> TitlesAsync(string query) =>
            (await User.GetAsync(Path + query)).Expect(200).AsArray().Select(plot => (string?)plot!["title"]);
    }
}
