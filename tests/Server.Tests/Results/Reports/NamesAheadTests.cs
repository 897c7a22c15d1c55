using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Reports;
using Run = Paddock.Testing.Run;

namespace Paddock.Server.Tests.Results.Reports;

/// <summary>
/// A run with very many new names creates them in slices, between which other writers write. A refused run leaves no
/// names behind.
/// </summary>
public sealed class NamesAheadTests
{
    private const int Names = 20_000;

    [Theory, EveryDatabase]
    public async Task A_small_run_is_recorded_between_two_slices_of_a_big_one(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        var (slices, smallRuns, latest) = (0, 0, 0);
        server.Part<NamesAhead>().AfterSlice = async () =>
        {
            slices++;
            if (slices % 10 != 1)
                return;
            // The big run waits for this callback, so the small run does not wait for the big one.
            await ada.RunAsync(new Run(project, Run.Latencies(("small", 1))) { Hash = Run.Commit(slices) });
            smallRuns++;
            // A writer that arrives while a slice is recorded is next.
            var (asked, unit) = (
                slices,
                server.Database.WriteAsync(sql => sql.ExecuteAsync($"UPDATE deletions SET units = units"))
            );
            _ = unit.ContinueWith(_ => latest = Math.Max(latest, slices - asked), TaskScheduler.Default);
        };

        var report = await ada.RunAsync(Many(project, from: 0));

        Assert.Equal(Names, report["results"]![0]!.AsArray().Count);
        Assert.Equal(Names / NamesAhead.SliceMax + 1, slices); // And one for its measure.
        Assert.Equal(5, smallRuns);
        Assert.InRange(latest, 0, 1);
        Assert.Equal(Names + 1, await server.CountAsync("benchmarks"));
        Assert.Equal(0, await server.CountAsync("names_ahead"));
    }

    [Theory, EveryDatabase]
    public async Task Names_created_in_slices_equal_the_names_one_transaction_would_create(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var (few, many) = (await ada.CreateProjectAsync("Few"), await ada.CreateProjectAsync("Many"));
        // Slugs, names that yield the same slug, full names with the same short name, references to things that the
        // same run creates.
        (string, double)[] odd =
        [
            ("a-b", 1),
            ("A b!", 2),
            ("A b?", 3),
            ("pkg.one/x", 4),
            ("pkg.two/x", 5),
            ("x", 6),
            ("!", 7),
            ("?", 8),
        ];
        var filler = Enumerable.Range(0, 1200).Select(i => ($"Filler {i}", 1.0));

        await ada.RunAsync(new Run(few, Run.Latencies(odd)));
        await ada.RunAsync(new Run(many, Run.Latencies([.. odd, .. filler])));

        var expected = await NamesAsync(few, "");
        Assert.Equal(
            expected,
            (await NamesAsync(many, "")).Where(name => !name.StartsWith("Filler", StringComparison.Ordinal))
        );
        Assert.Equal(1200 + expected.Count, (await NamesAsync(many, "")).Count);

        async Task<List<string>> NamesAsync(string project, string search)
        {
            var names = new List<string>();
            for (var page = 1; ; page++)
            {
                var list = (await ada.GetAsync($"/v0/projects/{project}/benchmarks?per_page=255&page={page}{search}"))
                    .Expect(200)
                    .AsArray();
                names.AddRange(list.Select(row => (string)row!["name"]!));
                if (list.Count < 255)
                    return names;
            }
        }
    }

    [Theory, EveryDatabase]
    public async Task A_refused_run_leaves_no_names_and_no_project(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var context = new Dictionary<string, string> { ["bencher.dev/v0/repo/name"] = "new" };
        var unknown = Guid.NewGuid().ToString();

        var refused = await ada.PostAsync(
            "/v0/run",
            (Many("brand-new", from: 0) with { Context = context, Branch = unknown }).ToJson()
        );

        Assert.Equal(404, refused.Status);
        foreach (
            var table in (string[])
                ["benchmarks", "benchmark_identities", "measures", "reports", "projects", "names_ahead"]
        )
            Assert.Equal(0, await server.CountAsync(table));

        // The same run without the mistake.
        await ada.RunAsync(Many("brand-new", from: 0) with { Context = context });
        Assert.Equal(Names, await server.CountAsync("benchmarks"));
        Assert.Equal(0, await server.CountAsync("names_ahead"));
    }

    [Theory, EveryDatabase]
    public async Task Names_that_another_run_has_used_stay_when_the_run_that_created_them_is_refused(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        var once = true;
        server.Part<NamesAhead>().AfterSlice = async () =>
        {
            if (!once)
                return;
            once = false;
            await ada.RunAsync(new Run(project, Run.Latencies(("Benchmark 0", 1))));
        };

        var refused = await ada.PostAsync(
            "/v0/run",
            (Many(project, from: 0) with { Branch = Guid.NewGuid().ToString() }).ToJson()
        );

        Assert.Equal(404, refused.Status);
        Assert.Equal(1, await server.CountAsync("benchmarks"));
        Assert.Equal(1, await server.CountAsync("metrics"));
    }

    [Theory, EveryDatabase]
    public async Task Names_created_by_an_unfinished_run_are_removed_later(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        var ahead = server.Part<NamesAhead>();
        var (never, made) = (new TaskCompletionSource(), new TaskCompletionSource());
        ahead.AfterSlice = () =>
        {
            made.TrySetResult();
            return never.Task;
        };
        var run = ada.PostAsync("/v0/run", Many(project, from: 0).ToJson());
        await made.Task;

        await ahead.TidyAsync(serverBegan: null);
        Assert.Equal(NamesAhead.SliceMax, await server.CountAsync("benchmarks"));
        clock.Advance(TimeSpan.FromHours(2));
        await ahead.TidyAsync(serverBegan: null);
        Assert.Equal(0, await server.CountAsync("benchmarks"));

        never.SetResult(); // It finishes after all, late: the removed names are created again.
        (await run).Expect(201);
        Assert.Equal(Names, await server.CountAsync("benchmarks"));
    }

    private static Run Many(string project, int from) =>
        new(project, Run.Latencies([.. Enumerable.Range(from, Names).Select(i => ($"Benchmark {i}", 1.0))]));
}
