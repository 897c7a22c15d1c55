using System.Text.Json;
using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using static Paddock.Server.Tests.Results.Changes.Story;

namespace Paddock.Server.Tests.Results.Changes;

/// <summary>Values measured on different kinds of machines are never compared.</summary>
public sealed class EnvironmentTests
{
    private static readonly object Old = Context("Quick CPU", "6.8"),
        New = Context("Slow CPU", "6.8");

    [Theory, EveryDatabase]
    public async Task Values_of_another_CPU_are_not_compared_and_the_first_CPU_keeps_its_history(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, story) = await BeginAsync(server);
        await story.WithContext(Old).RunAsync(40, 100);

        var other = await story.WithContext(New).RunAsync(1, 150);

        Assert.Equal("not_comparable", StateOf(other));
        Assert.Equal("not comparable: CPU changed from Quick CPU to Slow CPU", (string?)VerdictOf(other)["sentence"]);
        Assert.Contains(
            "1 result cannot be compared: CPU changed from Quick CPU to Slow CPU.",
            (string)other["changes"]!["sentence"]!,
            StringComparison.Ordinal
        );
        Assert.Equal("Slow CPU", (string?)other["environment"]!["cpu_model"]);
        Assert.Equal(0, (int)other["changes"]!["failing"]!);
        var later = (await ada.GetAsync($"/v0/projects/demo/reports/{other["uuid"]}")).Expect(200);
        Assert.True(JsonNode.DeepEquals(VerdictOf(other), VerdictOf(later)));

        var back = await story.WithContext(Old).RunAsync(1, 100);
        Assert.Equal("steady", StateOf(back));
        Assert.Contains(
            "This testbed is 2 kinds of machine; values are compared within a kind (CPU changed from Slow CPU to "
                + "Quick CPU).",
            (string)back["changes"]!["sentence"]!,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain(
            "kinds of machine",
            (string)(await story.RunAsync(1, 100))["changes"]!["sentence"]!,
            StringComparison.Ordinal
        );
        Assert.Equal("suspected", StateOf(await story.RunAsync(1, 140)));
        Assert.Empty((await ada.GetAsync("/v0/projects/demo/changes")).Expect(200).AsArray());
        Assert.Equal(2, await server.CountAsync("environments"));
    }

    [Theory, EveryDatabase]
    public async Task A_rebuilt_series_state_keeps_the_kinds_of_machine_apart(Engine engine)
    {
        async Task<JsonNode> ToldAsync(bool forgets)
        {
            await using var server = await TestServer.StartAsync(engine);
            var (_, story) = await BeginAsync(server);
            await story.WithContext(Old).RunAsync(30, 100);
            await story.WithContext(New).RunAsync(8, 150);
            if (forgets)
                await server.Database.WriteAsync(sql => sql.ExecuteAsync($"DELETE FROM series_states"));
            return VerdictOf(await story.WithContext(Old).RunAsync(1, 100));
        }

        var (kept, rebuilt) = (await ToldAsync(forgets: false), await ToldAsync(forgets: true));

        Assert.True(JsonNode.DeepEquals(kept, rebuilt), $"{kept}\n{rebuilt}");
    }

    [Theory, EveryDatabase]
    public async Task Runs_without_an_environment_count_for_the_first_environment_that_is_reported(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (_, story) = await BeginAsync(server);
        await story.RunAsync(40, 100);

        Assert.Equal("steady", StateOf(await story.WithContext(Old).RunAsync(1, 100)));
        Assert.Equal("steady", StateOf(await story.WithContext(null).RunAsync(1, 100)));
        Assert.Null(VerdictOf(await story.WithContext(Old).RunAsync(1, 100))["environment"]);
    }

    [Theory, EveryDatabase]
    public async Task The_first_harness_version_continues_the_history_and_another_is_not_compared(Engine engine)
    {
        async Task<JsonNode> ToldAsync(bool forgets)
        {
            await using var server = await TestServer.StartAsync(engine);
            var (ada, _) = await BeginAsync(server);
            var commits = 0;
            async Task<JsonNode> MeasureAsync(int count, double milliseconds, string? version)
            {
                JsonNode? last = null;
                for (var i = 0; i < count; i++, commits++)
                    last = await ada.RunAsync(
                        new("demo", Pytest(milliseconds * (1 + 0.001 * (commits % 7)), version))
                        {
                            Hash = Run.Commit(commits),
                            Context = Old,
                            Start = new DateTimeOffset(2026, 11, 20, 0, 0, 0, TimeSpan.Zero).AddMinutes(commits),
                        }
                    );
                return last!;
            }
            await MeasureAsync(30, 100, version: null);
            Assert.Equal("steady", StateOf(await MeasureAsync(1, 100, "4.0.0")));
            if (forgets)
                await server.Database.WriteAsync(sql => sql.ExecuteAsync($"DELETE FROM series_states"));

            var other = await MeasureAsync(1, 150, "5.1.0");
            Assert.Equal("pytest-benchmark 5.1.0", (string?)other["environment"]!["harness"]);
            Assert.Equal(
                "not comparable: harness changed from pytest-benchmark 4.0.0 to pytest-benchmark 5.1.0",
                (string?)VerdictOf(other)["sentence"]
            );
            Assert.Equal(0, (int)other["changes"]!["failing"]!);
            return VerdictOf(await MeasureAsync(1, 100, "4.0.0"));
        }

        var (kept, rebuilt) = (await ToldAsync(forgets: false), await ToldAsync(forgets: true));

        Assert.Equal("steady", (string)kept["state"]!);
        Assert.True(JsonNode.DeepEquals(kept, rebuilt), $"{kept}\n{rebuilt}");
    }

    private static string Pytest(double milliseconds, string? version) =>
        JsonSerializer.Serialize(
            new
            {
                machine_info = new { },
                commit_info = new { },
                benchmarks = new[]
                {
                    new { fullname = "a", stats = new { mean = milliseconds / 1000, stddev = 0.001 } },
                },
                version,
            }
        );

    [Theory, EveryDatabase]
    public async Task An_invalid_environment_is_refused_and_stores_nothing(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, _) = await BeginAsync(server);
        var run = new Run("demo", Run.Latencies(("a", 1)))
        {
            Context = new Dictionary<string, string> { ["paddock/v0/environment"] = "[1]" },
        };

        var refused = await ada.PostAsync("/v0/run", run.ToJson());

        Assert.Equal(400, refused.Status);
        Assert.Contains("context.paddock/v0/environment", refused.Text);
        Assert.Equal(0, await server.CountAsync("environments"));
    }

    private static Dictionary<string, string> Context(string cpu, string kernel) =>
        new()
        {
            ["paddock/v0/environment"] = JsonSerializer.Serialize(
                new
                {
                    cpu_model = cpu,
                    kernel,
                    memory = 17,
                }
            ),
        };
}
