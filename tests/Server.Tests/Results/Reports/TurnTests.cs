using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Results.Reports;

/// <summary>Reports of one branch share transactions on PostgreSQL, which does not change their results.</summary>
public sealed class TurnTests
{
    [Theory, EveryDatabase]
    public async Task Concurrent_reports_to_one_branch_succeed_or_fail_independently(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await using var other = engine == Engine.Postgres ? await server.StartAnotherAsync() : null;
        var user = await server.SignUpAsync("Ada Admin");
        var elsewhere = other?.With(user.Token) ?? user;
        var project = await user.CreateProjectAsync("Demo");
        var repeated = Guid.NewGuid();

        var replies = await Task.WhenAll(
            Enumerable.Range(0, 60).Select(i => (i % 2 == 0 ? user : elsewhere).PostAsync("/v0/run", RunOf(i).ToJson()))
        );

        Assert.All(replies.Where((_, i) => IsBad(i)), reply => Assert.Equal(400, reply.Status));
        var reports = replies.Where((_, i) => !IsBad(i)).Select(reply => reply.Expect(201)).ToList();
        var once = reports.DistinctBy(report => (string)report["uuid"]!).ToList();
        Assert.Equal(reports.Count - 2, once.Count); // Three were the same run.
        // Each has a different version, and no number is missing.
        Assert.Equal(
            Enumerable.Range(0, once.Count),
            once.Select(report => (int)report["branch"]!["head"]!["version"]!["number"]!).Order()
        );
        Assert.Equal(once.Count, await server.CountAsync("reports"));
        Assert.Equal(once.Count * 2, await server.CountAsync("metrics"));
        Assert.Equal(once.Count, await server.CountAsync("versions"));
        var benchmarks = (await user.GetAsync($"/v0/projects/{project}/benchmarks")).Expect(200).AsArray();
        Assert.Equal(["a", "b"], benchmarks.Select(benchmark => (string)benchmark!["name"]!).Order());

        static bool IsBad(int i) => i % 6 == 5;

        Run RunOf(int i) =>
            IsBad(i)
                ? new(project, Run.Latencies(($"only here {i}", 1)))
                {
                    // One measure under two names, which is detected only after other reports were recorded.
                    Thresholds = new
                    {
                        models = new Dictionary<string, object> { ["latency"] = Model, ["Latency"] = Model },
                    },
                }
                : new(project, Run.Latencies(("a", 10 + i % 3), ("b", 20)))
                {
                    Hash = i is 6 or 8 or 9 ? null : Run.Commit(i),
                    IdempotencyKey = i is 6 or 8 or 9 ? repeated : null,
                };
    }

    [Theory, EveryDatabase]
    public async Task Concurrent_reports_are_judged_as_if_recorded_one_after_the_other(Engine engine)
    {
        var threshold = Run.UpperThreshold("percentage", 0.5, sampleMax: 64);
        await using var server = await TestServer.StartAsync(engine);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        await user.RunAsync(new(project, Run.Latencies(("a", 10))) { Thresholds = threshold });

        var reports = await Task.WhenAll(
            Enumerable
                .Range(1, 40)
                .Select(i => user.RunAsync(new(project, Run.Latencies(("a", 10))) { Hash = Run.Commit(i) }))
        );

        // The baseline is the mean of all earlier values, which were all 10: every report was judged with a history.
        Assert.All(reports, report =>
            Assert.Equal(10, (double)report["results"]![0]![0]!["measures"]![0]!["boundary"]!["baseline"]!)
        );
        var last = await user.RunAsync(new(project, Run.Latencies(("a", 100))));
        Assert.Single(last["alerts"]!.AsArray());
        Assert.Equal(42, await server.CountAsync("metrics"));
        Assert.Equal(1, await server.CountAsync("series_states"));
        Assert.Equal(42, await server.CountAsync("report_verdicts"));
    }

    [Fact]
    public async Task A_run_on_a_new_branch_does_not_wait_for_a_writer_of_its_start_point()
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        await user.RunAsync(new(project, Run.Latencies(("a", 10))));

        // A report that is being recorded on main, and is delayed.
        var (locked, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        var writing = server.Database.WriteAsync(async sql =>
        {
            await sql.AnyAsync($"SELECT id FROM branches WHERE name = {"main"}{sql.ForChangeOf("branches")}");
            locked.SetResult();
            await release.Task;
        });
        await locked.Task;
        var run = user.RunAsync(
            new(project, Run.Latencies(("a", 11))) { Branch = "feature", StartPoint = new { branch = "main" } }
        );

        var report = await run.WaitAsync(TimeSpan.FromSeconds(20));
        release.SetResult();
        await writing;

        Assert.Equal(1, (int)report["branch"]!["head"]!["version"]!["number"]!);
    }

    // The planner's statistics are outdated while a table grows; generic plans are made without knowing the values.
    [Theory, InlineData("force_generic_plan"), InlineData("force_custom_plan")]
    public async Task Recording_reports_never_does_a_full_table_scan(string plans)
    {
        const string Watched = "watched";
        string[] tables = ["metric_rows", "series", "series_states", "reports", "versions", "heads", "benchmarks"];
        await using var server = await TestServer.StartAsync(Engine.Postgres);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        var threshold = Run.UpperThreshold("percentage", 0.5, sampleMax: 8);
        await RecordAsync(0, 1);
        // For small tables, the planner considers a full scan the cheapest.
        await server.Database.WriteAsync(sql => sql.ScriptAsync("ANALYZE"));
        var before = await ScansAsync();

        await RecordAsync(1, 30);

        Assert.Equal(before, await ScansAsync());

        // Uses another server, whose connections report their statistics when they close.
        async Task RecordAsync(int first, int count)
        {
            var more = $";Application Name={Watched};Options=-c plan_cache_mode={plans}";
            await using (
                var other = await server.StartAnotherAsync(options =>
                    options with
                    {
                        Database = options.Database + more,
                    }
                )
            )
            {
                var elsewhere = other.With(user.Token);
                for (var i = first; i < first + count; i++)
                    await elsewhere.RunAsync(RunOf(i));
                await elsewhere.RunAsync(
                    RunOf(first) with
                    {
                        Branch = $"feature-{first}",
                        StartPoint = new { branch = "main" },
                    }
                );
            }
            while (await OpenAsync())
                await Task.Yield();
        }

        Task<bool> OpenAsync() =>
            server.Database.ReadAsync(
                sql =>
                    sql.AnyAsync(
                        $"""
                        SELECT 1 FROM pg_stat_activity
                        WHERE application_name = {Watched} AND datname = current_database()
                        """
                    ),
                CancellationToken.None
            );

        Run RunOf(int i) =>
            new(project, Run.Latencies([.. Enumerable.Range(0, 50).Select(b => ($"benchmark {b}", 10.0 + b))]))
            {
                Hash = Run.Commit(i),
                Thresholds = threshold,
            };

        Task<List<string>> ScansAsync() =>
            server.Database.ReadAsync(
                sql =>
                    sql.ListAsync(
                        $"""
                        SELECT relname || ' ' || CAST(seq_scan AS TEXT) FROM pg_stat_user_tables
                        WHERE relname IN {tables} ORDER BY relname
                        """,
                        row => row.Text()
                    ),
                CancellationToken.None
            );
    }

    private static object Model => new { test = "percentage", upper_boundary = 0.5 };
}
