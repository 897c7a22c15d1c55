using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Signals;
using Paddock.Server.Results.Perf;

namespace Paddock.Server.Tests.Results.Perf;

/// <summary>A plot shows the same points after its older points were packed in columns.</summary>
public sealed class PackedPlotTests
{
    private const int Versions = PackPoints.VersionsKept + 16;
    private static readonly DateTimeOffset First = new(2026, 11, 20, 10, 0, 0, TimeSpan.Zero);

    [Theory, EveryDatabase]
    public async Task A_plot_is_the_same_before_and_after_its_points_are_packed(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var queries = await QueriesAsync(user, await ProjectAsync(user));
        var before = await AnswersAsync(user, queries);

        var packed = await PackAsync(server);

        Assert.Equal(2 * 2 * (Versions - PackPoints.VersionsKept), packed); // Benchmarks, iterations, older versions.
        Assert.Equal(before, await AnswersAsync(user, queries));
    }

    [Theory, EveryDatabase]
    public async Task A_late_or_deleted_report_of_a_packed_version_changes_the_plot(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await ProjectAsync(user);
        var query = (await QueriesAsync(user, project))[0];
        var before = await user.GetAsync(query);
        await PackAsync(server);

        var late = await user.RunAsync(
            new(project, Run.Latencies(("a", 77.5))) { Hash = Run.Commit(3), Start = First.AddHours(5) }
        );
        var withLate = (await user.GetAsync(query)).Expect(200).ToJsonString();
        await PackAsync(server);
        var packedWithLate = (await user.GetAsync(query)).Expect(200).ToJsonString();
        Assert.Equal(204, (await user.DeleteAsync($"/v0/projects/{project}/reports/{late["uuid"]}")).Status);
        var withoutLate = (await user.GetAsync(query)).Expect(200).ToJsonString();

        Assert.Contains("77.5", withLate);
        Assert.Equal(withLate, packedWithLate);
        Assert.Equal(before.Expect(200).ToJsonString(), withoutLate);
    }

    [Theory, EveryDatabase]
    public async Task A_head_that_has_grown_is_packed_without_waiting_for_a_plot(Engine engine)
    {
        const int grownAt = 257; // Version 256 triggers the packing.
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        var grown = new TaskCompletionSource<Id<Head>>();
        server.Database.Signaled += text =>
        {
            if (Signal.Parse(text) is Signal.Grown told)
                grown.TrySetResult(told.HeadId);
        };

        for (var i = 1; i <= grownAt; i++)
            await user.RunAsync(
                new(project, Run.Latencies(("a", 10 + i))) { Hash = Run.Commit(i), Start = First.AddMinutes(i) }
            );
        // The worker packs, too: whichever comes second finds nothing to do.
        await server.Part<PackPoints>().RunAsync(await grown.Task, CancellationToken.None);

        var packed = await server.Database.ReadAsync(
            sql => sql.NumberAsync($"SELECT CAST(sum(points) AS BIGINT) FROM packed_points"),
            CancellationToken.None
        );
        Assert.Equal(grownAt - PackPoints.VersionsKept, packed);
    }

    [Fact]
    public void Packed_points_round_trip_exactly()
    {
        Point[] points =
        [
            new(
                new(7),
                new(1),
                1_700_000_000,
                new(5),
                0,
                1.5,
                double.NaN,
                double.NaN,
                new(0),
                double.NaN,
                double.NaN,
                double.NaN
            ),
            new(new(7), new(1), 1_600_000_000, new(900_000), 16_777_215, -0.0, 1, double.NaN, new(3), 2, double.NaN, 4),
            new(
                new(7),
                new(long.MaxValue),
                0,
                new(2),
                0,
                double.Epsilon,
                double.NaN,
                double.NaN,
                new(0),
                1e300,
                double.NaN,
                5
            ),
        ];

        var read = new Point[points.Length];
        PackedPoints.Read(PackedPoints.Write(points), seriesId: new(7), read);

        Assert.Equal(points, read);
    }

    private static async Task<string> ProjectAsync(TestUser user)
    {
        var project = await user.CreateProjectAsync("Demo");
        for (var i = 1; i <= Versions; i++)
            await user.RunAsync(
                new(
                    project,
                    Run.Latencies(("a", 10 + i % 7), ("b", 1e-3 * i)),
                    Run.Latencies(("a", 10 + i % 5), ("b", 2))
                )
                {
                    Hash = Run.Commit(i),
                    Start = First.AddMinutes(i),
                    Thresholds = i == 5 ? Run.UpperThreshold("static", 15) : null,
                }
            );
        return project;
    }

    private static async Task<List<string>> QueriesAsync(TestUser user, string project)
    {
        async Task<string> Ids(string noun) =>
            string.Join(
                ',',
                (await user.GetAsync($"/v0/projects/{project}/{noun}"))
                    .Expect(200)
                    .AsArray()
                    .Select(row => (string)row!["uuid"]!)
            );
        var all =
            $"/v0/projects/{project}/perf?branches={await Ids("branches")}&testbeds={await Ids("testbeds")}"
            + $"&measures={await Ids("measures")}&benchmarks={await Ids("benchmarks")}";
        var since = First.AddMinutes(9).ToUnixTimeMilliseconds();
        return [all, all + "&format=compact", $"{all}&start_time={since}", $"{all}&end_time={since}"];
    }

    private static async Task<List<string>> AnswersAsync(TestUser user, List<string> queries)
    {
        var answers = new List<string>();
        foreach (var query in queries)
            answers.Add((await user.GetAsync(query)).Expect(200).ToJsonString());
        return answers;
    }

    // Packs all series; returns how many points are packed afterwards.
    private static async Task<long> PackAsync(TestServer server)
    {
        var series = await server.Database.ReadAsync(
            sql => sql.ListAsync($"SELECT id FROM series", row => row.Long()),
            CancellationToken.None
        );
        await server.Part<PackPoints>().RunAsync(series, CancellationToken.None);
        return await server.Database.ReadAsync(
            sql => sql.NumberAsync($"SELECT CAST(sum(points) AS BIGINT) FROM packed_points"),
            CancellationToken.None
        );
    }
}
