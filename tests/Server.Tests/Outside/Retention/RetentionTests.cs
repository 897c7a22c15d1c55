using System.Text.Json.Nodes;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Outside.Retention;
using Paddock.Server.Results.Perf;

namespace Paddock.Server.Tests.Outside.Retention;

/// <summary>Results that a project does not keep are archived and removed; the rest is unchanged.</summary>
public sealed class RetentionTests
{
    private const string Path = "/v0/projects/demo/retention";
    private const int OldDays = 5,
        ADay = 12,
        New = 10,
        NewValues = New - 1 + Protected,
        Protected = 600; // The newest values of a series, which are never thinned.

    private static readonly DateTimeOffset Now = new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Old = new(2026, 1, 10, 9, 0, 0, TimeSpan.Zero);

    [Theory, EveryDatabase]
    public async Task Retention_keeps_everything_by_default_and_invalid_settings_are_refused(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Demo");
        var before = (await ada.GetAsync(Path)).Expect(200);
        Assert.Equal(
            ("keep", 365, true, 0),
            ((string?)before["policy"], (int)before["days"]!, (bool)before["archive"]!, (int)before["removed"]!)
        );

        (await ada.PatchAsync(Path, new { policy = "thin", days = 90 })).Expect(200);
        var after = (await ada.PatchAsync(Path, new { archive = false })).Expect(200);

        Assert.Equal(("thin", 90, false), ((string?)after["policy"], (int)after["days"]!, (bool)after["archive"]!));
        var refused = await ada.PatchAsync(Path, new { days = 6 });
        Assert.Equal(400, refused.Status);
        Assert.Contains("days: is 6; allowed: a whole number from 7 to 36500", refused.Text, StringComparison.Ordinal);
        Assert.Equal(400, (await ada.PatchAsync(Path, new { policy = "burn" })).Status);
        Assert.Equal(400, (await ada.GetAsync(Path + "/preview?days=3")).Status);
        Assert.Equal(404, (await ada.GetAsync($"{Path}/archives/{Guid.NewGuid()}")).Status);
        Assert.Equal(404, (await ada.DeleteAsync($"{Path}/archives/{Guid.NewGuid()}")).Status);
    }

    [Theory, EveryDatabase]
    public async Task Thinning_keeps_the_last_lowest_and_highest_value_of_each_old_day(Engine engine)
    {
        var clock = new HandClock(Now);
        await using var server = await TestServer.StartAsync(engine, clock);
        var ada = await WithHistoryAsync(server);
        var wouldGo = (await ada.GetAsync(Path + "/preview?policy=thin&days=90")).Expect(200);
        Assert.Equal(
            (OldDays * ADay, OldDays * (ADay - 3), true),
            ((int)wouldGo["metrics"]!, (int)wouldGo["removed"]!, (bool)wouldGo["is_complete"]!)
        );

        await SweepAsync(server, ada, new { policy = "thin", days = 90 });

        Assert.Equal(OldDays * 3 + NewValues, await server.CountAsync("metrics"));
        Assert.Equal(OldDays * ADay + New, await server.CountAsync("reports"));
        var left = await server.Database.ReadAsync(
            sql =>
                sql.ListAsync(
                    $"SELECT value FROM metrics WHERE start_time < {Old.AddDays(1)} ORDER BY version_id",
                    row => row.Double()
                ),
            CancellationToken.None
        );
        Assert.Equal([Value(0, 3), Value(0, 7), Value(0, ADay - 1)], left);
        // Idempotent: the next round finds nothing to do.
        clock.Advance(TimeSpan.FromDays(29));
        await server.Part<SweepRetention>().RunAsync(CancellationToken.None);
        Assert.Equal(OldDays * 3 + NewValues, await server.CountAsync("metrics"));
        Assert.Equal(OldDays * (ADay - 3), (int)(await ada.GetAsync(Path)).Expect(200)["removed"]!);
    }

    [Theory, EveryDatabase]
    public async Task A_thinned_report_says_how_many_of_its_results_were_removed(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, new HandClock(Now));
        var ada = await WithHistoryAsync(server);
        var reports = (await ada.GetAsync("/v0/projects/demo/reports?direction=asc&per_page=2")).Expect(200).AsArray();
        await SweepAsync(server, ada, new { policy = "thin", days = 90 });

        var report = (await ada.GetAsync($"/v0/projects/demo/reports/{reports[0]!["uuid"]}")).Expect(200);

        var notice = Assert.Single(report["notices"]!.AsArray())!;
        Assert.Equal("results_removed", (string?)notice["kind"]);
        Assert.StartsWith("One of the results of this report was removed", (string?)notice["text"]);
        Assert.Empty(report["results"]!.AsArray());
        Assert.Equal(1, (int)report["counts"]!["results"]![0]!["benchmarks"]!);
    }

    [Theory, EveryDatabase]
    public async Task A_plot_after_thinning_is_the_same_with_and_without_packed_points(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, new HandClock(Now));
        var ada = await WithHistoryAsync(server, PackPoints.VersionsKept);
        var query = await PlotAsync(ada);
        var series = await server.Database.ReadAsync(
            sql => sql.ListAsync($"SELECT id FROM series", row => row.Long()),
            CancellationToken.None
        );
        await server.Part<PackPoints>().RunAsync(series, CancellationToken.None);
        Assert.True(await server.CountAsync("packed_points") > 0);

        await SweepAsync(server, ada, new { policy = "thin", days = 90 });
        var packed = (await ada.GetAsync(query)).Expect(200).ToJsonString();
        await server.Database.WriteAsync(async sql =>
        {
            await sql.ExecuteAsync($"DELETE FROM packed_points");
            await sql.ExecuteAsync($"UPDATE series SET packed = 0");
        });

        Assert.Equal((await ada.GetAsync(query)).Expect(200).ToJsonString(), packed);
        Assert.Contains(Number(Value(0, 3)), packed, StringComparison.Ordinal);
        Assert.DoesNotContain(Number(Value(0, 4)), packed, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task A_series_state_rebuilt_after_thinning_gives_the_same_verdicts(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, new HandClock(Now));
        var ada = await WithHistoryAsync(server, Protected);
        await SweepAsync(server, ada, new { policy = "thin", days = 90 });
        await WithHistoryAsync(ada, "Twin", Protected);
        Assert.Equal(await StateAsync("demo"), await StateAsync("twin"));
        await server.Database.WriteAsync(sql => sql.ExecuteAsync($"DELETE FROM series_states"));

        foreach (var project in (string[])["demo", "twin"])
            await ada.RunAsync(
                new Run(project, Run.Latencies(("a", 130))) { Hash = Run.Commit(9999), Start = Now.AddHours(-1) }
            );

        Assert.Equal(await StateAsync("demo", versions: true), await StateAsync("twin", versions: true));

        // The versions of the two projects differ, and so do the states that contain them; the resulting verdicts do
        // not.
        async Task<string> StateAsync(string project, bool versions = false)
        {
            if (!versions)
                return (
                    await server.Database.ReadAsync(
                        sql =>
                            sql.NumberAsync(
                                $"""
                                SELECT length(series_states.state) FROM series_states JOIN series ON series.id = series_states.series_id
                                JOIN benchmarks ON benchmarks.id = series.benchmark_id JOIN projects ON projects.id = benchmarks.project_id
                                WHERE projects.slug = {project}
                                """
                            ),
                        CancellationToken.None
                    )
                ).ToString(System.Globalization.CultureInfo.InvariantCulture);
            var newest = (await ada.GetAsync($"/v0/projects/{project}/reports?per_page=1&expand=true"))
                .Expect(200)
                .AsArray()[0]!;
            return newest["results"]![0]![0]!["measures"]![0]!["verdict"]!.ToJsonString();
        }
    }

    [Theory, EveryDatabase]
    public async Task Dropped_results_can_be_downloaded_from_their_archive_unchanged(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, new HandClock(Now));
        var ada = await WithHistoryAsync(server);
        var before = await LinesAsync(ada, "/v0/projects/demo/export");

        await SweepAsync(server, ada, new { policy = "drop", days = 90 });

        Assert.Equal((NewValues, New), (await server.CountAsync("metrics"), await server.CountAsync("reports")));
        Assert.Equal(before[(OldDays * ADay)..], await LinesAsync(ada, "/v0/projects/demo/export"));
        var archive = Assert.Single((await ada.GetAsync(Path + "/archives")).Expect(200).AsArray())!;
        Assert.Equal(
            (OldDays * ADay, OldDays * ADay, "2026-01-10T09:00:00Z"),
            ((int)archive["reports"]!, (int)archive["metrics"]!, (string?)archive["first"])
        );
        var one = $"{Path}/archives/{archive["uuid"]}";
        Assert.Equal(before[..(OldDays * ADay)], await LinesAsync(ada, one + "?format=jsonl"));
        using var file = new MemoryStream(await ada.Http.GetByteArrayAsync(one));
        Assert.Equal((long)archive["bytes"]!, file.Length);
        Assert.Equal(OldDays * ADay, (await ArchivedMetric.ReadAsync(file, CancellationToken.None)).Count);

        Assert.Equal(204, (await ada.DeleteAsync(one)).Status);
        Assert.Equal(404, (await ada.GetAsync(one)).Status);
        Assert.Empty((await ada.GetAsync(Path + "/archives")).Expect(200).AsArray());
    }

    [Theory, EveryDatabase]
    public async Task Later_versions_keep_their_numbers_when_old_reports_are_dropped(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, new HandClock(Now));
        var ada = await WithHistoryAsync(server);
        await SweepAsync(server, ada, new { policy = "drop", days = 90 });

        var next = await ada.RunAsync(
            new Run("demo", Run.Latencies(("a", 100))) { Hash = Run.Commit(9999), Start = Now.AddHours(-1) }
        );

        Assert.Equal(OldDays * ADay + New, (int)next["branch"]!["head"]!["version"]!["number"]!);
    }

    [Theory, EveryDatabase]
    public async Task Results_are_not_removed_while_the_archive_cannot_be_written(Engine engine)
    {
        var clock = new HandClock(Now);
        await using var server = await TestServer.StartAsync(engine, clock);
        var ada = await WithHistoryAsync(server);
        // A file blocks the place of the archives' folder.
        var inTheWay = System.IO.Path.Combine(server.DataFolder, "blobs", "archives");
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(inTheWay)!);
        await File.WriteAllTextAsync(inTheWay, "");

        await SweepAsync(server, ada, new { policy = "drop", days = 90 });
        Assert.Equal(OldDays * ADay + NewValues, await server.CountAsync("metrics"));
        Assert.Empty((await ada.GetAsync(Path + "/archives")).Expect(200).AsArray());

        File.Delete(inTheWay);
        await server.Part<SweepRetention>().RunAsync(CancellationToken.None);
        Assert.Equal(NewValues, await server.CountAsync("metrics"));
        Assert.Single((await ada.GetAsync(Path + "/archives")).Expect(200).AsArray());
        // The leftovers of the first attempt are removed, too.
        clock.Advance(TimeSpan.FromHours(2));
        // The server's own sweep, triggered by this clock, may be running.
        while (!await server.Part<SweepRetention>().RunAsync(CancellationToken.None))
            await Task.Yield();
        Assert.Equal(1, await server.CountAsync("retention_archives"));
    }

    [Fact]
    public async Task A_retention_preview_that_runs_out_of_time_says_that_it_is_incomplete()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite, new HandClock(Now));
        await WithHistoryAsync(server);
        var project = await server.Database.ReadAsync(
            sql => sql.IdAsync<Project>($"SELECT id FROM projects WHERE slug = {"demo"}"),
            CancellationToken.None
        );
        var retention = RetentionRow.Standard(project) with { Policy = RetentionPolicy.Thin, Days = 90 };

        var counted = await server
            .Part<SweepRetention>()
            .PreviewAsync(retention, int.MaxValue, TimeSpan.Zero, CancellationToken.None);

        Assert.Equal((false, 0), (counted.IsComplete, counted.Removed));
    }

    [Theory, EveryDatabase]
    public async Task Archives_can_be_stored_in_a_bucket_and_are_deleted_with_their_project(Engine engine)
    {
        await using var bucket = await S3Server.StartAsync();
        await using var server = await TestServer.StartAsync(engine, new HandClock(Now), options =>
            options with
            {
                Blobs = bucket.Options,
            }
        );
        var ada = await WithHistoryAsync(server);
        var before = await LinesAsync(ada, "/v0/projects/demo/export");

        await SweepAsync(server, ada, new { policy = "drop", days = 90 });

        Assert.Equal(1, bucket.Objects);
        var archive = Assert.Single((await ada.GetAsync(Path + "/archives")).Expect(200).AsArray())!;
        Assert.Equal(
            before[..(OldDays * ADay)],
            await LinesAsync(ada, $"{Path}/archives/{archive["uuid"]}?format=jsonl")
        );
        Assert.Equal(204, (await ada.DeleteAsync("/v0/projects/demo?hard=true")).Status);
        await server.Part<SweepRetention>().RunAsync(CancellationToken.None);
        Assert.Equal((0, 0), (bucket.Objects, await server.CountAsync("retention_archives")));
    }

    [Theory, EveryDatabase]
    public async Task Other_clients_can_record_reports_between_the_steps_of_a_sweep(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, new HandClock(Now));
        var ada = await WithHistoryAsync(server);
        await ada.CreateProjectAsync("Other");
        var between = 0;
        server.Part<RemoveMetrics>().AfterUnit = async () =>
        {
            await ada.RunAsync(new("other", Run.Latencies(("a", between++))));
            await ada.RunAsync(new("demo", Run.Latencies(("a", 100))) { Start = Now.AddHours(-1) });
        };

        await SweepAsync(server, ada, new { policy = "thin", days = 90 });

        Assert.Equal(OldDays, between);
        Assert.Equal(OldDays * 3 + NewValues + 2 * between, await server.CountAsync("metrics"));
    }

    [Theory, EveryDatabase]
    public async Task Retention_settings_are_changed_only_by_users_who_may_delete_reports(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.SignUpAsync("Root");
        var (olive, eve) = (await server.SignUpAsync("Olive Owner"), await server.SignUpAsync("Eve Outsider"));
        (
            await olive.PostAsync(
                "/v0/organizations/olive-owner/projects",
                new { name = "Demo", visibility = "private" }
            )
        ).Expect(201);

        Assert.Equal((404, 404), ((await eve.GetAsync(Path)).Status, (await server.GetAsync(Path)).Status));
        Assert.Equal(404, (await eve.PatchAsync(Path, new { policy = "drop" })).Status);
        Assert.Equal(404, (await eve.GetAsync(Path + "/archives")).Status);
        Assert.Equal(200, (await olive.PatchAsync(Path, new { policy = "drop" })).Status);
        var entry = (await olive.GetAsync("/v0/organizations/olive-owner/audit")).Expect(200).AsArray()[0]!;
        Assert.Equal(
            ("Olive Owner", "PATCH /v0/projects/{project}/retention"),
            ((string?)entry["actor_name"], (string?)entry["action"])
        );
    }

    private static async Task SweepAsync(TestServer server, TestUser ada, object settings)
    {
        (await ada.PatchAsync(Path, settings)).Expect(200);
        await server.Part<SweepRetention>().RunAsync(CancellationToken.None);
    }

    private static async Task<TestUser> WithHistoryAsync(TestServer server, int recent = New)
    {
        var ada = await server.SignUpAsync("Ada Admin");
        await WithHistoryAsync(ada, "Demo", recent);
        return ada;
    }

    // Creates some old days with a least and a greatest value each, and as many new values as are never thinned. If
    // there are few new reports, the first has many iterations.
    private static async Task WithHistoryAsync(TestUser ada, string name, int recent)
    {
        var project = await ada.CreateProjectAsync(name);
        var old = Enumerable
            .Range(0, OldDays)
            .SelectMany(day => Enumerable.Range(0, ADay).Select(i => (Old.AddDays(day).AddMinutes(i), Value(day, i))));
        var later = Enumerable
            .Range(0, recent)
            .Select(i => (Now.AddDays(-40).AddHours(i), Value: 100 + (i * 7919 % 100) / 100.0));
        var done = (
            await ada.PostAsync(
                $"/v0/projects/{project}/history",
                new { runs = old.Concat(later).Select((one, i) => Past(i, one.Item1, one.Item2, IterationsOf(i))) }
            )
        ).Expect(201);
        Assert.Equal(OldDays * ADay + recent, (int)done["recorded"]!);

        int IterationsOf(int i) => i == OldDays * ADay ? Protected - (recent < Protected ? 0 : Protected - 1) : 1;
    }

    // The fourth value is the least, and the eighth the greatest.
    private static double Value(int day, int i) =>
        (
            i == 3 ? 90
            : i == 7 ? 110
            : 100
        )
        + day / 8.0
        + i / 1024.0;

    private static string Number(double value) =>
        value.ToString("R", System.Globalization.CultureInfo.InvariantCulture);

    private static object Past(int n, DateTimeOffset at, double value, int iterations) =>
        new
        {
            idempotency_key = new Guid(n + 1, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]),
            branch = "main",
            testbed = "box",
            start_time = at,
            end_time = at.AddSeconds(1),
            hash = Run.Commit(n),
            results = Enumerable.Repeat(Run.Latencies(("a", value)), iterations),
        };

    private static async Task<string> PlotAsync(TestUser ada)
    {
        async Task<string> Id(string noun) =>
            (string)(await ada.GetAsync($"/v0/projects/demo/{noun}")).Expect(200).AsArray()[0]!["uuid"]!;
        return $"/v0/projects/demo/perf?branches={await Id("branches")}&testbeds={await Id("testbeds")}"
            + $"&measures={await Id("measures")}&benchmarks={await Id("benchmarks")}";
    }

    private static async Task<string[]> LinesAsync(TestUser ada, string path)
    {
        var reply = await ada.GetAsync(path);
        Assert.Equal(200, reply.Status);
        return reply.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
