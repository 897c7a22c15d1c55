using System.Text.Json.Nodes;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Tests.Catalog.Branches;

public sealed class BranchTests
{
    [Theory]
    [InlineData(null, null, null, null, false, false)] // Nothing is requested.
    [InlineData(null, null, null, null, true, true)]
    [InlineData(1L, "a", null, null, false, false)] // The start point was dropped.
    [InlineData(null, null, 1L, "a", false, true)]
    [InlineData(1L, "a", 2L, "a", false, true)]
    [InlineData(1L, "a", 1L, "a", false, false)]
    [InlineData(1L, "a", 1L, "b", false, true)]
    [InlineData(1L, null, 1L, "b", false, true)]
    [InlineData(1L, "a", 1L, null, false, false)]
    public void A_branch_gets_a_new_head_when_its_start_point_moves(
        long? current,
        string? currentHash,
        long? wanted,
        string? wantedHash,
        bool reset,
        bool anew
    )
    {
        var start = wanted is { } branch
            ? new ResolvedStartPoint(
                new(branch),
                HeadId: new(9),
                VersionId: new(9),
                Number: 0,
                wantedHash,
                MaxVersions: 255,
                CloneThresholds: false
            )
            : null;

        Assert.Equal(anew, StartPoints.NeedsNewHead(current is { } id ? new(id) : null, currentHash, start, reset));
    }

    [Theory, EveryDatabase]
    public async Task A_branch_inherits_the_history_of_its_start_point(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (user, project) = await MainAsync(server, 10, 20, 30);

        var report = await user.RunAsync(
            Feature(project, 25) with
            {
                StartPoint = new { branch = "main", clone_thresholds = true },
            }
        );

        Assert.Equal(20.0, Baseline(report));
        Assert.Equal(3, (int)report["branch"]!["head"]!["version"]!["number"]!);
        Assert.Equal(2, (int)report["branch"]!["head"]!["start_point"]!["version"]!["number"]!);
    }

    [Theory, EveryDatabase]
    public async Task A_branch_ignores_versions_added_to_its_start_point_later(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (user, project) = await MainAsync(server, 10);
        var start = new
        {
            branch = "main",
            hash = Run.Commit(1),
            clone_thresholds = true,
        };
        await user.RunAsync(Feature(project, 10) with { StartPoint = start });
        await user.RunAsync(new(project, Run.Latencies(("a", 1000))) { Hash = Run.Commit(50) });

        var report = await user.RunAsync(Feature(project, 10) with { StartPoint = start });

        Assert.Equal(10.0, Baseline(report));
    }

    [Theory]
    [EveryDatabase(0, double.NaN)]
    [EveryDatabase(1, 30.0)]
    [EveryDatabase(2, 25.0)]
    public async Task A_branch_inherits_at_most_the_requested_number_of_versions(
        Engine engine,
        int versionsMax,
        double baseline
    )
    {
        await using var server = await TestServer.StartAsync(engine);
        var (user, project) = await MainAsync(server, 10, 20, 30);

        var report = await user.RunAsync(
            Feature(project, 25) with
            {
                StartPoint = new
                {
                    branch = "main",
                    clone_thresholds = true,
                    max_versions = versionsMax,
                },
            }
        );

        Assert.Equal(baseline, Baseline(report) ?? double.NaN);
    }

    [Theory, EveryDatabase]
    public async Task A_branch_of_a_branch_inherits_the_history_of_both(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (user, project) = await MainAsync(server, 10, 20);
        await user.RunAsync(
            Feature(project, 60) with
            {
                StartPoint = new { branch = "main", clone_thresholds = true },
            }
        );

        var report = await user.RunAsync(
            Feature(project, 30) with
            {
                Branch = "deeper",
                StartPoint = new { branch = "feature", clone_thresholds = true },
            }
        );

        Assert.Equal(30.0, Baseline(report));
    }

    [Theory, EveryDatabase]
    public async Task A_reset_silences_all_alerts_of_the_old_head(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (user, project) = await MainAsync(server, 10);
        var slow = await user.RunAsync(new(project, Run.Latencies(("a", 100), ("b", 100))) { Hash = Run.Commit(8) });
        var slower = await user.RunAsync(new(project, Run.Latencies(("a", 1000))) { Hash = Run.Commit(9) });
        var dismissed = (string)slow["alerts"]![0]!["uuid"]!;
        (await user.PatchAsync($"/v0/projects/{project}/alerts/{dismissed}", new { status = "dismissed" })).Expect(200);

        await user.RunAsync(new(project, Run.Latencies(("a", 10))) { StartPoint = new { reset = true } });

        Assert.Equal("silenced", await StatusAsync(user, project, dismissed));
        Assert.Equal("silenced", await StatusAsync(user, project, (string)slower["alerts"]![0]!["uuid"]!));
    }

    [Theory, EveryDatabase]
    public async Task A_deleted_version_renumbers_the_later_versions_of_every_branch_that_inherits_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (user, project) = await MainAsync(server, 10, 20, 30);
        var feature = await user.RunAsync(Feature(project, 25) with { StartPoint = new { branch = "main" } });
        var first = (await user.GetAsync($"/v0/projects/{project}/reports?branch=main&direction=asc")).Expect(200)[0]![
            "uuid"
        ];

        Assert.Equal(204, (await user.DeleteAsync($"/v0/projects/{project}/reports/{first}")).Status);

        var moved = (await user.GetAsync($"/v0/projects/{project}/reports/{feature["uuid"]}")).Expect(200);
        Assert.Equal(2, (int)moved["branch"]!["head"]!["version"]!["number"]!);
        Assert.Equal(1, (int)moved["branch"]!["head"]!["start_point"]!["version"]!["number"]!);
    }

    [Theory, EveryDatabase]
    public async Task A_branch_with_reports_cannot_be_deleted_and_an_empty_one_can(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (user, project) = await MainAsync(server, 10);
        (await user.PostAsync($"/v0/projects/{project}/branches", new { name = "empty" })).Expect(201);

        Assert.Equal(409, (await user.DeleteAsync($"/v0/projects/{project}/branches/main")).Status);
        Assert.Equal(204, (await user.DeleteAsync($"/v0/projects/{project}/branches/empty")).Status);
    }

    [Theory, EveryDatabase]
    public async Task A_taken_name_is_refused_and_a_taken_slug_gets_a_suffix(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (user, project) = await MainAsync(server, 10);

        Assert.Equal(409, (await user.PostAsync($"/v0/projects/{project}/branches", new { name = "main" })).Status);
        var other = (await user.PostAsync($"/v0/projects/{project}/branches", new { name = "Main" })).Expect(201);
        Assert.StartsWith("main-", (string)other["slug"]!, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task A_new_branch_is_refused_when_its_start_point_names_no_branch(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (user, project) = await MainAsync(server, 10);

        var refused = await user.PostAsync(
            $"/v0/projects/{project}/branches",
            new { name = "other", start_point = new { hash = Run.Commit(1) } }
        );

        Assert.Equal(400, refused.Status);
        Assert.Contains("start_point: missing required \"branch\"", refused.Message, StringComparison.Ordinal);
        Assert.Equal(404, (await user.GetAsync($"/v0/projects/{project}/branches/other")).Status);
    }

    [Theory, EveryDatabase]
    public async Task A_start_point_is_resolved_before_the_branch_is_renamed(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (user, project) = await MainAsync(server, 10);
        (await user.PostAsync($"/v0/projects/{project}/branches", new { name = "old" })).Expect(201);

        // If resolved after the rename, "main" would be the renamed branch itself, which has no version.
        (
            await user.PatchAsync($"/v0/projects/{project}/branches/main", new { name = "trunk", slug = "trunk" })
        ).Expect(200);
        var renamed = (
            await user.PatchAsync(
                $"/v0/projects/{project}/branches/old",
                new
                {
                    name = "renamed",
                    slug = "renamed",
                    start_point = new { branch = "trunk" },
                }
            )
        ).Expect(200);
        var itself = (
            await user.PatchAsync(
                $"/v0/projects/{project}/branches/trunk",
                new
                {
                    name = "main",
                    slug = "main",
                    start_point = new { branch = "trunk" },
                }
            )
        ).Expect(200);

        Assert.Equal(0, (int)renamed["head"]!["start_point"]!["version"]!["number"]!);
        Assert.Equal((string)itself["uuid"]!, (string)itself["head"]!["start_point"]!["branch"]!);
    }

    [Theory, EveryDatabase]
    public async Task A_branch_whose_start_version_was_deleted_gets_a_new_head(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (user, project) = await MainAsync(server, 10);
        await user.RunAsync(new(project, Run.Latencies(("a", 20)))); // Without a hash.
        var first = await user.RunAsync(
            Feature(project, 25) with
            {
                StartPoint = new { branch = "main", hash = Run.Commit(1) },
            }
        );
        var start = (await user.GetAsync($"/v0/projects/{project}/reports?branch=main&direction=asc")).Expect(200)[0]![
            "uuid"
        ];
        Assert.Equal(204, (await user.DeleteAsync($"/v0/projects/{project}/reports/{start}")).Status);

        // The latest version of main, used instead, has no hash either.
        var second = await user.RunAsync(
            Feature(project, 25) with
            {
                StartPoint = new { branch = "main", hash = Run.Commit(1) },
            }
        );
        var third = await user.RunAsync(
            Feature(project, 25) with
            {
                StartPoint = new { branch = "main", hash = Run.Commit(1) },
            }
        );

        Assert.NotEqual((Guid)first["branch"]!["head"]!["uuid"]!, (Guid)second["branch"]!["head"]!["uuid"]!);
        Assert.Equal((Guid)second["branch"]!["head"]!["uuid"]!, (Guid)third["branch"]!["head"]!["uuid"]!);
    }

    private static async Task<(TestUser User, string Project)> MainAsync(TestServer server, params double[] values)
    {
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        for (var i = 0; i < values.Length; i++)
            await user.RunAsync(
                new(project, Run.Latencies(("a", values[i]), ("b", values[i])))
                {
                    Hash = Run.Commit(i + 1),
                    Start = new(2026, 11, 20, 10, i, 0, TimeSpan.Zero),
                    Thresholds = i == 0 ? Run.UpperThreshold("percentage", 0.5) : null,
                }
            );
        return (user, project);
    }

    private static Run Feature(string project, double value) =>
        new(project, Run.Latencies(("a", value))) { Branch = "feature" };

    private static async Task<string?> StatusAsync(Client user, string project, string alert) =>
        (string?)(await user.GetAsync($"/v0/projects/{project}/alerts/{alert}")).Expect(200)["status"];

    private static double? Baseline(JsonNode report) =>
        (double?)report["results"]![0]![0]!["measures"]![0]!["boundary"]?["baseline"];
}
