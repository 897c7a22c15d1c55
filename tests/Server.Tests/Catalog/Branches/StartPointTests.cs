using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Tests.Catalog.Branches;

/// <summary>When a start point is not the requested one, the answer says so and names the one used instead.</summary>
public sealed class StartPointTests
{
    [Theory, EveryDatabase]
    public async Task A_notice_names_the_existing_branches_when_the_start_point_does_not_exist(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, project) = await MainAsync(server, 1, 2);

        var report = await ada.RunAsync(Feature(project) with { StartPoint = new { branch = "master" } });

        Assert.Equal("start_point_unknown", Kind(report));
        Assert.Contains("\"master\" does not exist (this project has main)", Notice(report), StringComparison.Ordinal);
        Assert.Contains("\"feature\" begins without the history", Notice(report), StringComparison.Ordinal);
        Assert.Null(report["branch"]!["head"]!["start_point"]);
        var read = (await ada.GetAsync($"/v0/projects/{project}/reports/{report["uuid"]}")).Expect(200);
        Assert.Equal(Notice(report), Notice(read)); // It is kept with the report.
    }

    [Theory, EveryDatabase]
    public async Task An_existing_branch_keeps_its_history_when_the_start_point_does_not_exist(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, project) = await MainAsync(server, 1);
        await ada.RunAsync(Feature(project));

        var kept = await ada.RunAsync(Feature(project) with { StartPoint = new { branch = "master" } });
        var reset = await ada.RunAsync(Feature(project) with { StartPoint = new { branch = "master", reset = true } });

        Assert.Contains("\"feature\" keeps its present history", Notice(kept), StringComparison.Ordinal);
        Assert.Contains("\"feature\" begins anew", Notice(reset), StringComparison.Ordinal);
        Assert.NotEqual((string?)kept["branch"]!["head"]!["uuid"], (string?)reset["branch"]!["head"]!["uuid"]);
    }

    [Theory, EveryDatabase]
    public async Task A_notice_says_when_the_start_point_has_no_report(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, project) = await MainAsync(server, 1);
        (await ada.PostAsync($"/v0/projects/{project}/branches", new { name = "empty" })).Expect(201);

        var report = await ada.RunAsync(Feature(project) with { StartPoint = new { branch = "empty" } });

        Assert.Equal("start_point_unmeasured", Kind(report));
        Assert.Contains("\"empty\" has no report yet", Notice(report), StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task An_unknown_commit_is_replaced_by_the_latest_version_with_a_notice(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, project) = await MainAsync(server, 1, 2, 3);

        var report = await ada.RunAsync(
            Feature(project) with
            {
                StartPoint = new { branch = "main", hash = Run.Commit(99) },
            }
        );

        Assert.Equal("start_point_hash_unknown", Kind(report));
        Assert.Contains(Run.Commit(99), Notice(report), StringComparison.Ordinal);
        Assert.Contains($"number 2, commit {Run.Commit(3)}", Notice(report), StringComparison.Ordinal);
        Assert.Equal(Run.Commit(3), Start(report));
    }

    [Theory, EveryDatabase]
    public async Task A_commit_before_a_reset_is_found_with_its_history_up_to_that_commit(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, project) = await MainAsync(server, 10, 20, 30);
        await ada.RunAsync(
            new(project, Run.Latencies(("a", 1000))) { Hash = Run.Commit(4), StartPoint = new { reset = true } }
        );
        var start = new
        {
            branch = "main",
            hash = Run.Commit(2),
            clone_thresholds = true,
        };

        var report = await ada.RunAsync(Feature(project) with { StartPoint = start });
        var again = await ada.RunAsync(Feature(project) with { StartPoint = start });

        Assert.Equal("start_point_before_reset", Kind(report));
        Assert.Contains("reset on", Notice(report), StringComparison.Ordinal);
        Assert.Equal(Run.Commit(2), Start(report));
        // The mean of 10 and 20 only.
        Assert.Equal(15.0, (double?)report["results"]![0]![0]!["measures"]![0]!["boundary"]!["baseline"]);
        Assert.Equal((string?)report["branch"]!["head"]!["uuid"], (string?)again["branch"]!["head"]!["uuid"]);
    }

    [Theory]
    [EveryDatabase("body", 2)]
    [EveryDatabase("context", 2)]
    [EveryDatabase("nowhere", 4)] // As recorded from v0 for a reset, but with a notice.
    public async Task A_branch_that_is_reset_starts_at_a_commit_before_a_reset_only_when_requested(
        Engine engine,
        string asked,
        int commit
    )
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, project) = await MainAsync(server, 10, 20, 30);
        await ada.RunAsync(
            new(project, Run.Latencies(("a", 1000))) { Hash = Run.Commit(4), StartPoint = new { reset = true } }
        );

        var report = await ada.RunAsync(
            Feature(project) with
            {
                StartPoint = new
                {
                    branch = "main",
                    hash = Run.Commit(2),
                    reset = true,
                    former = asked == "body" ? true : (bool?)null,
                },
                Context =
                    asked == "context"
                        ? new Dictionary<string, string> { ["paddock/v0/former_start_point"] = "true" }
                        : null,
            }
        );

        Assert.Equal("start_point_before_reset", Kind(report));
        Assert.Contains(
            asked != "nowhere"
                ? "the history before that reset is used"
                : $"the latest version of that branch is used instead, number 0, commit {Run.Commit(4)}",
            Notice(report),
            StringComparison.Ordinal
        );
        Assert.Equal(Run.Commit(commit), Start(report));
    }

    [Theory, EveryDatabase]
    public async Task A_start_point_that_is_found_adds_no_notice(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, project) = await MainAsync(server, 1, 2);

        var byHash = await ada.RunAsync(
            Feature(project) with
            {
                StartPoint = new { branch = "main", hash = Run.Commit(1) },
            }
        );
        var latest = await ada.RunAsync(
            Feature(project) with
            {
                Branch = "other",
                StartPoint = new { branch = "main" },
            }
        );

        Assert.Null(byHash["notices"]);
        Assert.Null(latest["notices"]);
    }

    [Theory, EveryDatabase]
    public async Task Creating_and_updating_a_branch_returns_the_notice_too(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, project) = await MainAsync(server, 1);

        var made = (
            await ada.PostAsync(
                $"/v0/projects/{project}/branches",
                new { name = "feature", start_point = new { branch = "master" } }
            )
        ).Expect(201);
        var changed = (
            await ada.PatchAsync(
                $"/v0/projects/{project}/branches/feature",
                new { start_point = new { branch = "main", hash = Run.Commit(9) } }
            )
        ).Expect(200);
        var read = (await ada.GetAsync($"/v0/projects/{project}/branches/feature")).Expect(200);

        Assert.Equal("start_point_unknown", Kind(made));
        Assert.Equal("start_point_hash_unknown", Kind(changed));
        Assert.Null(read["notices"]);
    }

    private static async Task<(TestUser Ada, string Project)> MainAsync(TestServer server, params double[] values)
    {
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        for (var i = 0; i < values.Length; i++)
            await ada.RunAsync(
                new(project, Run.Latencies(("a", values[i])))
                {
                    Hash = Run.Commit(i + 1),
                    Start = new(2026, 11, 20, 10, i, 0, TimeSpan.Zero),
                    Thresholds = i == 0 ? Run.UpperThreshold("percentage", 0.5) : null,
                }
            );
        return (ada, project);
    }

    private static Run Feature(string project) => new(project, Run.Latencies(("a", 15))) { Branch = "feature" };

    private static string? Kind(JsonNode answer) => (string?)answer["notices"]![0]!["kind"];

    private static string? Notice(JsonNode answer) => (string?)answer["notices"]![0]!["text"];

    private static string? Start(JsonNode report) =>
        (string?)report["branch"]!["head"]!["start_point"]!["version"]!["hash"];
}
